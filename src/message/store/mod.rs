//! Rows of messages: one file an idea, queries named noun first; each runs inside the caller's transaction.
//!
//! What a row means and who may see it is for the rooms above. Bodies leave this folder to those they are for only.

mod blocks;
mod cursors;
mod inboxes;
mod letters;
mod purge;
mod receipts;

pub(crate) use self::blocks::{Blocked, block_delete, block_insert, block_list};
pub(crate) use self::cursors::{CursorRow, Place, cursor_find, cursor_save, epoch_ensure};
pub(crate) use self::inboxes::{
    Bounds, Head, Line, Lines, inbox_head, inbox_newest, inbox_read, inbox_set_receipts, inbox_since, inbox_unread,
};
pub(crate) use self::letters::{Draft, PostRefusal, Posted, SenderKind, To, letter_last_id, letter_post};
pub(crate) use self::purge::{cursor_delete_old, inbox_purge_over, message_purge};
pub(crate) use self::receipts::{Reader, ReceiptRow, receipt_list, receipt_senders};
