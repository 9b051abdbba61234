//! Makes a certificate of our own at the first run: one file with certificate and key, whole or not at all.
//!
//! Nobody vouches for it: clients pin its fingerprint. It does not end by itself, since every pin would end with it.

use std::io::Write as _;
use std::path::Path;

use rcgen::{CertificateParams, DnType, KeyPair};

use super::identity::TlsError;

/// Begins before every clock that runs right, and ends when nobody remembers it.
const FIRST_YEAR: i32 = 2020;
const LAST_YEAR: i32 = 2120;

/// Writes a new certificate and its key, for nobody but this user to read.
pub(super) fn make(file: &Path) -> Result<(), TlsError> {
    let not_made = |reason: String| TlsError::NotMade {
        path: file.to_owned(),
        reason,
    };
    let pem = pem().map_err(|err| not_made(err.to_string()))?;
    write(file, &pem).map_err(|err| not_made(err.to_string()))
}

fn pem() -> Result<String, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let system = rustix::system::uname();
    if let Ok(host) = system.nodename().to_str() {
        names.push(host.to_owned());
    }
    // The name of a machine may be none that a certificate can hold.
    let mut params = CertificateParams::new(names)
        .or_else(|_| CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]))?;
    params.distinguished_name.push(DnType::CommonName, "motorpool");
    params.not_before = rcgen::date_time_ymd(FIRST_YEAR, 1, 1);
    params.not_after = rcgen::date_time_ymd(LAST_YEAR, 1, 1);
    let certificate = params.self_signed(&key)?;
    Ok([certificate.pem(), key.serialize_pem()].concat())
}

/// On the disk before it has its name; one that came meanwhile stays.
fn write(file: &Path, pem: &str) -> std::io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // A temporary file is readable by its owner only, and keeps that.
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    draft.write_all(pem.as_bytes())?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(file) {
        Err(err) if err.error.kind() != std::io::ErrorKind::AlreadyExists => Err(err.error),
        _ => std::fs::File::open(folder)?.sync_all(),
    }
}
