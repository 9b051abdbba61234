//! Figures of files: what comes, what is given, what was refused, how it stands with the disk. Never which file.

use ::metrics::{counter, gauge};

use super::{install, names};

/// So many bytes of files came to the disk.
pub fn files_received(bytes: u64) {
    drop(install());
    counter!(names::FILES_RECEIVED).increment(bytes);
}

/// So many bytes of files were given.
pub fn files_given(bytes: u64) {
    drop(install());
    counter!(names::FILES_GIVEN).increment(bytes);
}

/// An upload ended: finished, aborted, expired or unfit.
pub fn upload_ended(outcome: &'static str) {
    drop(install());
    counter!(names::UPLOADS_ENDED, "outcome" => outcome).increment(1);
}

/// Something was refused by this code.
pub fn files_refused(code: &'static str) {
    drop(install());
    counter!(names::FILES_REFUSED, "code" => code).increment(1);
}

/// So many pieces of work wait for the threads of files.
pub fn files_waiting(waiting: usize) {
    drop(install());
    gauge!(names::FILES_WAITING).set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
}

/// So many contents without a row were removed at the start.
pub fn files_swept(contents: u64) {
    drop(install());
    counter!(names::FILES_SWEPT).increment(contents);
}

/// Whether what is put by was given up, because the disk is nearly full.
pub fn disk_tight(is_tight: bool) {
    drop(install());
    gauge!(names::DISK_TIGHT).set(f64::from(u8::from(is_tight)));
}
