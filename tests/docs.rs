//! Keeps the documents true: links, subcommands and flags, metrics, the example configuration, named tests, example data.
//!
//! Owns nothing of the program: it reads the texts and asks the program itself (`--help`). It cannot tell
//! whether a sentence is right, only that what it names is there.

// A broken document must fail loudly; clippy allows that by itself only inside test functions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use motorpool::config::Config;
use motorpool::runtime::metrics::names;

/// Every document that people write: all but the generated page and the protocol's byte examples.
fn documents() -> Vec<(PathBuf, String)> {
    let pages = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut paths: Vec<PathBuf> = pages
        .chain([PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")])
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The texts between two marks, each on one line.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((inside, further)) = after.split_once(close) else {
                break;
            };
            found.push(inside);
            rest = further;
        }
    }
    found
}

/// The heading's link as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for (path, text) in documents() {
        let folder = path.parent().unwrap();
        for link in between(&text, "](", ")")
            .into_iter()
            .filter(|link| !link.contains("://"))
        {
            let (file, section) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                folder.join(file)
            };
            let headings = fs::read_to_string(&target).unwrap_or_default();
            let is_there = |line: &str| line.starts_with('#') && anchor(line.trim_start_matches('#')) == section;
            if !target.exists() || !(section.is_empty() || headings.lines().any(is_there)) {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn motorpool(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motorpool"))
        .env_remove("MOTORPOOL_WRITE_DOCS")
        .args(arguments)
        .output()
        .unwrap()
}

/// What the program says of its subcommands, asked once each.
#[derive(Default)]
struct Helps(BTreeMap<Vec<String>, Option<String>>);

impl Helps {
    /// `None`: there is no such subcommand.
    fn of(&mut self, subcommand: &[String]) -> Option<String> {
        let asked = self.0.entry(subcommand.to_vec()).or_insert_with(|| {
            let mut arguments: Vec<&str> = subcommand.iter().map(String::as_str).collect();
            arguments.push("--help");
            let output = motorpool(&arguments);
            output
                .status
                .success()
                .then(|| String::from_utf8(output.stdout).unwrap())
        });
        asked.clone()
    }
}

/// Whether a help lists a subcommand of this name.
fn lists(help: &str, word: &str) -> bool {
    let commands = help.split("Commands:").nth(1).unwrap_or_default();
    commands
        .lines()
        .any(|line| line.starts_with("  ") && line.split_whitespace().next() == Some(word))
}

/// Lines of shell and short pieces of code that run the program.
fn calls(text: &str) -> Vec<String> {
    let mut calls = Vec::new();
    let mut in_shell = false;
    for line in text.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            in_shell = matches!(kind, "sh" | "console");
            continue;
        }
        let spans = if in_shell {
            vec![line.split(" #").next().unwrap_or_default()]
        } else {
            between(line, "`", "`")
        };
        let runs = |span: &&str| span.split_whitespace().any(|word| word == "motorpool");
        calls.extend(spans.into_iter().filter(runs).map(ToOwned::to_owned));
    }
    calls
}

#[test]
fn every_subcommand_and_flag_shown_is_there() {
    let mut helps = Helps::default();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in documents() {
        for call in calls(&text) {
            seen += 1;
            let words = call
                .split_whitespace()
                .skip_while(|word| !word.ends_with("motorpool"))
                .skip(1);
            let words: Vec<&str> = words.map(|word| word.trim_matches(['(', ')', '"', '\''])).collect();
            let mut subcommand = Vec::new();
            let mut help = helps.of(&subcommand).unwrap();
            for word in words.iter().filter(|word| !word.starts_with('-')) {
                if lists(&help, word) {
                    subcommand.push((*word).to_owned());
                    help = helps.of(&subcommand).unwrap();
                }
            }
            let is_placeholder = words
                .first()
                .is_none_or(|word| word.starts_with("...") || word.starts_with('-'));
            if subcommand.is_empty() && !is_placeholder {
                wrong.push(format!("{}: no subcommand in `{call}`", path.display()));
            }
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                let flag = flag.split('=').next().unwrap_or_default();
                if !help
                    .split(|letter: char| letter.is_whitespace() || letter == '<')
                    .any(|word| word == flag)
                {
                    wrong.push(format!("{}: no {flag} in `{call}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(
        seen > 20,
        "only {seen} calls were found: the reading of the documents is broken"
    );
}

#[test]
fn the_metrics_in_the_documents_are_those_of_the_program() {
    let known: BTreeSet<&str> = names::ALL.iter().map(|(name, ..)| *name).collect();
    let mut named = BTreeSet::new();
    for (path, text) in documents() {
        for name in between(&text, "`", "`") {
            let name = name.split('{').next().unwrap_or_default();
            let is_metric = ["motorpool_", "process_"].iter().any(|start| name.starts_with(start));
            if is_metric && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                assert!(known.contains(name), "{}: there is no metric `{name}`", path.display());
                named.insert(name.to_owned());
            }
        }
    }
    for name in known {
        assert!(
            named.contains(name),
            "docs/operating.md does not name the metric `{name}`"
        );
    }
}

/// Replaces what stands between two marks of a page, or says that it is behind.
fn keep(path: &str, open: &str, close: &str, wanted: &str) {
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(open).unwrap();
    let (inside, after) = rest.split_once(close).unwrap();
    if std::env::var_os("MOTORPOOL_WRITE_DOCS").is_some() {
        fs::write(path, [before, open, wanted, close, after].concat()).unwrap();
        return;
    }
    assert!(
        inside == wanted,
        "{path} is behind; write it anew with MOTORPOOL_WRITE_DOCS=1 cargo test --test docs"
    );
}

#[test]
fn the_example_configuration_and_the_table_of_metrics_are_the_programs() {
    keep("docs/operating.md", "```toml\n", "```\n", &Config::example_toml());
    let rows = names::ALL.iter().map(|(name, kind, _, help)| {
        let kind = format!("{kind:?}").to_lowercase();
        format!("| `{name}` | {kind} | {help} |\n")
    });
    let table = format!("| name | kind | |\n|---|---|---|\n{}", rows.collect::<String>());
    keep(
        "docs/operating.md",
        "format of Prometheus.\n\n",
        "\nWatch first",
        &table,
    );
}

#[test]
fn every_test_that_proves_a_promise_is_there() {
    let mut sources = String::new();
    let mut folders = vec![PathBuf::from("src"), PathBuf::from("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let page = fs::read_to_string("docs/reliability.md").unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("_"));
    let mut proofs = 0;
    for name in rows.flat_map(|row| between(row.rsplit(" | ").next().unwrap(), "`", "`")) {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test `{name}`");
        proofs += 1;
    }
    assert!(
        proofs > 20,
        "only {proofs} proofs were found: the reading of the page is broken"
    );
}

#[test]
fn the_example_fleet_can_be_imported() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("data");
    let files = ["cars.csv", "people.csv"].map(|file| Path::new("data/example").join(file));
    let output = motorpool(&[
        "import",
        "--json",
        "--data",
        store.to_str().unwrap(),
        files[0].to_str().unwrap(),
        files[1].to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["cars"]["added"], &report["users"]["added"]),
        (&6.into(), &5.into())
    );
}
