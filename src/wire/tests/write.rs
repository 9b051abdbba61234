//! What is written straight is what ciborium writes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;

use super::laws::value;
use crate::wire::write::write;
use crate::wire::{Value, to_cbor};

/// Every shape that serde knows and answers have.
#[derive(Debug, Clone, Serialize)]
enum Shape {
    Unit,
    Newtype(Box<Shape>),
    Tuple(i8, Option<char>, f32),
    Struct {
        bytes: Value,
        list: Vec<Shape>,
        pair: (u16, i64),
        map: BTreeMap<String, Shape>,
    },
}

#[derive(Debug, Clone, Serialize)]
struct Wrapped(Shape, ());

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Unit),
        (any::<i8>(), any::<Option<char>>(), float()).prop_map(|(one, two, three)| {
            let three = three.to_string().parse::<f32>().ok().filter(|three| !three.is_nan());
            Shape::Tuple(one, two, three.unwrap_or_default())
        }),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4);
        let map = proptest::collection::btree_map(".{0,30}", inner.clone(), 0..4);
        prop_oneof![
            inner.prop_map(|inner| Shape::Newtype(Box::new(inner))),
            (value(), list, any::<(u16, i64)>(), map).prop_map(|(bytes, list, pair, map)| Shape::Struct {
                bytes,
                list,
                pair,
                map
            }),
        ]
    })
}

/// Floats of every width, and those beside them.
fn float() -> impl Strategy<Value = f64> {
    let short = (any::<u16>(), -160..130_i32).prop_map(|(fraction, power)| f64::from(fraction) * 2_f64.powi(power));
    let beside = (any::<f32>(), -1..=1_i64)
        .prop_map(|(single, by)| f64::from_bits(f64::from(single).to_bits().wrapping_add_signed(by)));
    prop_oneof![
        short.clone(),
        short.prop_map(|short| -short),
        beside,
        any::<f64>(),
        any::<f32>().prop_map(f64::from)
    ]
}

fn by_ciborium<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).unwrap();
    out
}

fn straight<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write(value, &mut out).ok().map(|()| out)
}

proptest! {
    #[test]
    fn a_float_is_written_as_short_as_ciborium_writes_it(float in float()) {
        let (ours, theirs) = (straight(&float), by_ciborium(&float));
        prop_assert!(ours.as_ref() == Some(&theirs) || ours.is_none() && float.is_nan(), "{float:e}: {ours:x?} {theirs:x?}");
    }

    #[test]
    fn values_are_written_as_ciborium_writes_them(value in value()) {
        prop_assert_eq!(straight(&value), Some(by_ciborium(&value)));
    }

    #[test]
    fn whatever_serde_knows_is_written_as_ciborium_writes_it(shape in shape()) {
        let wrapped = Wrapped(shape, ());
        prop_assert_eq!(straight(&wrapped), Some(by_ciborium(&wrapped)));
    }
}

#[test]
fn what_is_left_to_ciborium_is_written_all_the_same() {
    let tagged = Value::Tag(7, Box::new(Value::from("x")));
    let unknown = Unknown;
    assert_eq!(straight(&tagged), None);
    assert_eq!(to_cbor(&tagged).unwrap(), by_ciborium(&tagged));
    assert_eq!(straight(&unknown), None);
    assert_eq!(to_cbor(&unknown).unwrap(), b"\x9f\x01\xff");
    assert_eq!(to_cbor(&f64::NAN).unwrap(), by_ciborium(&f64::NAN));
    assert_eq!(to_cbor(&u128::MAX).unwrap(), by_ciborium(&u128::MAX));
    // What cannot be written at all is refused in the words of who refuses.
    assert!(to_cbor(&Refuses).unwrap_err().to_string().contains("for a reason"));
}

/// A list whose length nobody knows.
struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(None)?;
        list.serialize_element(&1)?;
        list.end()
    }
}

struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("for a reason"))
    }
}
