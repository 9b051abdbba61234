//! Packets of LocalThingsNetwork: an object is pickled, cut, and each piece travels as a pickled list before a separator.
//!
//! Bounded in bytes and in how many transmissions are open; pieces come in their order or not at all.

use std::collections::VecDeque;

use crate::dialect::pickle::{self, Bounds, Pickle, PickleError};

/// Ends a packet.
pub(super) const SEPARATOR: &[u8] = b"<$SEP$>";
/// Stands for it inside a piece.
const ESCAPED: &[u8] = b"<$-$SEP$-$>";
/// Transmissions that may be open; the oldest makes way.
const OPEN_MAX: usize = 16;
/// What a packet holds beside its piece: opcodes, the number of the transmission, two integers, the separator.
const HEAD_BYTES: usize = 128;
/// Longest number of a transmission.
const NUMBER_BYTES_MAX: usize = 64;
/// The list of a packet is four values in one container.
const PACKET: (usize, usize) = (16, 2);

/// Why a packet means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PacketError {
    /// No pickle, or one that is no data.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// Another list than that of a packet.
    #[error("a packet is no list of number, index, last index and piece")]
    Shape,
    /// A piece that does not follow the one before.
    #[error("a piece came out of its order")]
    Order,
}

/// One transmission that is not whole.
#[derive(Debug)]
struct Open {
    number: String,
    next: i64,
    bytes: Vec<u8>,
}

/// Packets of one connection, read.
#[derive(Debug)]
pub(super) struct Assembler {
    open: VecDeque<Open>,
    /// Bytes of a packet.
    packet_bytes: usize,
    /// What a whole object may be.
    bounds: Bounds,
    /// How far the buffer was looked at.
    looked: usize,
}

impl Assembler {
    pub(super) fn new(packet_bytes: usize, bounds: Bounds) -> Self {
        Self {
            open: VecDeque::new(),
            // Peers cut by their own reckoning of the head.
            packet_bytes: packet_bytes.saturating_mul(2),
            bounds,
            looked: 0,
        }
    }

    /// Where the first packet in the buffer ends, without and with its separator; an error when it is too long.
    pub(super) fn find(&mut self, buffer: &[u8]) -> Result<Option<(usize, usize)>, PickleError> {
        let from = self.looked.saturating_sub(SEPARATOR.len());
        let rest = buffer.get(from..).unwrap_or_default();
        match position(rest, SEPARATOR) {
            Some(at) if from + at <= self.packet_bytes => {
                self.looked = 0;
                Ok(Some((from + at, from + at + SEPARATOR.len())))
            }
            // The beginning of its separator may be there.
            None if buffer.len() < self.packet_bytes.saturating_add(SEPARATOR.len()) => {
                self.looked = buffer.len();
                Ok(None)
            }
            _ => Err(PickleError::TooLong(self.packet_bytes)),
        }
    }

    /// Takes a packet; the object, when it was its last piece.
    pub(super) fn take(&mut self, packet: &[u8]) -> Result<Option<Pickle>, PacketError> {
        let (items, depth) = PACKET;
        let bounds = Bounds {
            bytes: self.packet_bytes,
            items,
            depth,
            memo: items,
        };
        let packet = pickle::read(packet, &bounds)?;
        let Some(
            [
                Pickle::Text(number),
                Pickle::Int(index),
                Pickle::Int(last),
                Pickle::Bytes(piece),
            ],
        ) = packet.items()
        else {
            return Err(PacketError::Shape);
        };
        if number.len() > NUMBER_BYTES_MAX || !(0..=*last).contains(index) {
            return Err(PacketError::Shape);
        }
        let known = self.open.iter().position(|open| open.number == *number);
        let mut open = match (known.and_then(|at| self.open.remove(at)), index) {
            (None, 0) => Open {
                number: number.clone(),
                next: 0,
                bytes: Vec::new(),
            },
            (Some(open), index) if open.next == *index => open,
            _ => return Err(PacketError::Order),
        };
        let there: usize = self.open.iter().map(|open| open.bytes.len()).sum();
        if there + open.bytes.len() + piece.len() > self.bounds.bytes {
            return Err(PickleError::TooLong(self.bounds.bytes).into());
        }
        open.bytes.extend_from_slice(piece);
        open.next = index.saturating_add(1);
        if index == last {
            let whole = replace(&open.bytes, ESCAPED, SEPARATOR);
            return Ok(Some(pickle::read(&whole, &self.bounds)?));
        }
        if self.open.len() >= OPEN_MAX {
            self.open.pop_front();
        }
        self.open.push_back(open);
        Ok(None)
    }
}

/// An object as packets of so many bytes.
pub(super) fn write(object: &Pickle, number: &str, packet_bytes: usize, out: &mut impl Extend<u8>) {
    let whole = replace(&pickle::write(object), SEPARATOR, ESCAPED);
    let piece_bytes = packet_bytes.saturating_sub(HEAD_BYTES).max(1);
    let pieces: Vec<&[u8]> = whole.chunks(piece_bytes).collect();
    let last = i64::try_from(pieces.len()).unwrap_or(i64::MAX).saturating_sub(1);
    for (index, piece) in (0..).zip(pieces) {
        let packet = Pickle::List(vec![
            number.into(),
            Pickle::Int(index),
            Pickle::Int(last),
            Pickle::Bytes(piece.to_vec()),
        ]);
        out.extend(pickle::write(&packet));
        out.extend(SEPARATOR.iter().copied());
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn replace(bytes: &[u8], wanted: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = position(rest, wanted) {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(by);
        rest = behind.get(wanted.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::pickle::dict;

    const BOUNDS: Bounds = Bounds {
        bytes: 16_384,
        items: 1_024,
        depth: 16,
        memo: 1_024,
    };

    fn packets(object: &Pickle, packet_bytes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        write(object, "t", packet_bytes, &mut out);
        out
    }

    /// Everything that comes out of a buffer that grows by so many bytes at a time.
    fn heard(bytes: &[u8], step: usize, packet_bytes: usize) -> Vec<Result<Pickle, PacketError>> {
        let mut assembler = Assembler::new(packet_bytes, BOUNDS);
        let (mut buffer, mut heard) = (Vec::new(), Vec::new());
        for piece in bytes.chunks(step) {
            buffer.extend_from_slice(piece);
            while let Some((end, next)) = assembler.find(&buffer).unwrap() {
                match assembler.take(&buffer[..end]) {
                    Ok(whole) => heard.extend(whole.map(Ok)),
                    Err(err) => heard.push(Err(err)),
                }
                buffer.drain(..next);
            }
        }
        heard
    }

    proptest! {
        #[test]
        fn what_is_written_is_heard_however_it_is_cut(
            texts in prop::collection::vec("[a-z<$>SEP-]{0,200}", 1..6),
            packet_bytes in 160_usize..1_024,
            step in 1_usize..64,
        ) {
            let objects: Vec<Pickle> = texts.iter().map(|text| Pickle::from(text.as_str())).collect();
            // What looks like an escape is one: the system never told the two apart.
            prop_assume!(texts.iter().all(|text| !text.contains("<$-$SEP$-$>")));
            let bytes: Vec<u8> = objects.iter().flat_map(|object| packets(object, packet_bytes)).collect();
            let wanted: Vec<_> = objects.into_iter().map(Ok).collect();
            prop_assert_eq!(heard(&bytes, step, packet_bytes), wanted);
        }
    }

    #[test]
    fn every_packet_is_as_long_as_it_may_be_at_most() {
        let bytes = packets(&Pickle::from("x".repeat(5_000)), 512);
        let mut rest = bytes.as_slice();
        let mut count = 0;
        while let Some(at) = position(rest, SEPARATOR) {
            assert!(at + SEPARATOR.len() <= 512, "{at}");
            rest = &rest[at + SEPARATOR.len()..];
            count += 1;
        }
        assert!(rest.is_empty() && count > 10, "{count}");
    }

    fn packet(number: &str, index: i64, last: i64, piece: &[u8]) -> Vec<u8> {
        pickle::write(&Pickle::List(vec![
            number.into(),
            index.into(),
            last.into(),
            Pickle::Bytes(piece.to_vec()),
        ]))
    }

    #[test]
    fn pieces_of_two_transmissions_may_mix_but_each_keeps_its_order() {
        let mut assembler = Assembler::new(1_024, BOUNDS);
        let (one, two) = (pickle::write(&Pickle::Int(1)), pickle::write(&Pickle::Int(2)));
        let (one, two) = (one.split_at(2), two.split_at(3));
        assert_eq!(assembler.take(&packet("1", 0, 1, one.0)), Ok(None));
        assert_eq!(assembler.take(&packet("2", 0, 1, two.0)), Ok(None));
        assert_eq!(assembler.take(&packet("1", 1, 1, one.1)), Ok(Some(Pickle::Int(1))));
        assert_eq!(assembler.take(&packet("2", 1, 1, two.1)), Ok(Some(Pickle::Int(2))));
        assert_eq!(assembler.take(&packet("3", 1, 1, b"")), Err(PacketError::Order));
        assert_eq!(assembler.take(&packet("3", 2, 1, b"")), Err(PacketError::Shape));
        assert_eq!(assembler.take(&packet("3", -1, 1, b"")), Err(PacketError::Shape));
        let wrong = pickle::write(&dict([("a", 1.into())]));
        assert_eq!(assembler.take(&wrong), Err(PacketError::Shape));
        let calls = b"cos\nsystem\n(S'true'\ntR.";
        assert!(matches!(assembler.take(calls), Err(PacketError::Pickle(_))));
    }

    #[test]
    fn open_transmissions_are_bounded_in_number_and_in_bytes() {
        let mut assembler = Assembler::new(4_096, BOUNDS);
        for number in 0..100 {
            let piece = packet(&number.to_string(), 0, 9, b"x");
            assert_eq!(assembler.take(&piece), Ok(None));
            assert!(assembler.open.len() <= OPEN_MAX);
        }
        let mut assembler = Assembler::new(4_096, BOUNDS);
        let piece = vec![0; 4_000];
        for index in 0..4 {
            assert_eq!(assembler.take(&packet("t", index, 9, &piece)), Ok(None));
        }
        let over = assembler.take(&packet("t", 4, 9, &piece));
        assert_eq!(over, Err(PickleError::TooLong(BOUNDS.bytes).into()));
        let endless = vec![0; 8_192 + SEPARATOR.len()];
        assert!(assembler.find(&endless).is_err(), "a packet that does not end");
    }

    #[test]
    fn whatever_packets_come_are_put_together_the_same_however_they_come() {
        let object = dict([("text", "x<$SEP$>y".repeat(40).into())]);
        let samples = [200, 400, 4_096].map(|packet_bytes| {
            let mut out = Vec::new();
            write(&object, "7", packet_bytes, &mut out);
            write(&"s.help()".into(), "8", packet_bytes, &mut out);
            out
        });
        let heard = |pieces: &[&[u8]]| {
            let (mut assembler, mut buffer, mut said) = (Assembler::new(512, BOUNDS), Vec::new(), Vec::new());
            for piece in pieces {
                buffer.extend_from_slice(piece);
                loop {
                    let (end, next) = match assembler.find(&buffer) {
                        Ok(Some(found)) => found,
                        Ok(None) => break,
                        Err(err) => return (said, Some(err.to_string())),
                    };
                    said.push(format!("{:?}", assembler.take(&buffer[..end])));
                    buffer.drain(..next);
                }
            }
            (said, None)
        };
        crate::runtime::fuzz::fuzz("packets", &[SEPARATOR, ESCAPED], samples.into(), |bytes| {
            let whole = heard(&[bytes]);
            for cut in crate::runtime::fuzz::cuts(bytes.len()) {
                assert_eq!(heard(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
            }
            let first: String = whole.0.first().cloned().unwrap_or_default().chars().take(60).collect();
            format!("{} {first} {:?}", "x".repeat(whole.0.len().min(4)), whole.1)
        });
    }
}
