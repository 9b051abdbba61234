//! Repeating work under supervision: one service a file.
//!
//! A service looks, acts through the handles of the house, and sends itself the next look. It may fail
//! and come back with fresh state without anybody else noticing.

pub(crate) mod outside;
pub(crate) mod retention;
