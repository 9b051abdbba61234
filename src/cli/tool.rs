//! The store as a tool of the command line uses it: beside a running server, or without one.
//!
//! Says who works at this terminal for the audit log, and answers on one small runtime. A tool never
//! takes the lock of the data folder: only a restore does, by itself.

use std::fs;
use std::future::Future;
use std::io::Write as _;

use serde::Serialize;
use tokio::runtime::Runtime;

use super::Failure;
use super::flags::StoreFlags;
use crate::runtime::clock;
use crate::store::change::Change;
use crate::store::{DatabaseUrl, Store, StoreOptions};

/// Where the system keeps the names of its users.
const PASSWD_FILE: &str = "/etc/passwd";

/// What becomes of a database that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is made: the first car or person may come before the first start.
    Make,
    /// It is a mistake in `--data`, and making one would hide it.
    Refuse,
}

/// An open store.
pub(crate) struct Tool {
    pub(crate) store: Store,
    runtime: Runtime,
}

impl Tool {
    /// Opens the store that the flags name.
    pub(crate) fn open(flags: &StoreFlags, missing: Missing) -> Result<Self, Failure> {
        let url = flags.url()?;
        if missing == Missing::Refuse {
            must_exist(&url)?;
        }
        Self::open_url(&url)
    }

    /// Opens the store at that address, making it if there is none.
    pub(crate) fn open_url(url: &DatabaseUrl) -> Result<Self, Failure> {
        let options = StoreOptions {
            readers: 1,
            ..StoreOptions::default()
        };
        let store = Store::open(url, options).map_err(Failure::failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::failed(format!("cannot start the runtime: {error}")))?;
        Ok(Self { store, runtime })
    }

    /// Waits for an answer of the store.
    pub(crate) fn wait<T, E: std::fmt::Display>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        self.runtime.block_on(answer).map_err(Failure::failed)
    }
}

/// Refuses to go on without a database.
pub(crate) fn must_exist(url: &DatabaseUrl) -> Result<(), Failure> {
    let Some(path) = url.path() else {
        return Ok(());
    };
    match fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::failed(format!(
            "there is no database {}; name its folder with --data, or make it with `motorpool serve` or `motorpool import`",
            path.display()
        ))),
        Err(error) => Err(Failure::failed(format!("cannot read {}: {error}", path.display()))),
    }
}

/// A change made now by whoever works at this terminal.
pub(crate) fn change(what: &str) -> Change {
    Change {
        at: clock::now(),
        who: format!("cli:{}", os_user()),
        what: what.to_owned(),
        request: None,
    }
}

/// The system's name of the user of this process; `USER` could say anything.
fn os_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    fs::read_to_string(PASSWD_FILE)
        .ok()
        .and_then(|passwd| name_of(&passwd, uid))
        .unwrap_or_else(|| format!("uid-{uid}"))
}

fn name_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found: u32 = fields.nth(1)?.parse().ok()?;
        (found == uid && !name.is_empty()).then(|| name.to_owned())
    })
}

/// Writes a result where programs and pipes expect it.
pub(crate) fn say(text: impl std::fmt::Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        // Who reads with `head` has read enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}

/// Writes a result for programs, on one line.
pub(crate) fn say_json(result: &impl Serialize) -> Result<(), Failure> {
    say(serde_json::to_string(result).map_err(Failure::failed)?)
}

/// Writes a sentence for people beside the result. Without a standard error nobody reads it.
pub(crate) fn note(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_user_is_the_systems() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\n# odd\nada:x:1000:1000::/home/ada:/bin/sh\n:x:7:7::/:\n";
        for (uid, name) in [(0, Some("root")), (1000, Some("ada")), (1, None), (7, None)] {
            assert_eq!(name_of(passwd, uid).as_deref(), name, "{uid}");
        }
    }
}
