//! Whether a file is what its sender says, where they want that looked at: JSON, CSV, an image by its header.
//!
//! Reads once from beginning to end with a buffer of fixed size. Nothing is executed, unpacked or drawn.

mod csv;
mod image;
mod json;

use std::fmt;
use std::io::{BufRead, Seek};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// What the file is to be: json, csv or image.
    #[serde(rename = "as")]
    pub(crate) is: Shape,
    /// What stands between the columns of a CSV: one ASCII letter, a comma unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delimiter: Option<String>,
    /// How many columns each row of a CSV has; as many as its first unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) columns: Option<u64>,
}

/// What a file can be looked at as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// One JSON text.
    Json,
    /// Rows of columns.
    Csv,
    /// PNG, JPEG, GIF, WebP and other pictures, by the header.
    Image,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Csv => "CSV",
            Self::Image => "image",
        })
    }
}

/// What was found, when it is what it was said to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Report {
    /// What it was looked at as.
    #[serde(rename = "as")]
    pub(crate) is: Shape,
    /// Rows of a CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<u64>,
    /// Columns of a CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) columns: Option<u64>,
    /// Kind of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<String>,
    /// Pixels of an image, across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) width: Option<u64>,
    /// Pixels of an image, down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) height: Option<u64>,
}

impl Report {
    fn of(is: Shape) -> Self {
        Self {
            is,
            rows: None,
            columns: None,
            format: None,
            width: None,
            height: None,
        }
    }
}

/// What it is not, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Fault {
    /// What it was looked at as.
    #[serde(rename = "as")]
    pub(crate) is: Shape,
    /// For people.
    pub(crate) reason: String,
    /// The line or row, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) row: Option<u64>,
}

impl Fault {
    fn new(is: Shape, row: Option<u64>, reason: impl fmt::Display) -> Self {
        let reason = match row {
            Some(row) => format!("{is}, row {row}: {reason}"),
            None => format!("{is}: {reason}"),
        };
        Self { is, reason, row }
    }
}

impl Wanted {
    /// Whether it can be looked at so.
    ///
    /// # Errors
    /// What does not fit together, in words.
    pub(crate) fn is_possible(&self) -> Result<(), String> {
        if self.is != Shape::Csv && (self.delimiter.is_some() || self.columns.is_some()) {
            return Err("`delimiter` and `columns` are for csv".to_owned());
        }
        if self
            .delimiter
            .as_deref()
            .is_some_and(|text| csv::delimiter(text).is_none())
        {
            return Err("`delimiter` is one ASCII letter, neither a quote nor the end of a line".to_owned());
        }
        Ok(())
    }

    /// Looks at a content from its beginning.
    ///
    /// # Errors
    /// What it is not.
    pub(crate) fn look(&self, content: impl BufRead + Seek) -> Result<Report, Fault> {
        match self.is {
            Shape::Json => json::look(content),
            Shape::Csv => csv::look(content, self.delimiter.as_deref(), self.columns),
            Shape::Image => image::look(content),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn wanted(text: &str) -> Wanted {
        serde_json::from_str(text).unwrap()
    }

    fn look(want: &str, content: &[u8]) -> Result<Report, Fault> {
        wanted(want).look(Cursor::new(content))
    }

    #[test]
    fn json_is_one_text_and_nothing_behind_it() {
        assert!(look(r#"{"as": "json"}"#, br#"{"a": [1, 2, {"b": null}]} "#).is_ok());
        for bad in [&b"{\"a\": 1,}"[..], b"{} {}", b"", b"{\"a\": \"\xff\"}", b"nul"] {
            assert!(look(r#"{"as": "json"}"#, bad).is_err(), "{bad:?}");
        }
        let fault = look(r#"{"as": "json"}"#, b"{\n\"a\": ]").unwrap_err();
        assert_eq!((fault.is, fault.row), (Shape::Json, Some(2)), "{fault}");
        // Depth has a bound: this neither ends the process nor is taken.
        assert!(look(r#"{"as": "json"}"#, "[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn the_rows_of_a_csv_have_as_many_columns_as_wanted() {
        let report = look(r#"{"as": "csv"}"#, b"a,b\n1,\"x, y\"\n3,4").unwrap();
        assert_eq!((report.rows, report.columns), (Some(3), Some(2)));
        let semicolons = r#"{"as": "csv", "delimiter": ";", "columns": 3}"#;
        assert!(look(semicolons, b"a;b;c\r\n1;2;3\r\n").is_ok());
        assert_eq!(look(semicolons, b"a,b,c\n").unwrap_err().row, Some(1));
        let fault = look(r#"{"as": "csv"}"#, b"a,b\n1,2\n1,2,3\n").unwrap_err();
        assert_eq!(fault.to_string(), "CSV, row 3: got 3 columns, wanted 2");
        assert!(look(r#"{"as": "csv"}"#, b"").is_err());
    }

    #[test]
    fn a_field_that_never_ends_costs_no_memory() {
        let mut long = vec![b'"'];
        long.resize(4 << 20, b'x');
        let report = look(r#"{"as": "csv", "columns": 1}"#, &long).unwrap();
        assert_eq!(report.rows, Some(1));
    }

    #[test]
    fn an_image_is_known_by_its_header() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0\0\0\0\0";
        let report = look(r#"{"as": "image"}"#, png).unwrap();
        assert_eq!(
            (report.format.as_deref(), report.width, report.height),
            (Some("png"), Some(640), Some(480))
        );
        for bad in [&b""[..], b"GIF", b"\x89PNG\r\n", b"<html>"] {
            assert!(look(r#"{"as": "image"}"#, bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused_before_anything_is_sent() {
        for (text, fits) in [
            (r#"{"as": "csv", "delimiter": "\t"}"#, true),
            (r#"{"as": "csv", "delimiter": ";;"}"#, false),
            (r#"{"as": "csv", "delimiter": "ü"}"#, false),
            (r#"{"as": "csv", "delimiter": "\n"}"#, false),
            (r#"{"as": "json", "columns": 1}"#, false),
        ] {
            assert_eq!(wanted(text).is_possible().is_ok(), fits, "{text}");
        }
        assert!(serde_json::from_str::<Wanted>(r#"{"as": "exe"}"#).is_err());
    }

    #[test]
    fn whatever_a_file_holds_is_looked_at_to_an_end() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0\0\0\0\0";
        let samples = [
            b"{\"a\": [1, 2.5, {\"b\": null}]}".to_vec(),
            b"a;b\r\n1;\"x; y\"\r\n".to_vec(),
            png.to_vec(),
            b"GIF89a\x02\0\x03\0\0\0\0".to_vec(),
            b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x01\0\0\x01\0\0".to_vec(),
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\0\x02\0\x03\x03".to_vec(),
            b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x02\0\0\0\x01\x01\x03\0\x01\0\0\0\x03\0\0\0".to_vec(),
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x10meta\0\0\0\0".to_vec(),
        ];
        let words: [&[u8]; 8] = [b"\"", b";", b"\n", b"[", b"ftypheic", b"meta", b"iprp", b"ispe"];
        crate::runtime::fuzz::fuzz("contents", &words, samples.into(), |content| {
            let wants = [
                r#"{"as": "json"}"#,
                r#"{"as": "csv", "delimiter": ";"}"#,
                r#"{"as": "image"}"#,
            ];
            let said = wants.map(|want| match look(want, content) {
                Ok(report) => format!("{:?}", report.format),
                Err(fault) => fault.to_string(),
            });
            said.concat()
        });
    }
}
