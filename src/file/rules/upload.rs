//! The course of one upload: declared, filled from its first byte to its last without a gap, then finished; or let go.
//!
//! It holds one offset, up to which everything has come. A chunk fits there or is refused with that offset.

use jiff::Timestamp;

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Course {
    /// What was declared, or the most it may become.
    size: u64,
    is_declared: bool,
    held: u64,
    expires_at: Timestamp,
    phase: Phase,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// More may come.
    Open,
    /// It is a file.
    Finished,
    /// Somebody let it go, or it could not become a file.
    Aborted,
    /// Nobody went on with it in time.
    Expired,
}

/// Why something does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misfit {
    /// Bytes are missing before it, or have come already.
    #[error("got a chunk at {got}, wanted it at {expected}")]
    Offset {
        /// Where it was said to be.
        got: u64,
        /// Up to where everything has come.
        expected: u64,
    },
    /// It goes beyond the size.
    #[error("got bytes up to {end}, wanted at most {size}")]
    Beyond {
        /// Where it would end.
        end: u64,
        /// Where the file ends.
        size: u64,
    },
    /// Bytes are missing at the end.
    #[error("{held} of {size} bytes have come")]
    Short {
        /// So many have.
        held: u64,
        /// So many were declared.
        size: u64,
    },
    /// It is over.
    #[error("this upload is over: {0}")]
    Over(&'static str),
}

impl Course {
    /// One of which so many bytes have come.
    pub(crate) fn new(size: u64, is_declared: bool, held: u64, expires_at: Timestamp) -> Self {
        Self {
            size,
            is_declared,
            held: held.min(size),
            expires_at,
            phase: Phase::Open,
        }
    }

    /// Up to where everything has come.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    /// Whether nothing more can come.
    pub(crate) fn is_full(&self) -> bool {
        self.held == self.size
    }

    /// How far it is.
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether so many bytes fit there at that time. Nothing changes by asking.
    ///
    /// # Errors
    /// Why they do not.
    pub(crate) fn fits(&self, offset: u64, bytes: u64, now: Timestamp) -> Result<(), Misfit> {
        self.is_open(now)?;
        if offset != self.held {
            return Err(Misfit::Offset {
                got: offset,
                expected: self.held,
            });
        }
        let end = offset.saturating_add(bytes);
        if end > self.size {
            return Err(Misfit::Beyond { end, size: self.size });
        }
        Ok(())
    }

    /// So many bytes came where they were wanted, and it may be gone on with until then.
    pub(crate) fn took(&mut self, bytes: u64, expires_at: Timestamp) {
        self.held = self.held.saturating_add(bytes).min(self.size);
        self.expires_at = self.expires_at.max(expires_at);
    }

    /// What came last is not to count: everything up to there stays.
    pub(crate) fn back_to(&mut self, held: u64) {
        self.held = self.held.min(held);
    }

    /// Whether it may become a file.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn may_finish(&self, now: Timestamp) -> Result<(), Misfit> {
        self.is_open(now)?;
        if self.is_declared && self.held < self.size {
            return Err(Misfit::Short {
                held: self.held,
                size: self.size,
            });
        }
        Ok(())
    }

    /// It is a file.
    pub(crate) fn finish(&mut self) {
        self.end(Phase::Finished);
    }

    /// It is let go.
    pub(crate) fn abort(&mut self) {
        self.end(Phase::Aborted);
    }

    /// Lets it go if its time is over; says whether it is.
    pub(crate) fn expire(&mut self, now: Timestamp) -> bool {
        if now >= self.expires_at {
            self.end(Phase::Expired);
        }
        self.phase == Phase::Expired
    }

    /// The first end stays.
    fn end(&mut self, phase: Phase) {
        if self.phase == Phase::Open {
            self.phase = phase;
        }
    }

    fn is_open(&self, now: Timestamp) -> Result<(), Misfit> {
        match self.phase {
            Phase::Open if now >= self.expires_at => Err(Misfit::Over("its time has passed")),
            Phase::Open => Ok(()),
            Phase::Finished => Err(Misfit::Over("it is a file")),
            Phase::Aborted => Err(Misfit::Over("it was let go")),
            Phase::Expired => Err(Misfit::Over("its time has passed")),
        }
    }
}
