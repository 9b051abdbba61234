//! Faults by the thousand: a short run of each in `make test`, the full count by `make torture`.
//!
//! The variable `TORTURE` asks for the full counts; each count has a variable of its own besides. Every run prints its
//! seed and one line for each promise.

mod double;
mod flapping;
mod mixed;

/// How often: as the variable says, else in full under `TORTURE`, else shortly.
fn count(variable: &str, short: usize, full: usize) -> usize {
    match std::env::var(variable) {
        Ok(given) => given.parse().unwrap_or_else(|_| panic!("{variable} is a count")),
        Err(_) if std::env::var_os("TORTURE").is_some() => full,
        Err(_) => short,
    }
}
