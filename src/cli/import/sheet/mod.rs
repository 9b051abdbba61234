//! A CSV file as lines of named fields: which kind it is by its header, where each line stands.
//!
//! The order of columns is free; a byte order mark, CRLF, quotes and blank lines are fine. What a field
//! means is for `cars` and `users`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};

use super::fault::{Faults, Place, shown};

/// Largest file.
pub(super) const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most lines of one import: what can be written before a server beside it gives up waiting.
pub(super) const LINES_MAX: usize = 20_000;

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cars,
    Users,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Cars, Self::Users];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Cars => "cars",
            Self::Users => "users",
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Cars => super::cars::COLUMNS,
            Self::Users => super::users::COLUMNS,
        }
    }
}

/// One line: its place and its fields, in the order of the kind's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) place: Place,
    fields: Vec<String>,
}

impl Line {
    /// The field of the column at `index` in the kind's list, without blanks around it.
    pub(super) fn field(&self, index: usize) -> &str {
        self.exact(index).trim()
    }

    /// The field as it stands: blanks can be part of a password.
    pub(super) fn exact(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", String::as_str)
    }
}

/// A file that could be read: its kind and its lines.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) kind: Kind,
    pub(super) lines: Vec<Line>,
}

/// Reads the bytes of a file; what is wrong with it goes to `faults`.
pub(super) fn read(path: &Path, file: &Arc<str>, faults: &mut Faults) -> Option<Vec<u8>> {
    let place = Place {
        file: Arc::clone(file),
        line: None,
    };
    let mut bytes = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    if let Err(error) = opened {
        faults.add(place, None, format!("cannot be read: {error}"));
        return None;
    }
    if u64::try_from(bytes.len()).is_ok_and(|got| got > FILE_BYTES_MAX) {
        faults.add(
            place,
            None,
            format!("has more than {} MiB, the most one file may have", FILE_BYTES_MAX >> 20),
        );
        return None;
    }
    Some(bytes)
}

/// Reads the bytes of a file.
pub(super) fn parse(file: &Arc<str>, bytes: &[u8], faults: &mut Faults) -> Option<Sheet> {
    let at = |line| Place {
        file: Arc::clone(file),
        line,
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let line = LineCounter::default().line_at(bytes, error.valid_up_to());
            faults.add(at(Some(line)), None, "is not UTF-8; save the file as CSV in UTF-8");
            return None;
        }
    };
    if let Some(why) = no_csv(text) {
        faults.add(at(None), None, why);
        return None;
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut counter = LineCounter::default();
    let mut record = ByteRecord::new();
    let mut sheet: Option<(Header, Sheet)> = None;
    // A slice cannot fail to be read, and records of any length are taken.
    while reader.read_byte_record(&mut record).is_ok_and(|more| more) {
        let fields: Vec<&str> = record
            .iter()
            .map(|field| std::str::from_utf8(field).unwrap_or_default())
            .collect();
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let start = record.position().and_then(|start| usize::try_from(start.byte()).ok());
        let place = at(Some(counter.line_at(bytes, start.unwrap_or(0))));
        match &mut sheet {
            None => {
                let header = header(&fields, &place, faults)?;
                let kind = header.kind;
                sheet = Some((
                    header,
                    Sheet {
                        kind,
                        lines: Vec::new(),
                    },
                ));
            }
            Some((header, sheet)) => {
                if let Some(line) = header.line(&fields, place, faults) {
                    sheet.lines.push(line);
                }
                if sheet.lines.len() > LINES_MAX {
                    faults.add(
                        at(None),
                        None,
                        format!("has more than {LINES_MAX} lines, the most one import takes"),
                    );
                    return None;
                }
            }
        }
    }
    sheet.map(|(_, sheet)| sheet)
}

/// Why a text cannot be one of our tables, where that shows before it is read.
fn no_csv(text: &str) -> Option<String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Some(format!("is empty, wanted a header: {}", headers_wanted()));
    }
    if start.starts_with(['{', '[']) {
        return Some("is JSON, wanted CSV of cars or users".to_owned());
    }
    text.contains('\0')
        .then(|| format!("is no CSV text, wanted a header: {}", headers_wanted()))
}

fn headers_wanted() -> String {
    Kind::ALL.map(|kind| kind.columns().join(",")).join(" or ")
}

/// Which field of a line belongs to which column of the kind.
struct Header {
    kind: Kind,
    width: usize,
    /// For each column of the kind, its place in the line.
    order: Vec<usize>,
}

fn header(fields: &[&str], place: &Place, faults: &mut Faults) -> Option<Header> {
    let names: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
    let hits = |kind: Kind| kind.columns().iter().filter(|column| names.contains(column)).count();
    let kind = if hits(Kind::Users) > hits(Kind::Cars) {
        Kind::Users
    } else {
        Kind::Cars
    };
    if hits(kind) == 0 {
        let hint = match names.as_slice() {
            [one] if one.contains([';', '\t']) => "; fields are separated by commas",
            _ => "",
        };
        let got = shown(&names.join(","));
        faults.add(
            place.clone(),
            None,
            format!("got the header `{got}`, wanted {}{hint}", headers_wanted()),
        );
        return None;
    }
    let list = |columns: Vec<&str>| {
        let columns: Vec<String> = columns.iter().map(|column| format!("`{}`", shown(column))).collect();
        columns.join(", ")
    };
    let position = |column: &&str| names.iter().position(|name| name == column);
    let missing: Vec<&str> = kind
        .columns()
        .iter()
        .copied()
        .filter(|column| position(column).is_none())
        .collect();
    let unknown: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !kind.columns().contains(name))
        .collect();
    let twice: Vec<&str> = kind
        .columns()
        .iter()
        .copied()
        .filter(|column| names.iter().filter(|name| name == &column).count() > 1)
        .collect();
    let mut wrong = Vec::new();
    for (what, columns) in [("lacks", missing), ("has unknown", unknown), ("has twice", twice)] {
        if !columns.is_empty() {
            wrong.push(format!("{what} {}", list(columns)));
        }
    }
    if !wrong.is_empty() {
        let wanted = kind.columns().join(",");
        let message = format!(
            "the header of {} {}; wanted {wanted}",
            kind.as_str(),
            wrong.join(" and ")
        );
        faults.add(place.clone(), None, message);
        return None;
    }
    Some(Header {
        kind,
        width: names.len(),
        order: kind.columns().iter().filter_map(position).collect(),
    })
}

impl Header {
    fn line(&self, fields: &[&str], place: Place, faults: &mut Faults) -> Option<Line> {
        if fields.len() != self.width {
            faults.add(
                place,
                None,
                format!("got {} fields, wanted {}", fields.len(), self.width),
            );
            return None;
        }
        let fields = self
            .order
            .iter()
            .map(|from| fields.get(*from).copied().unwrap_or_default().to_owned())
            .collect();
        Some(Line { place, fields })
    }
}

/// Counts lines as an editor does. The csv crate counts from where the record before ended, which is
/// before the line feed of a CRLF and before blank lines.
#[derive(Default)]
struct LineCounter {
    offset: usize,
    breaks: usize,
}

impl LineCounter {
    /// The line of what begins at or after `offset`, skipping line ends; offsets never go back.
    fn line_at(&mut self, bytes: &[u8], offset: usize) -> usize {
        let skipped = bytes
            .iter()
            .skip(offset)
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let until = offset.saturating_add(skipped).max(self.offset);
        let passed = bytes.get(self.offset..until).unwrap_or_default();
        let next = bytes
            .get(self.offset + 1..)
            .unwrap_or_default()
            .iter()
            .map(Some)
            .chain([None]);
        let breaks = passed.iter().zip(next).filter(|(byte, next)| match byte {
            b'\n' => true,
            b'\r' => *next != Some(&b'\n'),
            _ => false,
        });
        self.breaks = self.breaks.saturating_add(breaks.count());
        self.offset = until;
        self.breaks.saturating_add(1)
    }
}

#[cfg(test)]
mod tests;
