//! Reads a batch of telemetry straight from its bytes, row by row, so that one bad row costs itself alone.
//!
//! Pure. Bytes must have passed the scan of the wire: lengths are true, keys are text and never twice. Row by row is
//! also what makes it fast: nothing is allocated for a row.

use super::rules::{FixRow, ReadingRow, RowError};

/// Why a batch is not taken at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BatchError {
    /// Not what a batch is.
    #[error("got something else, wanted a map with `fixes` and `readings`, each a list")]
    Shape,
    /// A key that no batch has.
    #[error("there is no field `{0}`, wanted `fixes` and `readings`")]
    Unknown(String),
    /// More than may be sent together.
    #[error("got {got} fixes and readings together, at most {max} may be in a batch")]
    TooMany {
        /// How many.
        got: u64,
        /// The bound.
        max: usize,
    },
}

/// The rows of a batch in their order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Batch<'a> {
    pub(crate) fixes: Vec<Result<FixRow<'a>, RowError>>,
    pub(crate) readings: Vec<Result<ReadingRow<'a>, RowError>>,
}

/// Reads a scanned item of at most so many rows.
pub(crate) fn batch(item: &[u8], rows_max: usize) -> Result<Batch<'_>, BatchError> {
    let mut items = Items(item);
    let Some(Item::Map(keys)) = items.next() else {
        return Err(BatchError::Shape);
    };
    let mut batch = Batch::default();
    let mut rows = 0_u64;
    for _ in 0..keys {
        let Some(Item::Text(key)) = items.next() else {
            return Err(BatchError::Shape);
        };
        if !matches!(key, "fixes" | "readings") {
            return Err(BatchError::Unknown(shown(key)));
        }
        let count = match items.next() {
            Some(Item::Array(count)) => count,
            Some(Item::Null) => 0,
            _ => return Err(BatchError::Shape),
        };
        rows = rows.saturating_add(count);
        if usize::try_from(rows).map_or(true, |rows| rows > rows_max) {
            return Err(BatchError::TooMany {
                got: rows,
                max: rows_max,
            });
        }
        for _ in 0..count {
            let rest = items.0;
            if key == "fixes" {
                batch.fixes.push(items.fix());
            } else {
                batch.readings.push(items.reading());
            }
            // A row that was left in its middle is passed over whole.
            items.0 = rest;
            items.skip();
        }
    }
    Ok(batch)
}

fn shown(key: &str) -> String {
    key.chars().take(32).flat_map(char::escape_debug).collect()
}

/// The head of one item; text and figures with what belongs to them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Item<'a> {
    Unsigned(u64),
    Negative(u64),
    Float(f64),
    Text(&'a str),
    Array(u64),
    Map(u64),
    Null,
    Other,
}

struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    fn next(&mut self) -> Option<Item<'a>> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let (major, info) = (first >> 5, first & 0x1f);
        if major == 7 {
            return Some(match info {
                22 => Item::Null,
                25 => Item::Float(half(u16::from_be_bytes(self.array()?))),
                26 => Item::Float(f32::from_be_bytes(self.array()?).into()),
                27 => Item::Float(f64::from_be_bytes(self.array()?)),
                _ => Item::Other,
            });
        }
        let argument = match info {
            0..=23 => u64::from(info),
            24 => u64::from(u8::from_be_bytes(self.array()?)),
            25 => u64::from(u16::from_be_bytes(self.array()?)),
            26 => u64::from(u32::from_be_bytes(self.array()?)),
            27 => u64::from_be_bytes(self.array()?),
            _ => return None,
        };
        Some(match major {
            0 => Item::Unsigned(argument),
            1 => Item::Negative(argument),
            2 => {
                self.take(argument)?;
                Item::Other
            }
            3 => Item::Text(std::str::from_utf8(self.take(argument)?).ok()?),
            4 => Item::Array(argument),
            5 => Item::Map(argument),
            _ => return None,
        })
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    /// One item with all inside it.
    fn skip(&mut self) {
        let mut left = 1_u64;
        while left > 0 {
            left -= 1;
            match self.next() {
                Some(Item::Array(length)) => left = left.saturating_add(length),
                Some(Item::Map(length)) => left = left.saturating_add(length.saturating_mul(2)),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn keys(&mut self) -> Result<u64, RowError> {
        match self.next() {
            Some(Item::Map(keys)) => Ok(keys),
            _ => Err(RowError::NoMap),
        }
    }

    fn key(&mut self) -> Result<&'a str, RowError> {
        match self.next() {
            Some(Item::Text(key)) => Ok(key),
            _ => Err(RowError::NoMap),
        }
    }

    fn fix(&mut self) -> Result<FixRow<'a>, RowError> {
        let mut row = FixRow::default();
        for _ in 0..self.keys()? {
            match self.key()? {
                "car" => row.car = self.unsigned("car")?,
                "at" => row.at = self.text("at")?,
                "latitude" => row.latitude = self.number("latitude")?,
                "longitude" => row.longitude = self.number("longitude")?,
                "accuracy_m" => row.accuracy_m = self.number("accuracy_m")?,
                "heading_deg" => row.heading_deg = self.number("heading_deg")?,
                "speed_kmh" => row.speed_kmh = self.number("speed_kmh")?,
                other => return Err(RowError::Unknown(shown(other))),
            }
        }
        Ok(row)
    }

    fn reading(&mut self) -> Result<ReadingRow<'a>, RowError> {
        let mut row = ReadingRow::default();
        for _ in 0..self.keys()? {
            match self.key()? {
                "car" => row.car = self.unsigned("car")?,
                "at" => row.at = self.text("at")?,
                "odometer_km" => row.odometer_km = self.number("odometer_km")?,
                "fuel_percent" => row.fuel_percent = self.number("fuel_percent")?,
                other => return Err(RowError::Unknown(shown(other))),
            }
        }
        Ok(row)
    }

    fn unsigned(&mut self, field: &'static str) -> Result<Option<u64>, RowError> {
        match self.next() {
            Some(Item::Unsigned(number)) => Ok(Some(number)),
            Some(Item::Null) => Ok(None),
            _ => Err(RowError::Type {
                field,
                wanted: "the id of a car",
            }),
        }
    }

    fn text(&mut self, field: &'static str) -> Result<Option<&'a str>, RowError> {
        match self.next() {
            Some(Item::Text(text)) => Ok(Some(text)),
            Some(Item::Null) => Ok(None),
            _ => Err(RowError::Type { field, wanted: "text" }),
        }
    }

    /// Whole numbers may stand for fractions; larger ones than any field takes become the largest of their kind.
    fn number(&mut self, field: &'static str) -> Result<Option<f64>, RowError> {
        let small = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        match self.next() {
            Some(Item::Float(number)) => Ok(Some(number)),
            Some(Item::Unsigned(number)) => Ok(Some(small(number))),
            Some(Item::Negative(number)) => Ok(Some(-1.0 - small(number))),
            Some(Item::Null) => Ok(None),
            _ => Err(RowError::Type {
                field,
                wanted: "a number",
            }),
        }
    }
}

/// A float of two bytes: one bit of sign, five of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        0 => fraction / 16_777_216.0,
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1_024.0 + fraction) / 1_024.0 * 2_f64.powi(i32::from(exponent) - 15),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests;
