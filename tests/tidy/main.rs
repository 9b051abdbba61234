//! House rules that rustc and clippy cannot check: module docs, lengths, pure rules, arrows, one clock.
//!
//! Every check is a function from a path and a text to faults, so that the second half of this file
//! can prove that each of them does find what it is for.

mod checks;
mod rules;

use std::fs;
use std::path::Path;

use checks::{faults_of, is_pure, named, twin_modules};
use rules::LINES_PER_FILE_MAX;

#[test]
fn the_house_is_tidy() {
    let mut faults = Vec::new();
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        collect(Path::new(folder), &mut files);
    }
    assert!(
        files.iter().any(|(path, _)| path == "src/lib.rs"),
        "run me from the root of the project"
    );
    for (path, text) in &files {
        faults.extend(faults_of(path, text));
    }
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    faults.extend(twin_modules(&paths));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    // A folder that is not there yet holds nothing untidy.
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.to_str().unwrap().to_owned(), text));
        }
    }
}

/// One sample for each check: it must find a fault in the first text and none in the second.
#[test]
fn every_check_can_fail() {
    let long = "//! Long.\n".repeat(LINES_PER_FILE_MAX + 1);
    let full = "//! Full.\n".repeat(LINES_PER_FILE_MAX);
    let samples: &[(&str, &str, &str, &str)] = &[
        (
            "does not open",
            "tests/a.rs",
            "use std::fs;\n",
            "//! Doc.\n",
        ),
        ("401 lines", "tests/a.rs", &long, &full),
        (
            "without a reason",
            "src/cli/a.rs",
            "//! D.\n#[allow(dead_code)]\n",
            "//! D.\n#[allow(\n dead_code,\n reason = \"r\"\n)]\n",
        ),
        (
            "unfinished",
            "src/cli/a.rs",
            "//! D.\nfn a() { todo!() }\n",
            "//! D.\n// todo!() in a comment\n",
        ),
        (
            "in rules",
            "src/fleet/rules.rs",
            "//! D.\nuse tokio::time;\n",
            "//! D.\nuse std::fmt;\n",
        ),
        (
            "in rules",
            "src/fleet/rules_repair.rs",
            "//! D.\nasync fn a() {}\n",
            "//! D.\nfn a() {}\n",
        ),
        (
            "in rules",
            "src/booking/money.rs",
            "//! D.\nlet a = Timestamp::now();\n",
            "//! D.\nlet a = at;\n",
        ),
        (
            "in src/wire/",
            "src/wire/a.rs",
            "//! D.\nuse actix::Actor;\n",
            "//! D.\nuse bytes::Bytes;\n",
        ),
        (
            "in src/store/",
            "src/store/a.rs",
            "//! D.\nuse actix::Actor;\n",
            "//! D.\nuse diesel::prelude::*;\n",
        ),
        (
            "in src/store/",
            "src/store/a.rs",
            "//! D.\nuse crate::wire::Value;\n",
            "//! D.\nuse crate::runtime::clock;\n",
        ),
        (
            "reads the clock",
            "src/session/a.rs",
            "//! D.\nlet a = SystemTime::now();\n",
            "//! D.\nlet a = Instant::now();\n",
        ),
        (
            "reads the clock",
            "src/session/a.rs",
            "//! D.\nlet a = Timestamp::now();\n",
            "//! D.\n#[cfg(test)]\nlet a = Timestamp::now();\n",
        ),
        (
            "`error.rs` and `http`",
            "src/command/a.rs",
            "//! D.\nStatusCode::OK\n",
            "//! D.\nErrorCode::Busy\n",
        ),
        (
            "arrow",
            "src/wire/a.rs",
            "//! D.\nuse crate::runtime::X;\n",
            "//! D.\nuse crate::wire::X;\n",
        ),
        (
            "arrow",
            "src/booking/actor.rs",
            "//! D.\nuse crate::session::X;\n",
            "//! D.\nuse crate::fleet::X;\n",
        ),
        (
            "arrow",
            "src/booking/actor.rs",
            "//! D.\nuse crate::command::X;\n",
            "//! D.\nuse crate::store::X;\n",
        ),
        (
            "arrow",
            "src/booking/commands.rs",
            "//! D.\nuse crate::session::X;\n",
            "//! D.\nuse crate::command::X;\n",
        ),
        (
            "arrow",
            "src/runtime/a.rs",
            "//! D.\nuse crate::{\n wire::{A, B},\n store::C,\n};\n",
            "//! D.\nuse crate::{wire::{A, B}};\n",
        ),
        ("no rank", "src/attic/a.rs", "//! D.\n", ""),
    ];
    for (wanted, path, bad, good) in samples {
        let faults = faults_of(path, bad);
        assert!(
            faults.iter().any(|fault| fault.contains(wanted)),
            "{path}: {bad:?} gave {faults:?}"
        );
        if !good.is_empty() {
            assert_eq!(
                faults_of(path, good),
                Vec::<String>::new(),
                "{path}: {good:?}"
            );
        }
    }
}

#[test]
fn a_module_beside_its_own_folder_is_found() {
    assert_eq!(twin_modules(&["src/a.rs", "src/a/b.rs"]).len(), 1);
    assert!(twin_modules(&["src/a/mod.rs", "src/a/b.rs", "src/ab.rs"]).is_empty());
}

#[test]
fn the_first_names_of_a_group_are_found_whatever_is_nested() {
    assert_eq!(
        named("use crate::{a::{b, c}, d::e as f,\n  g};\ncrate::h::i"),
        ["a", "d", "g", "h"]
    );
}

#[test]
fn every_pure_file_that_is_there_is_known_by_its_path() {
    assert!(is_pure("src/booking/interval.rs"));
    assert!(is_pure("src/fleet/rules/repair.rs"));
    assert!(!is_pure("src/booking/engine.rs"));
}
