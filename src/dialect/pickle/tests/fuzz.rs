//! Bytes that nobody would send: each is plain data or refused, found where it ends however it comes, and written as it was read.

use super::{BOUNDS, all};
use crate::dialect::pickle::{Extent, read, write};
use crate::runtime::fuzz::{cuts, fuzz};

const WORDS: [&[u8]; 24] = [
    b"\x80\x04",
    b"\x95\x10\0\0\0\0\0\0\0",
    b"cnumpy\ndtype\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
    b"c_codecs\nencode\n",
    b"R",
    b"b",
    b"(",
    b"t",
    b"u",
    b"e",
    b"}",
    b"]",
    b"\x94",
    b"h\0",
    b"j\0\0\0\0",
    b"q\0",
    b"g0\n",
    b"p0\n",
    b"\x8c\x03abc",
    b"B\x04\0\0\0abcd",
    b"K\x01",
    b"N",
    b".",
];

#[test]
fn whatever_pickle_comes_is_plain_data_or_refused() {
    let samples = all().into_values().filter(|pickle| pickle.len() < 4_096).collect();
    fuzz("pickles", &WORDS, samples, |bytes| {
        let whole = Extent::default().find(bytes, &BOUNDS);
        for cut in cuts(bytes.len()) {
            let mut extent = Extent::default();
            let early = extent.find(&bytes[..cut], &BOUNDS);
            let found = match early {
                Ok(None) => extent.find(bytes, &BOUNDS),
                decided => decided,
            };
            assert_eq!(found.is_err(), whole.is_err(), "cut at {cut}");
            assert_eq!(found.as_ref().ok(), whole.as_ref().ok(), "cut at {cut}");
        }
        let value = match read(bytes, &BOUNDS) {
            Ok(value) => value,
            Err(err) => return err.to_string(),
        };
        assert_eq!(whole, Ok(Some(bytes.len())));
        // Arrays are written as lists of numbers; after that nothing changes any more.
        let wide = super::Bounds {
            bytes: 1 << 22,
            items: 1 << 20,
            ..BOUNDS
        };
        let written = write(&value);
        let again = read(&written, &wide).unwrap();
        assert_eq!(write(&again), written);
        value.kind().to_owned()
    });
}
