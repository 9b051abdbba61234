//! Read receipts: who sent what somebody has just read hears of it, unless the reader does not want that.
//!
//! An event while the sender is there; the store answers [`Mail::readers`] at any time.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::store::{Head, Reader, ReceiptRow, receipt_list, receipt_senders};
use super::Mail;
use crate::account::UserId;
use crate::error::Error;
use crate::runtime::clock::from_micros;

/// The event that tells it.
const RECEIPT: &str = "receipt";
/// Lines looked at for one reading; the newest are.
const LINES_MAX: i64 = 1_000;
/// Senders who hear of one reading.
const SENDERS_MAX: usize = 100;

/// What a sender hears.
#[derive(Debug, Serialize)]
struct Receipt<'a> {
    /// Who has read.
    user: &'a str,
    user_id: UserId,
    /// The number of the last message of yours that was read.
    message: i64,
    /// How many of yours were read just now.
    count: i64,
    at: String,
}

/// Who has read a message.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReaderView {
    user: String,
    user_id: i64,
}

impl Mail {
    /// Tells senders what of theirs was read by this.
    pub(crate) async fn tell_read(
        &self,
        (user, name): (UserId, &str),
        (before, after): (Head, Head),
    ) -> Result<(), Error> {
        if !after.receipts || before.read_seq >= after.read_seq {
            return Ok(());
        }
        let span = (before.read_seq, after.read_seq);
        let senders = self
            .0
            .store
            .read(move |conn| receipt_senders(conn, user, span, LINES_MAX));
        let at = from_micros(self.0.clock.now().as_microsecond()).to_string();
        for ReceiptRow { sender, message, count } in senders.await?.into_iter().take(SENDERS_MAX) {
            if sender == user.0 {
                continue;
            }
            let receipt = Receipt {
                user: name,
                user_id: user,
                message,
                count,
                at: at.clone(),
            };
            self.mention(&[UserId(sender)], RECEIPT, &receipt);
        }
        Ok(())
    }

    /// Who has read a message of this sender and lets senders know, by number of account behind `after`; `None` when
    /// there is no such message of theirs. Who blocks the sender is not told from who has not read.
    pub(crate) async fn readers(
        &self,
        sender: UserId,
        message: i64,
        after: i64,
        limit: i64,
    ) -> Result<Option<Vec<ReaderView>>, Error> {
        let listed = self
            .0
            .store
            .read(move |conn| receipt_list(conn, sender, message, after, limit))
            .await?;
        Ok(listed.map(|readers| readers.into_iter().map(ReaderView::from).collect()))
    }
}

impl From<Reader> for ReaderView {
    fn from(reader: Reader) -> Self {
        Self {
            user: reader.username,
            user_id: reader.id,
        }
    }
}
