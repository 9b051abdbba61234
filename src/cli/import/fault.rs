//! What is wrong in the files: where it is, what was got, what was wanted.
//!
//! The first faults are told one by one, the others counted, so that a wrong file of a million lines is
//! no flood. Never holds a password.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// Most faults told one by one.
pub(super) const FAULTS_TOLD_MAX: usize = 50;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    /// The file as it was named.
    pub(super) file: Arc<str>,
    /// Counted from 1; absent when the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    #[serde(flatten)]
    pub(super) place: Place,
    /// The column; absent when the whole line is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<&'static str>,
    /// What was got and what was wanted.
    pub(super) message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some(column) = self.column {
            write!(f, "{column}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong.
#[derive(Debug, Default, Serialize)]
pub(super) struct Faults {
    /// The first ones.
    pub(super) faults: Vec<Fault>,
    /// How many more there are.
    pub(super) more: usize,
}

impl Faults {
    pub(super) fn add(&mut self, place: Place, column: Option<&'static str>, message: impl fmt::Display) {
        if self.faults.len() >= FAULTS_TOLD_MAX {
            self.more = self.more.saturating_add(1);
            return;
        }
        self.faults.push(Fault {
            place,
            column,
            message: message.to_string(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// In the order of the lines; files stay in the order in which they were met.
    pub(super) fn sort(&mut self) {
        let mut files: Vec<Arc<str>> = Vec::new();
        for fault in &self.faults {
            if !files.contains(&fault.place.file) {
                files.push(Arc::clone(&fault.place.file));
            }
        }
        self.faults.sort_by_key(|fault| {
            (
                files.iter().position(|file| file == &fault.place.file),
                fault.place.line,
            )
        });
    }

    pub(super) fn count(&self) -> usize {
        self.faults.len().saturating_add(self.more)
    }
}

/// The beginning of a field as it may stand in a line for people.
pub(super) fn shown(text: &str) -> String {
    crate::wire::names::shown(text).escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fifty_faults_are_told_and_the_others_counted() {
        let mut faults = Faults::default();
        for line in 1..=FAULTS_TOLD_MAX + 1 {
            let place = Place {
                file: "cars.csv".into(),
                line: Some(line),
            };
            faults.add(place, Some("seats"), "got 0");
            assert_eq!(faults.more, usize::from(line > FAULTS_TOLD_MAX));
        }
        assert_eq!(
            (faults.faults.len(), faults.count()),
            (FAULTS_TOLD_MAX, FAULTS_TOLD_MAX + 1)
        );
        assert_eq!(faults.faults[0].to_string(), "cars.csv:1: seats: got 0");
    }
}
