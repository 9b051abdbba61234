//! What servers tell servers to do: restart, shut down, the layer. Downwards to those below, and obeyed from above.
//!
//! Whether the caller may is the command's own check.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};

use crate::error::Error;
use crate::house::{Course, House};
use crate::registry::actor::List;
use crate::requestable::ask::{self, Reached};
use crate::store::change::Change;
use crate::wire::{self, Args, ClientKind, ErrorCode, Frame, Value};

/// Time in which a server below says that it will.
const WITHIN: Duration = Duration::from_secs(5);
/// Servers told at the same time.
const TOLD_AT_ONCE: usize = 64;
/// What those above ask for to end everything below.
const SHUTDOWN_NETWORK: &str = "shutdownnetwork";

/// A connected server of that name or id, that offers this command.
pub(super) async fn below(house: &House, name: &str, command: &str) -> Result<Reached, Error> {
    let reached = ask::reach(house, name).await?;
    if reached.standing.kind != ClientKind::Server {
        let message = format!("`{}` is no server", reached.standing.name());
        return Err(Error::new(ErrorCode::NotFound, message));
    }
    if !reached.commands.iter().any(|offered| offered == command) {
        let code = ErrorCode::UnknownCommand;
        return Err(ask::not_offered(code, "command", &reached, command, &reached.commands));
    }
    Ok(reached)
}

/// Calls a command of a client.
pub(super) async fn call(house: &House, client: &Reached, command: &str, args: Args) -> Result<Value, Error> {
    let command = command.to_owned();
    let deadline_ms = u64::try_from(WITHIN.as_millis()).ok();
    let frame = |id| {
        Frame::Call(wire::Call {
            id,
            command,
            args,
            deadline_ms,
        })
    };
    ask::ask(house, client, WITHIN, frame).await
}

/// Calls a command of every server below that offers it; gives how many took it and how many did not.
pub(super) async fn call_all(house: &House, command: &str, args: &Args) -> (usize, usize) {
    let Ok(listed) = house.registry.ask(List).await else {
        return (0, 0);
    };
    let servers = listed.into_iter().filter(|one| one.kind == ClientKind::Server);
    let told: Vec<BoxFuture<'_, bool>> = servers
        .map(|one| takes(house, one.client_id, command, args).boxed())
        .collect();
    let told: Vec<bool> = stream::iter(told).buffer_unordered(TOLD_AT_ONCE).collect().await;
    let took = told.iter().filter(|took| **took).count();
    (took, told.len() - took)
}

async fn takes(house: &House, client_id: Arc<str>, command: &str, args: &Args) -> bool {
    match below(house, &client_id, command).await {
        Ok(reached) => call(house, &reached, command, args.clone()).await.is_ok(),
        Err(_) => false,
    }
}

/// Tells those below of another layer; who does not hear it asks by itself soon.
pub(super) fn tell_layer(house: &House) {
    let house = house.clone();
    drop(tokio::spawn(async move {
        let layer = house.network.layer().saturating_add(1);
        let args = Args::Position(vec![Value::from(layer)]);
        let (took, not) = call_all(&house, "setlayer", &args).await;
        tracing::debug!(layer, took, not, "servers below were told of their layer");
    }));
}

/// The parent told to: writes it down, and passes on what is for everybody below. The end itself follows by [`end`].
pub(super) async fn obeyed(house: &House, command: &str) -> Result<(), Error> {
    let change = Change {
        at: house.clock.now(),
        who: "parent".to_owned(),
        what: command.to_owned(),
        request: None,
    };
    house
        .store
        .write(move |conn| change.record(conn, "", "ok", None, None))
        .await?;
    if command == SHUTDOWN_NETWORK {
        let (took, not) = end_below(house).await;
        tracing::info!(took, not, "servers below were told to shut down");
    }
    Ok(())
}

/// Every server below is told to shut down with those below it.
pub(super) async fn end_below(house: &House) -> (usize, usize) {
    call_all(house, SHUTDOWN_NETWORK, &Args::default()).await
}

/// Ends this server as told.
pub(super) fn end(house: &House, command: &str) {
    match command {
        "restart" => house.restart(),
        _ => drop(house.stop.send_replace(Course::End)),
    }
}
