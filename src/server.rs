//! Starts the tree in order and stops it in the opposite one.

use crate::config::Config;

/// Runs a server until it is told to stop.
pub fn run(config: Config) -> Result<(), String> {
    Err(format!(
        "{} has nothing to serve with yet",
        config.server.name
    ))
}
