//! The providers of the configuration, ready to be asked.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::discovery::{Described, Directory};
use super::fetch::{self, Fetch, FetchError};
use super::refusal::Refusal;
use super::sealing::Sealer;
use super::ticket::Used;
use crate::config::{Config, ProviderConfig, ProviderKind};

/// The key of what is kept of providers, inside the data folder.
const KEY_FILE: &str = "signin.key";
/// Longest secret read from a file.
const SECRET_BYTES_MAX: u64 = 4_096;

/// Why the server does not start with these providers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProvidersError {
    /// The key of what is kept.
    #[error("cannot use the key {KEY_FILE} of the data folder: {0}")]
    Key(std::io::Error),
    /// A secret that cannot be read.
    #[error("cannot read the client secret of provider {name}: {reason}")]
    Secret {
        /// Whose.
        name: String,
        /// Why.
        reason: String,
    },
    /// Nobody can be asked.
    #[error("provider {name}: {source}")]
    Fetch {
        /// Which.
        name: String,
        /// Why.
        source: FetchError,
    },
}

/// All of them; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Providers {
    list: Arc<[Provider]>,
}

/// One provider; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Provider(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) config: ProviderConfig,
    pub(super) secret: Option<String>,
    pub(super) fetch: Fetch,
    pub(super) directory: Directory,
    /// Its addresses, where they are not discovered.
    fixed: Option<Described>,
    /// Where it sends people back to.
    pub(super) redirect: String,
    /// Where somebody is led who signed out there.
    pub(super) home: String,
    /// For what a browser keeps.
    pub(super) tickets: Arc<Sealer>,
    /// For what is kept here.
    pub(super) vault: Arc<Sealer>,
    /// States and sign-outs that were heard.
    pub(super) used: Used,
}

impl Providers {
    /// Those of the configuration. A server without any makes no key.
    ///
    /// People are sent back to `server.public_url`, or to the address that the HTTP side has.
    pub(crate) fn new(config: &Config, http: SocketAddr, speaks_tls: bool) -> Result<Self, ProvidersError> {
        if config.provider.is_empty() {
            return Ok(Self::default());
        }
        let vault = Sealer::kept(&config.server.data.join(KEY_FILE)).map_err(ProvidersError::Key)?;
        let tickets = Sealer::fleeting().map_err(ProvidersError::Key)?;
        let (vault, tickets, gate) = (Arc::new(vault), Arc::new(tickets), fetch::gate());
        let scheme = if speaks_tls { "https" } else { "http" };
        let own = || format!("{scheme}://{http}");
        let public = config.server.public_url.clone().unwrap_or_else(own);
        let public = public.trim_end_matches('/');
        let made = config.provider.iter().map(|one| {
            let urls = [&one.issuer, &one.authorise, &one.token, &one.person];
            let is_fenix = one.kind == ProviderKind::Fenix && (one.token.is_none() || one.person.is_none());
            let speaks_tls = is_fenix || urls.into_iter().flatten().any(|url| url.starts_with("https://"));
            let time_max = Duration::from_millis(one.timeout_ms);
            let fetch = Fetch::new(&one.authorities, speaks_tls, time_max, gate.clone());
            Ok(Provider(Arc::new(Inner {
                secret: secret(one)?,
                fetch: fetch.map_err(|source| ProvidersError::Fetch {
                    name: one.name.clone(),
                    source,
                })?,
                directory: Directory::default(),
                fixed: one.endpoints().map(Described::from),
                redirect: format!("{public}/auth/{}/callback", one.name),
                home: format!("{public}/"),
                tickets: tickets.clone(),
                vault: vault.clone(),
                used: Used::default(),
                config: one.clone(),
            })))
        });
        let list: Result<Vec<Provider>, ProvidersError> = made.collect();
        Ok(Self { list: list?.into() })
    }

    /// The one of that name.
    pub(crate) fn find(&self, name: &str) -> Result<&Provider, Refusal> {
        let found = self.list.iter().find(|one| one.0.config.name == name);
        found.ok_or(Refusal::UnknownProvider)
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|one| one.0.config.name.as_str())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Provider {
    /// Its declaration.
    pub(crate) fn config(&self) -> &ProviderConfig {
        &self.0.config
    }

    /// What its name stands for: the issuer, or where people are sent.
    pub(crate) fn issuer(&self) -> String {
        let authorise = || self.0.fixed.as_ref().map(|fixed| fixed.authorise.clone());
        self.0.config.issuer.clone().or_else(authorise).unwrap_or_default()
    }

    pub(super) async fn described(&self) -> Result<Described, Refusal> {
        match &self.0.fixed {
            Some(fixed) => Ok(fixed.clone()),
            None => {
                let issuer = self.0.config.issuer.as_deref().unwrap_or_default();
                self.0.directory.described(&self.0.fetch, issuer).await
            }
        }
    }
}

fn secret(config: &ProviderConfig) -> Result<Option<String>, ProvidersError> {
    let refused = |reason: String| ProvidersError::Secret {
        name: config.name.clone(),
        reason,
    };
    if let Some(secret) = &config.client_secret {
        return Ok(Some(secret.0.clone()));
    }
    if let Some(file) = &config.client_secret_file {
        return read(file).map(Some).map_err(refused);
    }
    match &config.client_secret_env {
        Some(name) => {
            let value = std::env::var(name).map_err(|err| refused(err.to_string()))?;
            Ok(Some(value))
        }
        None => Ok(None),
    }
}

fn read(file: &Path) -> Result<String, String> {
    let about = std::fs::metadata(file).map_err(|err| err.to_string())?;
    if about.len() > SECRET_BYTES_MAX {
        return Err(format!("it has more than {SECRET_BYTES_MAX} bytes"));
    }
    let text = std::fs::read_to_string(file).map_err(|err| err.to_string())?;
    Ok(text.trim().to_owned())
}
