//! The house rules as tables: lengths, words and arrows.
//!
//! Whoever adds a folder gives it a rank here; whoever adds a deciding file lists it as pure.

/// Longest file, tests included.
pub(crate) const LINES_PER_FILE_MAX: usize = 400;

/// Files that decide and therefore stay pure, besides every `rules*.rs` and `rules/`.
pub(crate) const PURE: &[&str] = &[
    "booking/schedule.rs",
    "booking/rights.rs",
    "booking/lifecycle.rs",
    "booking/money.rs",
    "booking/interval.rs",
    "bot/rhythm.rs",
    "cli/console/complete.rs",
    "cli/console/cursor.rs",
    "cli/console/own.rs",
    "client/answers.rs",
    "client/unit/vehicle.rs",
    "client/unit/nonces.rs",
    "client/unit/drive.rs",
    "booking/due.rs",
    "booking/ids.rs",
    "booking/limits.rs",
    "booking/policy.rs",
    "booking/report.rs",
    "datasock/ports.rs",
    "datasock/rates.rs",
    "datasock/receivers/telemetry/read/mod.rs",
    "datasock/receivers/telemetry/tracks.rs",
    "datasock/tickets.rs",
    "face/analyser/blame.rs",
    "face/analysis.rs",
    "face/challenge.rs",
    "face/consent.rs",
    "face/door.rs",
    "face/embedding.rs",
    "face/evaluation/distances.rs",
    "face/evaluation/intervals.rs",
    "face/evaluation/mod.rs",
    "face/liveness/mod.rs",
    "face/matching.rs",
    "face/misses.rs",
    "face/quality.rs",
    "face/shelf.rs",
    "face/vault/gallery.rs",
    "face/vault/records.rs",
    "face/vault/sealing.rs",
    "face/vault/slot.rs",
    "fleet/flight.rs",
    "journal/holdings.rs",
    "http/docs/archive.rs",
    "message/allowance.rs",
    "message/entry.rs",
    "message/window/mod.rs",
    "place/mod.rs",
    "runtime/log/names.rs",
    "runtime/log/query.rs",
    "runtime/log/ring.rs",
    "runtime/log/targets.rs",
    "runtime/policy.rs",
    "service/copies.rs",
    "account/groups.rs",
    "account/lockout.rs",
    "account/profile.rs",
    "account/roles.rs",
    "registry/names.rs",
    "registry/permissions.rs",
    "registry/repeats/mod.rs",
    "registry/undelivered.rs",
    "tls/fingerprint.rs",
    "shard/wheel.rs",
    "webhook/signing.rs",
];

/// What a pure file may never name: the world outside its arguments.
pub(crate) const IMPURE: &[&str] = &[
    "actix",
    "tokio",
    "diesel",
    "crate::wire",
    "crate::store",
    "::now(",
    "async fn",
    "async move",
    ".await",
    "getrandom",
    "std::fs",
    "std::net",
];

/// What else a folder may never name.
pub(crate) const BANNED: &[(&str, &[&str])] = &[
    ("src/wire/", &["actix", "diesel", "tokio::"]),
    ("src/store/", &["actix", "crate::wire", "ErrorCode"]),
    ("src/runtime/", &["diesel", "ErrorCode"]),
    ("src/tls/", &["actix", "diesel", "crate::wire", "ErrorCode"]),
    ("src/config/", &["actix", "tokio", "diesel"]),
    // serde makes maps of indefinite length of it, which no peer of ours reads.
    ("src/account/", &["serde(flatten)"]),
    ("src/booking/", &["serde(flatten)"]),
    ("src/bot/", &["serde(flatten)"]),
    ("src/command/", &["serde(flatten)"]),
    ("src/face/", &["serde(flatten)"]),
    ("src/fleet/", &["serde(flatten)"]),
    ("src/journal/", &["serde(flatten)"]),
    ("src/presence/", &["serde(flatten)"]),
    ("src/place/", &["serde(flatten)"]),
    ("src/registry/", &["serde(flatten)"]),
    ("src/requestable/", &["serde(flatten)"]),
    ("src/webhook/", &["serde(flatten)"]),
];

/// Ways to ask for the time of day; only `src/runtime/clock.rs` may. Monotonic instants are free.
pub(crate) const CLOCKS: &[&str] = &[
    "Timestamp::now(",
    "SystemTime::now(",
    "Zoned::now(",
    "UNIX_EPOCH.elapsed",
];

/// Work left for later, and debris.
pub(crate) const UNFINISHED: &[&str] = &["todo!(", "unimplemented!(", "dbg!(", "TODO", "FIXME", "XXX"];

/// The arrows: a module may name those of its own rank or below. `wire` knows nobody.
pub(crate) const RANKS: &[(&str, u8)] = &[
    ("wire", 0),
    ("runtime", 1),
    ("tls", 1),
    ("client", 1),
    ("store", 2),
    ("config", 3),
    ("error", 3),
    ("place", 4),
    ("presence", 4),
    ("program", 4),
    ("registry", 4),
    ("shard", 4),
    ("account", 4),
    ("datasock", 4),
    ("fleet", 4),
    ("booking", 4),
    ("bot", 4),
    ("journal", 4),
    ("webhook", 4),
    ("face", 4),
    ("signin", 4),
    ("message", 4),
    ("file", 4),
    ("command", 5),
    ("requestable", 5),
    ("house", 5),
    ("network", 5),
    ("extend", 5),
    ("service", 5),
    ("subscription", 5),
    ("vicinity", 5),
    ("session", 6),
    ("http", 6),
    ("dialect", 6),
    ("cluster", 6),
    ("server", 7),
    ("cli", 8),
];

/// A capability's entries in the command table belong to the table.
pub(crate) const COMMANDS_RANK: u8 = 5;
