//! The tables of bots and webhooks as diesel sees them.
//!
//! As beside, portable column types only; the same test reads every column.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    bot (id) {
        id -> BigInt,
        name -> Text,
        building -> Text,
        key_id -> BigInt,
        clearance -> Text,
        registered_by -> Text,
        registered_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
    }
}

table! {
    bot_schedule (id) {
        id -> BigInt,
        bot_id -> BigInt,
        body -> Text,
        every_s -> Nullable<BigInt>,
        cron -> Nullable<Text>,
        zone -> Nullable<Text>,
        until_at -> Nullable<BigInt>,
        paused -> Bool,
        next_at -> BigInt,
        last_at -> Nullable<BigInt>,
        runs -> BigInt,
        missed -> BigInt,
        made_by -> Text,
        made_at -> BigInt,
    }
}

table! {
    bot_message (id) {
        id -> BigInt,
        bot -> Text,
        building -> Text,
        schedule_id -> Nullable<BigInt>,
        body -> Text,
        at -> BigInt,
        told -> Nullable<BigInt>,
    }
}

table! {
    webhook (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        bot_id -> Nullable<BigInt>,
        url -> Text,
        events -> Text,
        salt -> Binary,
        enabled -> Bool,
        reason -> Nullable<Text>,
        failures -> Integer,
        next_at -> BigInt,
        audit_after -> BigInt,
        lost -> BigInt,
        made_at -> BigInt,
    }
}

table! {
    webhook_delivery (id) {
        id -> BigInt,
        webhook_id -> BigInt,
        delivery -> Text,
        event -> Text,
        body -> Text,
        made_at -> BigInt,
    }
}

joinable!(bot_schedule -> bot (bot_id));
joinable!(webhook -> bot (bot_id));
joinable!(webhook_delivery -> webhook (webhook_id));

allow_tables_to_appear_in_same_query!(bot, bot_schedule, webhook, webhook_delivery);
