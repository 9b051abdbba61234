//! Faces: a rider opens the car by being its rider.
//!
//! A face is never proof alone: it is compared with the riders who hold a booking of this car now, over several frames of
//! one challenge, and a PIN is asked for beside it. Pictures are read and measured in a process of their own, whose crash
//! nobody else feels. What is kept of a face is encrypted with a key of its person, which erasure destroys.

pub mod analyser;
pub mod analysis;
pub(crate) mod arriving;
pub mod challenge;
pub(crate) mod commands;
pub mod consent;
pub mod door;
pub mod embedding;
pub mod evaluation;
mod faces;
pub mod fault;
pub mod liveness;
pub mod matching;
pub mod misses;
pub mod models;
pub mod quality;
mod refusal;
pub mod shelf;
mod store;
pub mod vault;
pub mod worker;

pub use analyser::{AnalyseError, Analyser, AnalyserOptions, AnalyserState};
pub use analysis::{Analysis, Area, Face, Landmarks, Point, Timings};
pub use embedding::{EMBEDDING_FLOATS, Embedding};
pub(crate) use faces::Faces;
pub use fault::PictureFault;
pub use quality::QualityFault;
