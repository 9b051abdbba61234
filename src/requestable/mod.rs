//! What the server can be asked for by name.
//!
//! The session answers; the list stands here, so that commands can show it too.

/// Names of what the server can be asked for.
pub const NAMES: &[&str] = &["PING", "SERVERDATA"];
