//! The promises of liveness, on faces that are drawn by numbers.

use proptest::prelude::*;

use super::*;
use crate::face::EMBEDDING_FLOATS;
use crate::face::challenge::sequences;

const LIMITS: LivenessLimits = LivenessLimits {
    frames_min: 3,
    turn: 0.1,
    nearer: 0.2,
    continuity: 0.6,
};
const ALL: [Step; 4] = [Step::Straight, Step::TurnLeft, Step::TurnRight, Step::Nearer];

/// A face as it stands: the pose, the size, where it is, who it is.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    pose: f32,
    eyes: f32,
    x: f32,
    who: f32,
}

const STRAIGHT: Drawn = Drawn {
    pose: -0.02,
    eyes: 60.0,
    x: 320.0,
    who: 0.0,
};

fn doing(step: Step) -> Drawn {
    match step {
        Step::Straight => STRAIGHT,
        Step::TurnLeft => Drawn { pose: 0.12, ..STRAIGHT },
        Step::TurnRight => Drawn {
            pose: -0.17,
            ..STRAIGHT
        },
        Step::Nearer => Drawn { eyes: 85.0, ..STRAIGHT },
    }
}

fn embedding(who: f32) -> Embedding {
    let mut floats = Box::new([0.0; EMBEDDING_FLOATS]);
    floats[0] = who;
    Embedding::new(floats).unwrap()
}

fn landmarks(drawn: &Drawn) -> Landmarks {
    let point = |x: f32, y: f32| Point { x, y };
    let (x, half) = (drawn.x, drawn.eyes / 2.0);
    Landmarks {
        left_eye: [point(x + half + 10.0, 200.0), point(x + half - 10.0, 200.0)],
        right_eye: [point(x - half - 10.0, 200.0), point(x - half + 10.0, 200.0)],
        nose: point(x + drawn.pose * drawn.eyes, 240.0),
    }
}

/// Frames of one challenge; digests begin at `first_digest`.
fn with_frames<T>(drawn: &[Drawn], first_digest: u8, look: impl FnOnce(&mut Vec<Frame<'_>>) -> T) -> T {
    let embeddings: Vec<Embedding> = drawn.iter().map(|one| embedding(one.who)).collect();
    let numbered = drawn.iter().zip(&embeddings).zip(0_u8..);
    let mut frames = numbered
        .map(|((one, embedding), number)| Frame {
            digest: [first_digest + number; 32],
            order: u64::from(first_digest + number),
            width: 640,
            landmarks: landmarks(one),
            embedding,
        })
        .collect();
    look(&mut frames)
}

fn judged(steps: &[Step], drawn: &[Drawn]) -> Result<(), LivenessFault> {
    with_frames(drawn, 1, |frames| judge(steps, frames, &Remembered::default(), &LIMITS))
}

fn done(steps: &[Step]) -> Vec<Drawn> {
    steps.iter().map(|step| doing(*step)).collect()
}

#[test]
fn whoever_does_the_steps_in_order_is_alive() {
    for steps in sequences() {
        assert_eq!(judged(&steps, &done(&steps)), Ok(()), "{steps:?}");
    }
}

#[test]
fn frames_between_two_steps_and_steps_that_last_do_no_harm() {
    let steps = [Step::Straight, Step::TurnLeft, Step::Nearer];
    let between = Drawn { pose: 0.05, ..STRAIGHT };
    let frames = [
        STRAIGHT,
        between,
        doing(Step::TurnLeft),
        doing(Step::TurnLeft),
        between,
        STRAIGHT,
        doing(Step::Nearer),
        doing(Step::Nearer),
        STRAIGHT,
    ];
    assert_eq!(judged(&steps, &frames), Ok(()));
}

#[test]
fn the_steps_of_another_challenge_are_refused() {
    for steps in sequences() {
        for other in sequences() {
            // A shorter sequence is met by a longer one only if that goes on with something else, which is refused.
            let met = judged(&steps, &done(&other)).is_ok();
            assert_eq!(met, steps == other, "{steps:?} by {other:?}");
        }
    }
}

#[test]
fn each_fault_has_its_reason() {
    let steps = [Step::Straight, Step::TurnLeft, Step::Nearer];
    let [straight, left, nearer] = [doing(Step::Straight), doing(Step::TurnLeft), doing(Step::Nearer)];
    let right = doing(Step::TurnRight);
    let other = |drawn: Drawn| Drawn { who: 0.7, ..drawn };
    let shifted = |x: f32| Drawn { x, ..straight };
    for (frames, reason, frame) in [
        (vec![straight, left], "too_few_frames", None),
        (vec![straight; 3], "not_moved", None),
        // A photo that is waved about.
        (vec![straight, shifted(100.0), shifted(500.0)], "not_moved", None),
        (vec![straight, nearer, left], "out_of_order", Some(1)),
        (vec![straight, left, nearer, right], "out_of_order", Some(3)),
        (vec![left, left, nearer], "out_of_order", Some(2)),
        (
            vec![Drawn { pose: 0.2, ..straight }, straight, nearer],
            "not_straight",
            Some(0),
        ),
        (vec![straight, left, left], "step_missing", None),
        // A photo that is brought nearer.
        (vec![straight, nearer, nearer], "out_of_order", Some(1)),
        (vec![straight, other(left), nearer], "another_face", Some(1)),
    ] {
        let fault = judged(&steps, &frames).unwrap_err();
        assert_eq!((fault.reason(), fault.frame()), (reason, frame), "{frames:?}");
        assert!(!fault.to_string().is_empty());
    }
}

#[test]
fn a_picture_shown_before_is_refused_also_when_it_was_encoded_again() {
    let steps = [Step::Straight, Step::TurnLeft, Step::Nearer];
    let drawn = done(&steps);
    let mut before = Remembered::default();
    with_frames(&drawn, 1, |frames| before.keep(frames));
    let again = |first_digest: u8, drawn: &[Drawn]| {
        with_frames(drawn, first_digest, |frames| judge(&steps, frames, &before, &LIMITS))
    };
    let repeated = |frame| Err(LivenessFault::Repeated { frame });
    assert_eq!(again(1, &drawn), repeated(0));
    assert_eq!(again(3, &drawn), repeated(0), "one frame of three is an old one");
    // Other bytes, but every landmark within a pixel of where it was.
    let encoded: Vec<Drawn> = drawn.iter().map(|one| Drawn { x: one.x + 1.0, ..*one }).collect();
    assert_eq!(again(100, &encoded), repeated(0));
    // Half of the frames are enough, one by chance is not.
    for (same, wanted) in [(1, Ok(())), (2, repeated(0)), (3, repeated(0))] {
        let mixed = drawn.iter().enumerate().map(|(place, one)| Drawn {
            x: if place < same { one.x + 1.0 } else { one.x + 9.0 },
            ..*one
        });
        assert_eq!(again(100, &mixed.collect::<Vec<_>>()), wanted, "{same} of three");
    }
    // The same movements by a face that sits elsewhere.
    let live: Vec<Drawn> = drawn.iter().map(|one| Drawn { x: one.x + 9.0, ..*one }).collect();
    assert_eq!(again(100, &live), Ok(()));
    let within = with_frames(&drawn, 1, |frames| {
        frames[2].digest = frames[1].digest;
        judge(&steps, frames, &Remembered::default(), &LIMITS)
    });
    assert_eq!(within, repeated(2));
}

#[test]
fn pictures_named_in_another_order_than_they_came_are_refused() {
    let steps = [Step::Straight, Step::TurnLeft, Step::Nearer];
    for (one, two) in [(0, 1), (1, 2), (0, 2)] {
        let fault = with_frames(&done(&steps), 1, |frames| {
            let (first, second) = (frames[one].order, frames[two].order);
            (frames[one].order, frames[two].order) = (second, first);
            judge(&steps, frames, &Remembered::default(), &LIMITS).unwrap_err()
        });
        assert_eq!(fault.reason(), "out_of_order");
    }
}

#[test]
fn the_oldest_frames_are_forgotten_beyond_the_bound() {
    let mut before = Remembered::default();
    let drawn = vec![STRAIGHT; REMEMBERED_FRAMES_MAX + 1];
    with_frames(&drawn[1..], 1, |frames| before.keep(frames));
    assert!(before.has(&[1; 32]));
    with_frames(&drawn[..1], 200, |frames| before.keep(frames));
    assert_eq!(before.0.len(), REMEMBERED_FRAMES_MAX);
    assert!(!before.has(&[1; 32]) && before.has(&[2; 32]) && before.has(&[200; 32]));
}

#[test]
fn a_tilted_head_is_not_a_turned_one() {
    let turn_by = |degrees: f32, point: Point| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Point {
            x: 320.0 + (point.x - 320.0) * cos - (point.y - 200.0) * sin,
            y: 200.0 + (point.x - 320.0) * sin + (point.y - 200.0) * cos,
        }
    };
    with_frames(&[STRAIGHT], 1, |frames| {
        let frame = frames[0];
        for degrees in [-40.0, -15.0, 15.0, 40.0] {
            let tilted = Landmarks {
                left_eye: frame.landmarks.left_eye.map(|point| turn_by(degrees, point)),
                right_eye: frame.landmarks.right_eye.map(|point| turn_by(degrees, point)),
                nose: turn_by(degrees, frame.landmarks.nose),
            };
            let tilted = Measure::of(&Frame {
                landmarks: tilted,
                ..frame
            });
            assert!((tilted.pose + 0.02).abs() < 0.001, "{degrees}: {tilted:?}");
        }
    });
}

#[test]
fn eyes_in_one_place_or_a_picture_without_width_are_no_panic() {
    with_frames(&[STRAIGHT; 3], 1, |frames| {
        for frame in frames.iter_mut() {
            frame.landmarks = Landmarks::default();
            frame.width = 0;
        }
        assert!(judge(&[Step::Straight], frames, &Remembered::default(), &LIMITS).is_err());
    });
}

/// The rule as a machine: where we are, and what may come.
fn model(steps: &[Step], shown: &[Step]) -> bool {
    let mut at = 0;
    for step in &shown[1..] {
        if *step == Step::Straight || *step == steps[at] {
            continue;
        }
        if steps.get(at + 1) == Some(step) {
            at += 1;
        } else {
            return false;
        }
    }
    at + 1 == steps.len()
}

proptest! {
    #[test]
    fn any_sequence_of_movements_is_judged_as_the_model_says(
        chosen in 0_usize..18,
        shown in prop::collection::vec(0_usize..4, 0..9),
    ) {
        let steps = sequences().swap_remove(chosen);
        let shown: Vec<Step> = std::iter::once(Step::Straight).chain(shown.into_iter().map(|place| ALL[place])).collect();
        let wanted = shown.len() >= steps.len().max(3) && model(&steps, &shown);
        prop_assert_eq!(judged(&steps, &done(&shown)).is_ok(), wanted, "{:?} by {:?}", steps, shown);
    }

    #[test]
    fn a_flat_picture_is_never_alive_however_it_is_held(
        poses in -0.14_f32..0.14,
        sizes in prop::collection::vec((20.0_f32..200.0, 100.0_f32..500.0), 3..10),
        chosen in 0_usize..18,
    ) {
        let steps = sequences().swap_remove(chosen);
        let held: Vec<Drawn> = sizes.into_iter().map(|(eyes, x)| Drawn { pose: poses, eyes, x, who: 0.0 }).collect();
        prop_assert!(judged(&steps, &held).is_err());
    }
}
