//! One delivery: a POST to a checked address, without redirects, within a time; of the answer only the status is read.
//!
//! A name is resolved here and its addresses are checked before one of them is called: what is checked is what is
//! connected to.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};
use tokio_rustls::rustls::crypto::ring::default_provider;

use super::rules::{RuleError, address_check, url_check};
use super::signing::HookSecret;
use super::{Delivery, Webhook};
use crate::config::WebhooksConfig;

/// Most headers of an answer.
const ANSWER_HEADERS_MAX: usize = 32;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Taken.
    Taken,
    /// The receiver wants nothing more, ever.
    Gone,
    /// Not taken; to be tried again.
    Failed {
        /// For figures: `refused`, `timeout`, `unreached` or `status`.
        cause: &'static str,
        /// For the owner.
        why: String,
    },
}

/// Carries deliveries.
#[derive(Debug)]
pub(crate) struct Carrier {
    config: WebhooksConfig,
    /// Made at the first delivery: reading the authorities of the system takes a moment.
    client: OnceLock<Client>,
}

impl Carrier {
    /// As configured.
    pub(crate) fn new(config: &WebhooksConfig) -> Self {
        Self {
            config: config.clone(),
            client: OnceLock::new(),
        }
    }

    /// Makes ready for deliveries. It blocks.
    ///
    /// # Errors
    /// The file of authorities cannot be used.
    pub(super) fn prepare(&self) -> Result<(), String> {
        if self.client.get().is_none() {
            let client = client(&self.config)?;
            self.client.get_or_init(|| client);
        }
        Ok(())
    }

    /// Delivers once.
    pub(super) async fn carry(&self, hook: &Webhook, delivery: &Delivery, secret: &HookSecret, at: i64) -> Carried {
        let url = match url_check(&hook.url, self.config.loopback) {
            Ok(url) => url,
            Err(refused) => {
                return Carried::Failed {
                    cause: "refused",
                    why: refused.to_string(),
                };
            }
        };
        let Some(client) = self.client.get() else {
            return Carried::Failed {
                cause: "refused",
                why: "this server cannot call anybody; see its log".to_owned(),
            };
        };
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &delivery.delivery)
            .header("webhook-timestamp", at)
            .header("webhook-signature", secret.sign(&delivery.delivery, at, &delivery.body))
            .body(delivery.body.clone());
        match request.send().await {
            // The body is never read: the connection is closed with it.
            Ok(answer) if answer.status().is_success() => Carried::Taken,
            Ok(answer) if answer.status().as_u16() == 410 => Carried::Gone,
            Ok(answer) => Carried::Failed {
                cause: "status",
                why: format!("it answered {}", answer.status().as_u16()),
            },
            Err(err) => failed(&err),
        }
    }
}

fn client(config: &WebhooksConfig) -> Result<Client, String> {
    // Another part of the process may have chosen it already; it is the same one.
    drop(default_provider().install_default());
    let authorities = authorities(config)?;
    let made = builder(config).tls_certs_merge(authorities.clone()).build();
    let made = made.or_else(|err| {
        tracing::warn!(%err, "the system has no authorities; only those of webhooks.authorities are believed");
        builder(config).tls_certs_only(authorities).build()
    });
    made.map_err(|err| err.to_string())
}

fn authorities(config: &WebhooksConfig) -> Result<Vec<Certificate>, String> {
    let Some(file) = &config.authorities else {
        return Ok(Vec::new());
    };
    let unusable = |why: &dyn std::fmt::Display| format!("cannot use the authorities in {}: {why}", file.display());
    let pem = std::fs::read(file).map_err(|err| unusable(&err))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|err| unusable(&err))?;
    if certificates.is_empty() {
        return Err(unusable(&"there is no certificate in it"));
    }
    Ok(certificates)
}

fn builder(config: &WebhooksConfig) -> ClientBuilder {
    let time_max = Duration::from_millis(config.timeout_ms);
    Client::builder()
        .user_agent(concat!("motorpool/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        .http1_max_headers(ANSWER_HEADERS_MAX)
        .pool_max_idle_per_host(1)
        .connect_timeout(time_max)
        .timeout(time_max)
        .dns_resolver(Checked {
            loopback: config.loopback,
        })
}

/// Why there was no answer, without anything of the URL.
fn failed(err: &reqwest::Error) -> Carried {
    if let Some(refused) = cause_of(err) {
        return Carried::Failed {
            cause: "refused",
            why: refused,
        };
    }
    let (cause, why) = if err.is_timeout() {
        ("timeout", "it did not answer in time")
    } else if err.is_connect() {
        ("unreached", "it could not be reached")
    } else {
        ("unreached", "it did not answer as a web server does")
    };
    Carried::Failed {
        cause,
        why: why.to_owned(),
    }
}

/// The refusal of an address, somewhere below.
fn cause_of(err: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut below = Some(err);
    while let Some(err) = below {
        if let Some(refused) = err.downcast_ref::<RuleError>() {
            return Some(refused.to_string());
        }
        below = err.source();
    }
    None
}

/// Resolves names to addresses that may be called. If one may not be, none is: a name that leads inside is not to be
/// trusted.
struct Checked {
    loopback: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                address_check(address.ip(), loopback)?;
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
