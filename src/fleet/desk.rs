//! The repair desk: each change of a repair is checked and written in one job, with the car's condition,
//! its audit event and the answer for a retry.
//!
//! Decisions are those of [`super::repairs`]. Who may make which change is the commands' to check.
