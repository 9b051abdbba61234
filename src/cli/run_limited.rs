//! `motorpool run-limited`: the step between the server and a program of the configuration. Not for people.
//!
//! It takes the bounds on and becomes the program, so that there is no moment without them.

use std::ffi::OsString;

use clap::Args;

use super::Failure;
use crate::program::become_program;

/// Flags of `motorpool run-limited`.
#[derive(Debug, Args)]
pub(crate) struct RunLimited {
    /// The process whose end is also ours.
    #[arg(long)]
    parent: u32,
    /// Bytes of address space.
    #[arg(long)]
    memory: u64,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    program: Vec<OsString>,
}

impl RunLimited {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let error = become_program(self.parent, self.memory, &self.program);
        Err(Failure::failed(format!("the program cannot be started: {error}")))
    }
}
