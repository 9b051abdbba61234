//! What an installation adds of its own: commands and requestables as Rust values, or as programs of the configuration.
//!
//! Owns their declaration, its checks, and the swap of the tables when the configuration is read again. The
//! dispatcher runs them like its own; nothing here decides who may.

mod blocking;
mod command;
mod context;
mod define;
mod error;
mod programs;
mod receiver;
mod reload;
mod requestable;
mod rules;
mod service;
mod work;

pub use command::Command;
pub use context::Context;
pub use error::DefinitionError;
pub use receiver::{Arrival, Receiver};
pub use requestable::Requestable;
pub use service::Service;

pub(crate) use define::Definitions;
pub(crate) use reload::{Extensions, Reloaded, Source, add_services, reload};
