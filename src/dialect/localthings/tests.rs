//! Transcripts of a client of LocalThingsNetwork, cut at every byte, and noise.

use bytes::BytesMut;

use super::speech::{Manner, Speech, Stage};
use super::*;
use crate::dialect::line::{Out, Tongue};
use crate::wire::{Answer, Args, Bye, Call, Frame, Ping, Request, ServerInfo, Text, Welcome};

const BOUNDS: Bounds = Bounds {
    bytes: 65_536,
    items: 8_192,
    depth: 16,
    memo: 8_192,
};

fn manner() -> Manner {
    Manner {
        server: "pool".to_owned(),
        packet_bytes: 4_096,
        socks: vec![("Serversock", 4_200)],
        data: None,
    }
}

fn registered() -> (Speech, Out) {
    let data = ClientData {
        commands: vec!["changename".to_owned()],
        ..ClientData::default()
    };
    let mut speech = Speech::registering(manner(), BOUNDS, &data);
    let mut out = Out::default();
    let welcome = Welcome {
        client_id: "c".to_owned(),
        name: "lamp".to_owned(),
        permissions: vec!["user".to_owned()],
        resume: String::new(),
        server: ServerInfo::default(),
        notices: vec!["a notice".to_owned()],
    };
    speech.tell(Frame::Welcome(Box::new(welcome)), &mut out);
    assert_eq!(&out.bytes[..], b"lamp", "the name alone");
    assert!(out.is_held, "and nothing more before the client goes on");
    out.bytes.clear();
    (speech, out)
}

/// A conversation that is open.
fn open() -> (Speech, Out) {
    let (mut speech, mut out) = registered();
    assert!(speech.hear(&mut BytesMut::from(rules::CONTINUE), &mut out).unwrap());
    assert!(!out.is_held);
    let texts = said(&mut out);
    let wanted = ["a notice", "Connected to pool", "Registered as 'lamp'"].map(Pickle::from);
    assert_eq!(texts[..3], wanted);
    (speech, out)
}

/// What was said to the client.
fn said(out: &mut Out) -> Vec<Pickle> {
    let mut assembler = packets::Assembler::new(4_096, BOUNDS);
    let mut objects = Vec::new();
    while let Some((end, next)) = assembler.find(&out.bytes).unwrap() {
        objects.extend(assembler.take(&out.bytes[..end]).unwrap());
        out.bytes.advance(next);
    }
    assert!(out.bytes.is_empty());
    objects
}

fn packet(object: &Pickle) -> Vec<u8> {
    let mut bytes = Vec::new();
    packets::write(object, "t", 4_096, &mut bytes);
    bytes
}

fn request(id: &str, name: &str) -> Pickle {
    Pickle::List(vec![rules::REQUEST.into(), "request".into(), id.into(), name.into()])
}

#[test]
fn a_transcript_means_the_same_however_it_is_cut() {
    let spoken: Vec<u8> = [
        packet(&"hello".into()),
        packet(&"s.info()".into()),
        packet(&request("u-1", "SERVERDATA")),
        packet(&rules::answer("7".into(), Pickle::Float(0.5))),
        packet(&rules::answer("ping-9".into(), Pickle::Float(1.5))),
    ]
    .concat();
    for step in 1..=spoken.len() {
        let (mut speech, mut out) = open();
        let mut buffer = BytesMut::new();
        for piece in spoken.chunks(step) {
            buffer.extend_from_slice(piece);
            while speech.hear(&mut buffer, &mut out).unwrap() {}
        }
        let kinds: Vec<&str> = out.frames.iter().map(Frame::kind).collect();
        assert_eq!(kinds, ["text", "text", "request", "result", "pong"], "{step}");
    }
}

#[test]
fn requests_go_both_ways_under_their_own_numbers() {
    let (mut speech, mut out) = open();
    let asked = packet(&request("u-1", "UPTIME"));
    assert!(speech.hear(&mut BytesMut::from(asked.as_slice()), &mut out).unwrap());
    let Some(Frame::Request(asked)) = out.frames.pop_front() else {
        panic!()
    };
    let answer = |outcome| Frame::Result(Answer { id: asked.id, outcome });
    speech.tell(answer(Ok(Value::from(7))), &mut out);
    assert_eq!(said(&mut out), [rules::answer("u-1".into(), 7.into())]);
    speech.tell(answer(Ok(Value::from(7))), &mut out);
    assert!(said(&mut out).is_empty(), "answered once");

    let question = Request {
        id: 1 << 48,
        name: "CLIENTDATA".to_owned(),
        args: Args::default(),
    };
    speech.tell(Frame::Request(question), &mut out);
    assert_eq!(said(&mut out), [request(&(1_u64 << 48).to_string(), "CLIENTDATA")]);
    let data = pickle::dict([("client_version", "6.26".into()), ("description", "a lamp".into())]);
    let answered = packet(&rules::answer((1_i64 << 48).into(), data));
    assert!(speech.hear(&mut BytesMut::from(answered.as_slice()), &mut out).unwrap());
    let Some(Frame::Result(Answer { outcome: Ok(value), .. })) = out.frames.pop_front() else {
        panic!()
    };
    assert_eq!(
        crate::dialect::asking::text(&value, "software"),
        "LocalThingsNetwork 6.26"
    );

    speech.tell(Frame::Ping(Ping { id: 3 }), &mut out);
    assert_eq!(said(&mut out), [request("ping-3", "PING")]);
    let call = Call {
        id: 5,
        command: "blink".to_owned(),
        args: Args::Position(vec![Value::from(3)]),
        deadline_ms: None,
    };
    speech.tell(Frame::Call(call), &mut out);
    assert_eq!(said(&mut out), [rules::command("blink", vec![3.into()])]);
    let Some(Frame::Result(done)) = out.frames.pop_front() else {
        panic!()
    };
    assert_eq!((done.id, done.outcome), (5, Ok(Value::Null)));
}

#[test]
fn texts_of_the_server_are_what_they_were_there() {
    let (mut speech, mut out) = open();
    let text = |body: &str, from: &str| {
        Frame::Text(Text {
            body: body.to_owned(),
            from: Some(from.to_owned()),
            id: None,
        })
    };
    assert!(
        speech
            .hear(&mut BytesMut::from(packet(&"hi".into()).as_slice()), &mut out)
            .unwrap()
    );
    for (frame, wanted) in [
        (text("Received", "pool"), vec![Pickle::from("Received: hi")]),
        (text("Received", "pool"), vec!["Received".into()]),
        (text("good evening", "mona"), vec!["mona: good evening".into()]),
        (
            text("Your username changed to 'b'", "pool"),
            vec![
                rules::command("changename", vec!["b".into()]),
                "Your username changed to 'b'".into(),
            ],
        ),
    ] {
        speech.tell(frame, &mut out);
        assert_eq!(said(&mut out), wanted);
    }
    let bye = Bye {
        reason: "shutting_down".to_owned(),
        reconnect_after_ms: None,
    };
    speech.tell(Frame::Bye(bye), &mut out);
    let last = [
        "Server 'pool' is shutting down".into(),
        rules::command("disconnect", vec![]),
    ];
    assert_eq!(said(&mut out), last);
    assert!(out.is_over);
}

#[test]
fn another_word_than_continue_ends_a_registration() {
    let (mut speech, mut out) = registered();
    assert!(!speech.hear(&mut BytesMut::from("cont"), &mut out).unwrap());
    assert!(speech.hear(&mut BytesMut::from("stop"), &mut out).is_err());
    let mut early = Speech::at(Stage::Registering, manner(), BOUNDS);
    assert!(
        early
            .hear(&mut BytesMut::from("continue"), &mut Out::default())
            .is_err()
    );
}

#[test]
fn too_much_that_means_nothing_ends_the_connection() {
    let (mut speech, mut out) = open();
    let nonsense = packet(&Pickle::None);
    let heard = (0..100).take_while(|_| {
        let mut buffer = BytesMut::from(nonsense.as_slice());
        speech.hear(&mut buffer, &mut out).is_ok()
    });
    assert_eq!(heard.count(), 16);
    for seed in 0..2_000_u32 {
        let (mut speech, mut out) = open();
        let mut noise: Vec<u8> = (0..64_u32)
            .map(|at| (seed.wrapping_mul(2_654_435_761) ^ at.wrapping_mul(40_503)).to_le_bytes()[1])
            .collect();
        noise.extend_from_slice(packets::SEPARATOR);
        let mut buffer = BytesMut::from(noise.as_slice());
        drop(speech.hear(&mut buffer, &mut out));
        assert!(out.frames.is_empty(), "seed {seed}");
    }
}
