//! Rows of messages: one file an idea, queries named noun first; each runs inside the caller's transaction.
//!
//! What a row means and who may see it is for the rooms above. Bodies leave this folder to those they are for only.

mod blocks;
mod cursors;
mod draft;
mod erase;
mod history;
mod inboxes;
mod letters;
mod notices;
mod purge;
mod receipts;
mod rooms;
mod waiting;
mod written;

pub(crate) use self::blocks::{Blocked, block_delete, block_insert, block_list, block_list_all};
pub(crate) use self::cursors::{CursorRow, Place, cursor_find, cursor_save, epoch_ensure};
pub(crate) use self::draft::{BUILDING, Draft, Found, PostRefusal, Posted, RANGE_M, SenderKind, To};
pub(crate) use self::erase::{Written, letter_written, mail_erase};
pub(crate) use self::history::{Saying, room_history};
pub(crate) use self::inboxes::{
    Bounds, Head, Line, Lines, inbox_head, inbox_newest, inbox_read, inbox_set_receipts, inbox_since, inbox_unread,
};
pub(crate) use self::letters::{letter_last_id, letter_post};
pub(crate) use self::notices::{
    NoticeRow, notice_end, notice_had, notice_insert, notice_list, notice_purge, notice_receive,
};
pub(crate) use self::purge::{cursor_delete_old, inbox_purge_over, message_purge};
pub(crate) use self::receipts::{Reader, ReceiptRow, receipt_list, receipt_senders};
pub(crate) use self::rooms::{
    Room, RoomListed, door_delete, door_find, door_list, door_put, member_delete, member_find, member_ids,
    member_insert, member_list, room_by_id, room_by_name, room_count, room_delete, room_insert, room_list,
    room_set_owner,
};
pub(crate) use self::waiting::{waiting_count, waiting_next};
pub(crate) use self::written::{SentLetter, letter_list_sent};

#[cfg(test)]
mod tests;
