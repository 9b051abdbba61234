//! Hashes the passwords of an import on all cores; one that is in force already is left as it is.
//!
//! Runs before the transaction: argon2 takes tens of milliseconds a password by design. Every thread
//! takes 33 MiB while it works.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::rules::Row;
use crate::account::UserDraft;
use crate::account::keys::random_bytes;
use crate::account::password::{self, PasswordError};
use crate::account::store::NewUser;
use crate::cli::Failure;

/// Fewer are done before a bar could be read.
const BAR_FROM: usize = 50;

/// The people as the store takes them; without a password hash where the password stays.
pub(super) fn hash_all(users: Vec<Row<UserDraft>>, stored: &HashMap<String, String>) -> Result<Vec<NewUser>, Failure> {
    let bar = bar(users.len());
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let work = || -> Result<Vec<(usize, Option<String>)>, Failure> {
        let mut hashes = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(row) = users.get(index) else { break };
            match hash(&row.of, stored.get(&row.of.username)) {
                Ok(hash) => hashes.push((index, hash)),
                Err(failure) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(failure);
                }
            }
            bar.inc(1);
        }
        Ok(hashes)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(users.len())).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    bar.finish_and_clear();
    let mut hashes: HashMap<usize, Option<String>> = HashMap::with_capacity(users.len());
    for result in results {
        hashes.extend(result.map_err(|_| Failure::failed("a thread that hashes passwords panicked"))??);
    }
    let users = users.into_iter().enumerate().map(|(index, row)| NewUser {
        username: row.of.username,
        first_name: row.of.first_name,
        last_name: row.of.last_name,
        email: row.of.email,
        role: row.of.role,
        password_hash: hashes.remove(&index).flatten(),
    });
    Ok(users.collect())
}

/// A new hash, or nothing when the stored one is of the same password.
fn hash(user: &UserDraft, stored: Option<&String>) -> Result<Option<String>, Failure> {
    let Some(wanted) = &user.password else {
        return Ok(None);
    };
    if stored.is_some_and(|phc| password::verify(phc, wanted)) {
        return Ok(None);
    }
    let salt = random_bytes().map_err(Failure::failed)?;
    let hashed: Result<String, PasswordError> = password::hash(wanted, salt);
    hashed.map(Some).map_err(Failure::failed)
}

/// Drawn only when standard error is a terminal.
fn bar(people: usize) -> ProgressBar {
    if people < BAR_FROM {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(u64::try_from(people).ok(), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("hashing passwords {wide_bar} {pos}/{len}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
