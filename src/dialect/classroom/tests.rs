//! Transcripts of clients of the classroom, cut at every byte, and noise.

use bytes::BytesMut;

use super::*;
use crate::dialect::line::Tongue;
use crate::wire::{Answer, Frame, Value};

fn desk(said: &Pickle, config: &ClassroomConfig) -> Desk {
    let introduction = rules::introduction(said).unwrap();
    Desk::new(1, &introduction, "class", &Arc::default(), config)
}

fn student() -> Pickle {
    dict([
        ("student_name", "Jose".into()),
        ("github_username", "octocat".into()),
        ("sid", 7.into()),
    ])
}

/// Hears bytes that come so many at a time, as far as it hears.
fn hear(desk: &mut Desk, bytes: &[u8], step: usize, out: &mut Out) -> Result<(), Error> {
    let mut buffer = BytesMut::new();
    for piece in bytes.chunks(step) {
        buffer.extend_from_slice(piece);
        while !out.is_deaf && desk.hear(&mut buffer, out)? {}
    }
    Ok(())
}

#[test]
fn requests_of_the_labs_are_acknowledged_however_they_are_cut() {
    let requests: Vec<u8> = (0..5)
        .flat_map(|number| pickle::write(&dict([("n", number.into())])))
        .collect();
    for (acknowledgement, wanted) in [
        (crate::config::Acknowledgement::One, Pickle::Int(1)),
        (
            crate::config::Acknowledgement::Message,
            dict([("message", "server got the data".into())]),
        ),
    ] {
        let config = ClassroomConfig {
            acknowledgement,
            ..ClassroomConfig::default()
        };
        for step in 1..=requests.len() {
            let mut desk = desk(&student(), &config);
            assert_eq!(desk.welcome(), wanted);
            let mut out = Out::default();
            hear(&mut desk, &requests, step, &mut out).unwrap();
            assert_eq!(out.bytes, pickle::write(&wanted).repeat(5), "{step}");
        }
    }
}

#[test]
fn one_thing_of_the_menu_is_done_after_the_other() {
    let mut desk = desk(&dict([("id_key", "Nina".into())]), &ClassroomConfig::default());
    let mut out = Out::default();
    let said = |option: i64| pickle::write(&dict([("option_selected", option.into())]));
    let filled = pickle::write(&dict([
        ("option", 4.into()),
        ("input", Pickle::List(vec!["23456".into()])),
    ]));
    let all = [said(4), filled, said(6)].concat();
    let mut buffer = BytesMut::from(all.as_slice());
    while !out.is_deaf && desk.hear(&mut buffer, &mut out).unwrap() {}
    assert!(out.is_deaf, "the room is being made");
    let Some(Frame::Call(call)) = out.frames.pop_front() else {
        panic!()
    };
    assert_eq!(call.command, "s.newroom");
    assert_eq!(out.bytes, pickle::write(&rules::form(4)));
    out.bytes.clear();
    let done = Value::Map(vec![("room".into(), "23456".into()), ("done".into(), "made".into())]);
    desk.tell(
        Frame::Result(Answer {
            id: call.id,
            outcome: Ok(done),
        }),
        &mut out,
    );
    assert!(!out.is_deaf);
    out.bytes.clear();
    assert!(desk.hear(&mut buffer, &mut out).unwrap());
    assert_eq!(
        out.bytes,
        pickle::write(&rules::output(4, "You are in a chat room; leave it first."))
    );
}

#[test]
fn noise_ends_a_conversation_or_means_nothing() {
    for seed in 0..2_000_u32 {
        let mut desk = desk(&dict([("id_key", "Nina".into())]), &ClassroomConfig::default());
        let noise: Vec<u8> = (0..64_u32)
            .map(|at| (seed.wrapping_mul(2_654_435_761) ^ at.wrapping_mul(40_503)).to_le_bytes()[1])
            .collect();
        let mut out = Out::default();
        drop(hear(&mut desk, &noise, 7, &mut out));
        assert!(out.bytes.len() < 64 * 1024 && out.frames.len() < 64, "seed {seed}");
    }
}
