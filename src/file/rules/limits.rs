//! How much room there is for a file, reserved before its first byte.

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Largest file.
    pub(crate) file_bytes: u64,
    /// Of one account, reserved and kept.
    pub(crate) account_bytes: u64,
    /// Of all, reserved and kept.
    pub(crate) total_bytes: u64,
    /// Reserved where no size was declared.
    pub(crate) undeclared_bytes: u64,
    /// On their way of one account.
    pub(crate) uploads_per_account: u64,
    /// On their way altogether.
    pub(crate) uploads_max: u64,
}

/// What is taken already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Bytes of the account, reserved and kept.
    pub(crate) account_bytes: u64,
    /// Bytes of all.
    pub(crate) total_bytes: u64,
    /// Uploads of the account.
    pub(crate) account_uploads: u64,
    /// Uploads of all.
    pub(crate) uploads: u64,
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRoom {
    /// One file is larger than any may be.
    #[error("the file has {got} bytes, wanted at most {max}")]
    File {
        /// What was declared.
        got: u64,
        /// The bound.
        max: u64,
    },
    /// The account has as much as it may.
    #[error("with {wanted} bytes more this account would have more than {max}; {used} are used or on their way")]
    Account {
        /// For this file.
        wanted: u64,
        /// By the account.
        used: u64,
        /// The bound.
        max: u64,
    },
    /// All together have as much as they may.
    #[error("with {wanted} bytes more there would be more than {max} bytes of files here")]
    Total {
        /// For this file.
        wanted: u64,
        /// The bound.
        max: u64,
    },
    /// The account has as many on their way as it may.
    #[error("this account has {max} uploads on their way, which is the most")]
    Uploads {
        /// The bound.
        max: u64,
    },
    /// All together have.
    #[error("as many uploads are on their way as may be")]
    Crowded,
}

impl Limits {
    /// Whether one file may be so large at all; gives what is to be reserved for it.
    ///
    /// # Errors
    /// It may not.
    pub(crate) fn fits(&self, declared: Option<u64>) -> Result<u64, NoRoom> {
        let wanted = declared.unwrap_or(self.undeclared_bytes.min(self.file_bytes));
        if wanted > self.file_bytes {
            return Err(NoRoom::File {
                got: wanted,
                max: self.file_bytes,
            });
        }
        Ok(wanted)
    }

    /// The bytes to reserve for a file of that size.
    ///
    /// # Errors
    /// See [`NoRoom`]; nothing is reserved then.
    pub(crate) fn reserve(&self, declared: Option<u64>, taken: &Usage) -> Result<u64, NoRoom> {
        let wanted = self.fits(declared)?;
        if taken.account_uploads >= self.uploads_per_account {
            return Err(NoRoom::Uploads {
                max: self.uploads_per_account,
            });
        }
        if taken.uploads >= self.uploads_max {
            return Err(NoRoom::Crowded);
        }
        if taken.account_bytes.saturating_add(wanted) > self.account_bytes {
            return Err(NoRoom::Account {
                wanted,
                used: taken.account_bytes,
                max: self.account_bytes,
            });
        }
        if taken.total_bytes.saturating_add(wanted) > self.total_bytes {
            return Err(NoRoom::Total {
                wanted,
                max: self.total_bytes,
            });
        }
        Ok(wanted)
    }
}
