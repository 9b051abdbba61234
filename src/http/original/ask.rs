//! One request to a route of the first system: who asks, what was posted, and commands called for it.
//!
//! Decides who an `id` is: whoever the token beside it, or of the request, belongs to, and nobody else.

use std::net::SocketAddr;
use std::time::Instant;

use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::booking::UserId;
use crate::command::Caller;
use crate::command::arguments::Given;
use crate::error::Error;
use crate::http::api::Api;
use crate::wire::strict::AsJson;
use crate::wire::{self, ErrorCode, ScanLimits, Value, strict};

/// Pages of one list that are put together; a longer one is for `/api/v1`.
const PAGES_MAX: usize = 100;

/// The request.
pub(super) struct Ask<'a> {
    pub(super) api: &'a Api,
    head: &'a Parts,
    from: SocketAddr,
    /// What the path names.
    pub(super) named: String,
    body: Value,
    arrived_at: Instant,
}

impl<'a> Ask<'a> {
    pub(super) fn new(
        api: &'a Api,
        head: &'a Parts,
        from: SocketAddr,
        named: String,
        body: &[u8],
    ) -> Result<Self, Error> {
        let body = if body.is_empty() {
            Value::Map(Vec::new())
        } else {
            let bad = |why| Error::new(ErrorCode::BadFrame, format!("the body cannot be read as JSON: {why}"));
            strict::read(body, ScanLimits::default()).map_err(bad)?
        };
        Ok(Self {
            api,
            head,
            from,
            named,
            body,
            arrived_at: Instant::now(),
        })
    }

    /// What was posted.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // Read as JSON, in which 50 is a number as 50.0 is.
        let read = serde_json::to_value(AsJson(&self.body)).and_then(serde_json::from_value);
        read.map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))
    }

    /// Who asks by the header or the cookie, or a guest.
    pub(super) async fn caller(&self) -> Result<Caller, Error> {
        let (api, head) = (self.api, self.head);
        api.known
            .caller(&api.house, &head.method, &head.headers, self.from)
            .await
    }

    /// Who asks by a token or key that was posted, or else by the header or the cookie.
    pub(super) async fn bearer(&self, token: Option<&str>) -> Result<Caller, Error> {
        match token {
            Some(token) => self.api.known.bearer(&self.api.house, token, self.from).await,
            None => self.caller().await,
        }
    }

    /// The person of that id, if the token is theirs.
    pub(super) async fn person(&self, id: &str, token: Option<&str>) -> Result<Caller, Error> {
        let caller = self.bearer(token).await?;
        match caller.standing.username.as_deref() {
            Some(name) if name == id => Ok(caller),
            Some(_) => Err(Error::new(
                ErrorCode::Forbidden,
                "`id` is not the person whose token this is",
            )),
            None => Err(Error::new(
                ErrorCode::Unauthenticated,
                "wanted the token of a person, as `token` or as a bearer token",
            )),
        }
    }

    /// Calls a command of the table.
    pub(super) async fn call(
        &self,
        caller: &Caller,
        command: &str,
        args: impl IntoIterator<Item = (&str, Value)>,
    ) -> Result<Value, Error> {
        let given = Given {
            names: args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Given::default()
        };
        let outcome = self.api.run(caller.clone(), command.to_owned(), given, self.arrived_at);
        wire::from_cbor(&outcome.await?)
            .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be read").cause(err))
    }

    /// All rows of a list that comes in pages: rows in `list`, the next page behind `next`; or rows alone, the next
    /// page behind the `key` of the last.
    pub(super) async fn all(
        &self,
        caller: &Caller,
        command: &str,
        args: &[(&str, Value)],
        (list, key): (Option<&str>, &str),
    ) -> Result<Vec<Value>, Error> {
        let mut rows = Vec::new();
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let more = after.map(|after| ("after", after));
            let args = args.iter().map(|(name, value)| (*name, value.clone()));
            let page = self.call(caller, command, args.chain(more)).await?;
            let found = match list {
                Some(list) => field(&page, list).and_then(Value::as_array),
                None => page.as_array(),
            };
            let found = found.map(Vec::as_slice).unwrap_or_default();
            rows.extend_from_slice(found);
            after = match list {
                Some(_) => field(&page, "next").cloned(),
                None => found.last().and_then(|row| field(row, key)).cloned(),
            };
            if after.as_ref().is_none_or(Value::is_null) {
                return Ok(rows);
            }
        }
        let message = format!("the list has more than {PAGES_MAX} pages, see /api/v1");
        Err(Error::new(ErrorCode::TooLarge, message))
    }

    /// The user names of those of these people who are online.
    pub(super) fn online<'p>(&self, people: &'p [Value]) -> impl Iterator<Item = String> + use<'a, 'p> {
        let presence = self.api.house.presence.clone();
        let online = move |person: &&Value| presence.find(UserId(whole(person, "user_id"))).is_some();
        people.iter().filter(online).map(|person| text(person, "user"))
    }
}

/// A field of a reply.
pub(super) fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = value.as_map()?;
    let found = fields.iter().find(|(known, _)| known.as_text() == Some(name));
    found.map(|(_, value)| value)
}

/// A text of a reply; empty where there is none.
pub(super) fn text(value: &Value, name: &str) -> String {
    field(value, name)
        .and_then(Value::as_text)
        .unwrap_or_default()
        .to_owned()
}

/// A whole number of a reply; 0 where there is none.
pub(super) fn whole(value: &Value, name: &str) -> i64 {
    let number = field(value, name).and_then(Value::as_integer);
    number.and_then(|number| number.try_into().ok()).unwrap_or_default()
}

/// A yes of a reply.
pub(super) fn is(value: &Value, name: &str) -> bool {
    field(value, name).and_then(Value::as_bool).unwrap_or_default()
}
