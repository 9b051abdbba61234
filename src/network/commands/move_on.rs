//! Moving a client to another server: it is told where, and when it has taken that its connection here ends.

use std::time::Duration;

use crate::client::named as by_name;
use crate::command::Caller;
use crate::error::Error;
use crate::house::House;
use crate::network::orders;
use crate::requestable::ask;
use crate::runtime::CloseReason;
use crate::wire::{ErrorCode, Value};

/// What the client is called with.
const CONNECT: &str = "connect";
/// Time in which the answer of the command that moves it can still reach the client.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Tells the caller's own client to connect there.
pub(super) async fn move_caller(house: &House, caller: &Caller, host: String, port: u16) -> Result<String, Error> {
    let client = ask::reach(house, &caller.standing.client_id).await?;
    if !client.commands.iter().any(|offered| offered == CONNECT) {
        let message = "your client does not offer the command `connect`, so it cannot be moved";
        return Err(Error::new(ErrorCode::NotNow, message));
    }
    let said = format!("You are moved to {host}:{port}");
    let args = by_name([("host", Value::from(host)), ("port", Value::from(port))]);
    orders::call(house, &client, CONNECT, args).await?;
    let peer = client.peer;
    drop(tokio::spawn(async move {
        tokio::time::sleep(LAST_WORDS).await;
        peer.close(CloseReason::Moved);
    }));
    Ok(said)
}
