//! Asking a provider: one request, one answer within bounds. Nothing is followed, nothing is kept.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::refusal::Refusal;
use crate::config::is_secure;
use crate::runtime::Gate;
use crate::wire::{ScanLimits, Value, strict};

/// Most bytes of an answer.
pub(super) const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Questions to all providers that run at the same time, and that wait.
const ASKED_MAX: (usize, usize) = (32, 64);

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No authority to believe.
    #[error("no certificate of an authority in {file}: {reason}")]
    Authorities {
        /// As configured.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The client could not be made.
    #[error("cannot ask providers")]
    Client(#[from] reqwest::Error),
    /// TLS could not be set up.
    #[error("cannot speak TLS with providers")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// Asks one provider.
#[derive(Debug, Clone)]
pub(super) struct Fetch {
    client: Client,
    time_max: Duration,
    gate: Gate,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) is_ok: bool,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Its JSON: nothing twice, nothing too deep, nothing behind it.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        strict::read(&self.body, ScanLimits::default()).map_err(|_| Refusal::NotJson)
    }
}

/// The bound on all questions together.
pub(super) fn gate() -> Gate {
    Gate::new("provider", ASKED_MAX.0, ASKED_MAX.1)
}

impl Fetch {
    /// With the authorities of a file, where TLS is to be spoken.
    pub(super) fn new(
        authorities: &Path,
        speaks_tls: bool,
        time_max: Duration,
        gate: Gate,
    ) -> Result<Self, FetchError> {
        let roots = match roots(authorities) {
            Ok(roots) => roots,
            Err(_) if !speaks_tls => RootCertStore::empty(),
            Err(reason) => {
                return Err(FetchError::Authorities {
                    file: authorities.display().to_string(),
                    reason,
                });
            }
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(time_max)
            .connect_timeout(time_max)
            .pool_max_idle_per_host(4)
            .user_agent(concat!("motorpool/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, time_max, gate })
    }

    /// Asks for something, as a bearer of a token if there is one.
    pub(super) async fn get(&self, url: &str, bearer: Option<&str>) -> Result<Answer, Refusal> {
        let request = self.client.get(checked(url)?).header("accept", "application/json");
        let answer = match bearer {
            Some(token) => self.ask(request.bearer_auth(token)).await?,
            None => self.ask(request).await?,
        };
        if answer.is_ok { Ok(answer) } else { Err(Refusal::Status) }
    }

    /// Sends a form; `authorization` proves who asks, where the form does not.
    pub(super) async fn post(
        &self,
        url: &str,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<Answer, Refusal> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self
            .client
            .post(checked(url)?)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        match authorization {
            Some(proof) => self.ask(request.header("authorization", proof)).await,
            None => self.ask(request).await,
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Refusal> {
        let _pass = self.gate.enter(self.time_max).await.map_err(|_| Refusal::Busy)?;
        let mut response = request.send().await.map_err(|err| broken(&err))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Refusal::Redirected);
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|err| broken(&err))? {
            if body.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
                return Err(Refusal::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer {
            is_ok: status.is_success(),
            body,
        })
    }
}

/// An address that discovery gave is held to the same rule as one of the configuration.
fn checked(url: &str) -> Result<&str, Refusal> {
    if is_secure(url) {
        Ok(url)
    } else {
        Err(Refusal::Discovery("an address is not of TLS"))
    }
}

fn broken(err: &reqwest::Error) -> Refusal {
    if err.is_timeout() {
        Refusal::TooSlow
    } else {
        Refusal::Unreachable
    }
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let pem = std::fs::read(file).map_err(|err| err.to_string())?;
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err("there is none in it".to_owned());
    }
    Ok(roots)
}
