//! One sample for each check: where, what it must complain about, a bad text and a good one.

/// A bad and a good text for one check.
pub(crate) struct Sample {
    /// Part of the fault that the bad text must give.
    pub(crate) wanted: &'static str,
    /// Where the texts pretend to be.
    pub(crate) path: &'static str,
    /// Must give the fault.
    pub(crate) bad: &'static str,
    /// Must give no fault.
    pub(crate) good: &'static str,
}

const fn sample(wanted: &'static str, path: &'static str, bad: &'static str, good: &'static str) -> Sample {
    Sample {
        wanted,
        path,
        bad,
        good,
    }
}

/// At least one for each check that looks at one file.
pub(crate) const SAMPLES: &[Sample] = &[
    sample("does not open", "tests/a.rs", "use std::fs;\n", "//! Doc.\n"),
    sample(
        "without a reason",
        "src/cli/a.rs",
        "//! D.\n#[allow(dead_code)]\n",
        "//! D.\n#[allow(\n dead_code,\n reason = \"r\"\n)]\n",
    ),
    sample(
        "unfinished",
        "src/cli/a.rs",
        "//! D.\nfn a() { todo!() }\n",
        "//! D.\n// todo!() in a comment\n",
    ),
    sample(
        "in rules",
        "src/fleet/rules.rs",
        "//! D.\nuse tokio::time;\n",
        "//! D.\nuse std::fmt;\n",
    ),
    sample(
        "in rules",
        "src/fleet/rules_repair.rs",
        "//! D.\nasync fn a() {}\n",
        "//! D.\nfn a() {}\n",
    ),
    sample(
        "in rules",
        "src/booking/money.rs",
        "//! D.\nlet a = Timestamp::now();\n",
        "//! D.\nlet a = at;\n",
    ),
    sample(
        "in src/command/",
        "src/command/builtin/a.rs",
        "//! D.\n#[serde(flatten)]\n",
        "//! D.\n#[serde(default)]\n",
    ),
    sample(
        "in src/wire/",
        "src/wire/a.rs",
        "//! D.\nuse actix::Actor;\n",
        "//! D.\nuse bytes::Bytes;\n",
    ),
    sample(
        "in src/store/",
        "src/store/a.rs",
        "//! D.\nuse actix::Actor;\n",
        "//! D.\nuse diesel::prelude::*;\n",
    ),
    sample(
        "in src/store/",
        "src/store/a.rs",
        "//! D.\nuse crate::wire::Value;\n",
        "//! D.\nuse crate::runtime::clock;\n",
    ),
    sample(
        "reads the clock",
        "src/session/a.rs",
        "//! D.\nlet a = SystemTime::now();\n",
        "//! D.\nlet a = Instant::now();\n",
    ),
    sample(
        "reads the clock",
        "src/session/a.rs",
        "//! D.\nlet a = Timestamp::now();\n",
        "//! D.\n#[cfg(test)]\nlet a = Timestamp::now();\n",
    ),
    sample(
        "`error.rs` and `http`",
        "src/command/a.rs",
        "//! D.\nStatusCode::OK\n",
        "//! D.\nErrorCode::Busy\n",
    ),
    sample(
        "arrow",
        "src/wire/a.rs",
        "//! D.\nuse crate::runtime::X;\n",
        "//! D.\nuse crate::wire::X;\n",
    ),
    sample(
        "arrow",
        "src/booking/actor.rs",
        "//! D.\nuse crate::session::X;\n",
        "//! D.\nuse crate::fleet::X;\n",
    ),
    sample(
        "arrow",
        "src/booking/actor.rs",
        "//! D.\nuse crate::command::X;\n",
        "//! D.\nuse crate::store::X;\n",
    ),
    sample(
        "arrow",
        "src/booking/commands.rs",
        "//! D.\nuse crate::session::X;\n",
        "//! D.\nuse crate::command::X;\n",
    ),
    sample(
        "arrow",
        "src/runtime/a.rs",
        "//! D.\nuse crate::{\n wire::{A, B},\n store::C,\n};\n",
        "//! D.\nuse crate::{wire::{A, B}};\n",
    ),
];
