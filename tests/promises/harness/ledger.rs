//! What clients meant to do and what they heard, on the disk and outside the server's folder: the judge of every fault.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A file of lines: `intent` before something is sent, `ack` after its answer.
pub(crate) struct Ledger {
    folder: TempDir,
    file: Mutex<File>,
}

/// One operation as it stands in the end.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// What was meant.
    pub(crate) intent: Value,
    /// What was heard, if anything was: `ok` or `error`.
    pub(crate) heard: Option<Value>,
}

impl Ledger {
    /// An empty one, in a folder of its own.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Mutex::new(File::create(Self::path(folder.path())).unwrap());
        Self { folder, file }
    }

    fn path(folder: &Path) -> std::path::PathBuf {
        folder.join("ledger.jsonl")
    }

    fn write(&self, line: &Value) {
        let line = format!("{line}\n");
        self.file.lock().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// Before it is sent. `name` is its own: nothing else is written under it.
    pub(crate) fn intent(&self, name: &str, intent: &Value) {
        self.write(&json!({"name": name, "intent": intent}));
    }

    /// After it was answered.
    pub(crate) fn ack(&self, name: &str, heard: &Value) {
        self.write(&json!({"name": name, "heard": heard}));
    }

    /// Everything, read from the file, by name.
    pub(crate) fn read(&self) -> BTreeMap<String, Entry> {
        let mut entries = BTreeMap::new();
        let file = BufReader::new(File::open(Self::path(self.folder.path())).unwrap());
        for line in file.lines() {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let name = line["name"].as_str().unwrap().to_owned();
            if let Some(intent) = line.get("intent") {
                let entry = Entry {
                    intent: intent.clone(),
                    heard: None,
                };
                assert!(entries.insert(name.clone(), entry).is_none(), "{name} was meant twice");
            } else {
                let entry: &mut Entry = entries.get_mut(&name).expect("an answer to what was meant");
                assert!(entry.heard.is_none(), "{name} was answered twice");
                entry.heard = Some(line["heard"].clone());
            }
        }
        entries
    }
}
