//! The worker process: reads pictures and finds faces in them, beside the server and never inside it.
//!
//! Whatever a picture does to it, it does to this process alone. It takes its own bounds on before it reads
//! anything, and ends with the server. Only this folder names `image` and dlib, and only this process runs them; the
//! server knows `messages` and nothing else of it.

mod bounds;
#[cfg(feature = "face")]
mod dlib;
#[cfg(feature = "face")]
mod measure;
pub(crate) mod messages;
#[cfg(feature = "face")]
mod picture;
#[cfg(feature = "face")]
mod pipes;
#[cfg(feature = "face")]
mod serve;

use std::path::PathBuf;

/// The subcommand that is the worker.
pub(crate) const SUBCOMMAND: &str = "face-worker";

/// Whether this program was built with faces.
pub const IS_BUILT: bool = cfg!(feature = "face");

/// What a worker is told at its start.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "face"),
    allow(dead_code, reason = "without faces it only says that it cannot begin")
)]
pub(crate) struct Task {
    /// Folder of the models.
    pub(crate) models: PathBuf,
    /// Pictures looked at at a time.
    pub(crate) threads: usize,
    /// Most pixels of a picture, by its header.
    pub(crate) pixels: u32,
    /// Bytes of address space.
    pub(crate) memory_bytes: u64,
    /// How far it stands back behind the server.
    pub(crate) nice: u8,
    /// The process whose end is also ours.
    pub(crate) parent: u32,
}

/// Works until the server closes the pipe.
///
/// # Errors
/// A sentence why it cannot begin.
#[cfg(feature = "face")]
pub(crate) fn run(task: &Task) -> Result<(), String> {
    bounds::take(task)?;
    serve::run(task)
}

/// Says that it cannot.
///
/// # Errors
/// Always.
#[cfg(not(feature = "face"))]
pub(crate) fn run(task: &Task) -> Result<(), String> {
    bounds::take(task)?;
    Err("this motorpool was built without the feature `face`".to_owned())
}
