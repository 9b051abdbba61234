//! The flags that every subcommand with a configuration shares, and the way from them to it.
//!
//! The only place that hands the environment to the configuration.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::config::{Config, ConfigError, LogFormat, LogLevel, Overrides};
use crate::store::DatabaseUrl;

/// Where the configuration is, and the parts of it most often given by hand.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigFlags {
    /// Configuration in TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of everything the server keeps [default: ./motorpool-data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Database [default: SQLite in the data folder].
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The least important lines of the log that are written [default: info].
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<LogLevel>,
    /// Form of the log [default: pretty].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

impl ConfigFlags {
    /// What these flags say; a subcommand adds its own.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            data: self.data.clone(),
            database: self.database.clone(),
            log_level: self.log_level,
            log_format: self.log_format,
            ..Overrides::default()
        }
    }

    /// The configuration of this process with these overrides.
    pub(crate) fn load(&self, overrides: &Overrides) -> Result<Config, ConfigError> {
        load(self.config.as_deref(), overrides)
    }
}

/// Where the store is, for tools that work on it beside a server or without one.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct StoreFlags {
    /// Configuration in TOML, as the server reads it.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Folder of everything the server keeps [default: ./motorpool-data].
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// Database [default: SQLite in the data folder].
    #[arg(long, value_name = "URL", global = true, conflicts_with = "data")]
    pub(crate) database: Option<String>,
}

impl StoreFlags {
    /// The database that a server with the same flags would use.
    pub(crate) fn url(&self) -> Result<DatabaseUrl, Failure> {
        self.config()?.server.database_url().map_err(Failure::failed)
    }

    /// The configuration that a server with the same flags would have.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let overrides = Overrides {
            data: self.data.clone(),
            database: self.database.clone(),
            ..Overrides::default()
        };
        Ok(load(self.config.as_deref(), &overrides)?)
    }
}

fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Config, ConfigError> {
    // A variable that is not UTF-8 is none of ours: `vars` would panic on it.
    let variables =
        std::env::vars_os().filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
    Config::load(file, variables, overrides)
}
