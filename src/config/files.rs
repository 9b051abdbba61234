//! Files that are sent here: how large, how many, how long they may be on their way, what of the disk stays free.
//!
//! Figures only; `crate::file` uses them. Environment: `MOTORPOOL_FILES__` and the key in upper case.

use super::bound::bounded;

/// The most that any figure of bytes may say: 1 TiB times 1,024.
const BYTES_MAX: u64 = 1 << 50;

bounded! {
    /// The section `files`.
    FilesConfig {
        /// Whether files are taken and given here at all.
        enabled: bool = true, false, true;
        /// Largest file in bytes; a larger one is refused with `too_large` before its first byte.
        file_bytes: u64 = 4_294_967_296, 1, BYTES_MAX;
        /// Bytes that one account may have here, what is on its way included; beyond it `not_now`.
        account_bytes: u64 = 21_474_836_480, 1, BYTES_MAX;
        /// Bytes of all files together, what is on its way included; beyond it `storage_full`.
        total_bytes: u64 = 214_748_364_800, 1, BYTES_MAX;
        /// Bytes that are reserved for a file whose size nobody declared, and the most it may have.
        undeclared_bytes: u64 = 67_108_864, 1, BYTES_MAX;
        /// Uploads one account may have on their way; one more is refused with `not_now`.
        uploads_per_account: u64 = 128, 1, 10_000;
        /// Uploads altogether; one more hears `busy`.
        uploads_max: u64 = 1_024, 1, 10_000;
        /// Hours after which an upload is let go that nothing was added to.
        upload_hours: u64 = 24, 1, 8_760;
        /// Largest chunk of a file on a datasock, in bytes; two of each upload are in memory at most.
        chunk_bytes: usize = 262_144, 1_024, 262_144;
        /// Bytes after which what came of an upload is flushed to the disk: so much is lost at most when the machine loses power.
        sync_bytes: u64 = 67_108_864, 65_536, BYTES_MAX;
        /// Free bytes of the disk that files never take; half of them are put by beforehand and given up when something else fills it.
        reserve_bytes: u64 = 67_108_864, 65_536, BYTES_MAX;
        /// Threads that write and read files; 0 is one for two cores.
        threads: usize = 0, 0, 64;
        /// Files that one connection may be given at the same time; one more is refused with `not_now`.
        gets_per_connection: usize = 16, 1, 256;
        /// Largest file whose content is checked, where its sender wants that.
        check_bytes: u64 = 268_435_456, 1, BYTES_MAX;
        /// Days for which a file that was sent to somebody may be taken.
        offer_days: u64 = 14, 1, 3_650;
    }
}
