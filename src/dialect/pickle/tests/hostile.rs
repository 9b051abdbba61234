//! Pickles that call, bombs, and programs that make no sense.

use super::BOUNDS;
use crate::dialect::pickle::{Extent, Pickle, PickleError, read};

fn refusal(bytes: &[u8]) -> PickleError {
    match read(bytes, &BOUNDS) {
        Err(err) => err,
        Ok(value) => panic!("{:?} was read as {value:?}", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn nothing_is_called_imported_or_built() {
    for hostile in [
        b"cos\nsystem\n(S'true'\ntR.".as_slice(),
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"cnumpy.core.multiarray\nfromfile\n.",
        b"cnumpy\nndarray\n.",
        b"cnumpy\ndtype\n(S'O8'\nI00\nI01\ntR.",
        b"c_codecs\nencode\n(S'a'\nS'rot13'\ntR.",
        b"c_codecs\ndecode\n(S'a'\nS'latin1'\ntR.",
        b"(ios\nsystem\n.",
        b"(cos\nsystem\no.",
        b"\x80\x02cos\nsystem\n)\x81.",
        b"\x80\x04}}}\x92.",
        b"Pid\n.",
        b"NQ.",
        b"\x80\x02\x82\x01.",
        b"\x80\x02\x83\x01\x00.",
        b"\x80\x02\x84\x01\x00\x00\x00.",
        b"\x80\x04\x8f.",
        b"\x80\x04(\x91.",
        b"\x80\x05\x97.",
        b"N)R.",
        b"}}b.",
        b"]}b.",
    ] {
        let err = refusal(hostile);
        assert!(matches!(err, PickleError::NotPlain(_)), "{hostile:?}: {err}");
    }
}

#[test]
fn an_array_must_have_exactly_its_shape() {
    let array = |kind: &str, order: &str, shape: &str, bytes: &str| {
        format!(
            "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntc_codecs\nencode\n(Vb\nVlatin1\ntRtR(I1\n{shape}\
             cnumpy\ndtype\n(S'{kind}'\nI00\nI01\ntR(I3\nS'{order}'\nNNNI-1\nI-1\nI0\ntbI00\n\
             c_codecs\nencode\n(V{bytes}\nVlatin1\ntRtb."
        )
    };
    let zeros = "\0".repeat(16);
    let good = array("f8", "<", "(I2\nt", &zeros);
    assert_eq!(read(good.as_bytes(), &BOUNDS), Ok(Pickle::Floats(vec![0.0, 0.0])));
    let flat = array("f4", ">", "(I2\nI2\nt", &zeros);
    assert_eq!(read(flat.as_bytes(), &BOUNDS), Ok(Pickle::Floats(vec![0.0; 4])));
    for wrong in [
        array("f8", "<", "(I3\nt", &zeros),
        array("f8", "<", "(t", &zeros),
        array("f8", "<", "(I-2\nt", &zeros),
        array("f8", "<", "(I9223372036854775807\nI9223372036854775807\nt", &zeros),
        array("f8", "<", "(I2\nt", "\0\0\0"),
        array("f8", "|", "(I2\nt", &zeros),
        array("i8", "<", "(I2\nt", &zeros),
        array("O8", "<", "(I2\nt", &zeros),
    ] {
        refusal(wrong.as_bytes());
    }
}

#[test]
fn every_bound_holds() {
    let nested = [b"(".repeat(20), b"l".repeat(20), b".".to_vec()].concat();
    assert_eq!(refusal(&nested), PickleError::TooDeep(16));
    // Within itself.
    assert_eq!(refusal(b"]q\x00h\x00a."), PickleError::TooDeep(16));
    // Ten lists, each twice in the next: a thousand from forty bytes.
    let mut laughs = b"]q\x00Na".to_vec();
    for level in 1..12_u8 {
        laughs.extend(
            [
                b"]q".as_slice(),
                &[level],
                b"(h",
                &[level - 1],
                b"h",
                &[level - 1],
                b"e",
            ]
            .concat(),
        );
    }
    laughs.push(b'.');
    assert_eq!(refusal(&laughs), PickleError::TooMany(1_024));
    let many = [b"(".to_vec(), b"N".repeat(1_025), b"l.".to_vec()].concat();
    assert_eq!(refusal(&many), PickleError::TooMany(1_024));
    let marks = [b"(".repeat(1_025), b"N.".to_vec()].concat();
    assert_eq!(refusal(&marks), PickleError::TooMany(1_024));
    let again = [b"N".to_vec(), b"2".repeat(1_025), b".".to_vec()].concat();
    assert_eq!(refusal(&again), PickleError::TooMany(1_024));
    let memo: Vec<u8> = (0..1_025_u32)
        .flat_map(|key| [b"r".as_slice(), &key.to_le_bytes()].concat())
        .collect();
    assert_eq!(
        refusal(&[b"N".to_vec(), memo, b".".to_vec()].concat()),
        PickleError::TooMuchMemo(1_024)
    );
    let long = [b"X\x00\x40\x00\x00".to_vec(), vec![b'x'; 16_384], b".".to_vec()].concat();
    assert_eq!(refusal(&long), PickleError::TooLong(16_384));
    // What is only announced costs nothing and is refused at once.
    for announced in [
        b"X\xff\xff\xff\xff".as_slice(),
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"B\x00\x00\x00\x80",
    ] {
        assert_eq!(
            Extent::default().find(announced, &BOUNDS),
            Err(PickleError::TooLong(16_384))
        );
    }
    let text = format!("V{}\n.", "x".repeat(9_000));
    let twice = format!("({}p0\ng0\ng0\nl.", text.trim_end_matches('.'));
    assert_eq!(
        refusal(twice.as_bytes()),
        PickleError::TooLong(16_384),
        "the same text thrice"
    );
}

#[test]
fn opcodes_that_do_not_fit_together_are_refused() {
    for broken in [
        b".".as_slice(),
        b"0.",
        b"1.",
        b"a.",
        b"N",
        b"NNa.",
        b"(Nt0.",
        b"h\x00.",
        b"g1\n.",
        b"gx\n.",
        b"]Ns.",
        b"}(Nu.",
        b"(N\x85a.",
        b"\x80\x06N.",
        b"Inope\n.",
        b"F0x\n.",
        b"\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01.",
        b"X\x01\x00\x00\x00\xff.",
        b"V\\ud800\n.",
        b"V\\u12\n.",
        b"Sx\n.",
        b"S'\\x00'\n.",
        b"(0N\x86.",
        b"\xff.",
    ] {
        refusal(broken);
    }
}
