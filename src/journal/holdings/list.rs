//! The list itself: every place where something is held of a person.
//!
//! Pure. What was done stays, under a number that leads to nobody; what somebody has goes.

use super::{By, Fate, Holding};

const fn held(table: &'static str, by: By, shown: &'static [&'static str], fate: Fate) -> Holding {
    Holding { table, by, shown, fate }
}

/// What is done stays done, under a number that leads to nobody.
const ACCOUNTABLE: Fate = Fate::Kept("who did what stays, under a number that leads to nobody");

/// Every place, in the order in which they are emptied.
pub(crate) const HOLDINGS: &[Holding] = &[
    held(
        "user",
        By::Id("id"),
        &[
            "id",
            "username",
            "first_name",
            "last_name",
            "email",
            "role",
            "disabled",
            "created_at",
        ],
        Fate::Elsewhere("the account stays as a number without a name, a password or a way in"),
    ),
    held(
        "user_group",
        By::Id("user_id"),
        &["group_name", "given_by", "given_at"],
        Fate::Deleted,
    ),
    held(
        "user_group",
        By::Who("given_by"),
        &["group_name", "given_at"],
        ACCOUNTABLE,
    ),
    held(
        "session_token",
        By::Id("user_id"),
        &[
            "client_id",
            "name",
            "kind",
            "how",
            "software",
            "address",
            "created_at",
            "used_at",
            "expires_at",
        ],
        Fate::Deleted,
    ),
    held(
        "sign_in_event",
        By::Id("user_id"),
        &["at", "what", "how", "address", "outcome"],
        Fate::Deleted,
    ),
    held(
        "provider_identity",
        By::Id("user_id"),
        &["provider", "subject", "linked_at", "seen_at"],
        Fate::Deleted,
    ),
    held(
        "one_time_code",
        By::Id("user_id"),
        &["purpose", "made_at", "expires_at"],
        Fate::Deleted,
    ),
    held(
        "one_time_code",
        By::Who("made_by"),
        &["id", "purpose", "role", "note", "made_at", "expires_at"],
        ACCOUNTABLE,
    ),
    held("presence", By::Id("user_id"), &["seen_at", "is_online"], Fate::Deleted),
    held(
        "person_position",
        By::Id("user_id"),
        &["latitude", "longitude", "accuracy_m", "said_at", "building_id"],
        Fate::Deleted,
    ),
    held(
        "person_visibility",
        By::Id("user_id"),
        &["range_m", "visibility", "changed_at"],
        Fate::Deleted,
    ),
    held(
        "movement",
        By::Id("user_id"),
        &["from_building", "to_building", "at"],
        Fate::Deleted,
    ),
    held("known_source", By::Id("user_id"), &["source", "seen_at"], Fate::Deleted),
    held(
        "engineer_sign",
        By::Id("user_id"),
        &["kind", "created_at"],
        Fate::Deleted,
    ),
    held("request", By::Who("who"), &["request_id", "at"], Fate::Deleted),
    held(
        "sanction",
        By::Who("subject"),
        &["kind", "name", "reason", "until_at", "made_at"],
        Fate::Deleted,
    ),
    held(
        "sanction",
        By::Name("by_name"),
        &["kind", "until_at", "made_at"],
        Fate::Renamed("by_name"),
    ),
    held(
        "booking",
        By::Id("user_id"),
        &[
            "id",
            "car_id",
            "start_at",
            "end_at",
            "state",
            "price",
            "currency",
            "created_at",
            "started_at",
            "ended_at",
            "return_latitude",
            "return_longitude",
            "return_odometer_km",
            "return_place",
            "return_note",
        ],
        Fate::Emptied(&["return_latitude", "return_longitude", "return_note"]),
    ),
    held(
        "car_command",
        By::Who("who"),
        &["id", "car_id", "booking_id", "name", "state", "accepted_at"],
        ACCOUNTABLE,
    ),
    held(
        "repair",
        By::Who("reported_by"),
        &["id", "car_id", "state", "fault", "priority", "created_at"],
        ACCOUNTABLE,
    ),
    held(
        "repair",
        By::Id("engineer_id"),
        &["id", "car_id", "state", "fault", "note", "created_at", "ended_at"],
        ACCOUNTABLE,
    ),
    held(
        "audit_event",
        By::Who("who"),
        &["at", "what", "on_what", "result", "detail"],
        ACCOUNTABLE,
    ),
    held(
        "audit_event",
        By::Who("on_what"),
        &["at", "who", "what", "result", "detail"],
        ACCOUNTABLE,
    ),
    held(
        "device_key",
        By::Who("made_by"),
        &["id", "kind", "name", "created_at", "revoked_at"],
        ACCOUNTABLE,
    ),
    held(
        "face_template",
        By::Id("user_id"),
        &["id", "model", "made_at", "made_by", "matched_at"],
        Fate::Elsewhere("the vault destroys the key and gives a receipt"),
    ),
    held(
        "face_consent",
        By::Id("user_id"),
        &["text_version", "given_at", "given_by", "proof", "withdrawn_at"],
        Fate::Kept("that somebody had agreed, and withdrew it, under a number that leads to nobody"),
    ),
    held(
        "face_erasure",
        By::Id("user_id"),
        &["receipt", "templates", "erased_at", "erased_by", "key_destroyed_at"],
        Fate::Kept("the receipt proves the erasure, under a number that leads to nobody"),
    ),
    held(
        "bot",
        By::Who("registered_by"),
        &["name", "building", "clearance", "registered_at"],
        ACCOUNTABLE,
    ),
    held(
        "bot",
        By::Who("decided_by"),
        &["name", "building", "clearance", "decided_at"],
        ACCOUNTABLE,
    ),
    held(
        "bot_schedule",
        By::Who("made_by"),
        &["id", "body", "next_at", "made_at"],
        ACCOUNTABLE,
    ),
    held(
        "webhook",
        By::Id("user_id"),
        &["id", "url", "events", "enabled", "reason", "made_at"],
        Fate::Elsewhere("webhooks go with what waits for them"),
    ),
    held(
        "message",
        By::Id("sender_id"),
        &["id", "target", "target_name", "body", "sent_at", "recipients"],
        Fate::Elsewhere("what they wrote is emptied, and has ended for everybody it was for"),
    ),
    held(
        "inbox",
        By::Id("user_id"),
        &["last_seq", "read_seq", "receipts"],
        Fate::Deleted,
    ),
    held(
        "inbox_line",
        By::Id("user_id"),
        &["seq", "message_id", "expires_at"],
        Fate::Deleted,
    ),
    held("message_waiting", By::Id("user_id"), &["message_id"], Fate::Deleted),
    held(
        "inbox_cursor",
        By::Id("user_id"),
        &["client_id", "seq", "at"],
        Fate::Deleted,
    ),
    held("block", By::Id("user_id"), &["blocked_id", "at"], Fate::Deleted),
    held(
        "room",
        By::Id("owner_id"),
        &["name", "entry", "history", "created_at"],
        Fate::Elsewhere("a room passes to who has been in it the longest, or ends"),
    ),
    held(
        "room_member",
        By::Id("user_id"),
        &["room_id", "joined_at"],
        Fate::Deleted,
    ),
    held(
        "room_door",
        By::Id("user_id"),
        &["room_id", "state", "at"],
        Fate::Deleted,
    ),
    held(
        "room_door",
        By::Name("by_name"),
        &["room_id", "state", "at"],
        Fate::Renamed("by_name"),
    ),
    held(
        "notice",
        By::Name("by_name"),
        &["id", "body", "building", "created_at"],
        Fate::Renamed("by_name"),
    ),
    held("notice_receipt", By::Who("who"), &["notice_id", "at"], Fate::Deleted),
    held(
        "file",
        By::Who("owner"),
        &["id", "name", "version", "size", "kind", "made_at"],
        Fate::Elsewhere("their files go with what is in them"),
    ),
    held(
        "file",
        By::Who("sender"),
        &["id", "owner", "name", "version", "size", "kind", "made_at"],
        Fate::Elsewhere("what they sent into rooms goes; what belongs to cars and bookings stays as proof"),
    ),
    held(
        "upload",
        By::Who("sender"),
        &["id", "owner", "name", "size", "made_at", "expires_at"],
        Fate::Elsewhere("what is on its way goes with what has come of it"),
    ),
    held(
        "file_offer",
        By::Who("whom"),
        &["id", "file_id", "note", "state", "made_at"],
        Fate::Deleted,
    ),
    held(
        "file_offer",
        By::Who("made_by"),
        &["id", "file_id", "whom", "note", "state", "made_at"],
        ACCOUNTABLE,
    ),
];
