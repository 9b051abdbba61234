//! Providers that people sign in with: how each is declared, and what is wrong with a declaration.
//!
//! In the file only, as `[[provider]]`. Secrets may stand in a file or in a variable of the environment instead; reading
//! them is `crate::signin`'s work.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Most providers.
pub(crate) const PROVIDERS_MAX: usize = 16;
/// Groups of providers that give a role or let somebody in, each.
const GROUPS_MAX: usize = 256;
/// Longest text of a declaration.
const TEXT_BYTES_MAX: usize = 1_024;
/// Roles that no provider gives: they belong to machines, or are given by an admin alone.
const ROLES_NOT_GIVEN: &[&str] = &["car", "bot", "server", "face_search"];
/// Where Debian keeps the certificates of authorities.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// What Fenix of Técnico answers at.
const FENIX: [&str; 3] = [
    "https://fenix.tecnico.ulisboa.pt/oauth/userdialog",
    "https://fenix.tecnico.ulisboa.pt/oauth/access_token",
    "https://fenix.tecnico.ulisboa.pt/api/fenix/v1/person",
];
/// What Fenix renews a token at.
const FENIX_REFRESH: &str = "https://fenix.tecnico.ulisboa.pt/oauth/refresh_token";

/// A secret in clear. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientSecretText(pub(crate) String);

impl fmt::Debug for ClientSecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecretText(..)")
    }
}

/// What a provider speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenID Connect, by discovery.
    #[default]
    Oidc,
    /// OAuth 2 with an endpoint that tells who somebody is.
    Oauth2,
    /// The same as Fenix of Técnico speaks it, with its endpoints.
    Fenix,
}

/// How this server proves itself to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// Whether somebody who comes first by a provider gets an account that is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linking {
    /// No: they get one of their own.
    #[default]
    Never,
    /// Yes, when the provider says that a mail address is theirs and one account has it.
    VerifiedEmail,
}

/// A `[[provider]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Its name in addresses: 1 to 32 of a-z, 0-9 and `-`. It stands for one issuer for good.
    pub name: String,
    /// `oidc` unless set, `oauth2` or `fenix`.
    #[serde(default)]
    pub kind: ProviderKind,
    /// Of an `oidc`: its issuer, exactly as it names itself.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Of an `oauth2`: where people are sent.
    #[serde(default)]
    pub authorise: Option<String>,
    /// Of an `oauth2`: where codes become tokens.
    #[serde(default)]
    pub token: Option<String>,
    /// Of an `oauth2`: where tokens are renewed, if it is elsewhere.
    #[serde(default)]
    pub refresh: Option<String>,
    /// Of an `oauth2`: what tells who somebody is.
    #[serde(default)]
    pub person: Option<String>,
    /// What the provider calls this server.
    pub client_id: String,
    /// The secret it gave.
    #[serde(default)]
    pub client_secret: Option<ClientSecretText>,
    /// A file that holds the secret.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// A variable of the environment that holds the secret.
    #[serde(default)]
    pub client_secret_env: Option<String>,
    /// How the secret is shown: `basic` for an `oidc` unless set, else `post`.
    #[serde(default)]
    pub client_auth: Option<ClientAuth>,
    /// What is asked for: openid, profile and email for an `oidc` unless set.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The claim that says who somebody is, of an `oauth2`: `sub` unless set.
    #[serde(default)]
    pub subject_claim: Option<String>,
    /// The claim that a user name is made of: `preferred_username` unless set.
    #[serde(default)]
    pub username_claim: Option<String>,
    /// The claim that holds groups: `groups` unless set.
    #[serde(default)]
    pub groups_claim: Option<String>,
    /// Group of the provider to role here.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// The role of who comes first: `customer` unless set.
    #[serde(default = "customer")]
    pub role: String,
    /// Only people with a verified mail address at one of these come in; everybody unless set.
    #[serde(default)]
    pub allow_domains: Vec<String>,
    /// Only people in one of these groups come in; everybody unless set.
    #[serde(default)]
    pub allow_groups: Vec<String>,
    /// Whether an account that is there is theirs: `never` unless set.
    #[serde(default)]
    pub link: Linking,
    /// Hours after which somebody signs in again where the provider gives nothing by which groups could be read again.
    #[serde(default = "session_hours")]
    pub session_hours: u64,
    /// Milliseconds that each answer of the provider may take.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Certificates of the authorities that are believed about it, in PEM.
    #[serde(default = "authorities")]
    pub authorities: PathBuf,
}

fn customer() -> String {
    "customer".to_owned()
}

const fn session_hours() -> u64 {
    12
}

const fn timeout_ms() -> u64 {
    5_000
}

fn authorities() -> PathBuf {
    PathBuf::from(AUTHORITIES)
}

/// The addresses of a provider without discovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) authorise: String,
    pub(crate) token: String,
    pub(crate) refresh: String,
    pub(crate) person: String,
}

impl ProviderConfig {
    /// The addresses that stand in the declaration or come with its kind; nothing for an `oidc`.
    pub(crate) fn endpoints(&self) -> Option<Endpoints> {
        let or = |own: &Option<String>, preset: &str| own.clone().unwrap_or_else(|| preset.to_owned());
        match self.kind {
            ProviderKind::Oidc => None,
            ProviderKind::Oauth2 => {
                let token = self.token.clone()?;
                Some(Endpoints {
                    authorise: self.authorise.clone()?,
                    refresh: self.refresh.clone().unwrap_or_else(|| token.clone()),
                    person: self.person.clone()?,
                    token,
                })
            }
            ProviderKind::Fenix => {
                let [authorise, token, person] = FENIX;
                // Where the token endpoint is another one, as in a test, its neighbour is not Fenix's.
                let refresh = self.token.as_deref().unwrap_or(FENIX_REFRESH);
                Some(Endpoints {
                    authorise: or(&self.authorise, authorise),
                    refresh: or(&self.refresh, refresh),
                    token: or(&self.token, token),
                    person: or(&self.person, person),
                })
            }
        }
    }

    /// What is wrong with it: the key, what was got and what is wanted.
    pub(super) fn misfit(&self) -> Option<(&'static str, String, String)> {
        let wrong = |key, got: &str, wanted: &str| Some((key, format!("{got:?}"), wanted.to_owned()));
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=32).contains(&self.name.len()) || !self.name.chars().all(is_name) {
            return wrong("name", &self.name, "1 to 32 of a-z, 0-9 and `-`");
        }
        if self.client_id.is_empty() || self.client_id.len() > TEXT_BYTES_MAX {
            return wrong("client_id", &self.client_id, "a text of 1 to 1024 bytes");
        }
        let secrets = [
            self.client_secret.is_some(),
            self.client_secret_file.is_some(),
            self.client_secret_env.is_some(),
        ];
        if secrets.iter().filter(|is_set| **is_set).count() > 1 {
            return wrong(
                "client_secret",
                "more than one",
                "one of client_secret, client_secret_file and client_secret_env",
            );
        }
        if let Some((key, url)) = self.urls().into_iter().find(|(_, url)| !is_secure(url)) {
            return wrong(
                key,
                &url,
                "an address that begins with https://, or http:// on this machine",
            );
        }
        match self.kind {
            ProviderKind::Oidc if self.issuer.is_none() => return wrong("issuer", "", "the issuer of the provider"),
            ProviderKind::Oauth2 if self.endpoints().is_none() => {
                return wrong("token", "", "authorise, token and person for kind oauth2");
            }
            _ => {}
        }
        let given = self.roles.values().chain([&self.role]);
        if let Some(role) = given.into_iter().find(|role| ROLES_NOT_GIVEN.contains(&role.as_str())) {
            return wrong("roles", role, "a role that a provider may give");
        }
        if self.roles.len() > GROUPS_MAX
            || self.allow_groups.len() > GROUPS_MAX
            || self.allow_domains.len() > GROUPS_MAX
        {
            return wrong("roles", "more", "at most 256 groups and domains, each");
        }
        let outside = |key, got: u64, min: u64, max: u64| {
            (!(min..=max).contains(&got)).then(|| (key, got.to_string(), format!("{min} to {max}")))
        };
        outside("session_hours", self.session_hours, 1, 8_760)
            .or_else(|| outside("timeout_ms", self.timeout_ms, 100, 60_000))
    }

    fn urls(&self) -> Vec<(&'static str, String)> {
        let named = [
            ("issuer", &self.issuer),
            ("authorise", &self.authorise),
            ("token", &self.token),
            ("refresh", &self.refresh),
            ("person", &self.person),
        ];
        named
            .into_iter()
            .filter_map(|(key, url)| url.clone().map(|url| (key, url)))
            .collect()
    }
}

/// Whether what is sent to an address can be read by its owner alone: TLS, or this machine.
pub(crate) fn is_secure(url: &str) -> bool {
    if url.len() > TEXT_BYTES_MAX || !url.chars().all(|c| c.is_ascii_graphic()) || url.contains(['#', '\\', '@']) {
        return false;
    }
    let host_of = |rest: &str| rest.split(['/', '?']).next().unwrap_or_default().to_owned();
    if let Some(rest) = url.strip_prefix("https://") {
        return !host_of(rest).is_empty();
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let host = host_of(rest);
    let name = match host.strip_prefix('[') {
        Some(rest) => return rest.split(']').next() == Some("::1"),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_to_an_address_is_readable_by_its_owner_alone() {
        for good in [
            "https://id.example",
            "https://id.example:8443/a?b=c",
            "http://127.0.0.1:3000/x",
            "http://localhost:3000",
            "http://[::1]:3000/",
        ] {
            assert!(is_secure(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "http://id.example",
            "http://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "https://user@id.example",
            "ftp://id.example",
            "https://id.example/#x",
            "javascript:alert(1)",
            "https://id.example/ x",
        ] {
            assert!(!is_secure(bad), "{bad}");
        }
    }
}
