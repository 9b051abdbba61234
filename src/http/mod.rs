//! The HTTP side: `/api/v1` over the one command table, its document, the page that shows it, figures and health.
//!
//! Translates only. A request has a bound in time, in size and in number; what it may do is the dispatcher's to say.

mod api;
mod arguments;
mod body;
mod docs;
mod door;
mod download;
mod files;
mod frames;
mod health;
mod json;
mod line;
mod openapi;
mod original;
mod page;
mod patient;
mod pictures;
mod problem;
mod route;
mod routes;
mod rules;
mod session;
mod signin;
pub mod socketio;
mod translated;
mod who;

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use futures_util::FutureExt;
use tokio::net::TcpListener;

use crate::error::Error;
use crate::house::House;
use crate::runtime::Gate;
use crate::runtime::metrics::MetricsHandle;
use crate::tls::Transport;
use crate::wire::ErrorCode;
use api::Api;
use body::Bodies;
use line::Control;
use openapi::Printed;
use original::{Fetched, ORIGINALS, Original};
use problem::Problem;
use routes::{ROUTES, Route};
use translated::Translated;
use who::Known;

/// Where a request comes from: the peer of its connection, and what may be done to that.
#[derive(Debug, Clone)]
struct PeerAddress(SocketAddr, Arc<Control>);

/// Serves until the task is aborted.
pub(crate) async fn serve(house: House, metrics: MetricsHandle, listener: TcpListener) {
    let transport = match listener.local_addr().map(|address| house.tls.transport(address)) {
        Ok(Ok(transport)) => transport,
        Ok(Err(err)) => return tracing::error!(%err, "the HTTP side stays closed"),
        Err(err) => return tracing::error!(%err, "the HTTP side has no address"),
    };
    let limits = &house.config.limits;
    let (sockets, open) = socketio::open(&house);
    let api = Api {
        house: house.clone(),
        known: Known::default(),
        translated: Translated::default(),
        bodies: Bodies::new(limits),
        pictures: Bodies::of_pictures(&house.config),
        fetched: Fetched::default(),
        clients: open.clients(),
        gate: Gate::new("http", limits.http_in_flight, 0),
        is_secure: matches!(transport, Transport::Tls(_)),
    };
    let router = looked_at(&api, &metrics)
        .merge(commands(&api))
        .merge(files::routes(&api))
        .merge(sockets);
    door::serve(limits, transport, listener, router).await;
}

/// What is only looked at: figures and health, the document, and the page that shows it.
fn looked_at(api: &Api, metrics: &MetricsHandle) -> Router {
    let (metrics, watched) = (metrics.clone(), api.house.clone());
    let (printed, house) = (Printed::default(), api.house.clone());
    let (shown, settings) = (page::Page::new(&api.house), api.house.clone());
    let index = shown.clone();
    let mut router = Router::new()
        .route("/metrics", shows(api, move |_| ready(Ok(health::figures(&metrics)))))
        .route("/health/live", shows(api, |_| ready(Ok(health::live()))))
        .route(
            "/health/ready",
            shows(api, move |_| health::ready(watched.clone()).map(Ok)),
        )
        .route(
            "/openapi.json",
            shows(api, move |asked| ready(Ok(printed.answer(&house, &asked.headers)))),
        )
        .route(
            "/",
            shows(api, move |asked| ready(index.answer("index.html", &asked.headers))),
        )
        .route(
            "/page/settings.json",
            shows(api, move |_| page::settings(settings.clone())),
        )
        .route(
            "/page/{*path}",
            shows(api, move |asked| {
                let path = asked.uri.path();
                ready(shown.answer(path.strip_prefix("/page/").unwrap_or(path), &asked.headers))
            }),
        );
    for file in &docs::FILES {
        router = router.route(file.path, shows(api, move |asked| ready(file.answer(&asked.headers))));
    }
    router
}

/// What is only looked at, at one path.
fn shows<F>(api: &Api, answer: impl Fn(&Parts) -> F + Clone + Send + Sync + 'static) -> MethodRouter
where
    F: Future<Output = Result<Response, Error>> + Send,
{
    let api = api.clone();
    any(move |request: Request| {
        let (api, answer) = (api.clone(), answer.clone());
        async move {
            let (asked, _) = request.into_parts();
            let answered = match api.gate.try_enter() {
                _ if !matches!(asked.method, Method::GET | Method::HEAD) => {
                    other_method(&asked.method, &[&Method::GET])
                }
                Some(_pass) => answer(&asked).await.map_err(Problem::from),
                None => Err(api::busy()),
            };
            api.finish(answered)
        }
    })
}

/// Every route of the table, the session, and what is none of them.
fn commands(api: &Api) -> Router {
    let mut router = Router::new();
    let mut paths: Vec<&'static str> = Vec::new();
    for route in ROUTES {
        if paths.contains(&route.path) {
            continue;
        }
        paths.push(route.path);
        let api = api.clone();
        let there: Vec<&'static Route> = ROUTES.iter().filter(|one| one.path == route.path).collect();
        let answer = move |ConnectInfo(from): ConnectInfo<PeerAddress>, path, request| {
            let (api, there) = (api.clone(), there.clone());
            async move { at_path(&api, &there, from.0, path, request).await }
        };
        router = router.route(&format!("{}{}", openapi::BASE, route.path), any(answer));
    }
    for route in ORIGINALS {
        let api = api.clone();
        let answer = move |ConnectInfo(from): ConnectInfo<PeerAddress>, path, request| {
            let api = api.clone();
            async move { api.finish(at_original(&api, route, from.0, path, request).await) }
        };
        router = router.route(route.path, any(answer));
    }
    let (sessions, nowhere) = (api.clone(), api.clone());
    let signs = api.clone();
    let sign_in = move |ConnectInfo(from): ConnectInfo<PeerAddress>, request: Request| {
        let api = signs.clone();
        async move { api.finish(signin::at(&api, from.0, request).await) }
    };
    let session = move |ConnectInfo(from): ConnectInfo<PeerAddress>, request: Request| {
        let api = sessions.clone();
        async move { api.finish(at_session(&api, from.0, request).await) }
    };
    let camera = api.clone();
    let picture = move |ConnectInfo(from): ConnectInfo<PeerAddress>, request: Request| {
        let api = camera.clone();
        async move { api.finish(pictures::at(&api, from.0, request).await) }
    };
    let nowhere = move |request: Request| {
        let shown: String = request
            .uri()
            .path()
            .chars()
            .take(64)
            .flat_map(char::escape_debug)
            .collect();
        let problem = Error::new(
            ErrorCode::NotFound,
            format!("there is nothing at `{shown}`, see /openapi.json"),
        );
        ready(nowhere.finish(Err(problem.into())))
    };
    router
        .route(&format!("{}/session", openapi::BASE), any(session))
        .route(&format!("{}/pictures", openapi::BASE), any(picture))
        .route("/auth", any(sign_in.clone()))
        .route("/auth/{*rest}", any(sign_in))
        .fallback(nowhere)
}

type PathParams = Result<RawPathParams, axum::extract::rejection::RawPathParamsRejection>;

/// One path: the route of the method, or what there is.
async fn at_path(
    api: &Api,
    there: &[&'static Route],
    from: SocketAddr,
    path: PathParams,
    request: Request,
) -> Response {
    let method = if request.method() == Method::HEAD {
        &Method::GET
    } else {
        request.method()
    };
    let Some(route) = there.iter().find(|route| route.method == *method) else {
        let methods: Vec<&Method> = there.iter().map(|route| &route.method).collect();
        return api.finish(other_method(request.method(), &methods));
    };
    match names(path) {
        Ok(path) => api.answer(route, path, from, request).await,
        Err(err) => api.finish(Err(err.into())),
    }
}

/// What a path names.
fn names(path: PathParams) -> Result<Vec<(String, String)>, Error> {
    let path = path.map_err(|_| Error::new(ErrorCode::BadFrame, "the path is no UTF-8"))?;
    let names = path.iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
    Ok(names.collect())
}

/// A route of the first system; each path has one method.
async fn at_original(
    api: &Api,
    route: &'static Original,
    from: SocketAddr,
    path: PathParams,
    request: Request,
) -> Result<Response, Problem> {
    let is_head = *request.method() == Method::HEAD && route.method == Method::GET;
    if *request.method() != route.method && !is_head {
        return other_method(request.method(), &[&route.method]);
    }
    original::at(api, route, names(path)?, from, request).await
}

async fn at_session(api: &Api, from: SocketAddr, request: Request) -> Result<Response, Problem> {
    if !matches!(*request.method(), Method::POST | Method::DELETE) {
        return other_method(request.method(), &[&Method::POST, &Method::DELETE]);
    }
    let (head, body) = request.into_parts();
    let body = api.bodies.read(&head, body).await?;
    let _pass = api.gate.try_enter().ok_or_else(api::busy)?;
    let house = &api.house;
    if head.method == Method::POST {
        return Ok(session::begin(house, &head.headers, from, &body.bytes, api.is_secure).await?);
    }
    Ok(session::end(house, &api.known, &head.headers, from, api.is_secure).await?)
}

/// OPTIONS, or a method that is not there: both say which are.
fn other_method(method: &Method, there: &[&Method]) -> Result<Response, Problem> {
    let mut names: Vec<&str> = there.iter().map(|method| method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    let allow = HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"));
    if method == Method::OPTIONS {
        return Ok((StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response());
    }
    let shown: String = method.as_str().chars().take(16).collect();
    let message = format!("got {shown}, wanted one of {}", names.join(", "));
    let problem = Problem::with(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadFrame, message);
    Err(problem.allowing(allow))
}
