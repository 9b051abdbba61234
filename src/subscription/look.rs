//! Looks at what is subscribed to, through the same doors as a request and `s.request`.
//!
//! Says what a subscriber must hold; whether it does is the actor's to look up.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::What;
use crate::command::Caller;
use crate::command::arguments::Given;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::registry::recent::Outcome;
use crate::requestable::{self, Told, ask};
use crate::wire::{self, ErrorCode, Frame};

/// Where values come from.
pub(crate) trait Looks: Send + Sync + 'static {
    /// What a subscriber must hold; `None` when there is no such thing any more.
    fn needs(&self, what: &What) -> Option<Permission>;
    /// Looks once, for this caller.
    fn look(&self, what: &What, caller: Caller) -> BoxFuture<'static, Outcome>;
}

impl Looks for House {
    fn needs(&self, what: &What) -> Option<Permission> {
        match what.client {
            // As `s.request` needs.
            Some(_) => Some(Permission::Manager),
            None => self.requestables().find(&what.name).map(|entry| entry.needs),
        }
    }

    fn look(&self, what: &What, caller: Caller) -> BoxFuture<'static, Outcome> {
        if let Some(client) = &what.client {
            let (house, client) = (self.clone(), client.clone());
            let request = wire::Request {
                id: 0,
                name: what.name.clone(),
                args: what.args.clone(),
            };
            return of_client(house, client, request).boxed();
        }
        match requestable::answer(self, caller, &what.name, Given::from(what.args.clone())) {
            Told::Now(outcome) => std::future::ready(outcome).boxed(),
            Told::Later(work) => work,
        }
    }
}

async fn of_client(house: House, client: String, request: wire::Request) -> Outcome {
    let reached = ask::offering(&house, &client, &request.name).await?;
    let within = ask::patience(&house, None)?;
    let frame = |id| Frame::Request(wire::Request { id, ..request });
    let value = ask::ask(&house, &reached, within, frame).await?;
    wire::to_cbor(&value)
        .map(bytes::Bytes::from)
        .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be encoded").cause(err))
}
