//! The tables of messages as diesel sees them: messages, inboxes, rooms, emergency notices.
//!
//! As beside, portable column types only; the same test reads every column.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

use super::users;

table! {
    message (id) {
        id -> BigInt,
        sender_kind -> Text,
        sender_id -> Nullable<BigInt>,
        sender_name -> Text,
        target -> Text,
        target_name -> Nullable<Text>,
        room_id -> Nullable<BigInt>,
        body -> Text,
        sent_at -> BigInt,
        expires_at -> BigInt,
        recipients -> BigInt,
        origin -> Nullable<Text>,
    }
}

table! {
    message_waiting (message_id, user_id) {
        message_id -> BigInt,
        user_id -> BigInt,
    }
}

table! {
    inbox (user_id) {
        user_id -> BigInt,
        last_seq -> BigInt,
        delivered_seq -> BigInt,
        read_seq -> BigInt,
        purged_seq -> BigInt,
        receipts -> Bool,
    }
}

table! {
    inbox_line (user_id, seq) {
        user_id -> BigInt,
        seq -> BigInt,
        message_id -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    inbox_cursor (client_id) {
        client_id -> Text,
        user_id -> BigInt,
        epoch -> Text,
        seq -> BigInt,
        at -> BigInt,
    }
}

table! {
    block (user_id, blocked_id) {
        user_id -> BigInt,
        blocked_id -> BigInt,
        at -> BigInt,
    }
}

table! {
    room (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        owner_id -> BigInt,
        entry -> Text,
        history -> Text,
        created_at -> BigInt,
    }
}

table! {
    room_member (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        joined_at -> BigInt,
        after_id -> BigInt,
    }
}

table! {
    room_door (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        state -> Text,
        by_name -> Text,
        at -> BigInt,
    }
}

table! {
    notice (id) {
        id -> BigInt,
        body -> Text,
        by_name -> Text,
        building -> Nullable<Text>,
        created_at -> BigInt,
        until_at -> BigInt,
    }
}

table! {
    notice_receipt (notice_id, who) {
        notice_id -> BigInt,
        who -> Text,
        at -> BigInt,
    }
}

joinable!(inbox -> users (user_id));
joinable!(inbox_line -> message (message_id));
joinable!(message_waiting -> message (message_id));
joinable!(inbox_line -> users (user_id));
joinable!(inbox_cursor -> users (user_id));
joinable!(block -> users (blocked_id));
joinable!(room -> users (owner_id));
joinable!(room_member -> room (room_id));
joinable!(room_member -> users (user_id));
joinable!(room_door -> room (room_id));
joinable!(room_door -> users (user_id));
joinable!(notice_receipt -> notice (notice_id));

allow_tables_to_appear_in_same_query!(
    users,
    message,
    message_waiting,
    inbox,
    inbox_line,
    inbox_cursor,
    block,
    room,
    room_member,
    room_door,
    notice,
    notice_receipt,
);
