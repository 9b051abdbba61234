//! Replays the examples of `docs/protocol.md` against the wire: the text and the program say the same.
//!
//! Each example is cut by the codec, decoded, and, where it is a frame,
//! encoded again to the same bytes. No socket is opened here.

// A broken example must fail loudly; clippy allows that by itself only inside test functions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use bytes::BytesMut;
use data_encoding::HEXLOWER;
use motorpool::wire::{CodecError, ErrorCode, Frame, FrameCodec, FrameError, PROTOCOL, decode, encode, json, to_cbor};
use tokio_util::codec::Decoder;

mod examples;

use examples::{Example, PROTOCOL_TEXT, examples};

/// What the wire makes of it at that point of a connection, in the words of the text.
fn reaction(example: &Example) -> String {
    let first = match example.line("when") {
        "first" | "first on a datasock" => true,
        "after welcome" => false,
        other => panic!("`{other}` is no point of a connection"),
    };
    let frame_bytes_max = if first {
        FrameCodec::HANDSHAKE_BYTES_MAX
    } else {
        FrameCodec::FRAME_BYTES_MAX
    };
    let mut stream = BytesMut::from(&example.bytes[..]);
    let item = match FrameCodec::new(frame_bytes_max).decode(&mut stream) {
        Ok(item) => item.expect("a whole frame"),
        Err(CodecError::TooLarge { .. }) => return "closes too_large".into(),
        Err(err) => panic!("{err}"),
    };
    assert!(stream.is_empty(), "bytes behind the frame");
    match decode(&item) {
        Ok(Frame::Hello(hello)) if hello.protocol != PROTOCOL => "closes unsupported_protocol".into(),
        Ok(frame) => {
            let mut again = BytesMut::new();
            encode(&frame, &mut again).unwrap();
            assert_eq!(HEXLOWER.encode(&again), HEXLOWER.encode(&example.bytes));
            "decodes".into()
        }
        Err(FrameError::Fields { id, .. }) if !first => {
            let stated = example.lines.get("answer id").map(|id| id.parse().unwrap());
            assert_eq!(id, stated, "{:?}", example.lines);
            format!("answers {}, goes on", ErrorCode::BadFrame)
        }
        Err(err) => format!("closes {}", err.code()),
    }
}

#[test]
fn every_example_does_what_the_text_says() {
    for example in examples() {
        assert_eq!(reaction(&example), example.line("reaction"), "{}", example.line("id"));
    }
}

#[test]
fn every_example_means_what_the_text_says() {
    let mut compared = 0;
    for example in examples() {
        let Some(meaning) = example.lines.get("json") else {
            assert!(example.lines.contains_key("note"), "{}", example.line("id"));
            continue;
        };
        let item = to_cbor(&json::from_json(&serde_json::from_str(meaning).unwrap())).unwrap();
        let (length, rest) = example.bytes.split_at(4);
        assert_eq!(length, u32::try_from(item.len()).unwrap().to_be_bytes());
        assert_eq!(HEXLOWER.encode(&item), HEXLOWER.encode(rest), "{}", example.line("id"));
        compared += 1;
    }
    assert!(compared > 40, "only {compared} examples have a meaning in json");
}

#[test]
fn every_example_has_an_id_of_its_own() {
    let examples = examples();
    let ids: BTreeSet<_> = examples.iter().map(|example| example.line("id")).collect();
    assert_eq!(ids.len(), examples.len());
    assert!(ids.len() > 60, "only {} examples", ids.len());
}

#[test]
fn every_kind_has_an_example_and_every_code_a_meaning() {
    let kinds: BTreeSet<_> = examples()
        .iter()
        .filter_map(|example| decode(example.bytes.get(4..)?).ok())
        .map(|frame| frame.kind())
        .collect();
    assert_eq!(kinds, Frame::KINDS.iter().copied().collect());
    for code in ErrorCode::ALL {
        let row = format!("\n| `{code}` | ");
        assert!(PROTOCOL_TEXT.contains(&row), "`{code}` has no meaning");
    }
}
