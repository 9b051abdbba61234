//! `motorpool doctor`: looks at everything a server needs and says what to mend.
//!
//! Changes nothing: what it makes to try a folder or a port is gone when it ends. Exit code 1
//! when something is broken; a warning alone is no failure.

mod checks;
mod faces;

use std::io::Write as _;

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::flags::ConfigFlags;
use super::table::table;

/// Flags of `motorpool doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    config: ConfigFlags,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Warning,
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// The way out; absent when all is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// The answer for programs.
#[derive(Debug, Serialize)]
struct Report<'a> {
    ok: bool,
    checks: &'a [Check],
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Good,
            found: found.into(),
            advice: None,
        }
    }

    fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Warning,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }

    fn broken(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Broken,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}

impl Doctor {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let checks = checks::all(&self.config);
        let ok = checks.iter().all(|check| check.verdict != Verdict::Broken);
        let text = if self.json {
            serde_json::to_string(&Report { ok, checks: &checks }).map_err(Failure::failed)?
        } else {
            people(&checks)
        };
        writeln!(std::io::stdout(), "{text}").map_err(Failure::failed)?;
        if ok { Ok(()) } else { Err(Failure::told()) }
    }
}

fn people(checks: &[Check]) -> String {
    let rows = checks.iter().map(|check| {
        let verdict = match check.verdict {
            Verdict::Good => "good",
            Verdict::Warning => "warning",
            Verdict::Broken => "BROKEN",
        };
        [
            verdict.to_owned(),
            check.name.to_owned(),
            check.found.clone(),
            check.advice.clone().unwrap_or_default(),
        ]
    });
    table(["", "what", "found", "the way out"], rows).to_string()
}

#[cfg(test)]
mod tests;
