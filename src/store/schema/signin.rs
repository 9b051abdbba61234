//! The tables of signing in as diesel sees them: sign-ins, codes, people of providers and what these gave.
//!
//! As beside, portable column types only.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

use super::session_token;

table! {
    sign_in_event (id) {
        id -> BigInt,
        at -> BigInt,
        user_id -> BigInt,
        what -> Text,
        how -> Text,
        address -> Text,
        outcome -> Text,
    }
}

table! {
    one_time_code (id) {
        id -> BigInt,
        code_hash -> Binary,
        purpose -> Text,
        role -> Nullable<Text>,
        user_id -> Nullable<BigInt>,
        note -> Text,
        made_by -> Text,
        made_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    provider_identity (provider, subject) {
        provider -> Text,
        subject -> Text,
        issuer -> Text,
        user_id -> BigInt,
        linked_at -> BigInt,
        seen_at -> BigInt,
    }
}

table! {
    provider_grant (session_id) {
        session_id -> BigInt,
        provider -> Text,
        subject -> Text,
        sid -> Nullable<Text>,
        sealed -> Binary,
        refresh_at -> Nullable<BigInt>,
        failed_since -> Nullable<BigInt>,
    }
}

joinable!(provider_grant -> session_token (session_id));

allow_tables_to_appear_in_same_query!(provider_grant, session_token);
