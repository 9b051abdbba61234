//! A chunk of a file, read straight from its bytes: the data stay where they came and are not copied.
//!
//! Whatever is unusual about one is left to ciborium, which alone refuses.

use bytes::Bytes;

/// What a chunk begins with: a map of one, its key.
pub(super) const HEAD: &[u8] = b"\xa1\x65chunk";

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const MAP: u8 = 5;

/// Bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Of which upload of this connection.
    pub(super) id: u64,
    /// Where they begin in the file.
    pub(super) offset: u64,
    pub(super) data: Bytes,
    /// Their sum, as `zlib.crc32` has it.
    pub(super) crc32: Option<u32>,
}

/// The chunk in `item`; `None` when somebody else has to look.
pub(super) fn read(item: &Bytes) -> Option<Chunk> {
    let mut rest = Rest(item.strip_prefix(HEAD)?);
    let (mut id, mut offset, mut data, mut crc32) = (None, None, None, None);
    for _ in 0..rest.argument_of(MAP)? {
        match rest.string(TEXT)? {
            b"id" if id.is_none() => id = Some(rest.argument_of(UNSIGNED)?),
            b"offset" if offset.is_none() => offset = Some(rest.argument_of(UNSIGNED)?),
            b"data" if data.is_none() => data = Some(item.slice_ref(rest.string(BYTES)?)),
            b"crc32" if crc32.is_none() => crc32 = Some(u32::try_from(rest.argument_of(UNSIGNED)?).ok()?),
            _ => return None,
        }
    }
    let chunk = Chunk {
        id: id?,
        offset: offset?,
        data: data?,
        crc32,
    };
    rest.0.is_empty().then_some(chunk)
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// The argument of the next item, if it is of that kind and written in its shortest form.
    fn argument_of(&mut self, wanted: u8) -> Option<u64> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        if first >> 5 != wanted {
            return None;
        }
        match first & 0x1f {
            few @ 0..=23 => Some(u64::from(few)),
            24 => Some(u64::from(u8::from_be_bytes(self.array()?))).filter(|long| *long > 23),
            25 => Some(u64::from(u16::from_be_bytes(self.array()?))).filter(|long| *long > 0xff),
            26 => Some(u64::from(u32::from_be_bytes(self.array()?))).filter(|long| *long > 0xffff),
            27 => Some(u64::from_be_bytes(self.array()?)).filter(|long| *long > 0xffff_ffff),
            _ => None,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn string(&mut self, kind: u8) -> Option<&'a [u8]> {
        let length = usize::try_from(self.argument_of(kind)?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use ciborium::value::Value;
    use proptest::prelude::*;

    use super::*;

    fn item(fields: Vec<(&str, Value)>) -> Bytes {
        let fields = fields.into_iter().map(|(name, value)| (Value::from(name), value));
        let chunk = Value::Map(vec![(Value::from("chunk"), Value::Map(fields.collect()))]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&chunk, &mut bytes).unwrap();
        Bytes::from(bytes)
    }

    proptest! {
        #[test]
        fn a_chunk_is_read_as_it_was_written_whatever_the_order(
            id: u64, offset: u64, data in proptest::collection::vec(any::<u8>(), 0..300), crc32: Option<u32>, turn in 0_usize..4
        ) {
            let mut fields = vec![
                ("id", Value::from(id)),
                ("offset", Value::from(offset)),
                ("data", Value::from(data.clone())),
            ];
            fields.extend(crc32.map(|crc32| ("crc32", Value::from(crc32))));
            let turn = turn % fields.len();
            fields.rotate_left(turn);
            let chunk = Chunk { id, offset, data: Bytes::from(data), crc32 };
            prop_assert_eq!(read(&item(fields)), Some(chunk));
        }

        #[test]
        fn other_bytes_are_left_alone(bytes in proptest::collection::vec(any::<u8>(), 0..60), cut in 0_usize..40) {
            let mut mutated = item(vec![("id", 1.into()), ("offset", 2.into()), ("data", Value::from(vec![1, 2, 3]))]).to_vec();
            mutated.truncate(cut);
            mutated.extend_from_slice(&bytes);
            // No panic, and nothing is read that does not fill the item.
            if let Some(chunk) = read(&Bytes::from(mutated.clone())) {
                prop_assert!(chunk.data.len() < mutated.len());
            }
        }
    }

    #[test]
    fn what_is_twice_missing_or_longer_than_needed_is_somebody_elses() {
        let data = || ("data", Value::from(vec![7_u8]));
        assert_eq!(
            read(&item(vec![
                ("id", 1.into()),
                ("id", 1.into()),
                ("offset", 0.into()),
                data()
            ])),
            None
        );
        assert_eq!(read(&item(vec![("id", 1.into()), data()])), None);
        let mut long = item(vec![("id", 1.into()), ("offset", 0.into()), data()]).to_vec();
        let at = long.windows(3).position(|three| three == b"\x62id").unwrap() + 3;
        long.splice(at..=at, [0x18, 0x01]);
        assert_eq!(read(&Bytes::from(long)), None);
    }
}
