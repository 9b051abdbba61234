//! The tables as diesel sees them, after `migrations/sqlite`; portable column types only.
//!
//! Ids and instants are `BigInt` (instants in microseconds since 1970 UTC), money is minor units.
//! A test reads every column here from a migrated database, so the two cannot drift apart.

#![allow(missing_docs, unreachable_pub, reason = "diesel derives these types without docs")]

mod bots;
mod files;
mod messages;
mod signin;

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

pub use self::bots::*;
pub use self::files::*;
pub use self::messages::*;
pub use self::signin::*;

table! {
    role (name) {
        name -> Text,
        inherits -> Nullable<Text>,
    }
}

table! {
    #[sql_name = "user"]
    users (id) {
        id -> BigInt,
        username -> Text,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        role -> Text,
        password_hash -> Nullable<Text>,
        pin_hash -> Nullable<Text>,
        disabled -> Bool,
        created_at -> BigInt,
        erased_at -> Nullable<BigInt>,
    }
}

table! {
    car (id) {
        id -> BigInt,
        name -> Text,
        plate -> Text,
        make -> Text,
        model -> Text,
        body_type -> Text,
        colour -> Text,
        seats -> SmallInt,
        latitude -> Double,
        longitude -> Double,
        place -> Text,
        rate_per_hour -> BigInt,
        currency -> Text,
        odometer_km -> Nullable<Double>,
        fuel_percent -> Nullable<Double>,
        condition -> Text,
        created_at -> BigInt,
    }
}

table! {
    booking (id) {
        id -> BigInt,
        car_id -> BigInt,
        user_id -> BigInt,
        start_at -> BigInt,
        end_at -> BigInt,
        state -> Text,
        rate_per_hour -> BigInt,
        price -> BigInt,
        currency -> Text,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        return_latitude -> Nullable<Double>,
        return_longitude -> Nullable<Double>,
        return_odometer_km -> Nullable<Double>,
        return_fuel_percent -> Nullable<Double>,
        return_place -> Nullable<Text>,
        return_note -> Nullable<Text>,
        return_verified -> Nullable<Bool>,
    }
}

table! {
    car_command (id) {
        id -> BigInt,
        car_id -> BigInt,
        booking_id -> Nullable<BigInt>,
        repair_id -> Nullable<BigInt>,
        name -> Text,
        state -> Text,
        nonce -> Text,
        who -> Text,
        accepted_at -> BigInt,
        expires_at -> BigInt,
        settled_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}

table! {
    repair (id) {
        id -> BigInt,
        car_id -> BigInt,
        state -> Text,
        fault -> Text,
        priority -> SmallInt,
        reported_by -> Text,
        engineer_id -> Nullable<BigInt>,
        note -> Nullable<Text>,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

table! {
    engineer_sign (id) {
        id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        value -> Text,
        created_at -> BigInt,
    }
}

table! {
    request (who, request_id) {
        who -> Text,
        request_id -> Text,
        call_hash -> Binary,
        answer -> Binary,
        at -> BigInt,
    }
}

table! {
    audit_event (id) {
        id -> BigInt,
        at -> BigInt,
        who -> Text,
        what -> Text,
        on_what -> Text,
        result -> Text,
        detail -> Nullable<Text>,
    }
}

table! {
    device_key (id) {
        id -> BigInt,
        key_hash -> Binary,
        kind -> Text,
        name -> Text,
        car_id -> Nullable<BigInt>,
        made_by -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    session_token (id) {
        id -> BigInt,
        token_hash -> Binary,
        client_id -> Text,
        name -> Text,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        key_id -> Nullable<BigInt>,
        expires_at -> BigInt,
        parent -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        created_at -> BigInt,
        used_at -> BigInt,
        how -> Text,
        software -> Text,
        address -> Text,
    }
}

table! {
    known_source (user_id, source) {
        user_id -> BigInt,
        source -> Text,
        seen_at -> BigInt,
    }
}

table! {
    outside_change (id) {
        id -> BigInt,
        subject -> Text,
        subject_id -> BigInt,
        at -> BigInt,
    }
}

table! {
    user_group (user_id, group_name) {
        user_id -> BigInt,
        group_name -> Text,
        given_by -> Text,
        given_at -> BigInt,
    }
}

table! {
    sanction (id) {
        id -> BigInt,
        kind -> Text,
        subject -> Text,
        name -> Text,
        by_name -> Text,
        reason -> Nullable<Text>,
        until_at -> BigInt,
        made_at -> BigInt,
    }
}

table! {
    setting (name) {
        name -> Text,
        text -> Text,
        at -> BigInt,
    }
}

table! {
    face_consent_text (version) {
        version -> Text,
        text -> Text,
        first_at -> BigInt,
    }
}

table! {
    face_consent (id) {
        id -> BigInt,
        user_id -> BigInt,
        text_version -> Text,
        given_at -> BigInt,
        given_by -> Text,
        proof -> Text,
        withdrawn_at -> Nullable<BigInt>,
        withdrawn_by -> Nullable<Text>,
    }
}

table! {
    face_template (id) {
        id -> BigInt,
        user_id -> BigInt,
        key_id -> BigInt,
        nonce -> Binary,
        sealed -> Binary,
        model -> Text,
        made_at -> BigInt,
        made_by -> Text,
        matched_at -> Nullable<BigInt>,
        sharpness -> Float,
        brightness -> Float,
        face_pixels -> Integer,
    }
}

table! {
    face_erasure (id) {
        id -> BigInt,
        receipt -> Text,
        user_id -> BigInt,
        templates -> Integer,
        key_id -> Nullable<BigInt>,
        key_fingerprint -> Nullable<Text>,
        erased_at -> BigInt,
        erased_by -> Text,
        key_destroyed_at -> Nullable<BigInt>,
    }
}

table! {
    presence (user_id) {
        user_id -> BigInt,
        seen_at -> BigInt,
        is_online -> Bool,
    }
}

table! {
    building (id) {
        id -> Text,
        name -> Text,
        latitude -> Double,
        longitude -> Double,
        radius_m -> Nullable<Double>,
        rings -> Nullable<Text>,
        changed_at -> BigInt,
    }
}

table! {
    person_position (user_id) {
        user_id -> BigInt,
        latitude -> Double,
        longitude -> Double,
        accuracy_m -> Nullable<Double>,
        said_at -> BigInt,
        building_id -> Nullable<Text>,
    }
}

table! {
    person_visibility (user_id) {
        user_id -> BigInt,
        range_m -> Nullable<Double>,
        visibility -> Text,
        changed_at -> BigInt,
    }
}

table! {
    movement (id) {
        id -> BigInt,
        user_id -> BigInt,
        from_building -> Nullable<Text>,
        to_building -> Nullable<Text>,
        at -> BigInt,
    }
}

joinable!(users -> role (role));
joinable!(booking -> car (car_id));
joinable!(booking -> users (user_id));
joinable!(car_command -> car (car_id));
joinable!(car_command -> booking (booking_id));
joinable!(car_command -> repair (repair_id));
joinable!(repair -> car (car_id));
joinable!(repair -> users (engineer_id));
joinable!(engineer_sign -> users (user_id));
joinable!(device_key -> car (car_id));
joinable!(session_token -> users (user_id));
joinable!(session_token -> device_key (key_id));
joinable!(known_source -> users (user_id));
joinable!(user_group -> users (user_id));
joinable!(user_group -> role (group_name));
joinable!(face_consent -> users (user_id));
joinable!(face_consent -> face_consent_text (text_version));
joinable!(face_template -> users (user_id));
joinable!(face_erasure -> users (user_id));
joinable!(person_position -> users (user_id));
joinable!(person_visibility -> users (user_id));
joinable!(movement -> users (user_id));
joinable!(presence -> users (user_id));

allow_tables_to_appear_in_same_query!(
    role,
    users,
    car,
    booking,
    car_command,
    repair,
    engineer_sign,
    request,
    audit_event,
    device_key,
    session_token,
    known_source,
    outside_change,
    user_group,
    sanction,
    setting,
    face_consent_text,
    face_consent,
    face_template,
    face_erasure,
    presence,
    building,
    person_position,
    person_visibility,
    movement,
);
