//! The examples of `docs/protocol.md`, read out of the text; shared by the tests that replay them.
//!
//! Reads and checks the form only; what a frame means and what comes of it is for those tests.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

/// The text itself.
pub(crate) const PROTOCOL_TEXT: &str = include_str!("../../docs/protocol.md");

/// One fenced block of the text.
pub(crate) struct Example {
    /// Everything but the bytes, by name.
    pub(crate) lines: BTreeMap<String, String>,
    /// The length and the item.
    pub(crate) bytes: Vec<u8>,
}

impl Example {
    fn parse(block: &str) -> Self {
        let mut lines = BTreeMap::new();
        let mut digits = String::new();
        for line in block.lines() {
            let (name, text) = line.split_once(": ").unwrap_or_else(|| panic!("no name in `{line}`"));
            if matches!(name, "C" | "S") {
                digits.extend(text.split_whitespace());
            } else {
                let twice = lines.insert(name.to_owned(), text.to_owned());
                assert!(twice.is_none(), "`{name}` is twice in\n{block}");
            }
        }
        let bytes = HEXLOWER.decode(digits.as_bytes()).unwrap();
        Self { lines, bytes }
    }

    /// A line that every example has.
    pub(crate) fn line(&self, name: &str) -> &str {
        let line = self.lines.get(name);
        line.unwrap_or_else(|| panic!("an example without `{name}`: {:?}", self.lines))
    }
}

/// All frames, in order.
pub(crate) fn examples() -> Vec<Example> {
    fenced("frame")
}

/// All items of receivers, in order.
#[allow(dead_code, reason = "not every test that reads the text replays them")]
pub(crate) fn items() -> Vec<Example> {
    fenced("item")
}

/// All items of the receiver `file`, in order.
#[allow(dead_code, reason = "not every test that reads the text replays them")]
pub(crate) fn file_items() -> Vec<Example> {
    fenced("file-item")
}

fn fenced(kind: &str) -> Vec<Example> {
    PROTOCOL_TEXT
        .split(&format!("```{kind}\n"))
        .skip(1)
        .map(|block| Example::parse(block.split("```").next().unwrap()))
        .collect()
}
