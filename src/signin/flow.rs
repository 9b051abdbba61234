//! The way there and back: sending somebody to a provider, what they bring back, and the renewal behind their back.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::discovery::Described;
use super::identity::{Granted, Identity, Tokens};
use super::provider::Provider;
use super::refusal::Refusal;
use super::rules::is_own_path;
use super::ticket::{TICKET_S, Ticket, cookie_name};
use crate::account::keys::random_text;
use crate::config::{ClientAuth, ProviderKind};

/// Longest code or state that is looked at.
const ANSWER_BYTES_MAX: usize = 4_096;

/// Somebody on their way to a provider.
#[derive(Debug)]
pub(crate) struct Begun {
    /// Where they go.
    pub(crate) location: String,
    /// What their browser keeps: the name and the value of a cookie, and the seconds it lives.
    pub(crate) cookie: (String, String, i64),
}

/// What a browser brings back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CallbackQuery {
    pub(crate) state: String,
    code: Option<String>,
    error: bool,
    issuer: Option<String>,
}

impl CallbackQuery {
    /// Reads the query; one with a name twice is none.
    pub(crate) fn read(query: &str) -> Result<Self, Refusal> {
        let mut read = Self::default();
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !matches!(&*name, "state" | "code" | "error" | "iss") {
                continue;
            }
            if seen.iter().any(|known| *known == name) || value.len() > ANSWER_BYTES_MAX {
                return Err(Refusal::WrongState);
            }
            match &*name {
                "state" => read.state = value.into_owned(),
                "code" => read.code = Some(value.into_owned()).filter(|code| !code.is_empty()),
                "iss" => read.issuer = Some(value.into_owned()),
                _ => read.error = true,
            }
            seen.push(name.into_owned());
        }
        if read.state.is_empty() {
            return Err(Refusal::NoTicket);
        }
        Ok(read)
    }

    /// The name of the cookie that belongs to it.
    pub(crate) fn cookie_name(&self) -> String {
        cookie_name(&self.state)
    }
}

/// Somebody who came back and is who the provider says.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) identity: Identity,
    pub(crate) tokens: Tokens,
    /// Where they want to be.
    pub(crate) next: String,
    /// Whether they want a token in place of a cookie.
    pub(crate) wants_token: bool,
}

/// What a provider gave in the place of what was kept.
pub(crate) struct Renewed {
    granted: Granted,
    described: Described,
    /// What is to be kept from now on.
    pub(crate) kept: Tokens,
}

impl Provider {
    /// Sends somebody to the provider.
    pub(crate) async fn begin(&self, next: Option<&str>, wants_token: bool, now: Timestamp) -> Result<Begun, Refusal> {
        let next = next.unwrap_or("/");
        if !is_own_path(next) {
            return Err(Refusal::BadNext);
        }
        let described = self.described().await?;
        let config = &self.0.config;
        let random = || random_text().map_err(|_| Refusal::Sealing);
        let ticket = Ticket {
            provider: config.name.clone(),
            state: random()?,
            nonce: random()?,
            verifier: random()?,
            next: next.to_owned(),
            wants_token,
            until_s: now.as_second().saturating_add(TICKET_S),
        };
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(ticket.verifier.as_bytes()));
        let is_oidc = config.kind == ProviderKind::Oidc;
        let scope = match &config.scopes {
            Some(scopes) => scopes.join(" "),
            None if is_oidc => "openid profile email".to_owned(),
            None => String::new(),
        };
        let mut asked = form_urlencoded::Serializer::new(String::new());
        asked
            .append_pair("response_type", "code")
            .append_pair("client_id", &config.client_id)
            .append_pair("redirect_uri", &self.0.redirect)
            .append_pair("state", &ticket.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if !scope.is_empty() {
            asked.append_pair("scope", &scope);
        }
        if is_oidc {
            asked.append_pair("nonce", &ticket.nonce);
            // Without it OpenID Connect gives nothing by which groups could be read again.
            if scope.split(' ').any(|one| one == "offline_access") {
                asked.append_pair("prompt", "consent");
            }
        }
        let sealed = ticket.seal(&self.0.tickets)?;
        Ok(Begun {
            location: with_query(&described.authorise, &asked.finish()),
            cookie: (cookie_name(&ticket.state), sealed, TICKET_S),
        })
    }

    /// What a browser brought back becomes a person. `cookie` is the value of the cookie that belongs to the state.
    pub(crate) async fn arrive(
        &self,
        query: CallbackQuery,
        cookie: Option<&str>,
        now: Timestamp,
    ) -> Result<Arrived, Refusal> {
        let ticket = Ticket::open(&self.0.tickets, cookie.ok_or(Refusal::NoTicket)?)?;
        let config = &self.0.config;
        if ticket.state != query.state || ticket.provider != config.name {
            return Err(Refusal::WrongState);
        }
        let now_s = now.as_second();
        if ticket.until_s <= now_s {
            return Err(Refusal::TooLate);
        }
        self.0.used.take(&ticket.state, ticket.until_s, now_s)?;
        if query.error {
            return Err(Refusal::Denied);
        }
        // Where a provider names itself in its answer, nobody else's answer passes for its own.
        if query.issuer.is_some() && query.issuer != config.issuer {
            return Err(Refusal::WrongIssuer);
        }
        let code = query.code.ok_or(Refusal::NoCode)?;
        let described = self.described().await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", self.0.redirect.as_str()),
            ("code_verifier", ticket.verifier.as_str()),
        ];
        let granted = self.grant(&described.token, &form).await?;
        let identity = self.identity(&described, &granted, Some(&ticket.nonce), now).await?;
        Ok(Arrived {
            identity,
            tokens: granted.tokens,
            next: ticket.next,
            wants_token: ticket.wants_token,
        })
    }

    /// Renews what was kept of a sign-in. What comes back is to be kept before anything else: the old may be spent.
    pub(crate) async fn renew(&self, tokens: &Tokens) -> Result<Renewed, Refusal> {
        let refresh = tokens.refresh.as_deref().ok_or(Refusal::InvalidGrant)?;
        let described = self.described().await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let mut granted = self.grant(&described.refresh, &form).await?;
        // A provider that gives no new one means the old one.
        let has_new = granted.tokens.refresh.is_some();
        if !has_new {
            granted.tokens.refresh.clone_from(&tokens.refresh);
        }
        let mut kept = granted.tokens.clone();
        kept.id_token = kept.id_token.or_else(|| tokens.id_token.clone());
        Ok(Renewed {
            granted,
            described,
            kept,
        })
    }

    /// Who somebody is now, by what was renewed.
    pub(crate) async fn known_again(
        &self,
        renewed: &Renewed,
        subject: &str,
        now: Timestamp,
    ) -> Result<Identity, Refusal> {
        let identity = self.identity(&renewed.described, &renewed.granted, None, now).await?;
        if identity.subject == subject {
            Ok(identity)
        } else {
            Err(Refusal::OtherPerson)
        }
    }

    /// Where somebody signs out at the provider too, if it has such a place.
    pub(crate) async fn end_session(&self, tokens: &Tokens) -> Option<String> {
        let end = self.described().await.ok()?.end_session?;
        let mut asked = form_urlencoded::Serializer::new(String::new());
        asked
            .append_pair("client_id", &self.0.config.client_id)
            .append_pair("post_logout_redirect_uri", &self.0.home);
        if let Some(hint) = &tokens.id_token {
            asked.append_pair("id_token_hint", hint);
        }
        Some(with_query(&end, &asked.finish()))
    }

    /// Asks the token endpoint, as who this server is there.
    async fn grant(&self, url: &str, form: &[(&str, &str)]) -> Result<Granted, Refusal> {
        let config = &self.0.config;
        let is_oidc = config.kind == ProviderKind::Oidc;
        let manner = config
            .client_auth
            .unwrap_or(if is_oidc { ClientAuth::Basic } else { ClientAuth::Post });
        let mut form = form.to_vec();
        let mut proof = None;
        match (&self.0.secret, manner) {
            (Some(secret), ClientAuth::Basic) => proof = Some(basic(&config.client_id, secret)),
            (secret, _) => {
                form.push(("client_id", &config.client_id));
                if let Some(secret) = secret {
                    form.push(("client_secret", secret));
                }
            }
        }
        let answer = self.0.fetch.post(url, &form, proof.as_deref()).await?;
        if !answer.is_ok {
            // A refusal says why, if it can be read; what it says goes no further.
            let told = answer.json().map_err(|_| Refusal::Status)?;
            let why = super::rules::Claims(&told).text("error").ok().flatten();
            return Err(match why {
                Some("invalid_grant") => Refusal::InvalidGrant,
                Some("access_denied") => Refusal::Denied,
                _ => Refusal::Status,
            });
        }
        Granted::read(&answer.json()?, config.kind == ProviderKind::Fenix)
    }
}

/// RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encoded(client_id), encoded(secret));
    format!("Basic {}", BASE64.encode(joined.as_bytes()))
}

fn with_query(url: &str, query: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_once_and_nothing_of_it_twice() {
        let read = CallbackQuery::read("state=s&code=c&x=1&x=2&iss=https%3A%2F%2Fid.example").unwrap();
        assert_eq!((read.state.as_str(), read.code.as_deref()), ("s", Some("c")));
        assert_eq!(read.issuer.as_deref(), Some("https://id.example"));
        assert_eq!(CallbackQuery::read("code=c"), Err(Refusal::NoTicket));
        assert_eq!(CallbackQuery::read("state=a&state=b"), Err(Refusal::WrongState));
        assert_eq!(CallbackQuery::read("state=a&code=b&code=c"), Err(Refusal::WrongState));
        let long = format!("state={}", "x".repeat(ANSWER_BYTES_MAX + 1));
        assert_eq!(CallbackQuery::read(&long), Err(Refusal::WrongState));
        assert!(CallbackQuery::read("state=a&error=access_denied").unwrap().error);
    }

    #[test]
    fn a_secret_is_encoded_before_it_is_shown() {
        assert_eq!(basic("a b", "c:d"), format!("Basic {}", BASE64.encode(b"a+b:c%3Ad")));
        assert_eq!(with_query("https://a/b?c=d", "e=f"), "https://a/b?c=d&e=f");
    }
}
