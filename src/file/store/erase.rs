//! What becomes of files when a person is erased.
//!
//! Theirs go, and what they sent into rooms. What they sent to cars and bookings stays, as proof, under a number that leads to nobody.

use diesel::prelude::*;

use crate::account::UserId;
use crate::file::rules::ids::UploadId;
use crate::store::schema::{file, file_offer, upload};
use crate::store::{AnyConn, StoreError};

/// Contents that nobody has any more: to be removed from the disk after the commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Erased(pub(crate) Vec<UploadId>);

/// Takes a person's files out of the store.
pub(crate) fn files_erase(conn: &mut AnyConn, user: UserId) -> Result<Erased, StoreError> {
    let who = format!("user:{user}");
    let is_theirs = || {
        file::owner
            .eq(who.clone())
            .or(file::sender.eq(who.clone()).and(file::owner.like("room:%")))
    };
    let mut contents: Vec<String> = file::table.filter(is_theirs()).select(file::content).load(conn)?;
    diesel::delete(file::table.filter(is_theirs())).execute(conn)?;
    let comes = || upload::sender.eq(who.clone()).or(upload::owner.eq(who.clone()));
    contents.extend(upload::table.filter(comes()).select(upload::id).load::<String>(conn)?);
    diesel::delete(upload::table.filter(comes())).execute(conn)?;
    diesel::delete(file_offer::table.filter(file_offer::whom.eq(&who))).execute(conn)?;
    Ok(Erased(contents.iter().filter_map(|id| UploadId::read(id)).collect()))
}
