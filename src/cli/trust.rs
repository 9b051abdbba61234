//! The flags about encryption that every client shares, and what they mean: TLS off loopback, fingerprints kept.
//!
//! Flags only; who is believed is decided in `crate::tls`.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::remote::state_folder;
use super::tool::note;
use crate::client::ConnectOptions;
use crate::tls::{Authority, Fingerprint, Pins, TlsMode, Trust};

/// Folder of kept fingerprints in the user's state folder.
const PINS_FOLDER: &str = "servers";

/// How a connection is secured.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TrustFlags {
    /// Talk unencrypted to a server that is not on this machine.
    #[arg(long, conflicts_with_all = ["tls", "fingerprint", "ca"])]
    plain: bool,
    /// Talk TLS to a server on this machine too; --fingerprint and --ca say so as well.
    #[arg(long)]
    tls: bool,
    /// SHA-256 of the server's certificate; believed and kept for the next time.
    #[arg(long, value_name = "HEX", conflicts_with = "ca")]
    fingerprint: Option<Fingerprint>,
    /// Certificates (PEM) of authorities that vouch for the server's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl TrustFlags {
    /// Of somebody at a terminal: the first certificate of a server is believed, kept and told.
    pub(crate) fn apply(&self, options: &mut ConnectOptions) -> Result<(), Failure> {
        let folder = state_folder().map(|folder| folder.join(PINS_FOLDER));
        let pins = folder.map(|folder| Pins::believing_first(folder, |line| note(format!("motorpool: {line}"))));
        self.apply_with(options, pins)
    }

    /// Of a program that runs by itself: only what was given, now or before.
    pub(crate) fn apply_strict(&self, options: &mut ConnectOptions, folder: PathBuf) -> Result<(), Failure> {
        self.apply_with(options, Some(Pins::strict(folder.join(PINS_FOLDER))))
    }

    fn apply_with(&self, options: &mut ConnectOptions, pins: Option<Pins>) -> Result<(), Failure> {
        // Who says which certificate must be there never means to do without one.
        let is_wanted = self.tls || self.fingerprint.is_some() || self.ca.is_some();
        options.tls = match (self.plain, is_wanted) {
            (true, _) => TlsMode::InsecureNowhere,
            (false, true) => TlsMode::Everywhere,
            (false, false) => TlsMode::OffLoopback,
        };
        let authority = self.ca.as_deref().map(Authority::read).transpose();
        options.trust = Trust {
            fingerprint: self.fingerprint,
            authority: authority.map_err(Failure::failed)?,
            pins,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(flags: TrustFlags) -> TlsMode {
        let mut options = ConnectOptions::default();
        flags.apply_with(&mut options, None).unwrap();
        options.tls
    }

    #[test]
    fn a_fingerprint_that_is_given_is_never_left_unlooked_at() {
        let fingerprint = "ab".repeat(32).parse().unwrap();
        let given = TrustFlags {
            fingerprint: Some(fingerprint),
            ..TrustFlags::default()
        };
        assert_eq!(mode(given), TlsMode::Everywhere);
        assert_eq!(mode(TrustFlags::default()), TlsMode::OffLoopback);
        let plain = TrustFlags {
            plain: true,
            ..TrustFlags::default()
        };
        assert_eq!(mode(plain), TlsMode::InsecureNowhere);
    }
}
