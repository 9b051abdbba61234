//! How a program gets its bounds: by a step of ours that takes them on and then becomes the program.
//!
//! Without that step, in a program that embeds the server, the bound is set from outside right after the start.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, Signal, getppid, prlimit, set_parent_process_death_signal, setrlimit};

use crate::config::Bounds;

/// The subcommand that takes the bounds on.
pub(crate) const SUBCOMMAND: &str = "run-limited";
/// This program, also when its file was replaced since.
const SELF: &str = "/proc/self/exe";
/// Files a program may have open.
const OPEN_FILES_MAX: u64 = 1_024;

/// Set for our step and taken away before it becomes the program: without it OpenBLAS begins a thread in our step that wants
/// 128 MiB, asks for them again and again where the bound refuses them, and is waited for at the end.
const NO_THREADS: (&str, &str) = ("OPENBLAS_NUM_THREADS", "1");

/// Who sets the bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Launcher {
    /// This program, by its subcommand: there is no moment without bounds.
    ThisProgram,
    /// The server, right after the start.
    #[default]
    Afterwards,
}

impl Launcher {
    /// What fits a server that runs as the program `motorpool`.
    pub(crate) fn of_this_program() -> Self {
        if Path::new(SELF).exists() {
            Self::ThisProgram
        } else {
            Self::Afterwards
        }
    }

    /// This program, where its subcommands can be started.
    pub(crate) fn own_program(self) -> Option<PathBuf> {
        (self == Self::ThisProgram).then(|| PathBuf::from(SELF))
    }

    /// What is started, with its fixed arguments.
    pub(super) fn command(self, bounds: &Bounds) -> Command {
        let (program, fixed) = bounds
            .program
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        let mut command = match self {
            Self::ThisProgram => {
                let mut command = Command::new(SELF);
                let parent = std::process::id().to_string();
                let memory = bounds.memory_bytes.to_string();
                command.args([SUBCOMMAND, "--parent", &parent, "--memory", &memory, "--", program]);
                command
            }
            Self::Afterwards => Command::new(program),
        };
        command.args(fixed);
        command
    }

    /// A variable that what is started needs beside those of the program.
    pub(super) fn variable(self) -> Option<(&'static str, &'static str)> {
        (self == Self::ThisProgram).then_some(NO_THREADS)
    }

    /// Bounds what was started, where it did not do so itself.
    pub(super) fn bound(self, pid: Pid, bounds: &Bounds) -> io::Result<()> {
        if self == Self::ThisProgram {
            return Ok(());
        }
        match prlimit(Some(pid), Resource::As, both(bounds.memory_bytes)) {
            Ok(_) => Ok(()),
            // It has ended already.
            Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(err) => Err(err.into()),
        }
    }
}

fn both(most: u64) -> Rlimit {
    Rlimit {
        current: Some(most),
        maximum: Some(most),
    }
}

/// Takes the bounds on and becomes the program; comes back only when that cannot be.
pub(crate) fn become_program(parent: u32, memory_bytes: u64, program: &[std::ffi::OsString]) -> io::Error {
    let Some((program, arguments)) = program.split_first() else {
        return io::Error::other("no program is named");
    };
    // Made before the bound, which may be below what this program has already.
    let mut command = Command::new(program);
    command.args(arguments).env_remove(NO_THREADS.0);
    if let Err(err) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return err.into();
    }
    // It ended before its end would have been ours.
    if getppid().is_none_or(|now| u32::try_from(now.as_raw_nonzero().get()) != Ok(parent)) {
        return io::Error::other("the server has ended");
    }
    let bounded = setrlimit(Resource::Core, both(0))
        .and_then(|()| setrlimit(Resource::Nofile, both(OPEN_FILES_MAX)))
        .and_then(|()| setrlimit(Resource::As, both(memory_bytes)));
    match bounded {
        Ok(()) => command.exec(),
        Err(err) => err.into(),
    }
}
