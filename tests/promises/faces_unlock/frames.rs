//! Frames that open nothing: a photo, frames shown before, in another order, too late, of another car, without a face.

use serde_json::{Value, json};

use super::{Door, code_and_reason, does, is, server};
use crate::harness::faces::{BIDEN, OBAMA, Posture, jpeg};
use crate::harness::{instant, metric, until};

#[test]
fn frames_that_are_no_proof_are_refused_by_their_reason() {
    let server = server(&[("MOTORPOOL_FACE__MISSES_MAX", "100")]);
    let mut door = Door::of(&server, "amber");
    // A photo of the rider, encoded anew for each frame.
    let photo = OBAMA.picture(Posture::default());
    let still = |challenge: &Value| {
        let count = u8::try_from(challenge["steps"].as_array().unwrap().len()).unwrap();
        (0..count).map(|number| jpeg(&photo, 90 + number)).collect()
    };
    assert_eq!(code_and_reason(door.try_with(still)), is("bad_login", "not_moved"));
    // The very same picture.
    let same = |challenge: &Value| vec![jpeg(&photo, 80); challenge["steps"].as_array().unwrap().len()];
    assert_eq!(code_and_reason(door.try_with(same)), is("bad_login", "repeated"));
    // Left and right are the person's own.
    let mirrored = |challenge: &Value| {
        let text = challenge.to_string();
        let text = text.replace("turn_left", "turn").replace("turn_right", "turn_left");
        does(OBAMA, &text.replace("\"turn\"", "\"turn_right\"").parse().unwrap(), 20)
    };
    assert_eq!(
        code_and_reason(door.try_with(mirrored)),
        is("bad_login", "out_of_order")
    );
    // Somebody else takes over.
    let swapped = |challenge: &Value| {
        let mut frames = does(OBAMA, challenge, 40);
        frames[2] = does(BIDEN, challenge, 40).swap_remove(2);
        frames
    };
    assert_eq!(code_and_reason(door.try_with(swapped)), is("bad_login", "another_face"));
    assert!(door.car.told().is_empty());
}

#[test]
fn frames_cannot_be_shown_again_named_in_another_order_or_borrowed_from_another_unit() {
    let server = server(&[("MOTORPOOL_FACE__MISSES_MAX", "100")]);
    let mut door = Door::of(&server, "amber");
    let mut other = Door::of(&server, "birch");
    let challenge = door.challenge();
    let frames = does(OBAMA, &challenge, 0);
    let ids = door.show(&frames);
    let mut reversed = ids.clone();
    reversed.swap(0, 1);
    assert_eq!(door.refused(&challenge, &reversed), is("bad_login", "out_of_order"));
    // The challenge and the pictures are used up.
    assert_eq!(door.refused(&challenge, &ids), is("not_found", "unknown_challenge"));
    let next = door.challenge();
    assert_eq!(door.unlock(&next, &ids).unwrap_err().code, "not_found");
    // The same bytes for a new challenge, whatever it asks for.
    let ids = door.show(&frames[..3]);
    let wanted = next["steps"].as_array().unwrap().len();
    let again = if wanted == 3 {
        ids
    } else {
        [ids, door.show(&[OBAMA.frame(Posture::default())])].concat()
    };
    assert_eq!(door.refused(&next, &again), is("bad_login", "repeated"));
    // Another car's frames.
    let challenge = other.challenge();
    let borrowed = door.show(&does(OBAMA, &challenge, 20));
    assert_eq!(other.unlock(&challenge, &borrowed).unwrap_err().code, "not_found");
    assert!(
        other
            .unlock(&challenge, &["p-none".to_owned(), "p-no".to_owned(), "p-n".to_owned()])
            .is_err()
    );
    // What was refused for its pictures did not use the challenge.
    let own = other.show(&does(OBAMA, &challenge, 30));
    assert_eq!(other.refused(&challenge, &own), is("bad_login", "no_match"));
}

#[test]
fn what_comes_too_late_or_too_early_is_refused() {
    let server = server(&[("MOTORPOOL_FACE__CHALLENGE_SECONDS", "1")]);
    let mut door = Door::of(&server, "amber");
    let early = door.show(&[OBAMA.frame(Posture::default())]);
    let challenge = door.challenge();
    let ids = [early, door.show(&[vec![1], vec![2], vec![3]])].concat();
    assert_eq!(door.refused(&challenge, &ids), is("expired", "early"));
    let challenge = door.challenge();
    let ids = door.show(&[vec![1], vec![2], vec![3], vec![4]]);
    let ended = instant(&challenge["expires_at"]);
    until("the deadline", || {
        (motorpool::runtime::clock::now() > ended).then_some(())
    });
    assert_eq!(door.refused(&challenge, &ids), is("expired", "late"));
    assert_eq!(door.refused(&challenge, &ids), is("expired", "late"));
}

#[test]
fn pictures_that_show_no_usable_face_are_told_one_by_one() {
    let server = server(&[]);
    let mut door = Door::of(&server, "amber");
    let challenge = door.challenge();
    let grey = jpeg(&image::RgbImage::from_pixel(640, 480, image::Rgb([90, 90, 90])), 90);
    let mut frames = does(OBAMA, &challenge, 0);
    frames[1] = grey;
    let ids = door.show(&frames);
    let refused = door.unlock(&challenge, &ids).unwrap_err();
    assert_eq!(
        (&*refused.code, &refused.detail["reason"]),
        ("bad_arguments", &json!("no_face"))
    );
    let told = refused.detail["frames"].as_array().unwrap();
    assert_eq!(
        (told.len(), &told[0]["picture"], &told[0]["reason"]),
        (1, &json!(ids[1]), &json!("no_face"))
    );
    // A broken one.
    let challenge = door.challenge();
    let mut frames = does(OBAMA, &challenge, 0);
    frames[0].truncate(300);
    let ids = door.show(&frames);
    assert_eq!(door.refused(&challenge, &ids), is("bad_arguments", "unreadable"));
    // Neither was a miss.
    assert!(metric(server.http(), "motorpool_face_misses_total", &[]) < 0.5);
}
