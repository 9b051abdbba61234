//! Faces: a rider opens the car by being its rider.
//!
//! A face is never proof alone: it is compared with the riders who hold a booking of this car now, over several frames of
//! one challenge, and a PIN is asked for beside it. Pictures are read and measured in a process of their own, whose crash
//! nobody else feels. What is kept of a face is encrypted with a key of its person, which erasure destroys.

pub mod analysis;
pub mod embedding;
pub mod evaluation;
mod faces;
pub mod shelf;

pub use analysis::{Analysis, Area, Face, Landmarks, Point, Timings};
pub use embedding::{EMBEDDING_FLOATS, Embedding};
pub(crate) use faces::Faces;
