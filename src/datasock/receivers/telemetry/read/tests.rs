//! Batches as they are read, held against what ciborium reads.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn cbor(value: &Value) -> Vec<u8> {
    crate::wire::to_cbor(value).unwrap()
}

fn is_scanned(item: &[u8]) -> bool {
    crate::wire::scan(item, crate::wire::ScanLimits::default()).is_ok()
}

#[test]
fn good_rows_are_read_and_each_bad_one_is_refused_by_itself() {
    let at = "2026-03-01T08:00:00Z";
    let item = cbor(&json!({
        "fixes": [
            {"at": at, "latitude": 48.2, "longitude": -16, "speed_kmh": 13.5, "heading_deg": null},
            {"at": 5, "latitude": [[{"a": [1, 2]}]], "longitude": 16.4},
            "no map",
            {"at": at, "colour": {"deep": [1, [2, {"x": "y"}]]}},
            {"car": 7, "at": at, "latitude": 1e300, "longitude": 4_294_967_296_u64},
            {"latitude": true},
        ],
        "readings": [{"at": at, "odometer_km": 12, "fuel_percent": 0.1}, {"car": -1}],
    }));
    assert!(is_scanned(&item));
    let batch = batch(&item, 8).unwrap();
    let fix = FixRow {
        at: Some(at),
        latitude: Some(48.2),
        longitude: Some(-16.0),
        speed_kmh: Some(13.5),
        ..FixRow::default()
    };
    let kind = |field, wanted| RowError::Type { field, wanted };
    assert_eq!(batch.fixes[0], Ok(fix));
    assert_eq!(batch.fixes[1], Err(kind("at", "text")));
    assert_eq!(batch.fixes[2], Err(RowError::NoMap));
    assert_eq!(batch.fixes[3], Err(RowError::Unknown("colour".to_owned())));
    let large = batch.fixes[4].as_ref().unwrap();
    assert_eq!(
        (large.car, large.latitude, large.longitude),
        (Some(7), Some(1e300), Some(f64::from(u32::MAX)))
    );
    assert_eq!(batch.fixes[5], Err(kind("latitude", "a number")));
    let reading = ReadingRow {
        at: Some(at),
        odometer_km: Some(12.0),
        fuel_percent: Some(0.1),
        ..ReadingRow::default()
    };
    assert_eq!(batch.readings, [Ok(reading), Err(kind("car", "the id of a car"))]);
}

#[test]
fn what_is_no_batch_is_refused_whole() {
    let rows = |count: usize| json!({"fixes": vec![json!({}); count], "readings": null});
    for (value, wanted) in [
        (json!([]), Err(BatchError::Shape)),
        (json!({"fixes": 1}), Err(BatchError::Shape)),
        (json!({"fxes": []}), Err(BatchError::Unknown("fxes".to_owned()))),
        (json!({}), Ok(0)),
        (rows(3), Ok(3)),
        (rows(4), Err(BatchError::TooMany { got: 4, max: 3 })),
        (
            json!({"fixes": [{}, {}], "readings": [{}, {}]}),
            Err(BatchError::TooMany { got: 4, max: 3 }),
        ),
    ] {
        let item = cbor(&value);
        let read = batch(&item, 3).map(|batch| batch.fixes.len() + batch.readings.len());
        assert_eq!(read, wanted, "{value}");
    }
}

#[test]
fn halves_are_what_the_standard_says() {
    // RFC 8949, appendix A.
    for (bits, wanted) in [
        (0x0000, 0.0),
        (0x3c00, 1.0),
        (0x3e00, 1.5),
        (0x7bff, 65_504.0),
        (0x0001, 5.960_464_477_539_063e-8),
        (0x0400, 0.000_061_035_156_25),
        (0xc400, -4.0),
        (0x7c00, f64::INFINITY),
        (0xfc00, f64::NEG_INFINITY),
    ] {
        assert_eq!(half(bits), wanted, "{bits:x}");
    }
    assert!(half(0x7e00).is_nan());
}

proptest! {
    #[test]
    fn every_number_is_read_as_it_was_sent(latitude in any::<f64>(), short in any::<f32>(), whole in any::<i32>()) {
        prop_assume!(latitude.is_finite() && short.is_finite());
        let item = cbor(&json!({"fixes": [{"latitude": latitude, "longitude": f64::from(short), "speed_kmh": whole}]}));
        let row = batch(&item, 1).unwrap().fixes.remove(0).unwrap();
        prop_assert_eq!(row.latitude, Some(latitude));
        prop_assert_eq!(row.longitude, Some(f64::from(short)));
        prop_assert_eq!(row.speed_kmh, Some(f64::from(whole)));
    }

    #[test]
    fn no_bytes_make_it_panic(item in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(batch(&item, 4));
    }
}
