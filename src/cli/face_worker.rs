//! `motorpool face-worker`: the process that looks at pictures for the server. Not for people.
//!
//! It speaks frames on standard input and output; what it cannot begin it says on both outputs.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::face::worker;

/// Flags of `motorpool face-worker`.
#[derive(Debug, Args)]
pub(crate) struct FaceWorker {
    /// The process whose end is also ours.
    #[arg(long)]
    parent: u32,
    /// Bytes of address space.
    #[arg(long)]
    memory: u64,
    /// Pictures looked at at a time.
    #[arg(long)]
    threads: usize,
    /// Most pixels of a picture.
    #[arg(long)]
    pixels: u32,
    /// How far to stand back behind the server.
    #[arg(long)]
    nice: u8,
    /// Folder of the models.
    #[arg(long)]
    models: PathBuf,
}

impl FaceWorker {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let task = worker::Task {
            models: self.models,
            threads: self.threads,
            pixels: self.pixels,
            memory_bytes: self.memory,
            nice: self.nice,
            parent: self.parent,
        };
        worker::run(&task).map_err(Failure::failed)
    }
}
