//! The short way of reading a call against the long one: whatever the short way reads, it reads the same.

use bytes::BytesMut;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::laws::{args, text, value};
use crate::wire::decode::decode_any;
use crate::wire::{Args, Call, Frame, FrameError, ScanLimits, Value, decode, direct, encode, scan, to_cbor};

fn item(call: Call) -> Vec<u8> {
    let mut out = BytesMut::new();
    encode(&Frame::Call(call), &mut out).unwrap();
    out.split_off(4).to_vec()
}

fn call(args: impl Strategy<Value = Args>) -> impl Strategy<Value = Call> {
    (any::<u64>(), text(), args, proptest::option::of(any::<u64>())).prop_map(|(id, command, args, deadline_ms)| Call {
        id,
        command,
        args,
        deadline_ms,
    })
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        any::<f32>()
            .prop_filter("of what is no number there are many", |float| !float.is_nan())
            .prop_map(|float| Value::from(f64::from(float))),
        any::<i16>().prop_map(|whole| Value::from(f64::from(whole) / 16.0)),
        text().prop_map(Value::from),
    ]
}

fn plain_args() -> impl Strategy<Value = Args> {
    prop_oneof![
        vec(plain(), 0..4).prop_map(Args::Position),
        btree_map(text(), plain(), 0..4).prop_map(|map| Args::Name(map.into_iter().collect())),
    ]
}

/// A call with any of its fields, and others, each with any value.
fn odd_call() -> impl Strategy<Value = Vec<u8>> {
    let name = proptest::sample::select(vec!["id", "command", "args", "deadline_ms", "deadline", ""]);
    let fitting = prop_oneof![
        any::<u64>().prop_map(Value::from),
        text().prop_map(Value::from),
        value()
    ];
    btree_map(name, fitting, 0..6).prop_map(|fields| {
        let fields = fields.into_iter().map(|(name, value)| (Value::from(name), value));
        to_cbor(&Value::Map(vec![(Value::from("call"), Value::Map(fields.collect()))])).unwrap()
    })
}

/// A call with some bytes replaced, put in or left out.
fn broken_call() -> impl Strategy<Value = Vec<u8>> {
    let edits = vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>()), 1..4);
    (call(args()), edits).prop_map(|(call, edits)| {
        let mut item = item(call);
        for (place, kind, byte) in edits {
            let place = place.index(item.len());
            match kind {
                0 => item[place] = byte,
                1 => item.insert(place, byte),
                _ if item.len() > 1 => drop(item.remove(place)),
                _ => {}
            }
        }
        item
    })
}

/// Frames as their bytes: of two equal ones with "not a number" inside, only those compare as equal.
fn as_bytes(read: Result<Frame, FrameError>) -> Result<BytesMut, FrameError> {
    read.map(|frame| {
        let mut bytes = BytesMut::new();
        encode(&frame, &mut bytes).unwrap();
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_call_with_plain_arguments_is_read_the_short_way(call in call(plain_args())) {
        let item = item(call.clone());
        prop_assert_eq!(direct::call(&item), Some(Frame::Call(call.clone())));
        prop_assert_eq!(decode_any(&item), Ok(Frame::Call(call)));
    }

    #[test]
    fn both_ways_read_the_same(item in prop_oneof![call(args()).prop_map(item), odd_call(), broken_call()]) {
        prop_assume!(scan(&item, ScanLimits::default()).is_ok());
        if let Some(frame) = direct::call(&item) {
            prop_assert_eq!(as_bytes(decode_any(&item)), as_bytes(Ok(frame)));
        }
        prop_assert_eq!(as_bytes(decode(&item)), as_bytes(decode_any(&item)));
    }
}
