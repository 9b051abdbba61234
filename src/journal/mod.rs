//! What is kept about people and what bots said, for those who may look: logs, everything held of one person, and its end.
//!
//! [`holdings`] is the one list of where something is held of a person; a test compares it with the tables there are.

pub(crate) mod commands;
pub(crate) mod cursor;
pub(crate) mod holdings;
pub(crate) mod lines;
pub(crate) mod personal;
pub(crate) mod sheet;
#[cfg(test)]
mod tests;
pub(crate) mod timeline;
