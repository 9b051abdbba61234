//! The scan refuses what the protocol does not allow, each by its name and place.

use super::hex;
use crate::wire::ScanFault::{
    DuplicateKey, Indefinite, IntegerRange, KeyNotText, NotMinimal, NotUtf8, Reserved, Simple, Tag, TooDeep,
    TooManyItems, Trailing, Truncated,
};
use crate::wire::{ScanError, ScanFault, ScanLimits, scan};

fn scanned(item: &[u8]) -> Result<(), ScanError> {
    scan(item, ScanLimits::default())
}

#[test]
fn what_the_protocol_allows_passes() {
    for item in [
        "00",
        "17",
        "1818",
        "190100",
        "1a00010000",
        "1bffffffffffffffff",
        "20",
        "3b7fffffffffffffff",
        "40",
        "43010203",
        "60",
        "64c3a4c3b6",
        "80",
        "820102",
        "a0",
        "a2616101616202",
        "f4",
        "f5",
        "f6",
        "f93c00",
        "fa3fc00000",
        "fb3ff199999999999a",
        "f97e00",
    ] {
        assert_eq!(scanned(&hex(item)), Ok(()), "{item}");
    }
}

#[test]
fn each_fault_is_named_with_its_place() {
    let cases: &[(&str, ScanFault, usize)] = &[
        ("", Truncated, 0),
        ("19", Truncated, 1),
        ("1901", Truncated, 2),
        ("6161 00", Trailing { got: 1 }, 2),
        ("0000", Trailing { got: 1 }, 1),
        ("43 0102", Truncated, 3),
        ("82 01", Truncated, 2),
        ("a1 6161", Truncated, 3),
        ("5bffffffffffffffff", Truncated, 9),
        ("7b0fffffffffffffff", Truncated, 9),
        ("9bffffffffffffffff", TooManyItems { max: 4096 }, 0),
        ("bbffffffffffffffff", TooManyItems { max: 4096 }, 0),
        ("81 c100", Tag, 1),
        ("c2 420100", Tag, 0),
        ("9f00ff", Indefinite, 0),
        ("bfff", Indefinite, 0),
        ("5f4100ff", Indefinite, 0),
        ("7f6161ff", Indefinite, 0),
        ("ff", Indefinite, 0),
        ("1817", NotMinimal, 0),
        ("1900ff", NotMinimal, 0),
        ("1a0000ffff", NotMinimal, 0),
        ("1b00000000ffffffff", NotMinimal, 0),
        ("3817", NotMinimal, 0),
        ("5800", NotMinimal, 0),
        ("81 7801 61", NotMinimal, 1),
        ("9800", NotMinimal, 0),
        ("b800", NotMinimal, 0),
        ("a1 7801 61 00", NotMinimal, 1),
        ("3b8000000000000000", IntegerRange, 0),
        ("a1 01 02", KeyNotText, 1),
        ("a1 4161 02", KeyNotText, 1),
        ("a2 6161 01 6161 02", DuplicateKey, 4),
        ("81 62c328", NotUtf8, 1),
        ("a1 61ff 00", NotUtf8, 1),
        ("f7", Simple { got: 23 }, 0),
        ("e0", Simple { got: 0 }, 0),
        ("f0", Simple { got: 16 }, 0),
        ("f8ff", Simple { got: 24 }, 0),
        ("f93c", Truncated, 2),
        ("fc", Reserved { got: 28 }, 0),
        ("1c", Reserved { got: 28 }, 0),
        ("7e", Reserved { got: 30 }, 0),
    ];
    for (item, fault, offset) in cases {
        let expected = ScanError {
            fault: *fault,
            offset: *offset,
        };
        assert_eq!(scanned(&hex(item)), Err(expected), "{item}");
    }
}

#[test]
fn sixteen_containers_pass_and_seventeen_do_not() {
    for (around, at_most) in [("81", 16), ("a16161", 16)] {
        let nested = |depth: usize| hex(&(around.repeat(depth) + "00"));
        assert_eq!(scanned(&nested(at_most)), Ok(()));
        let fault = scanned(&nested(at_most + 1)).unwrap_err();
        assert_eq!(fault.fault, TooDeep { max: at_most });
        assert_eq!(fault.offset, hex(around).len() * at_most);
        assert!(scanned(&nested(100_000)).is_err());
    }
}

#[test]
fn as_many_items_as_allowed_pass_and_one_more_does_not() {
    let nulls = |count: u16| {
        let mut item = vec![0x99];
        item.extend(count.to_be_bytes());
        item.resize(3 + usize::from(count), 0xf6);
        item
    };
    assert_eq!(scanned(&nulls(4095)), Ok(()));
    assert_eq!(scanned(&nulls(4096)).unwrap_err().fault, TooManyItems { max: 4096 });
    // Each array says no more than the bound, both together do: counted, not only announced.
    let twice = [vec![0x82], nulls(2046), nulls(2047)].concat();
    assert_eq!(scanned(&twice), Ok(()));
    let twice = [vec![0x82], nulls(2047), nulls(2047)].concat();
    assert_eq!(scanned(&twice).unwrap_err().fault, TooManyItems { max: 4096 });
    // An inner array may announce all that is left, and the outer one then has no room.
    let late = [vec![0x82], nulls(4094), vec![0x00]].concat();
    assert_eq!(scanned(&late).unwrap_err().fault, TooManyItems { max: 4096 });
}

/// A map of `count` keys of four letters; the last one is a copy of the first if asked.
fn map_of(count: u16, twice: bool) -> Vec<u8> {
    let mut item = vec![0xb9];
    if count < 256 {
        item = vec![0xb8, u8::try_from(count).unwrap()];
    } else {
        item.extend(count.to_be_bytes());
    }
    if count < 24 {
        item = vec![0xa0 | u8::try_from(count).unwrap()];
    }
    for number in 0..count {
        let number = if twice && number + 1 == count { 0 } else { number };
        item.push(0x64);
        item.extend(format!("{number:04x}").bytes());
        item.push(0xf6);
    }
    item
}

#[test]
fn a_key_that_is_twice_is_found_in_maps_of_any_size() {
    for count in [2, 3, 15, 16, 17, 18, 24, 255, 256, 2047] {
        assert_eq!(scanned(&map_of(count, false)), Ok(()), "{count}");
        let item = map_of(count, true);
        let expected = ScanError {
            fault: DuplicateKey,
            offset: item.len() - 6,
        };
        assert_eq!(scanned(&item), Err(expected), "{count}");
    }
    assert_eq!(
        scanned(&map_of(2048, false)).unwrap_err().fault,
        TooManyItems { max: 4096 }
    );
}

#[test]
fn the_same_key_in_two_maps_is_no_duplicate() {
    assert_eq!(scanned(&hex("82 a1616101 a1616102")), Ok(()));
    assert_eq!(scanned(&hex("a1 6161 a1 6161 00")), Ok(()));
}

#[test]
fn every_beginning_of_an_item_is_truncated() {
    let item = hex("a16463616c6ca362696419012c67636f6d6d616e6466732e696e666f646172677382f93c0043010203");
    assert_eq!(scanned(&item), Ok(()));
    for length in 0..item.len() {
        let expected = ScanError {
            fault: Truncated,
            offset: length,
        };
        assert_eq!(scanned(&item[..length]), Err(expected));
    }
}
