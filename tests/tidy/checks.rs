//! The checks: each takes a path and a text and gives back faults, in words a person can act on.

use crate::rules::{BANNED, CLOCKS, COMMANDS_RANK, IMPURE, LINES_PER_FILE_MAX, PURE, RANKS, UNFINISHED};

pub(crate) fn faults_of(path: &str, text: &str) -> Vec<String> {
    let mut faults = [module_doc(path, text), length(path, text)].concat();
    if path.starts_with("src/") {
        faults.extend(bare_allows(path, text));
        let code = code_of(path, text);
        faults.extend(words(path, &code, UNFINISHED, "is unfinished work"));
        if is_pure(path) {
            faults.extend(words(path, &code, IMPURE, "does not belong in rules"));
        }
        for (folder, banned) in BANNED.iter().filter(|(folder, _)| path.starts_with(folder)) {
            faults.extend(words(path, &code, banned, &format!("does not belong in {folder}")));
        }
        if path != "src/runtime/clock.rs" {
            faults.extend(words(path, &code, CLOCKS, "reads the clock, ask `runtime::clock`"));
        }
        if path != "src/error.rs" && !path.starts_with("src/http/") {
            faults.extend(words(
                path,
                &code,
                &["StatusCode::"],
                "is known to `error.rs` and `http` alone",
            ));
        }
        faults.extend(arrows(path, &code));
    }
    faults
}

pub(crate) fn module_doc(path: &str, text: &str) -> Vec<String> {
    if text.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!("{path}: does not open with a module doc")]
}

pub(crate) fn length(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines <= LINES_PER_FILE_MAX {
        return Vec::new();
    }
    vec![format!("{path}: {lines} lines, at most {LINES_PER_FILE_MAX}")]
}

/// An `allow` says why within its own attribute.
pub(crate) fn bare_allows(path: &str, text: &str) -> Vec<String> {
    let attributes = text.match_indices("#[allow(").chain(text.match_indices("#![allow("));
    attributes
        .filter(|(at, _)| !text[*at..].split(")]").next().unwrap_or_default().contains("reason"))
        .map(|(at, _)| {
            let number = text[..at].lines().count() + 1;
            format!("{path}:{number}: an allow without a reason")
        })
        .collect()
}

/// The code alone, line by line: no comments, and nothing of the tests at the end.
pub(crate) fn code_of(path: &str, text: &str) -> Vec<String> {
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return Vec::new();
    }
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default().to_owned())
        .collect()
}

pub(crate) fn is_pure(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("rules") || path.contains("/rules/") || PURE.iter().any(|pure| path == format!("src/{pure}"))
}

pub(crate) fn words(path: &str, code: &[String], banned: &[&str], why: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(code) {
        for word in banned.iter().filter(|word| line.contains(**word)) {
            faults.push(format!("{path}:{number}: `{word}` {why}"));
        }
    }
    faults
}

/// Which module of the crate a file is in.
pub(crate) fn module_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split(['/', '.']).next().unwrap_or_default()
}

pub(crate) fn rank_of(module: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == module).map(|(_, rank)| *rank)
}

pub(crate) fn arrows(path: &str, code: &[String]) -> Vec<String> {
    let module = module_of(path);
    // The map names nobody, the binary names `cli`, errors of all become codes in one place, and the
    // house is what joins the rooms.
    if ["lib", "main", "error", "house"].contains(&module) {
        return Vec::new();
    }
    let Some(mut rank) = rank_of(module) else {
        return vec![format!(
            "{path}: the module `{module}` has no rank in tests/tidy/rules.rs"
        )];
    };
    if path.ends_with("/commands.rs") || path.contains("/commands/") {
        rank = rank.max(COMMANDS_RANK);
    }
    let text = code.join("\n");
    named(&text)
        .into_iter()
        .filter(|other| *other != module)
        .filter_map(|other| match rank_of(other) {
            None => None,
            Some(theirs) if theirs <= rank && module != "wire" => None,
            Some(_) => Some(format!(
                "{path}: an arrow to the left, `{module}` names `crate::{other}`"
            )),
        })
        .collect()
}

/// Modules named as `crate::a` or `crate::{a, b::c}`.
pub(crate) fn named(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => found.push(identifier(rest)),
            Some(group) => found.extend(group_heads(group)),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

pub(crate) fn identifier(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

/// The first names of the parts of a braced group, whatever is nested in them.
pub(crate) fn group_heads(group: &str) -> Vec<&str> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut from = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                heads.push(identifier(group[from..at].trim_start()));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads
}

/// `a.rs` beside `a/`: a module with parts is a folder with a `mod.rs`.
pub(crate) fn twin_modules(paths: &[&str]) -> Vec<String> {
    paths
        .iter()
        .filter(|path| path.starts_with("src/"))
        .filter_map(|path| path.strip_suffix(".rs"))
        .filter(|stem| paths.iter().any(|other| other.starts_with(&format!("{stem}/"))))
        .map(|stem| format!("{stem}.rs: has a folder beside it, make it {stem}/mod.rs"))
        .collect()
}
