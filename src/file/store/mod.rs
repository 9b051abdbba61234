//! Rows of files, of uploads and of offers, and the queries that read and write them.

mod erase;
mod files;
mod offers;
mod uploads;

pub(crate) use erase::{Erased, files_erase};
pub(crate) use files::{
    Listing, NewFile, Stored, content_list, file_by_content, file_by_id, file_delete, file_insert, file_list,
    file_rename, room_files_delete, usage,
};
pub(crate) use offers::{NewOffer, Offer, offer_by_id, offer_delete_expired, offer_insert, offer_list, offer_set};
pub(crate) use uploads::{
    UploadRow, upload_by_id, upload_delete, upload_ids, upload_insert, upload_list, upload_list_expired, upload_synced,
};

use crate::store::StoreError;

/// A number of bytes as a column has it.
fn column(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// A number of bytes out of a column.
fn bytes(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// A word of a row that means nothing to this program.
fn unreadable(what: &str) -> StoreError {
    StoreError::refused(format!("a row of files has a {what} that means nothing"))
}
