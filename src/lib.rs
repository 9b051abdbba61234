//! Motorpool: one self-hosted server for a fleet of shared vehicles and the people and things around it.
//!
//! A folder is a capability, and shows it. Arrows go one way: `cli`, `http` and `session` call
//! `command`, commands call the capabilities (`booking`, `fleet`, `account`), capabilities use
//! `runtime` and `store`; `wire` knows nobody. Rules files decide and never await, actors move
//! messages, edges translate. `tests/tidy.rs` keeps it so.

pub mod account;
pub mod booking;
pub(crate) mod bot;
pub mod cli;
pub mod client;
pub mod command;
pub mod config;
pub mod datasock;
pub(crate) mod dialect;
pub mod error;
pub mod extend;
pub mod face;
pub(crate) mod file;
pub mod fleet;
pub(crate) mod house;
pub mod http;
pub(crate) mod journal;
pub(crate) mod message;
pub(crate) mod network;
pub mod place;
pub(crate) mod presence;
pub(crate) mod program;
pub mod registry;
pub(crate) mod requestable;
pub mod runtime;
pub mod server;
pub(crate) mod service;
pub mod session;
pub(crate) mod shard;
pub(crate) mod signin;
pub mod store;
pub(crate) mod subscription;
pub mod tls;
pub(crate) mod vicinity;
pub(crate) mod webhook;
pub mod wire;

pub use config::Config;
pub use error::Error;
pub use extend::{Arrival, Command, Context, DefinitionError, Receiver, Requestable, Service};
pub use server::{Running, Server, ServerError};
pub use wire::ErrorCode;
