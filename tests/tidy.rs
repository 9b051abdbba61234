//! House rules that rustc and clippy cannot check: module docs, lengths, pure rules, arrows, one clock.
//!
//! Every check is a function from a path and a text to faults, so that the second half of this file
//! can prove that each of them does find what it is for.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "tidy/checks.rs"]
mod checks;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/samples.rs"]
mod samples;

use std::fs;
use std::path::Path;

use checks::{faults_of, is_pure, named, twin_modules};
use rules::LINES_PER_FILE_MAX;
use samples::SAMPLES;

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

#[test]
fn every_check_finds_its_bad_sample_and_passes_its_good_one() {
    for sample in SAMPLES {
        let (path, bad, good) = (sample.path, sample.bad, sample.good);
        let faults = faults_of(path, bad);
        assert!(
            faults.iter().any(|fault| fault.contains(sample.wanted)),
            "{path}: {bad:?} gave {faults:?}"
        );
        assert_eq!(faults_of(path, good), Vec::<String>::new(), "{path}: {good:?}");
    }
}

#[test]
fn a_file_may_be_as_long_as_the_limit_and_no_longer() {
    let full = "//! Full.\n".repeat(LINES_PER_FILE_MAX);
    assert_eq!(faults_of("tests/a.rs", &full), Vec::<String>::new());
    let long = "//! Long.\n".repeat(LINES_PER_FILE_MAX + 1);
    assert_eq!(faults_of("tests/a.rs", &long).len(), 1);
}

#[test]
fn a_module_without_a_rank_is_told() {
    assert!(faults_of("src/attic/a.rs", "//! D.\n")[0].contains("no rank"));
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
