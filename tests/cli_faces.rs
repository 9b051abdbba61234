//! `motorpool face-eval` as a program: what it says of pictures sorted by person, and of what is no such folder.
//!
//! The pictures are those that the set-up brought; no server runs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

struct House {
    dir: TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A folder of a person in `people`.
    fn person(&self, name: &str) -> PathBuf {
        let folder = self.at("people").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MOTORPOOL_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.dir.path()).args(args).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// The one line of a run that did not do its work.
    fn refused(&self, args: &[&str], exit: i32) -> String {
        let output = self.run(args);
        let line = err(&output);
        assert_eq!((output.status.code(), line.lines().count()), (Some(exit), 1), "{line}");
        assert!(output.stdout.is_empty());
        line
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[cfg(feature = "face")]
fn picture(name: &str) -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/pictures")
        .join(name)
}

/// Two people, one file twice, and what is no picture of a face.
#[cfg(feature = "face")]
fn sorted() -> House {
    let house = House::new();
    let (one, two) = (house.person("one"), house.person("two"));
    for name in ["obama.jpg", "obama2.jpg", "obama3.jpg"] {
        std::fs::copy(picture(name), one.join(name)).unwrap();
    }
    std::fs::copy(picture("obama.jpg"), one.join("obama copy.jpg")).unwrap();
    std::fs::copy(picture("biden.jpg"), two.join("biden.jpg")).unwrap();
    std::fs::write(two.join("notes.txt"), "no picture").unwrap();
    std::fs::write(two.join("broken.jpg"), [0xff, 0xd8, 0xff, 0xe0, 0, 16]).unwrap();
    house.person("nobody");
    house
}

#[cfg(feature = "face")]
#[test]
fn two_people_are_told_apart_and_little_is_claimed_of_it() {
    let house = sorted();
    let output = house.run(&["face-eval", "people", "--json", "--plot", "plot.svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["people"], &told["pictures"]), (&2.into(), &4.into()));
    let left: Vec<(&str, &str)> = told["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| (left["file"].as_str().unwrap(), left["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        left,
        [
            ("one/obama.jpg", "copy"),
            ("two/broken.jpg", "unreadable"),
            ("two/notes.txt", "wrong_type")
        ]
    );
    let thresholds = told["thresholds"].as_array().unwrap();
    assert_eq!(thresholds.len(), 13);
    let row = &thresholds[6];
    assert!((row["threshold"].as_f64().unwrap() - 0.45).abs() < 1e-6);
    for (rate, pairs, by_people) in [("false_match", 3, 0.975), ("false_non_match", 3, 0.975)] {
        let rate = &row[rate];
        assert_eq!((&rate["errors"], &rate["pairs"]), (&0.into(), &pairs.into()), "{row}");
        // No error in three pairs may still be 71 %, and of one person all.
        assert!(
            (rate["by_pairs"]["high"].as_f64().unwrap() - 0.7076).abs() < 1e-3,
            "{rate}"
        );
        assert!(
            (rate["by_people"]["high"].as_f64().unwrap() - by_people).abs() < 1e-3,
            "{rate}"
        );
    }
    assert_eq!(told["equal_error"]["rate"].as_f64(), Some(0.0));
    assert_eq!(told["recommended_threshold"], Value::Null);
    let notes = told["notes"].to_string();
    for said in [
        "No threshold is recommended",
        "736 people",
        "rule of three",
        "3/3",
        "5000",
        "92 %",
        "1 folder",
    ] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    let svg = std::fs::read_to_string(house.at("plot.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("2 people, 4 pictures"));
    for told in [svg, notes] {
        assert!(!told.contains("obama") && !told.contains("biden"), "no names of people");
    }
}

#[cfg(feature = "face")]
#[test]
fn people_read_a_table_and_what_it_means() {
    let house = sorted();
    let output = house.run(&["face-eval", "people"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    for said in [
        "2 people, 4 pictures, 3 pairs of one person, 3 pairs of two people",
        "0.450 *",
        "0 % (0 of 3)",
        "0 % to 71 %",
        "0 % to 97 %",
        "two/notes.txt",
        "Equal error rate: 0 %",
        "2 people are few",
    ] {
        assert!(text.contains(said), "{said}:\n{text}");
    }
    assert!(
        output.stderr.is_empty(),
        "no bar where nobody watches: {}",
        err(&output)
    );
}

#[cfg(feature = "face")]
#[test]
fn one_person_alone_has_no_false_matches_to_count() {
    let house = House::new();
    let one = house.person("one");
    for name in ["obama.jpg", "obama2.jpg"] {
        std::fs::copy(picture(name), one.join(name)).unwrap();
    }
    let output = house.run(&["face-eval", "people"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(
        text.contains("no pairs") && text.contains("no equal error rate"),
        "{text}"
    );
}

#[test]
fn what_is_no_folder_of_people_is_refused_in_one_line() {
    let house = House::new();
    std::fs::create_dir(house.at("people")).unwrap();
    house.person("empty");
    std::fs::write(house.at("file"), "").unwrap();
    let refused = |args: &[&str], exit| house.refused(&[&["face-eval"], args].concat(), exit);
    assert!(refused(&["none"], 1).contains("cannot read none"));
    assert!(refused(&["file"], 1).contains("cannot read file"));
    let line = refused(&["people"], 1);
    assert!(
        line.contains("1 people with no file") && line.contains("one folder a person"),
        "{line}"
    );
    assert!(refused(&["people", "--plot", "a.png"], 2).contains(".svg"));
    assert!(refused(&["people", "--plot", "none/a.svg"], 2).contains("cannot be written"));
    assert!(refused(&["people", "--false-match-max", "2"], 2).contains("between 0 and 1"));
}

#[test]
fn without_faces_it_says_what_is_missing() {
    let house = House::new();
    std::fs::write(house.person("one").join("a.jpg"), "x").unwrap();
    std::fs::write(house.at("off.toml"), "[face]\nenabled = false\n").unwrap();
    let line = house.refused(&["face-eval", "people", "--config", "off.toml"], 1);
    assert!(
        line.contains("faces are not available") && line.contains("motorpool doctor"),
        "{line}"
    );
}

#[cfg(feature = "face")]
#[test]
fn the_doctor_finds_the_models_and_tries_the_worker() {
    let house = House::new();
    let doctor = |args: &[&str]| -> Value {
        let output = house.run(&[&["doctor", "--data", "d", "--json"], args].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let find = |report: &Value, name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).cloned().unwrap()
    };
    let report = doctor(&[]);
    assert_eq!(find(&report, "face models")["verdict"], "good");
    let worker = find(&report, "face worker");
    assert_eq!(worker["verdict"], "good", "{worker}");
    assert!(worker["found"].as_str().unwrap().contains("0 faces"), "{worker}");
    assert_eq!(find(&report, "face keys")["verdict"], "good");
    std::fs::write(house.at("off.toml"), "[face]\nenabled = false\n").unwrap();
    assert_eq!(find(&doctor(&["--config", "off.toml"]), "faces")["verdict"], "good");
}
