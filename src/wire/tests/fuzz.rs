//! Bytes that nobody would send: each is a frame or refused, whole or in pieces, and what is read is written as it was read.

use bytes::{Bytes, BytesMut};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tokio_util::codec::Decoder;

use super::laws::frame;
use crate::runtime::fuzz::{cuts, fuzz};
use crate::wire::{FrameCodec, ScanLimits, Value, decode, encode, from_cbor, json, scan, strict, transit};

const WORDS: [&[u8]; 18] = [
    b"\x64call",
    b"\x65hello",
    b"\x64args",
    b"\x62id",
    b"\x65event",
    b"\x63seq",
    b"\x66result",
    b"\x62ok",
    b"\x63err",
    b"\xa1",
    b"\xbf",
    b"\xff",
    b"\x9f",
    b"\x5f",
    b"\xf6",
    b"\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    b"\x1b",
    b"\xc0",
];

/// Frames of every kind, each with its length before it.
fn frames() -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let frames = (0..64).map(|_| {
        let mut out = BytesMut::new();
        encode(&frame().new_tree(&mut runner).unwrap().current(), &mut out).unwrap();
        out.to_vec()
    });
    frames.collect()
}

fn items() -> Vec<Vec<u8>> {
    frames().into_iter().map(|frame| frame[4..].to_vec()).collect()
}

#[test]
fn whatever_item_comes_is_a_frame_or_refused() {
    fuzz("frames", &WORDS, items(), |item| {
        let _ = transit(item);
        let frame = match decode(item) {
            Ok(frame) => frame,
            Err(err) => return err.to_string(),
        };
        let mut out = BytesMut::new();
        encode(&frame, &mut out).unwrap();
        let again = decode(&out[4..]).unwrap();
        assert_eq!(format!("{again:?}"), format!("{frame:?}"));
        frame.kind().to_owned()
    });
}

#[test]
fn whatever_value_comes_is_within_bounds_or_refused() {
    fuzz("values", &WORDS, items(), |item| {
        match scan(item, ScanLimits::default()) {
            Ok(()) => match from_cbor::<Value>(item) {
                Ok(value) => {
                    let shown = json::to_json(&value).to_string();
                    format!("a value of {}", shown.get(..1).unwrap_or_default())
                }
                Err(err) => err.to_string(),
            },
            Err(err) => err.to_string(),
        }
    });
}

#[test]
fn whatever_json_comes_is_within_bounds_or_refused() {
    let samples = [
        r#"{"a": [1, -2.5e3, "x\u00fc\n", null, true], "b": {}}"#,
        "[[[[]]]]",
        "1e400",
        "\"\\ud800\"",
        "{\"a\":1,\"a\":2}",
    ];
    let words: [&[u8]; 8] = [b"[", b"{\"a\":", b"\\u", b"\"", b"1e999", b"null", b",", b"}"];
    fuzz(
        "json",
        &words,
        samples.map(|text| text.as_bytes().to_vec()).into(),
        |text| match strict::read(text, ScanLimits::default()) {
            Ok(value) => {
                let known: serde_json::Value = serde_json::from_slice(text).unwrap();
                assert_eq!(json::to_json(&value), known);
                "a value".to_owned()
            }
            Err(why) => why,
        },
    );
}

/// What a reader makes of bytes that come in these pieces, up to the first refusal.
fn heard(pieces: &[&[u8]]) -> (Vec<Bytes>, Option<String>) {
    let (mut codec, mut buffer, mut items) = (FrameCodec::new(4_096), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(err) => return (items, Some(err.to_string())),
            }
        }
    }
    (items, None)
}

#[test]
fn whatever_stream_comes_is_cut_into_the_same_frames_however_it_comes() {
    let streams = frames().chunks(3).map(<[_]>::concat).collect();
    fuzz(
        "stream",
        &[b"\0\0\0\0", b"\0\0\x10\0", b"\0\0\x10\x01"],
        streams,
        |stream| {
            let whole = heard(&[stream]);
            for cut in cuts(stream.len()) {
                assert_eq!(heard(&[&stream[..cut], &stream[cut..]]), whole, "cut at {cut}");
            }
            let (items, refused) = whole;
            format!("{} items, {refused:?}", "x".repeat(items.len().min(4)))
        },
    );
}
