//! Laws over any frames and any bytes: what is encoded comes back, and nothing panics.

use std::collections::BTreeSet;

use bytes::BytesMut;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use tokio_util::codec::Decoder;

use crate::wire::{
    Ack, Answer, Args, Attach, Attached, Bye, Call, ClientKind, DatasockInfo, ErrorCode, Event, Everybody, Frame,
    FrameCodec, Hello, Login, Ping, Pong, Refusal, Request, ScanLimits, Send, ServerInfo, Target, Text, Value, Welcome,
    WireError, decode, encode, encode_result_ok, from_cbor, json, scan, to_cbor,
};

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => ".{0,12}", 1 => "a{20,300}"]
}

/// Values of the protocol, nested at most four deep. Not-a-number is left out, for it is not equal to itself.
pub(super) fn value() -> impl Strategy<Value = Value> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, ZERO};
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..300u64).prop_map(Value::from),
        (NORMAL | ZERO | INFINITE | POSITIVE | NEGATIVE).prop_map(Value::from),
        text().prop_map(Value::from),
        vec(any::<u8>(), 0..300).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 20, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(Value::Array),
            btree_map(text(), inner, 0..20)
                .prop_map(|map| Value::Map(map.into_iter().map(|(key, value)| (Value::from(key), value)).collect())),
        ]
    })
}

pub(super) fn args() -> impl Strategy<Value = Args> {
    prop_oneof![
        vec(value(), 0..4).prop_map(Args::Position),
        btree_map(text(), value(), 0..4).prop_map(|map| Args::Name(map.into_iter().collect())),
    ]
}

fn hello() -> impl Strategy<Value = Hello> {
    let login = prop_oneof![
        (text(), text()).prop_map(|(username, password)| Login::Password { username, password }),
        text().prop_map(Login::Key),
        text().prop_map(Login::Resume),
    ];
    let kind = proptest::sample::select(ClientKind::ALL);
    let says = (of(text()), of(kind), of(text()), of(text()));
    (any::<u64>(), says, vec(text(), 0..3), vec(text(), 0..3), of(login)).prop_map(
        |(protocol, (name, kind, software, description), commands, requestables, login)| Hello {
            protocol,
            name,
            kind,
            software,
            description,
            commands,
            requestables,
            login,
        },
    )
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let datasock = (text(), any::<u16>()).prop_map(|(name, port)| DatasockInfo {
        name: name.clone(),
        host: name.clone(),
        port,
        receiver: name,
    });
    let limits = btree_map(text(), any::<u64>(), 0..5);
    let server = (text(), any::<u64>(), any::<u32>(), vec(datasock, 0..3), limits).prop_map(
        |(name, protocol, layer, datasocks, limits)| ServerInfo {
            name: name.clone(),
            version: name.clone(),
            protocol,
            started_at: name.clone(),
            layer,
            commands: vec![name],
            datasocks,
            limits,
            ..ServerInfo::default()
        },
    );
    (text(), vec(text(), 0..3), server).prop_map(|(name, permissions, server)| Welcome {
        client_id: name.clone(),
        name: name.clone(),
        notices: permissions.clone(),
        permissions,
        resume: name,
        server,
    })
}

fn wire_error() -> impl Strategy<Value = WireError> {
    // A detail of null would come back as no detail, which means the same.
    let detail = of(value().prop_filter("null is absent", |value| !value.is_null()));
    (proptest::sample::select(ErrorCode::ALL), text(), detail).prop_map(|(code, message, detail)| WireError {
        code,
        message,
        detail,
    })
}

pub(super) fn frame() -> impl Strategy<Value = Frame> {
    let target = prop_oneof![
        text().prop_map(Target::Client),
        text().prop_map(Target::User),
        text().prop_map(Target::Building),
        text().prop_map(Target::Room),
        proptest::num::f64::NORMAL.prop_map(Target::RangeM),
        Just(Target::All(Everybody)),
    ];
    let call = (any::<u64>(), text(), args(), of(any::<u64>()));
    prop_oneof![
        hello().prop_map(Frame::Hello),
        welcome().prop_map(|welcome| Frame::Welcome(Box::new(welcome))),
        (text(), of(text()), of(any::<u64>())).prop_map(|(body, from, id)| Frame::Text(Text { body, from, id })),
        call.prop_map(|(id, command, args, deadline_ms)| Frame::Call(Call {
            id,
            command,
            args,
            deadline_ms
        })),
        (any::<u64>(), text(), args()).prop_map(|(id, name, args)| Frame::Request(Request { id, name, args })),
        (any::<u64>(), value()).prop_map(|(id, ok)| Frame::Result(Answer { id, outcome: Ok(ok) })),
        (any::<u64>(), wire_error()).prop_map(|(id, error)| Frame::Result(Answer {
            id,
            outcome: Err(error)
        })),
        (any::<u64>(), target, text()).prop_map(|(id, to, body)| Frame::Send(Send { id, to, body })),
        (text(), any::<u64>(), text(), value()).prop_map(|(epoch, seq, name, data)| Frame::Event(Event {
            epoch,
            seq,
            name,
            data
        })),
        any::<u64>().prop_map(|seq| Frame::Ack(Ack { seq })),
        any::<u64>().prop_map(|id| Frame::Ping(Ping { id })),
        (any::<u64>(), text()).prop_map(|(id, at)| Frame::Pong(Pong { id, at })),
        (text(), text(), text()).prop_map(|(client_id, ticket, datasock)| Frame::Attach(Attach {
            client_id,
            ticket,
            datasock
        })),
        text().prop_map(|datasock| Frame::Attached(Attached { datasock })),
        (text(), of(any::<u64>())).prop_map(|(reason, reconnect_after_ms)| Frame::Bye(Bye {
            reason,
            reconnect_after_ms
        })),
        (wire_error(), of(any::<u64>())).prop_map(|(error, id)| Frame::Error(Refusal {
            id,
            ..Refusal::from(error)
        })),
    ]
}

fn encoded(frame: &Frame) -> BytesMut {
    let mut out = BytesMut::new();
    encode(frame, &mut out).unwrap();
    out
}

/// Whether a value keeps what the scan promises of it.
fn keeps_the_rules(value: &Value, depth: usize) -> bool {
    match value {
        Value::Tag(..) => false,
        Value::Array(values) => depth < 16 && values.iter().all(|value| keeps_the_rules(value, depth + 1)),
        Value::Map(pairs) => {
            let names: BTreeSet<_> = pairs.iter().filter_map(|(name, _)| name.as_text()).collect();
            let inside = pairs.iter().all(|(_, value)| keeps_the_rules(value, depth + 1));
            depth < 16 && names.len() == pairs.len() && inside
        }
        Value::Integer(integer) => u64::try_from(*integer).is_ok() || i64::try_from(*integer).is_ok(),
        _ => true,
    }
}

/// Bytes that are nearly an item, and bytes that are nothing.
fn nearly_an_item() -> impl Strategy<Value = Vec<u8>> {
    let mutated = (
        frame(),
        vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        any::<bool>(),
    )
        .prop_map(|(frame, changes, cut)| {
            let mut item = encoded(&frame)[4..].to_vec();
            for (index, byte) in changes {
                let place = index.index(item.len());
                item[place] = byte;
                if cut {
                    item.truncate(place + 1);
                }
            }
            item
        });
    prop_oneof![3 => mutated, 1 => vec(any::<u8>(), 0..64)]
}

proptest! {
    #[test]
    fn any_frame_comes_back_as_it_was(frame in frame()) {
        let out = encoded(&frame);
        let item = out.get(4..).unwrap();
        prop_assert_eq!(u32::from_be_bytes(*out.first_chunk().unwrap()), u32::try_from(item.len()).unwrap());
        let back = decode(item);
        prop_assert!(back.as_ref() == Ok(&frame), "got {:?}", back);
        prop_assert!(Frame::KINDS.contains(&frame.kind()));
        let tree: Value = from_cbor(item).unwrap();
        prop_assert_eq!(tree.as_map().unwrap()[0].0.as_text(), Some(frame.kind()));
    }

    #[test]
    fn any_chunking_gives_the_same_frames(frames in vec(frame(), 1..5), step in 1..200usize) {
        let mut stream = BytesMut::new();
        for frame in &frames {
            encode(frame, &mut stream).unwrap();
        }
        let mut codec = FrameCodec::new(1 << 20);
        let mut buffer = BytesMut::new();
        let mut got = Vec::new();
        for chunk in stream.chunks(step) {
            buffer.extend_from_slice(chunk);
            while let Some(item) = codec.decode(&mut buffer).unwrap() {
                got.push(decode(&item).unwrap());
            }
        }
        prop_assert!(buffer.is_empty());
        prop_assert!(got == frames);
    }

    #[test]
    fn nearly_items_never_panic_and_what_the_scan_passes_ciborium_reads(item in nearly_an_item()) {
        let whole: Result<Value, _> = from_cbor(&item);
        let passed = scan(&item, ScanLimits::default());
        if passed.is_ok() {
            prop_assert!(whole.is_ok_and(|value| keeps_the_rules(&value, 0)));
        }
        let frame = decode(&item);
        prop_assert!(passed.is_ok() || frame.as_ref().is_err_and(|err| err.closes()));
        if let Ok(frame) = frame {
            // Compared as bytes: a mutation can make a not-a-number.
            let again = encoded(&frame);
            let back = decode(again.get(4..).unwrap()).unwrap();
            prop_assert_eq!(encoded(&back), again);
        }
    }

    #[test]
    fn a_spliced_result_is_the_same_bytes_as_an_encoded_one(id in any::<u64>(), shift in 0..64u32, ok in value()) {
        let id = id >> shift;
        let mut spliced = BytesMut::from(&b"before"[..]);
        encode_result_ok(id, &to_cbor(&ok).unwrap(), &mut spliced).unwrap();
        let whole = encoded(&Frame::Result(Answer { id, outcome: Ok(ok) }));
        prop_assert_eq!(spliced.get(6..).unwrap(), &whole[..]);
    }

    #[test]
    fn json_comes_back_as_it_was(value in value()) {
        let once = json::to_json(&value);
        prop_assert_eq!(json::to_json(&json::from_json(&once)), once);
    }
}
