//! Rules for what a provider says: which claims fit, who may come, what groups give, where somebody may be led.
//!
//! Pure: the claims come in as a value that was read strictly and whose signature was checked, the time as seconds.

use std::collections::BTreeMap;
use std::fmt;

use ciborium::value::Value;

/// Longest subject, as OpenID Connect has it.
pub(crate) const SUBJECT_BYTES_MAX: usize = 255;
/// Groups looked at; more are refused.
pub(crate) const GROUPS_MAX: usize = 1_000;
/// Longest name of a group.
const GROUP_BYTES_MAX: usize = 256;
/// Seconds by which two clocks may differ.
const LEEWAY_S: i64 = 60;
/// Seconds after which a token is no answer to a question of now.
const AGE_MAX_S: i64 = 600;
/// Longest path that somebody is led to.
const NEXT_BYTES_MAX: usize = 512;
/// What says that a token is a sign-out.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What does not fit in the claims of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Another issuer.
    Issuer,
    /// For somebody else.
    Audience,
    /// For several, and given to another of them, or to nobody.
    Party,
    /// Over.
    Expired,
    /// From the future, or too old.
    IssuedAt,
    /// Another nonce, or none.
    Nonce,
    /// Without a subject, or with one that cannot be.
    Subject,
    /// Groups that are none.
    Groups,
    /// No sign-out, or more than one.
    Event,
    /// Without what tells it from another.
    Id,
    /// A claim of another kind than it should be.
    Kind,
}

impl Misfit {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Issuer => "claim_iss",
            Self::Audience => "claim_aud",
            Self::Party => "claim_azp",
            Self::Expired => "claim_exp",
            Self::IssuedAt => "claim_iat",
            Self::Nonce => "claim_nonce",
            Self::Subject => "claim_sub",
            Self::Groups => "claim_groups",
            Self::Event => "claim_events",
            Self::Id => "claim_jti",
            Self::Kind => "claim_kind",
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

/// The claims of a token or of what tells of a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claims<'a>(pub(crate) &'a Value);

impl<'a> Claims<'a> {
    /// A claim, if it is there and not null.
    pub(crate) fn find(self, name: &str) -> Option<&'a Value> {
        let found = self.0.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// A claim that is text.
    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, Misfit> {
        self.find(name)
            .map(|value| value.as_text().ok_or(Misfit::Kind))
            .transpose()
    }

    /// A claim that is true or false; some providers say so by a text.
    pub(crate) fn flag(self, name: &str) -> bool {
        match self.find(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Text(text)) => text == "true",
            _ => false,
        }
    }

    fn seconds(self, name: &str) -> Result<Option<i64>, Misfit> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Integer(whole)) => i64::try_from(*whole).map(Some).map_err(|_| Misfit::Kind),
            Some(Value::Float(real)) if real.is_finite() => {
                // A fraction of a second does not matter.
                format!("{real:.0}").parse().map(Some).map_err(|_| Misfit::Kind)
            }
            Some(_) => Err(Misfit::Kind),
        }
    }

    fn audience(self) -> Result<Vec<&'a str>, Misfit> {
        match self.find("aud") {
            Some(Value::Text(one)) => Ok(vec![one]),
            Some(Value::Array(several)) => several
                .iter()
                .map(|one| one.as_text().ok_or(Misfit::Audience))
                .collect(),
            _ => Err(Misfit::Audience),
        }
    }

    /// Who it is.
    pub(crate) fn subject(self, name: &str) -> Result<String, Misfit> {
        let text = match self.find(name) {
            Some(Value::Text(text)) => text.clone(),
            // Some services number their people.
            Some(Value::Integer(whole)) if name != "sub" => i128::from(*whole).to_string(),
            _ => return Err(Misfit::Subject),
        };
        let fits =
            (1..=SUBJECT_BYTES_MAX).contains(&text.len()) && text.chars().all(|c| c.is_ascii() && !c.is_control());
        if fits { Ok(text) } else { Err(Misfit::Subject) }
    }

    /// The groups somebody is in: a text, several, or things that name their type, as Fenix has it. No claim is no group.
    pub(crate) fn groups(self, name: &str) -> Result<Vec<String>, Misfit> {
        let group = |value: &Value| {
            let text = match value {
                Value::Text(text) => Some(text.as_str()),
                Value::Map(_) => Claims(value).text("type").ok().flatten(),
                _ => None,
            };
            text.filter(|text| text.len() <= GROUP_BYTES_MAX)
                .map(str::to_owned)
                .ok_or(Misfit::Groups)
        };
        match self.find(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(several)) if several.len() <= GROUPS_MAX => several.iter().map(group).collect(),
            Some(one @ Value::Text(_)) => Ok(vec![group(one)?]),
            Some(_) => Err(Misfit::Groups),
        }
    }
}

/// What is wanted of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Who gives it.
    pub(crate) issuer: &'a str,
    /// For whom.
    pub(crate) client_id: &'a str,
    /// Now, in seconds since 1970.
    pub(crate) now_s: i64,
}

fn of_this_time(claims: Claims<'_>, now_s: i64, needs_end: bool) -> Result<(), Misfit> {
    match claims.seconds("exp")? {
        Some(end) if end.saturating_add(LEEWAY_S) > now_s => {}
        None if !needs_end => {}
        _ => return Err(Misfit::Expired),
    }
    let issued = claims.seconds("iat")?.ok_or(Misfit::IssuedAt)?;
    let age = now_s.saturating_sub(issued);
    if (-LEEWAY_S..=AGE_MAX_S).contains(&age) {
        Ok(())
    } else {
        Err(Misfit::IssuedAt)
    }
}

fn for_us(claims: Claims<'_>, wanted: Wanted<'_>) -> Result<(), Misfit> {
    if claims.text("iss")? != Some(wanted.issuer) {
        return Err(Misfit::Issuer);
    }
    let audience = claims.audience()?;
    if !audience.contains(&wanted.client_id) {
        return Err(Misfit::Audience);
    }
    match claims.text("azp")? {
        Some(party) if party != wanted.client_id => Err(Misfit::Party),
        None if audience.len() > 1 => Err(Misfit::Party),
        _ => Ok(()),
    }
}

/// Whether an identity token fits; gives its subject. At a renewal there was no nonce to compare.
pub(crate) fn id_token(claims: Claims<'_>, wanted: Wanted<'_>, nonce: Option<&str>) -> Result<String, Misfit> {
    for_us(claims, wanted)?;
    of_this_time(claims, wanted.now_s, true)?;
    if nonce.is_some() && claims.text("nonce")? != nonce {
        return Err(Misfit::Nonce);
    }
    claims.subject("sub")
}

/// Whom a provider signs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedOut {
    /// Everywhere, when only the person is named.
    pub(crate) subject: Option<String>,
    /// One session of the provider.
    pub(crate) sid: Option<String>,
    /// Tells this sign-out from another.
    pub(crate) id: String,
}

/// Whether a token is a sign-out that fits.
pub(crate) fn logout_token(claims: Claims<'_>, wanted: Wanted<'_>) -> Result<SignedOut, Misfit> {
    for_us(claims, wanted)?;
    // The first drafts had no end in it; how old it is says enough.
    of_this_time(claims, wanted.now_s, false)?;
    let is_event = claims
        .find("events")
        .is_some_and(|events| Claims(events).find(LOGOUT_EVENT).is_some_and(Value::is_map));
    if !is_event {
        return Err(Misfit::Event);
    }
    // An identity token must never pass for a sign-out.
    if claims.find("nonce").is_some() {
        return Err(Misfit::Nonce);
    }
    let id = claims
        .text("jti")?
        .filter(|id| (1..=SUBJECT_BYTES_MAX).contains(&id.len()));
    let sid = claims
        .text("sid")?
        .filter(|sid| (1..=SUBJECT_BYTES_MAX).contains(&sid.len()));
    let subject = match claims.find("sub") {
        Some(_) => Some(claims.subject("sub")?),
        None => None,
    };
    if subject.is_none() && sid.is_none() {
        return Err(Misfit::Subject);
    }
    Ok(SignedOut {
        subject,
        sid: sid.map(str::to_owned),
        id: id.ok_or(Misfit::Id)?.to_owned(),
    })
}

/// The roles that groups give, each once.
pub(crate) fn roles_of(groups: &[String], roles: &BTreeMap<String, String>) -> Vec<String> {
    let mut given: Vec<String> = groups.iter().filter_map(|group| roles.get(group)).cloned().collect();
    given.sort_unstable();
    given.dedup();
    given
}

/// Whether somebody is of those who may come. An address counts only when the provider vouches for it.
pub(crate) fn may_come(
    allow_domains: &[String],
    allow_groups: &[String],
    verified_email: Option<&str>,
    groups: &[String],
) -> bool {
    let domain = verified_email
        .and_then(|email| email.rsplit_once('@'))
        .map(|(_, domain)| domain);
    let is_of_domain = allow_domains.is_empty()
        || allow_domains
            .iter()
            .any(|own| domain.is_some_and(|one| one.eq_ignore_ascii_case(own)));
    let is_of_group = allow_groups.is_empty() || groups.iter().any(|group| allow_groups.contains(group));
    is_of_domain && is_of_group
}

/// Whether somebody may be led there: a path of this server, and nothing that a browser takes for another place.
pub(crate) fn is_own_path(next: &str) -> bool {
    let is_plain = next.len() <= NEXT_BYTES_MAX && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain && next.starts_with('/') && !next.starts_with("//")
}

#[cfg(test)]
mod tests;
