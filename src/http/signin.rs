//! `/auth`: to a provider and back, and out again. Translates only: what is believed is decided in `crate::signin`.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::api::{self, Api};
use super::problem::Problem;
use super::session::{cookie_text, signed_in};
use super::who::{Credentials, cookie_of};
use super::{other_method, session};
use crate::account::Source;
use crate::account::commands::hang_up;
use crate::config::SignUp;
use crate::error::Error;
use crate::session::by_provider;
use crate::signin::{Arrived, CallbackQuery, Provider, Refusal, count};
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// How people can sign in here.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ways {
    providers: Vec<Way>,
    signup: SignUp,
}

#[derive(Serialize, JsonSchema)]
struct Way {
    name: String,
    /// Where a browser goes to sign in.
    begin: String,
}

/// What a sign-out says to a program.
#[derive(Serialize, JsonSchema)]
pub(super) struct SignedOut {
    /// Where to go to sign out at the provider too.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_session: Option<String>,
}

/// Answers everything below `/auth`.
pub(super) async fn at(api: &Api, from: SocketAddr, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let body = api.bodies.whole(&head, body).await?;
    // Only now: who sends slowly takes no place.
    let _pass = api.gate.try_enter().ok_or_else(api::busy)?;
    let parts: Vec<&str> = head.uri.path().split('/').skip(2).collect();
    let is_get = matches!(head.method, Method::GET | Method::HEAD);
    match parts.as_slice() {
        [] if is_get => Ok(ways(api)),
        [] | [_, "begin" | "callback"] if !is_get => other_method(&head.method, &[&Method::GET]),
        [name, "begin"] => begin(api, name, &head).await,
        [name, "callback"] => callback(api, name, from, &head).await,
        ["signout"] | [_, "backchannel-logout"] if head.method != Method::POST => {
            other_method(&head.method, &[&Method::POST])
        }
        ["signout"] => sign_out(api, from, &head.headers).await,
        [name, "backchannel-logout"] => logged_out(api, name, &body.bytes).await,
        _ => Err(Error::new(ErrorCode::NotFound, "there is nothing of signing in at this path").into()),
    }
}

fn ways(api: &Api) -> Response {
    let providers = api.house.providers.names().map(|name| Way {
        begin: format!("/auth/{name}/begin"),
        name: name.to_owned(),
    });
    json(&Ways {
        providers: providers.collect(),
        signup: api.house.config.accounts.signup,
    })
}

fn json(value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn parameter(head: &Parts, name: &str) -> Option<String> {
    let query = head.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

async fn begin(api: &Api, name: &str, head: &Parts) -> Result<Response, Problem> {
    let provider = api.house.providers.find(name).map_err(Error::from)?;
    let next = parameter(head, "next");
    let wants_token = match parameter(head, "answer").as_deref() {
        None | Some("cookie") => false,
        Some("token") => true,
        Some(_) => return Err(Error::new(ErrorCode::BadArguments, "`answer` is cookie or token").into()),
    };
    let begun = provider
        .begin(next.as_deref(), wants_token, api.house.clock.now())
        .await;
    let begun = begun.map_err(|refusal| refused(provider, refusal))?;
    let (cookie, value, life_s) = begun.cookie;
    let secure = if is_secure(api) { "; Secure" } else { "" };
    let cookie = format!("{cookie}={value}; Path=/auth/{name}; HttpOnly; SameSite=Lax; Max-Age={life_s}{secure}");
    let mut response = leads(StatusCode::FOUND, &begun.location)?;
    add_cookie(&mut response, cookie)?;
    Ok(response)
}

async fn callback(api: &Api, name: &str, from: SocketAddr, head: &Parts) -> Result<Response, Problem> {
    let house = &api.house;
    let provider = house.providers.find(name).map_err(Error::from)?;
    let source = Source::Address(from.ip());
    let attempt = house.accounts.provider_try(&source).await.map_err(Error::from)?;
    let (arrived, ticket) = match arrive(api, provider, head).await {
        Ok(arrived) => arrived,
        Err(refusal) if refusal.may_pass() => {
            attempt.given_back();
            return Err(refused(provider, refusal).into());
        }
        Err(refusal) => {
            attempt.failed();
            return Err(refused(provider, refusal).into());
        }
    };
    attempt.succeeded();
    count(provider, None);
    let software = head.headers.get(header::USER_AGENT);
    let software = software.and_then(|text| text.to_str().ok()).unwrap_or_default();
    let (next, wants_token) = (arrived.next.clone(), arrived.wants_token);
    let (standing, token) = by_provider::sign_in(house, provider, arrived, software, from.ip()).await?;
    let mut response = if wants_token {
        json(&signed_in(house, &standing, Some(token.clone())))
    } else {
        leads(StatusCode::SEE_OTHER, &next)?
    };
    if !wants_token {
        // Lax: the way here began at the provider's page, and a strict cookie would not go along with it.
        let life_s = session::life_s(house);
        add_cookie(&mut response, cookie_text(&token, life_s, is_secure(api), "Lax"))?;
    }
    add_cookie(
        &mut response,
        format!("{ticket}=; Path=/auth/{name}; HttpOnly; SameSite=Lax; Max-Age=0"),
    )?;
    Ok(response)
}

async fn arrive(api: &Api, provider: &Provider, head: &Parts) -> Result<(Arrived, String), Refusal> {
    let query = CallbackQuery::read(head.uri.query().unwrap_or_default())?;
    let name = query.cookie_name();
    let ticket = cookie_of(&head.headers, &name);
    let arrived = provider.arrive(query, ticket.as_deref(), api.house.clock.now()).await?;
    Ok((arrived, name))
}

/// Signs out here, and says where one signs out at the provider too.
async fn sign_out(api: &Api, from: SocketAddr, headers: &HeaderMap) -> Result<Response, Problem> {
    let house = &api.house;
    let caller = api.known.caller(house, &Method::POST, headers, from).await?;
    let Credentials::Secret { text, is_cookie } = Credentials::of(headers)? else {
        return Err(Error::new(ErrorCode::Unauthenticated, "nobody is signed in by this request").into());
    };
    let end_session = match caller.standing.user {
        Some(user) => end_session_of(api, user, caller.standing.client_id.to_string()).await?,
        None => None,
    };
    session::end_token(house, &text, from).await?;
    let mut response = if wants_json(headers) {
        json(&SignedOut { end_session })
    } else {
        leads(StatusCode::SEE_OTHER, end_session.as_deref().unwrap_or("/"))?
    };
    if is_cookie {
        add_cookie(&mut response, cookie_text("", 0, is_secure(api), "Lax"))?;
    }
    Ok(response)
}

async fn end_session_of(api: &Api, user: crate::account::UserId, client_id: String) -> Result<Option<String>, Error> {
    let house = &api.house;
    let Some(grant) = house.accounts.grant_of_client(user, client_id).await? else {
        return Ok(None);
    };
    // A provider that is no more in the configuration, or tokens of another key: then there is nowhere to go.
    let Ok(provider) = house.providers.find(&grant.provider) else {
        return Ok(None);
    };
    let tokens = provider.open(&grant.subject, &grant.sealed).unwrap_or_default();
    Ok(provider.end_session(&tokens).await)
}

/// A provider says that somebody signed out there.
async fn logged_out(api: &Api, name: &str, body: &[u8]) -> Result<Response, Problem> {
    let house = &api.house;
    let provider = house.providers.find(name).map_err(Error::from)?;
    let mut pairs = form_urlencoded::parse(body);
    let token = pairs
        .find(|(known, _)| known == "logout_token")
        .map(|(_, value)| value.into_owned());
    let now = house.clock.now();
    let heard = match &token {
        Some(token) => provider.logged_out(token, now).await,
        None => Err(Refusal::NoToken),
    };
    count(provider, heard.as_ref().err().copied());
    let out = heard.map_err(|refusal| Problem::at(StatusCode::BAD_REQUEST, refusal.into()))?;
    let grants = house
        .accounts
        .grants_of(name.to_owned(), out.subject, out.sid)
        .await
        .map_err(Error::from)?;
    let change = Change {
        at: now,
        who: format!("provider:{name}"),
        what: "sign-out".to_owned(),
        request: None,
    };
    let ended = house
        .accounts
        .provider_ends(grants, change)
        .await
        .map_err(Error::from)?;
    hang_up(house, ended).await?;
    Ok(StatusCode::OK.into_response())
}

/// Counted and logged; what the person hears says no more than the reason.
fn refused(provider: &Provider, refusal: Refusal) -> Error {
    count(provider, Some(refusal));
    tracing::info!(
        provider = provider.config().name,
        reason = refusal.reason(),
        "a sign-in by a provider came to nothing"
    );
    refusal.into()
}

fn is_secure(api: &Api) -> bool {
    let public = api.house.config.server.public_url.as_deref().unwrap_or_default();
    api.is_secure || public.starts_with("https://")
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|text| text.to_str().ok());
    accept.is_some_and(|text| text.contains("application/json"))
}

fn leads(status: StatusCode, to: &str) -> Result<Response, Error> {
    let location = HeaderValue::try_from(to)
        .map_err(|err| Error::new(ErrorCode::Internal, "the way on cannot be written").cause(err))?;
    Ok((status, [(header::LOCATION, location)]).into_response())
}

fn add_cookie(response: &mut Response, text: String) -> Result<(), Error> {
    let value = HeaderValue::try_from(text)
        .map_err(|err| Error::new(ErrorCode::Internal, "the cookie cannot be written").cause(err))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}
