//! The targets of events that operators look for, whatever file tells them; they never change.
//!
//! Warnings and errors come from anywhere and are found by their level. Every other event has its module for a
//! target.

/// Connects, registrations, names given, and ends with their reason.
pub const CONNECTION: &str = "connection";
/// Start, ready, services up and down, restart, drain, shutdown.
pub const STATUS: &str = "status";
/// What else an operator wants to read.
pub const INFO: &str = "info";

/// All of them.
pub const ALL: [&str; 3] = [CONNECTION, STATUS, INFO];
