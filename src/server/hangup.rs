//! What SIGHUP does: the configuration is read again. It never ends the server.

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::extend::reload;
use crate::house::House;
use crate::store::change::Change;

/// From here on, reads again at each SIGHUP until the task is aborted; not in a program that has signals of its own.
pub(super) fn watch(house: &House, has_signals: bool) -> JoinHandle<()> {
    let hangup = has_signals.then(|| signal(SignalKind::hangup()));
    let house = house.clone();
    tokio::spawn(async move {
        let mut hangup = match hangup {
            Some(Ok(hangup)) => hangup,
            Some(Err(err)) => return tracing::warn!(%err, "SIGHUP cannot be caught; use s.reload()"),
            None => return,
        };
        while hangup.recv().await.is_some() {
            let change = Change {
                at: house.clock.now(),
                who: "server".to_owned(),
                what: "SIGHUP".to_owned(),
                request: None,
            };
            // Its end is in the log.
            drop(reload(&house, change).await);
        }
    })
}
