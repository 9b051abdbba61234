//! The routes of the first system under their own paths, with their own bodies: each translates to commands of the table.
//!
//! What that system answered with an empty 200 is a problem document here. An id in a body is looked at against the
//! token beside it; whoever operates shows an operator's token.

mod admin;
mod answer;
mod ask;
mod bot;
mod document;
mod fetched;
mod inbox;
mod user;

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures_util::future::BoxFuture;
use schemars::{Schema, SchemaGenerator};

use super::api::{Api, busy};
use super::problem::Problem;
use crate::error::Error;
use answer::Answer;
use ask::Ask;
pub(super) use document::operations;
pub(super) use fetched::Fetched;

/// Puts a schema into the document.
type Shape = fn(&mut SchemaGenerator) -> Schema;

/// One route.
pub(super) struct Original {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// For the document.
    about: &'static str,
    /// What is posted, if anything.
    body: Option<Shape>,
    /// What is answered; nothing where it is text.
    reply: Option<Shape>,
    answer: for<'a> fn(&'a Ask<'a>) -> BoxFuture<'a, Result<Answer, Error>>,
}

/// Declares a route: method, path, what it is for, what is posted, what is answered, and the function.
macro_rules! route {
    ($method:ident $path:literal, $about:literal, $($body:ty)? => text, $answer:path) => {
        route!(@ $method, $path, $about, [$($body)?], None, $answer)
    };
    ($method:ident $path:literal, $about:literal, $($body:ty)? => $reply:ty, $answer:path) => {
        route!(@ $method, $path, $about, [$($body)?], Some(SchemaGenerator::subschema_for::<$reply>), $answer)
    };
    (@ $method:ident, $path:literal, $about:literal, [], $reply:expr, $answer:path) => {
        Original {
            method: Method::$method,
            path: $path,
            about: $about,
            body: None,
            reply: $reply,
            answer: |ask| Box::pin($answer(ask)),
        }
    };
    (@ $method:ident, $path:literal, $about:literal, [$body:ty], $reply:expr, $answer:path) => {
        Original {
            body: Some(SchemaGenerator::subschema_for::<$body>),
            ..route!(@ $method, $path, $about, [], $reply, $answer)
        }
    };
}

/// Every route.
pub(super) static ORIGINALS: &[Original] = &[
    route!(POST "/API/user/update/coordinates", "Says where you are; answers the building.", user::Coordinates => text, user::coordinates),
    route!(POST "/API/user/update/range", "Says how far your range goes.", user::Range => text, user::range),
    route!(POST "/API/user/show/building", "Who is in your building.", user::Me => Vec<answer::Id>, user::building),
    route!(POST "/API/user/show/range", "Who is within your range.", user::Around => Vec<String>, user::around),
    route!(POST "/API/user/message/send", "Sends a message to people.", user::Message => text, user::send),
    route!(POST "/API/user/message/receive", "Messages that a session of yours has not fetched.", user::Fetch => Vec<String>, inbox::receive),
    route!(GET "/API/bot/check/{id}", "How a bot is.", => bot::Checked, bot::check),
    route!(GET "/API/bot/show/buildings", "The buildings there are.", => Vec<answer::Named>, bot::buildings),
    route!(POST "/API/bot/register", "Registers a bot; its key is shown this once.", bot::Register => bot::Registered, bot::register),
    route!(POST "/API/bot/auth", "Whether this is the key of the bot.", bot::Auth => bot::Known, bot::auth),
    route!(POST "/API/bot/message", "A bot speaks to its building.", bot::Message => bot::Checked, bot::message),
    route!(POST "/API/admin/buildings/add", "Adds a building, or puts it in the place of one.", admin::Building => Vec<answer::Nothing>, admin::add_building),
    route!(GET "/API/admin/buildings/show", "The buildings there are.", => Vec<answer::Named>, admin::buildings),
    route!(GET "/API/admin/users/show", "Everybody.", => Vec<answer::Id>, admin::users),
    route!(GET "/API/admin/users/show/online", "Who is online.", => Vec<admin::Online>, admin::online),
    route!(GET "/API/admin/users/show/building/{building}", "Who is online and in a building.", => Vec<answer::Id>, admin::in_building),
    route!(GET "/API/admin/logs/show/user/{user}", "The last ten things somebody did.", => Vec<admin::UserLine>, admin::log_of_user),
    route!(GET "/API/admin/logs/show/building/{building}", "The last ten things bots said in a building.", => Vec<admin::BotLine>, admin::log_of_building),
    route!(POST "/API/admin/bots/update/auth", "Lets a bot speak, or not any more.", admin::Clearance => Vec<answer::Nothing>, admin::clear_bot),
    route!(GET "/API/admin/bots/show/auth/{authorised}", "The bots that may speak, or those that may not.", => Vec<answer::Id>, admin::bots),
];

/// Answers one request.
pub(super) async fn at(
    api: &Api,
    route: &Original,
    path: Vec<(String, String)>,
    from: SocketAddr,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let body = api.bodies.read(&head, body).await?;
    let _pass = api.gate.try_enter().ok_or_else(busy)?;
    let name = path.into_iter().next().map(|(_, text)| text).unwrap_or_default();
    let ask = Ask::new(api, &head, from, name, &body.bytes)?;
    Ok((route.answer)(&ask).await?.response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_first_system_is_there_once() {
        let mut seen: Vec<(&Method, &str)> = ORIGINALS.iter().map(|route| (&route.method, route.path)).collect();
        assert_eq!(seen.len(), 20);
        seen.dedup();
        assert_eq!(seen.len(), 20);
        for route in ORIGINALS {
            assert_eq!(route.body.is_some(), route.method == Method::POST, "{}", route.path);
        }
    }
}
