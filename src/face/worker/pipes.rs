//! The worker's ends of the two pipes: questions come in, answers go out, and what they held is wiped.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::messages::{AROUND_BYTES_MAX, FrameBytes, TOLD_BYTES_MAX, Told, frame, item, length};
use crate::face::fault::PICTURE_BYTES_MAX;

/// Most bytes of a frame to the worker: a picture and what is around it.
const ASKED_BYTES_MAX: usize = PICTURE_BYTES_MAX + AROUND_BYTES_MAX;

/// A question as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Heard {
    /// Goes back with the answer.
    pub(super) id: u64,
    /// JPEG or PNG, or anything else.
    #[serde(with = "serde_bytes")]
    pub(super) picture: Vec<u8>,
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.picture.zeroize();
    }
}

/// Where questions come from.
pub(super) struct Questions(File);

impl Questions {
    /// Standard input, without a buffer of the standard library, which nobody would wipe.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(File::from(io::stdin().as_fd().try_clone_to_owned()?)))
    }

    /// The next one; none when the server has gone.
    pub(super) fn next(&mut self) -> io::Result<Option<Heard>> {
        let mut head = [0; 4];
        match self.0.read_exact(&mut head) {
            Ok(()) => {}
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(err) => return Err(err),
        }
        let mut bytes: FrameBytes = Zeroizing::new(vec![0; length(head, ASKED_BYTES_MAX)?]);
        self.0.read_exact(&mut bytes)?;
        item(&bytes).map(Some)
    }
}

/// The way to the server, for all threads.
pub(super) struct Answers(Mutex<File>);

impl Answers {
    /// Standard output, likewise.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Mutex::new(File::from(io::stdout().as_fd().try_clone_to_owned()?))))
    }

    /// Writes one answer in one go.
    pub(super) fn tell(&self, told: &Told) -> io::Result<()> {
        let framed = frame(told, TOLD_BYTES_MAX)?;
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.write_all(&framed)
    }
}
