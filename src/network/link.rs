//! The service `parent`: keeps this server connected to its parent, as a client of kind `server`.
//!
//! A lost parent is found again with growing, jittered pauses. Over the link, and nowhere else, this server offers the
//! commands `restart`, `shutdown`, `shutdownnetwork` and `setlayer` and tells `LISTNETWORK` and `SERVERDATA`. It owns the
//! link and decides nothing about who may be a parent.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::kept::Wanted;
use super::{State, orders, tree};
use crate::client::{Client, ConnectOptions, Incoming, LinkState, Pauses, Reconnecting};
use crate::error::Error;
use crate::house::House;
use crate::service::recipe::{Repeating, Rhythm};
use crate::tls::{TlsMode, Trust};
use crate::wire::{Args, ClientKind, ErrorCode, Login, Value, WireError};

/// How often it is looked whether another parent is wanted.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the parent is asked who is above it; it also tells when that changes.
const REFRESH: Duration = Duration::from_secs(10);
/// Pauses between two tries to reach a parent.
const PAUSES: Pauses = Pauses {
    first: Duration::from_millis(250),
    max: Duration::from_secs(30),
};
/// Pauses after a refusal: a wrong key, a circle.
const REFUSED: Pauses = Pauses {
    first: Duration::from_secs(5),
    max: Duration::from_secs(60),
};
/// Time in which the parent answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Questions of the parent that are answered at a time; one more hears `busy`.
const ANSWERS_MAX: usize = 4;
/// Commands that the parent may call.
const COMMANDS: [&str; 4] = ["restart", "shutdown", "shutdownnetwork", "setlayer"];
/// What the parent may ask for.
const REQUESTABLES: [&str; 2] = ["LISTNETWORK", "SERVERDATA"];

/// The service.
#[derive(Default)]
pub(crate) struct Parent(Option<Kept>);

/// A link and the parent it is for; ends when dropped.
struct Kept {
    generation: u64,
    task: JoinHandle<()>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Repeating for Parent {
    const NAME: &'static str = "parent";

    fn rhythm(_house: &House) -> Rhythm {
        Rhythm::every(LOOK_EVERY)
    }

    fn fresh(_house: &House) -> Self {
        Self::default()
    }

    async fn first_after(&mut self, _house: &House) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let above = house.network.above();
        let is_kept = |kept: &Kept| kept.generation == above.generation && !kept.task.is_finished();
        if self.0.as_ref().is_some_and(is_kept) {
            return Ok(String::new());
        }
        let was = self.0.take();
        let Some(wanted) = above.wanted else {
            return Ok(was.map_or_else(String::new, |_| "there is no parent any more".to_owned()));
        };
        let address = wanted.address.clone();
        let task = tokio::spawn(keep(house.clone(), wanted, above.generation));
        self.0 = Some(Kept {
            generation: above.generation,
            task,
        });
        Ok(format!("the parent is {address}"))
    }
}

/// Stays with a parent until it is aborted.
async fn keep(house: House, wanted: Arc<Wanted>, generation: u64) {
    let mut refusals = 0_u32;
    loop {
        let why = follow(&house, &wanted, generation, &mut refusals).await;
        tracing::warn!(parent = wanted.address, %why, "the parent cannot be followed");
        house.network.set(generation, State::Refused(why));
        refusals = refusals.saturating_add(1);
        sleep(REFUSED.after(refusals, getrandom::u32().unwrap_or_default())).await;
    }
}

/// Follows a parent over lost connections; gives why it is not to be followed any more.
async fn follow(house: &House, wanted: &Wanted, generation: u64, refusals: &mut u32) -> String {
    let link = Reconnecting::start(wanted.address.clone(), options(house, wanted), PAUSES);
    let Some(mut incoming) = link.incoming() else {
        return "the link has no reader".to_owned();
    };
    let mut states = link.states();
    let mut refresh = interval(REFRESH);
    refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut answers = JoinSet::new();
    let mut up: Option<Client> = None;
    let mut was_up = false;
    loop {
        tokio::select! {
            changed = states.changed() => {
                if changed.is_err() {
                    return "the link ended".to_owned();
                }
                let state = states.borrow_and_update().clone();
                match state {
                    LinkState::Connecting => {}
                    LinkState::Up { client, .. } => {
                        if let Err(why) = place(house, &client, generation).await {
                            link.bye().await;
                            return why;
                        }
                        *refusals = 0;
                        if std::mem::replace(&mut was_up, true) {
                            house.network.meters.came_back();
                        }
                        tracing::info!(parent = wanted.address, layer = house.network.layer(), "connected to the parent");
                        house.network.set(generation, State::Up);
                        up = Some(client);
                    }
                    LinkState::Down { why, .. } => {
                        up = None;
                        house.network.set(generation, State::Down(why.to_string()));
                    }
                    LinkState::Ended { why } => return why.to_string(),
                }
            }
            Some(said) = incoming.recv() => heard(house, &link, up.as_ref(), generation, &mut answers, said),
            _ = refresh.tick(), if up.is_some() => if let Some(client) = &up
                && let Err(why) = place(house, client, generation).await {
                    link.bye().await;
                    return why;
                },
            Some(_) = answers.join_next() => {}
        }
    }
}

fn options(house: &House, wanted: &Wanted) -> ConnectOptions {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ConnectOptions {
        kind: ClientKind::Server,
        description: Some(house.config.server.description.clone()),
        commands: owned(&COMMANDS),
        requestables: owned(&REQUESTABLES),
        login: Some(Login::Key(wanted.key.0.clone())),
        tls: match wanted.fingerprint {
            Some(_) => TlsMode::Everywhere,
            None => TlsMode::OffLoopback,
        },
        trust: Trust {
            fingerprint: wanted.fingerprint,
            ..Trust::default()
        },
        call_timeout: ANSWER_WITHIN,
        incoming_max: 32,
        ..ConnectOptions::default()
    }
}

/// Asks the parent who is above and takes the place below. Those below are told of another layer. A parent that does not
/// answer in time keeps its child where it is: the heartbeat of the link decides whether it is lost.
async fn place(house: &House, client: &Client, generation: u64) -> Result<(), String> {
    let told = match client.request("LINEAGE", Args::default()).await {
        Ok(told) => told,
        Err(err) if matches!(err.code(), Some(ErrorCode::UnknownRequestable | ErrorCode::Forbidden)) => {
            return Err(format!("the parent does not say who is above: {err}"));
        }
        Err(_) => return Ok(()),
    };
    let lineage = told
        .deserialized::<Vec<String>>()
        .map_err(|_| "the parent's LINEAGE is no list of ids".to_owned())?;
    if house.network.descend(generation, lineage)? {
        orders::tell_layer(house);
    }
    Ok(())
}

/// What came from the parent.
fn heard(
    house: &House,
    link: &Reconnecting,
    up: Option<&Client>,
    generation: u64,
    answers: &mut JoinSet<()>,
    said: Incoming,
) {
    let id = match &said {
        Incoming::Call { id, .. } | Incoming::Request { id, .. } => *id,
        _ => return,
    };
    if answers.len() >= ANSWERS_MAX {
        link.answer(
            id,
            Err(refusal(ErrorCode::Busy, "this server answers its parent already")),
        );
        return;
    }
    let (house, link, up) = (house.clone(), link.clone(), up.cloned());
    drop(answers.spawn(async move {
        match said {
            Incoming::Call { command, .. } => called(&house, &link, up, generation, id, &command).await,
            Incoming::Request { name, args, .. } => {
                let outcome = match name.as_str() {
                    "LISTNETWORK" => tree::for_parent(&house, args).await,
                    "SERVERDATA" => Ok(tree::about(&house)),
                    _ => Err(refusal(
                        ErrorCode::UnknownRequestable,
                        "there are LISTNETWORK, SERVERDATA",
                    )),
                };
                link.answer(id, outcome);
            }
            _ => {}
        }
    }));
}

async fn called(house: &House, link: &Reconnecting, up: Option<Client>, generation: u64, id: u64, command: &str) {
    if command == "setlayer" {
        let placed = match &up {
            Some(client) => place(house, client, generation).await,
            None => Ok(()),
        };
        link.answer(
            id,
            placed
                .map(|()| Value::Null)
                .map_err(|why| refusal(ErrorCode::Conflict, &why)),
        );
        return;
    }
    let done = match command {
        "restart" | "shutdown" | "shutdownnetwork" => orders::obeyed(house, command).await,
        _ => Err(Error::new(
            ErrorCode::UnknownCommand,
            format!("there are {}", COMMANDS.join(", ")),
        )),
    };
    let is_done = done.is_ok();
    let outcome = done.map(|()| Value::Null).map_err(|err| err.to_wire());
    match up {
        // Pushed before the end that follows; what is pushed goes out.
        Some(client) => drop(client.answer(id, outcome).await),
        None => link.answer(id, outcome),
    }
    if is_done {
        orders::end(house, command);
    }
}

fn refusal(code: ErrorCode, message: &str) -> WireError {
    Error::new(code, message).to_wire()
}
