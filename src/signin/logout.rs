//! Back-channel sign-out: a provider says that somebody signed out there.

use jiff::Timestamp;

use super::jws::Kind;
use super::provider::Provider;
use super::refusal::Refusal;
use super::rules::{self, Claims};
use super::ticket::TICKET_S;

/// Whose sessions end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoggedOut {
    /// All of this person, unless `sid` is named too.
    pub(crate) subject: Option<String>,
    /// Those of this session of the provider.
    pub(crate) sid: Option<String>,
}

impl Provider {
    /// Reads a sign-out that the provider sent. Each is heard once.
    pub(crate) async fn logged_out(&self, token: &str, now: Timestamp) -> Result<LoggedOut, Refusal> {
        let described = self.described().await?;
        let claims = self.proved(&described, token, Kind::Logout).await?;
        let out = rules::logout_token(Claims(&claims), self.wanted(now))?;
        let now_s = now.as_second();
        // Older ones are refused by their age, so none has to be remembered for longer.
        let until_s = now_s.saturating_add(2 * TICKET_S);
        let heard = self.0.used.take(&format!("logout {}", out.id), until_s, now_s);
        heard.map_err(|refusal| match refusal {
            Refusal::Replayed => Refusal::LogoutReplayed,
            other => other,
        })?;
        Ok(LoggedOut {
            subject: out.subject,
            sid: out.sid,
        })
    }
}
