//! From the tokens of a provider to who somebody is: claims that were signed, then what tells of the person.

use ciborium::value::Value;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::discovery::Described;
use super::jws::{Kind, Unproved};
use super::provider::Provider;
use super::refusal::Refusal;
use super::rules::{self, Claims, Wanted};
use crate::account::FromProvider;
use crate::account::profile::{email_check, name_of, username_of};
use crate::config::{Linking, ProviderKind};

/// Longest token of any kind.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Seconds between two looks at somebody's groups: at least and at most.
const REFRESH_S: (i64, i64) = (5, 3_600);
/// What is sealed is about this, and the person.
const ABOUT: &str = "grant";

/// Who somebody is for a provider. Names are cut to what may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Never another person's.
    pub(crate) subject: String,
    /// What a user name may be made of; may be empty.
    pub(crate) username: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// May be empty.
    pub(crate) email: String,
    /// Whether the provider says that the address is theirs.
    pub(crate) is_email_verified: bool,
    /// The roles here that their groups give.
    pub(crate) roles: Vec<String>,
    /// The provider's own number of this session.
    pub(crate) sid: Option<String>,
}

/// What is kept of a sign-in, sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// By which groups are read again.
    pub(crate) refresh: Option<String>,
    /// By which the provider knows whom to sign out.
    pub(crate) id_token: Option<String>,
    /// Seconds after which groups are to be read again.
    #[serde(skip)]
    pub(crate) expires_in_s: Option<i64>,
}

impl Tokens {
    /// When groups are to be read again: while what was given is still good, and not all the time. Nothing where there is
    /// nothing to read them by.
    pub(crate) fn refresh_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.refresh.as_ref()?;
        let life_s = self.expires_in_s.unwrap_or(REFRESH_S.1);
        let after_s = life_s
            .saturating_mul(4)
            .saturating_div(5)
            .clamp(REFRESH_S.0, REFRESH_S.1);
        Some(
            now.saturating_add(SignedDuration::from_secs(after_s))
                .unwrap_or(Timestamp::MAX),
        )
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(..)")
    }
}

/// What the token endpoint answered.
pub(super) struct Granted {
    pub(super) access: String,
    pub(super) tokens: Tokens,
}

impl Granted {
    /// Reads an answer of the token endpoint. `is_fenix` leaves the type of the token out, as Fenix does.
    pub(super) fn read(answer: &Value, is_fenix: bool) -> Result<Self, Refusal> {
        let claims = Claims(answer);
        let token = |name: &str| {
            let text = claims.text(name).map_err(|_| Refusal::NotJson)?;
            let fits = text.is_none_or(|text| (1..=TOKEN_BYTES_MAX).contains(&text.len()));
            if fits { Ok(text) } else { Err(Refusal::TooLarge) }
        };
        let of_type = token("token_type")?;
        let is_bearer = of_type.is_some_and(|of_type| of_type.eq_ignore_ascii_case("bearer"));
        let is_silent = is_fenix && of_type.is_none();
        if !is_bearer && !is_silent {
            return Err(Refusal::TokenType);
        }
        let access = token("access_token")?.ok_or(Refusal::NoToken)?;
        // As a header it must be one line of plain letters.
        if !access.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::NoToken);
        }
        let expires_in_s = match claims.find("expires_in") {
            Some(Value::Integer(whole)) => i64::try_from(*whole).ok(),
            Some(Value::Text(text)) => text.parse().ok(),
            _ => None,
        };
        Ok(Self {
            access: access.to_owned(),
            tokens: Tokens {
                refresh: token("refresh_token")?.map(str::to_owned),
                id_token: token("id_token")?.map(str::to_owned),
                expires_in_s,
            },
        })
    }
}

impl Provider {
    /// Seals what is kept of a sign-in of this person.
    pub(crate) fn seal(&self, subject: &str, tokens: &Tokens) -> Result<Vec<u8>, Refusal> {
        let clear = serde_json::to_vec(tokens).map_err(|_| Refusal::Sealing)?;
        self.0.vault.seal(&self.about(subject), &clear)
    }

    /// Opens it.
    pub(crate) fn open(&self, subject: &str, sealed: &[u8]) -> Result<Tokens, Refusal> {
        let clear = self.0.vault.open(&self.about(subject), sealed)?;
        serde_json::from_slice(&clear).map_err(|_| Refusal::Sealing)
    }

    fn about(&self, subject: &str) -> String {
        format!("{ABOUT} {} {subject}", self.0.config.name)
    }

    /// Somebody as their account is looked for or made.
    pub(crate) fn person(&self, identity: Identity) -> FromProvider {
        let config = &self.0.config;
        let links_by_email = config.link == Linking::VerifiedEmail && identity.is_email_verified;
        FromProvider {
            provider: config.name.clone(),
            issuer: self.issuer(),
            subject: identity.subject,
            username: identity.username,
            first_name: identity.first_name,
            last_name: identity.last_name,
            email: identity.email,
            role: config.role.clone(),
            roles: identity.roles,
            links_by_email,
        }
    }

    /// The claims of a token, when this provider signed it. A key that is not known is looked for once more.
    pub(super) async fn proved(&self, described: &Described, token: &str, kind: Kind) -> Result<Value, Refusal> {
        let unproved = Unproved::read(token, kind)?;
        let inner = &self.0;
        let mut keys = inner.directory.keys(&inner.fetch, described, false).await?;
        if !unproved.knows_key(&keys) {
            keys = inner.directory.keys(&inner.fetch, described, true).await?;
        }
        unproved.proved(&keys)
    }

    pub(super) fn wanted(&self, now: Timestamp) -> Wanted<'_> {
        Wanted {
            issuer: self.0.config.issuer.as_deref().unwrap_or_default(),
            client_id: &self.0.config.client_id,
            now_s: now.as_second(),
        }
    }

    /// Who somebody is by what was granted. At a renewal there is no nonce, and a token of identity need not be there.
    pub(super) async fn identity(
        &self,
        described: &Described,
        granted: &Granted,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<Identity, Refusal> {
        let config = &self.0.config;
        let signed = match &granted.tokens.id_token {
            Some(token) if config.kind == ProviderKind::Oidc => {
                let claims = self.proved(described, token, Kind::Identity).await?;
                let subject = rules::id_token(Claims(&claims), self.wanted(now), nonce)?;
                Some((subject, claims))
            }
            // Nobody is known by an answer that nobody signed.
            None if config.kind == ProviderKind::Oidc && nonce.is_some() => return Err(Refusal::NoToken),
            _ => None,
        };
        let told = match &described.person {
            Some(url) => Some(self.0.fetch.get(url, Some(&granted.access)).await?.json()?),
            None => None,
        };
        let subject_claim = match config.kind {
            ProviderKind::Oidc => "sub",
            ProviderKind::Oauth2 => config.subject_claim.as_deref().unwrap_or("sub"),
            ProviderKind::Fenix => config.subject_claim.as_deref().unwrap_or("username"),
        };
        let told_subject = told
            .as_ref()
            .map(|told| Claims(told).subject(subject_claim))
            .transpose()?;
        let subject = match (&signed, told_subject) {
            (Some((subject, _)), Some(told)) if *subject != told => return Err(Refusal::OtherPerson),
            (Some((subject, _)), _) => subject.clone(),
            (None, Some(told)) => told,
            (None, None) => return Err(Refusal::NoToken),
        };
        let sources: Vec<Claims<'_>> = signed
            .iter()
            .map(|(_, claims)| claims)
            .chain(&told)
            .map(Claims)
            .collect();
        self.read(subject, &sources)
    }

    /// What was signed goes before what was merely told.
    fn read(&self, subject: String, sources: &[Claims<'_>]) -> Result<Identity, Refusal> {
        let config = &self.0.config;
        let text = |name: &str| {
            let found = sources.iter().find_map(|claims| claims.text(name).ok().flatten());
            found.unwrap_or_default().to_owned()
        };
        // The word for the address counts only from where the address is.
        let with_email = sources.iter().find_map(|claims| {
            let email = claims
                .text("email")
                .ok()
                .flatten()
                .filter(|email| email_check(email).is_ok())?;
            (!email.is_empty()).then(|| (email.to_owned(), claims.flag("email_verified")))
        });
        let (email, is_email_verified) = with_email.unwrap_or_default();
        let groups_claim = match config.kind {
            ProviderKind::Fenix => config.groups_claim.as_deref().unwrap_or("roles"),
            _ => config.groups_claim.as_deref().unwrap_or("groups"),
        };
        let with_groups = sources.iter().find(|claims| claims.find(groups_claim).is_some());
        let groups = with_groups.map_or(Ok(Vec::new()), |claims| claims.groups(groups_claim))?;
        let vouched = is_email_verified.then_some(email.as_str());
        if !rules::may_come(&config.allow_domains, &config.allow_groups, vouched, &groups) {
            return Err(Refusal::NotAllowed);
        }
        let username = match (&config.username_claim, config.kind) {
            (Some(claim), _) => text(claim),
            (None, ProviderKind::Fenix) => text("username"),
            (None, _) => text("preferred_username"),
        };
        let names = [username.as_str(), email.as_str(), subject.as_str()];
        let username = names.into_iter().map(username_of).find(|name| !name.is_empty());
        let whole = name_of(&text("name"));
        let (first, last) = whole.split_once(' ').unwrap_or((whole.as_str(), ""));
        let own = |name: &str, else_: &str| {
            let own = name_of(&text(name));
            if own.is_empty() { else_.to_owned() } else { own }
        };
        let sid = sources.first().and_then(|claims| claims.text("sid").ok().flatten());
        Ok(Identity {
            username: username.unwrap_or_default(),
            first_name: own("given_name", first),
            last_name: own("family_name", last),
            email,
            is_email_verified,
            roles: rules::roles_of(&groups, &config.roles),
            sid: sid
                .filter(|sid| sid.len() <= rules::SUBJECT_BYTES_MAX)
                .map(str::to_owned),
            subject,
        })
    }
}
