//! `/api/v1/session`: a password becomes a token, as a bearer token or as a cookie; the token is ended again.
//!
//! Lock-outs, tokens and their life are those of the sockets. The password stays nowhere.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::rules::{Site, site};
use super::who::{COOKIE, Credentials, Known};
use crate::account::Source;
use crate::account::commands::hang_up;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::session::beginning::sign_in;
use crate::wire::{ErrorCode, Login, ScanLimits, strict};

/// What a sign-in says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    username: String,
    password: String,
    #[serde(default)]
    cookie: bool,
}

/// Who is signed in now.
#[derive(Serialize)]
pub(super) struct SignedIn {
    /// Absent where the cookie holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    token_type: &'static str,
    user: String,
    permissions: Vec<String>,
    /// Seconds after its last use for which the token is good.
    expires_in: u64,
}

/// How long a session goes on without being used, in seconds.
pub(super) fn life_s(house: &House) -> u64 {
    house.config.limits.resume_hours.saturating_mul(3_600)
}

/// What a sign-in says; the token only where no cookie holds it.
pub(super) fn signed_in(house: &House, standing: &Standing, token: Option<String>) -> SignedIn {
    SignedIn {
        token,
        token_type: "Bearer",
        user: standing.username.clone().unwrap_or_default(),
        permissions: standing.permissions().names(),
        expires_in: life_s(house),
    }
}

/// Signs in.
pub(super) async fn begin(
    house: &House,
    headers: &HeaderMap,
    from: SocketAddr,
    body: &[u8],
    is_secure: bool,
) -> Result<Response, Error> {
    // A foreign page must not sign a browser in as somebody else.
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if site(text("sec-fetch-site"), text("origin"), text("host")) == Site::Foreign {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "the page of another server may not sign in here",
        ));
    }
    let read = strict::read(body, ScanLimits::default());
    let value =
        read.map_err(|why| Error::new(ErrorCode::BadFrame, format!("the body cannot be read as JSON: {why}")))?;
    let sign: SignIn = value.deserialized().map_err(|err| {
        let ciborium::value::Error::Custom(why) = err;
        Error::new(
            ErrorCode::BadArguments,
            format!("a sign-in is {{username, password, cookie?}}: {why}"),
        )
    })?;
    let login = Login::Password {
        username: sign.username,
        password: sign.password,
    };
    let software = text("user-agent").unwrap_or_default().to_owned();
    let (standing, token) = sign_in(house, login, software, from.ip()).await?;
    let life_s = life_s(house);
    let signed = signed_in(house, &standing, (!sign.cookie).then(|| token.clone()));
    let body = serde_json::to_vec(&signed).unwrap_or_default();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let mut response = (StatusCode::CREATED, kind, body).into_response();
    if sign.cookie {
        set_cookie(&mut response, &token, life_s, is_secure)?;
    }
    Ok(response)
}

/// Signs out: the token of this request is good for nothing any more.
pub(super) async fn end(
    house: &House,
    known: &Known,
    headers: &HeaderMap,
    from: SocketAddr,
    is_secure: bool,
) -> Result<Response, Error> {
    known.caller(house, &Method::DELETE, headers, from).await?;
    let Credentials::Secret { text, is_cookie } = Credentials::of(headers)? else {
        return Err(Error::new(
            ErrorCode::Unauthenticated,
            "nobody is signed in by this request",
        ));
    };
    end_token(house, &text, from).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if is_cookie {
        set_cookie(&mut response, "", 0, is_secure)?;
    }
    Ok(response)
}

/// Ends the session of a token, its sockets too.
pub(super) async fn end_token(house: &House, token: &str, from: SocketAddr) -> Result<(), Error> {
    if !token.starts_with("mp_resume_") {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "a key is no session; an operator revokes it",
        ));
    }
    let address = Source::Address(from.ip()).to_string();
    let ended = house.accounts.end_token(token, address).await?;
    hang_up(house, ended).await
}

/// Our cookie; empty with no life it is taken back.
pub(super) fn cookie_text(token: &str, life_s: u64, is_secure: bool, same_site: &str) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={life_s}{secure}")
}

fn set_cookie(response: &mut Response, token: &str, life_s: u64, is_secure: bool) -> Result<(), Error> {
    let text = cookie_text(token, life_s, is_secure, "Strict");
    let value = HeaderValue::try_from(text)
        .map_err(|err| Error::new(ErrorCode::Internal, "the cookie cannot be written").cause(err))?;
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(())
}
