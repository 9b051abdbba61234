//! `metadata`: keeps what clients say of themselves in step, and tells clients when what the server says changed.
//!
//! Asks each client that offers `CLIENTDATA`, soon after it connected and then at the configured interval, spread
//! out and never more than a few at once. Calls `updateserverdata` only on clients that offer it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::time::{Instant, timeout};

use super::recipe::{Repeating, Rhythm};
use super::rules;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{About, Describe, Offering, Offerings};
use crate::registry::permissions::Permissions;
use crate::requestable::builtin::server_info;
use crate::runtime::metrics::metadata_asked;
use crate::wire::{self, Args, Call, Frame, Request, ServerInfo, Value};

/// What a client is asked for.
const CLIENTDATA: &str = "CLIENTDATA";
/// What a client is called with.
const UPDATE: &str = "updateserverdata";
/// Pause between two looks for clients whose turn it is.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Time a client has to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Time in which a round begins with further clients; the rest have their turn in the next.
const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// What is known of each connected client, and what was told to whom.
pub(crate) struct Metadata {
    clients: HashMap<Arc<str>, Known>,
    /// What the server said at the last look, as a hash, by permissions.
    said: HashMap<Vec<String>, u64>,
}

struct Known {
    connection: u64,
    next: Instant,
    told: Option<u64>,
}

/// One question or one call on its way to a client.
struct Errand {
    offering: Offering,
    /// What to tell it; without, it is asked.
    tell: Option<(u64, Value)>,
}

/// What became of it; the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Changed,
    Same,
    Told,
    /// It owes too many answers, or its turn did not come.
    Later,
    /// It answered with an error, or with what is no description.
    Refused,
    Late,
    Gone,
}

impl Came {
    fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Told => "told",
            Self::Later => "later",
            Self::Refused => "refused",
            Self::Late => "late",
            Self::Gone => "gone",
        }
    }
}

impl Repeating for Metadata {
    const NAME: &'static str = "metadata";

    fn rhythm(_house: &House) -> Rhythm {
        Rhythm::every(LOOK_EVERY)
    }

    fn fresh(_house: &House) -> Self {
        Self {
            clients: HashMap::new(),
            said: HashMap::new(),
        }
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        let wanted = Offerings {
            requestable: CLIENTDATA,
            command: UPDATE,
        };
        let offerings = house.registry.ask(wanted).await?;
        let errands = self.errands(house, offerings);
        let stop = Instant::now() + BEGIN_WITHIN;
        let in_flight = house.config.services.metadata_in_flight;
        let mut errands = stream::iter(errands)
            .map(|errand| run(house, errand, stop))
            .buffer_unordered(in_flight);
        let (mut changed, mut told) = (0_usize, 0_usize);
        while let Some((errand, came)) = errands.next().await {
            metadata_asked(came.as_str());
            self.settle(house, &errand, came);
            changed += usize::from(came == Came::Changed);
            told += usize::from(came == Came::Told);
        }
        Ok(match (changed, told) {
            (0, 0) => String::new(),
            _ => format!("{changed} clients changed, {told} were told of the server"),
        })
    }
}

impl Metadata {
    /// Whose turn it is.
    fn errands(&mut self, house: &House, offerings: Vec<Offering>) -> Vec<Errand> {
        let now = Instant::now();
        let mut said = HashMap::new();
        let mut clients = HashMap::with_capacity(offerings.len());
        let mut errands = Vec::new();
        for offering in offerings {
            let id = offering.standing.client_id.clone();
            let known = self.clients.remove(&id);
            let known = known.filter(|known| known.connection == offering.peer.connection);
            let mut known = known.unwrap_or(Known {
                connection: offering.peer.connection,
                next: now,
                told: None,
            });
            if offering.takes {
                let permissions = offering.standing.permissions();
                let names = permissions.names();
                let (hash, data) = said
                    .entry(names.clone())
                    .or_insert_with(|| data_for(house, permissions));
                // The welcome told it already, unless something changed between the two looks around it.
                let told = *known
                    .told
                    .get_or_insert(self.said.get(&names).copied().unwrap_or_default());
                if told != *hash {
                    errands.push(Errand {
                        offering: offering.clone(),
                        tell: Some((*hash, data.clone())),
                    });
                }
            }
            if offering.tells && known.next <= now {
                errands.push(Errand { offering, tell: None });
            }
            clients.insert(id, known);
        }
        self.clients = clients;
        self.said = said.into_iter().map(|(names, (hash, _))| (names, hash)).collect();
        errands
    }

    /// Remembers when a client is to be asked again, or what it was told.
    fn settle(&mut self, house: &House, errand: &Errand, came: Came) {
        let Some(known) = self.clients.get_mut(&errand.offering.standing.client_id) else {
            return;
        };
        if came == Came::Later {
            return;
        }
        match &errand.tell {
            Some((hash, _)) => known.told = Some(*hash),
            None => {
                let every = Duration::from_secs(house.config.services.metadata_seconds);
                known.next = Instant::now() + rules::next_after(every, getrandom::u32().unwrap_or_default());
            }
        }
    }
}

/// What the server says of itself to these permissions, and its hash: the time of day is no change.
fn data_for(house: &House, permissions: Permissions) -> (u64, Value) {
    let info = server_info(house, permissions, house.clock.now());
    let data = Value::serialized(&info).unwrap_or(Value::Null);
    let lasting = ServerInfo {
        now: String::new(),
        ..info
    };
    let mut hasher = DefaultHasher::new();
    wire::to_cbor(&lasting).unwrap_or_default().hash(&mut hasher);
    (hasher.finish(), data)
}

async fn run(house: &House, errand: Errand, stop: Instant) -> (Errand, Came) {
    let came = if Instant::now() >= stop {
        Came::Later
    } else {
        put(house, &errand).await
    };
    (errand, came)
}

async fn put(house: &House, errand: &Errand) -> Came {
    let peer = &errand.offering.peer;
    let frame = |id| {
        Ok::<_, Infallible>(match &errand.tell {
            None => Frame::Request(Request {
                id,
                name: CLIENTDATA.to_owned(),
                args: Args::default(),
            }),
            Some((_, data)) => Frame::Call(Call {
                id,
                command: UPDATE.to_owned(),
                args: Args::Position(vec![data.clone()]),
                deadline_ms: u64::try_from(ANSWER_WITHIN.as_millis()).ok(),
            }),
        })
    };
    let question = match peer.question(frame) {
        Ok(Ok(question)) => question,
        Ok(Err(crate::registry::peer::AskError::Full)) => return Came::Later,
        Ok(Err(crate::registry::peer::AskError::Closed)) => return Came::Gone,
    };
    match timeout(ANSWER_WITHIN, question.answer()).await {
        Err(_) => Came::Late,
        Ok(Err(_)) => Came::Gone,
        Ok(Ok(Err(_))) => Came::Refused,
        Ok(Ok(Ok(_))) if errand.tell.is_some() => Came::Told,
        Ok(Ok(Ok(value))) => describe(house, &errand.offering, &value).await,
    }
}

/// What a client says of itself; what else it says is nobody's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClientData {
    description: String,
    software: String,
    commands: Vec<String>,
    requestables: Vec<String>,
}

impl ClientData {
    /// As much as a hello could have said, or nothing.
    fn read(value: &Value, bytes_max: usize, offers_max: usize) -> Option<Self> {
        let data: Self = value.deserialized().ok()?;
        let texts = data.commands.iter().chain(&data.requestables);
        let bytes: usize = texts.chain([&data.description, &data.software]).map(String::len).sum();
        let fits = bytes <= bytes_max && data.commands.len() <= offers_max && data.requestables.len() <= offers_max;
        fits.then_some(data)
    }
}

async fn describe(house: &House, offering: &Offering, value: &Value) -> Came {
    let limits = &house.config.limits;
    let Some(data) = ClientData::read(value, limits.handshake_frame_bytes, limits.offers_per_client) else {
        tracing::warn!(client = %offering.standing.name(), "what a client says of itself is no description or too long");
        return Came::Refused;
    };
    let describe = Describe {
        client_id: offering.standing.client_id.clone(),
        connection: offering.peer.connection,
        about: About {
            software: data.software,
            description: data.description,
            commands: data.commands,
            requestables: data.requestables,
        },
    };
    match house.registry.ask(describe).await {
        Ok(true) => Came::Changed,
        Ok(false) => Came::Same,
        Err(_) => Came::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(description: &str, offers: usize) -> Value {
        let offers = vec![Value::from("X"); offers];
        Value::Map(vec![
            (Value::from("description"), Value::from(description)),
            (Value::from("requestables"), Value::Array(offers)),
            (Value::from("colour"), Value::from("red")),
        ])
    }

    #[test]
    fn a_description_is_read_up_to_its_bounds_and_dropped_beyond() {
        let read = |value: &Value| ClientData::read(value, 10, 4).map(|data| data.description);
        assert_eq!(read(&value("abcdef", 4)).as_deref(), Some("abcdef"));
        assert_eq!(read(&value("abcdefg", 4)), None, "a byte more");
        assert_eq!(read(&value("a", 5)), None, "an offer more");
        assert_eq!(read(&Value::from("a lamp")), None);
        let wrong = Value::Map(vec![(Value::from("commands"), Value::from("light"))]);
        assert_eq!(read(&wrong), None);
    }
}
