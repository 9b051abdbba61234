//! Frames on their way into JSON against the long way over values: both say the same.

use bytes::BytesMut;
use proptest::prelude::*;
use serde_json::json;

use super::laws::{text, value};
use crate::wire::transit::{Transit, transit};
use crate::wire::{Answer, Event, Frame, Value, decode, encode};

fn item(frame: &Frame) -> Vec<u8> {
    let mut out = BytesMut::new();
    encode(frame, &mut out).unwrap();
    out.split_off(4).to_vec()
}

fn answer(id: u64, value: Value) -> Frame {
    Frame::Result(Answer { id, outcome: Ok(value) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_answer_says_the_same_whichever_way_it_goes(id in any::<u64>(), value in value()) {
        let item = item(&answer(id, value.clone()));
        match transit(&item) {
            Some(Transit::Ok { id: said, value: passed }) => {
                prop_assert_eq!(said, id);
                prop_assert_eq!(serde_json::to_string(&passed).unwrap(), serde_json::to_string(&value).unwrap());
            }
            // What passes no scan is read by nobody.
            _ => prop_assert!(decode(&item).is_err()),
        }
    }

    #[test]
    fn an_event_says_the_same_whichever_way_it_goes(
        (epoch, name) in (text(), text()), seq in any::<u64>(), data in value()
    ) {
        let event = Event { epoch, seq, name, data };
        let item = item(&Frame::Event(event.clone()));
        match transit(&item) {
            Some(Transit::Event { seq: said, fields }) => {
                prop_assert_eq!(said, seq);
                prop_assert_eq!(serde_json::to_string(&fields).unwrap(), serde_json::to_string(&event).unwrap());
            }
            _ => prop_assert!(decode(&item).is_err()),
        }
    }

    #[test]
    fn broken_bytes_pass_only_if_they_are_a_frame_all_the_same(
        data in value(), place in any::<prop::sample::Index>(), byte in any::<u8>(), is_event in any::<bool>()
    ) {
        let frame = match is_event {
            true => Frame::Event(Event { epoch: "e".to_owned(), seq: 1, name: "n".to_owned(), data }),
            false => answer(1, data),
        };
        let mut item = item(&frame);
        let place = place.index(item.len());
        item[place] = byte;
        if transit(&item).is_some() {
            prop_assert!(decode(&item).is_ok());
        }
    }
}

#[test]
fn every_half_float_is_the_one_that_is_written() {
    for bits in 0..=u16::MAX {
        let mut item = item(&answer(1, Value::Null));
        item.pop();
        item.push(0xf9);
        item.extend(bits.to_be_bytes());
        let Ok(Frame::Result(Answer { outcome: Ok(value), .. })) = decode(&item) else {
            panic!("{bits:#x}")
        };
        let Some(Transit::Ok { value: passed, .. }) = transit(&item) else {
            panic!("{bits:#x}")
        };
        assert_eq!(
            serde_json::to_string(&passed).unwrap(),
            serde_json::to_string(&value).unwrap(),
            "{bits:#x}"
        );
    }
}

#[test]
fn what_is_refused_asked_or_unusual_goes_the_long_way() {
    let refused = r#"{"result":{"id":1,"error":{"code":"not_now","message":"x"}}}"#;
    let refused: Frame = serde_json::from_str(refused).unwrap();
    for frame in [
        refused,
        serde_json::from_value(json!({"call": {"id": 1, "command": "s.ping"}})).unwrap(),
        serde_json::from_value(json!({"ping": {"id": 1}})).unwrap(),
    ] {
        assert!(transit(&item(&frame)).is_none(), "{frame:?}");
    }
}
