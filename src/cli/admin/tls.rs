//! `motorpool admin tls`: shows the certificate that the server serves with, for those who want to check or pin it.
//!
//! Reads files only; it makes nothing and never shows a key.

use clap::Subcommand;
use data_encoding::BASE64;
use serde::Serialize;

use super::Place;
use crate::cli::Failure;
use crate::cli::tool::{say, say_json};
use crate::runtime::clock;
use crate::tls::Identity;

/// Characters of a line in PEM.
const PEM_LINE: usize = 64;

/// What is shown of the certificate.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum TlsCommand {
    /// Its SHA-256, for --fingerprint of the clients.
    Fingerprint,
    /// The certificate itself in PEM, for --ca of the clients and for other tools.
    Certificate,
}

#[derive(Debug, Serialize)]
struct Shown {
    fingerprint: String,
    until: String,
    file: String,
}

impl TlsCommand {
    pub(super) fn run(&self, place: &Place) -> Result<(), Failure> {
        let config = place.store.config()?;
        let source = config.tls.source(&config.server.data);
        let file = source.certificate_file().display().to_string();
        if !source.is_there() {
            return Err(Failure::failed(format!(
                "there is no certificate {file} yet: it is made when a listener first speaks TLS; name its folder with --data"
            )));
        }
        let identity = source.read(clock::now()).map_err(Failure::failed)?;
        match self {
            Self::Certificate => say(pem(&identity)),
            Self::Fingerprint if place.json => say_json(&Shown {
                fingerprint: identity.fingerprint.to_string(),
                until: identity.until.to_string(),
                file,
            }),
            Self::Fingerprint => say(identity.fingerprint),
        }
    }
}

fn pem(identity: &Identity) -> String {
    let mut blocks = Vec::new();
    for certificate in &identity.chain {
        let text = BASE64.encode(certificate);
        let mut lines = vec!["-----BEGIN CERTIFICATE-----".to_owned()];
        let mut rest = text.as_str();
        while let Some((line, after)) = rest.split_at_checked(PEM_LINE) {
            lines.push(line.to_owned());
            rest = after;
        }
        if !rest.is_empty() {
            lines.push(rest.to_owned());
        }
        lines.push("-----END CERTIFICATE-----".to_owned());
        blocks.push(lines.join("\n"));
    }
    blocks.join("\n")
}
