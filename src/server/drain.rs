//! Going down: no new work, the running work ends, everybody is told, the sockets empty.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::dialect::Opened;
use crate::house::{Course, House};
use crate::presence::actor::WriteAll;
use crate::registry::actor::CloseAll;
use crate::runtime::{CloseReason, targets};

/// How often it is looked whether everything has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The tasks that accept.
pub(super) struct Doors {
    pub(super) serversock: JoinHandle<()>,
    pub(super) http: JoinHandle<()>,
    pub(super) dialects: Vec<Opened>,
}

/// Drains within the configured time; what has not ended by then is cut.
pub(super) async fn down(house: &House, doors: Doors) {
    house.draining.store(true, Ordering::Relaxed);
    tracing::info!(target: targets::STATUS, sockets = house.open_sockets.count(), "the server drains");
    let deadline = Instant::now() + Duration::from_millis(house.config.limits.drain_ms);
    doors.serversock.abort();
    doors.dialects.iter().for_each(|port| port.task.abort());
    if let Some(subscriptions) = house.subscriptions.get() {
        subscriptions.stop();
    }
    house.datasocks.shut().await;
    // An acknowledgement already earned is still given.
    let half = Instant::now() + Duration::from_millis(house.config.limits.drain_ms / 2);
    until(half, || house.changes_running.load(Ordering::Acquire) == 0).await;
    let reason = match *house.stop.borrow() {
        Course::Restart => CloseReason::Restarting,
        Course::Serve | Course::End => CloseReason::ShuttingDown,
    };
    match house.registry.ask(CloseAll(reason)).await {
        Ok(clients) => tracing::info!(target: targets::STATUS, clients, "said good-bye"),
        Err(err) => tracing::warn!(target: targets::STATUS, %err, "clients could not be told"),
    }
    until(deadline, || house.open_sockets.count() == 0).await;
    if let Err(err) = house.mail.sweep().await {
        tracing::warn!(target: targets::STATUS, %err, "how far inboxes were delivered could not be saved; some messages come again");
    }
    house.places.write_down().await;
    doors.http.abort();
    if let Some(presences) = house.presence.teller() {
        // Everybody has left by now: when they did is written before the store closes.
        if let Err(err) = presences.ask(WriteAll).await {
            tracing::warn!(target: targets::STATUS, %err, "when people were last seen could not be written");
        }
        presences.stop();
    }
    house.operator.stop();
    house.bookings.stop();
    house.registry.stop();
}

async fn until(deadline: Instant, is_done: impl Fn() -> bool) {
    while !is_done() && Instant::now() < deadline {
        sleep(LOOK_EVERY).await;
    }
}
