//! The tables of files as diesel sees them: files, uploads, what operators send.
//!
//! As beside, portable column types only; the same test reads every column.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

use super::room;

table! {
    file (id) {
        id -> BigInt,
        owner -> Text,
        name -> Text,
        version -> BigInt,
        content -> Text,
        size -> BigInt,
        sha256 -> Text,
        kind -> Nullable<Text>,
        report -> Nullable<Text>,
        sender -> Text,
        made_at -> BigInt,
    }
}

table! {
    upload (id) {
        id -> Text,
        owner -> Text,
        name -> Text,
        size -> BigInt,
        is_declared -> Bool,
        sha256 -> Nullable<Text>,
        kind -> Nullable<Text>,
        wanted -> Nullable<Text>,
        sender -> Text,
        synced -> BigInt,
        boot -> Text,
        made_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    file_offer (id) {
        id -> BigInt,
        file_id -> BigInt,
        whom -> Text,
        made_by -> Text,
        note -> Nullable<Text>,
        state -> Text,
        taken -> BigInt,
        made_at -> BigInt,
        changed_at -> BigInt,
        expires_at -> BigInt,
    }
}

joinable!(file_offer -> file (file_id));

allow_tables_to_appear_in_same_query!(file, upload, file_offer, room);
