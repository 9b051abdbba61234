//! What the benches share: processes to measure, a load, figures.
//!
//! A bench fails when an answer or a row is wrong, never because the machine was slow: speed is printed beside a
//! peer of the same run, and judged by whoever reads it.

#![allow(dead_code, reason = "no bench uses all of it")]

pub(crate) mod children;
pub(crate) mod crowd;
pub(crate) mod fan;
pub(crate) mod figures;
pub(crate) mod files;
pub(crate) mod fleet;
pub(crate) mod load;
pub(crate) mod process;
pub(crate) mod socketio;
pub(crate) mod talk;
pub(crate) mod wire;

/// Why a bench failed.
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Fails the bench unless `is_so`.
pub(crate) fn check(is_so: bool, what: impl FnOnce() -> String) -> Result<(), Fault> {
    if is_so { Ok(()) } else { Err(what().into()) }
}
