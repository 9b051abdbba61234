//! Anything as one item, written straight in the form that ciborium gives it: most of what a large answer costs is spent here.
//!
//! What is seldom in answers (tags, lists whose length nobody knows, numbers of 128 bits, not-a-number) is left to ciborium. A law
//! in the tests holds that both write the same.

use bytes::BufMut;
use serde::ser::{self, Serialize, Serializer};

use super::direct::{ARRAY, BYTES, MAP, NEGATIVE, SIMPLE, TEXT, UNSIGNED};

const FALSE: u8 = SIMPLE << 5 | 20;
const TRUE: u8 = SIMPLE << 5 | 21;
const NULL: u8 = SIMPLE << 5 | 22;
/// The name under which ciborium's values say that they have a tag.
const TAGGED: &str = "@@TAG@@";

/// It is left to ciborium, which also says what is wrong if anything is. What was written so far is of no use.
#[derive(Debug, thiserror::Error)]
#[error("left to ciborium")]
pub(super) struct Left;

impl ser::Error for Left {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Appends one item.
pub(super) fn write<T: Serialize + ?Sized>(value: &T, out: &mut impl BufMut) -> Result<(), Left> {
    value.serialize(&mut Writer(out))
}

struct Writer<'o, B>(&'o mut B);

impl<B: BufMut> Writer<'_, B> {
    /// The kind of an item and its argument in the shortest form.
    fn head(&mut self, kind: u8, argument: u64) {
        let kind = kind << 5;
        if let Ok(one) = u8::try_from(argument) {
            if one < 24 {
                self.0.put_u8(kind | one);
            } else {
                self.0.put_slice(&[kind | 24, one]);
            }
        } else if let Ok(two) = u16::try_from(argument) {
            self.0.put_u8(kind | 25);
            self.0.put_u16(two);
        } else if let Ok(four) = u32::try_from(argument) {
            self.0.put_u8(kind | 26);
            self.0.put_u32(four);
        } else {
            self.0.put_u8(kind | 27);
            self.0.put_u64(argument);
        }
    }

    fn count(&mut self, kind: u8, count: usize) {
        self.head(kind, u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(TEXT, text.len());
        self.0.put_slice(text.as_bytes());
    }

    /// The map of one field that names a variant; its value comes next.
    fn variant(&mut self, name: &str, variant: &str) -> Result<(), Left> {
        if name == TAGGED {
            return Err(Left);
        }
        self.head(MAP, 1);
        self.text(variant);
        Ok(())
    }
}

/// The shortest float that is exactly this one: what its first byte says, its bytes, and how many they are.
fn shortest(float: f64) -> Option<(u8, u64, usize)> {
    const FRACTION: u32 = 52;
    let bits = float.to_bits();
    let (sign, exponent, fraction) = (bits >> 63, bits >> FRACTION & 0x7ff, bits & ((1 << FRACTION) - 1));
    let half = |rest: u64| Some((25, sign << 15 | rest, 2));
    let single = |rest: u64| Some((26, sign << 31 | rest, 4));
    let has = |width: u32| fraction.trailing_zeros() >= width;
    // What is smaller than the smallest whole exponent has a one less before its fraction.
    let whole = fraction | 1 << FRACTION;
    let power = exponent.cast_signed() - 1_023;
    match power {
        1_024 if fraction == 0 => half(0x7c00),
        1_024 => None,
        -1_023 if fraction == 0 => half(0),
        -14..=15 if has(42) => half((exponent - 1_008) << 10 | fraction >> 42),
        -24..=-15 if whole.trailing_zeros().cast_signed() >= small(28, power) => half(whole >> small(28, power)),
        -126..=127 if has(29) => single((exponent - 896) << 23 | fraction >> 29),
        -149..=-127 if whole.trailing_zeros().cast_signed() >= small(-97, power) => single(whole >> small(-97, power)),
        _ => Some((27, bits, 8)),
    }
}

/// By how many bits the fraction of a float below the whole exponents of a shorter one moves.
fn small(bits: i32, power: i64) -> i32 {
    i32::try_from(power).map_or(i32::MAX, |power| bits - power)
}

impl<B: BufMut> Serializer for &mut Writer<'_, B> {
    type Ok = ();
    type Error = Left;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_bool(self, value: bool) -> Result<(), Left> {
        self.0.put_u8(if value { TRUE } else { FALSE });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Left> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Left> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Left> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Left> {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            Err(_) => self.head(NEGATIVE, !value.cast_unsigned()),
        }
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Left> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Left> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Left> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Left> {
        self.head(UNSIGNED, value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Left> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Left> {
        let (info, bits, bytes) = shortest(value).ok_or(Left)?;
        self.0.put_u8(SIMPLE << 5 | info);
        self.0.put_uint(bits, bytes);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Left> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Left> {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Left> {
        self.count(BYTES, value.len());
        self.0.put_slice(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Left> {
        self.0.put_u8(NULL);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Left> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Left> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Left> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Left> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Left> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Left> {
        self.variant(name, variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Left> {
        self.count(ARRAY, length.ok_or(Left)?);
        Ok(self)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self, Left> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Self, Left> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self, Left> {
        self.variant(name, variant)?;
        self.serialize_seq(Some(length))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self, Left> {
        self.count(MAP, length.ok_or(Left)?);
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Self, Left> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self, Left> {
        self.variant(name, variant)?;
        self.serialize_map(Some(length))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Items of a list: each as it comes, and nothing at the end.
macro_rules! items {
    ($($collection:ident $item:ident),*) => {$(
        impl<B: BufMut> ser::$collection for &mut Writer<'_, B> {
            type Ok = ();
            type Error = Left;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Left> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Left> {
                Ok(())
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// Fields with names that are known beforehand.
macro_rules! fields {
    ($($collection:ident),*) => {$(
        impl<B: BufMut> ser::$collection for &mut Writer<'_, B> {
            type Ok = ();
            type Error = Left;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Left> {
                self.text(name);
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Left> {
                Ok(())
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

impl<B: BufMut> ser::SerializeMap for &mut Writer<'_, B> {
    type Ok = ();
    type Error = Left;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Left> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Left> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Left> {
        Ok(())
    }
}
