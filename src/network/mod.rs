//! Networks of servers: the parent of this one, the layer that follows from it, and the servers below.
//!
//! The link upwards is a service; what is asked downwards goes to connected clients of kind `server`. Nobody below is
//! believed: what they tell is checked and cut.

pub(crate) mod commands;
mod kept;
pub(crate) mod link;
mod orders;
mod rules;
mod tree;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use kept::Waiting;
pub(crate) use kept::Wanted;
use rules::address_parts;

use crate::command::Caller;
use crate::command::dispatch::kept as kept_answer;
use crate::config::ParentConfig;
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::ParentMeters;
use crate::wire::ErrorCode;

/// How the link to the parent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no parent.
    None,
    /// The first try is under way.
    Connecting,
    /// Connected.
    Up,
    /// Not reached or lost; it is tried again.
    Down(String),
    /// It does not let this server in, or is not fit to be its parent; it is tried again after a while.
    Refused(String),
}

impl State {
    /// In one word.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Connecting => "connecting",
            Self::Up => "up",
            Self::Down(_) => "down",
            Self::Refused(_) => "refused",
        }
    }

    /// Why it is not up.
    pub(crate) fn why(&self) -> Option<&str> {
        match self {
            Self::Down(why) | Self::Refused(why) => Some(why),
            Self::None | Self::Connecting | Self::Up => None,
        }
    }
}

/// What is known of the servers above at a moment.
#[derive(Debug, Clone)]
pub(crate) struct Above {
    /// The parent that is wanted.
    pub(crate) wanted: Option<Arc<Wanted>>,
    /// Grows with each other parent.
    pub(crate) generation: u64,
    /// How the link is.
    pub(crate) state: State,
    /// Ids of the servers above, the parent's first.
    lineage: Vec<String>,
}

/// The place of this server in its network.
pub(crate) struct Network {
    /// Made anew with each start.
    id: String,
    above: watch::Sender<Above>,
    meters: ParentMeters,
}

impl Network {
    /// As it was left in the data folder, or as it is configured.
    ///
    /// # Errors
    /// One line naming the file or the key that cannot be used.
    pub(crate) fn load(data: &Path, config: &ParentConfig) -> Result<Self, String> {
        let wanted = kept::load(data, config)?.map(Arc::new);
        Ok(Self {
            id: uuid::Uuid::new_v4().to_string(),
            above: watch::Sender::new(Above {
                state: Self::first(wanted.as_deref()),
                wanted,
                generation: 1,
                lineage: Vec::new(),
            }),
            meters: ParentMeters::new(),
        })
    }

    /// What is above at this moment.
    pub(crate) fn above(&self) -> Above {
        self.above.borrow().clone()
    }

    /// To wait for changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Above> {
        self.above.subscribe()
    }

    /// How many servers are above; what was true last while the parent is looked for.
    pub(crate) fn layer(&self) -> u32 {
        rules::layer(&self.above.borrow().lineage)
    }

    /// This server and those above, for those below.
    pub(crate) fn lineage(&self) -> Vec<String> {
        let above = self.above.borrow();
        std::iter::once(self.id.clone())
            .chain(above.lineage.iter().cloned())
            .collect()
    }

    /// Another parent, or none.
    fn want(&self, wanted: Option<Wanted>) {
        let wanted = wanted.map(Arc::new);
        self.meters.up(false);
        self.above.send_modify(|above| {
            above.state = Self::first(wanted.as_deref());
            above.wanted = wanted;
            above.generation = above.generation.saturating_add(1);
            above.lineage.clear();
        });
    }

    fn first(wanted: Option<&Wanted>) -> State {
        wanted.map_or(State::None, |_| State::Connecting)
    }

    /// How the link of this generation is now.
    fn set(&self, generation: u64, state: State) {
        let is_up = state == State::Up;
        let changed = self.above.send_if_modified(|above| {
            let changed = above.generation == generation && above.state != state;
            if changed {
                above.state = state;
            }
            changed
        });
        if changed {
            self.meters.up(is_up);
        }
    }

    /// Takes over who is above the parent, or refuses it. Says whether the layer is another now.
    fn descend(&self, generation: u64, lineage: Vec<String>) -> Result<bool, String> {
        rules::may_descend(&self.id, &lineage)?;
        let before = self.layer();
        self.above.send_if_modified(|above| {
            let changed = above.generation == generation && above.lineage != lineage;
            if changed {
                above.lineage = lineage;
            }
            changed
        });
        Ok(self.layer() != before)
    }
}

/// Puts another parent, or none, in its place: on the disk, in the audit log, then at once. The key is in none of the
/// last two.
async fn change_parent(house: &House, caller: &Caller, wanted: Option<Wanted>, said: &str) -> Result<(), Error> {
    let data = house.config.server.data.clone();
    let kept = wanted.clone();
    let waiting = house.aside.run(move || Waiting::write(&data, kept.as_ref())).await?;
    let failed =
        |err: std::io::Error| Error::new(ErrorCode::Unavailable, "the parent cannot be kept").cause(err.to_string());
    let waiting = waiting.map_err(failed)?;
    let change = caller.change(house.clock.now());
    let (detail, answer) = (wanted.as_ref().map(|one| one.address.clone()), kept_answer(Ok(said)));
    house
        .store
        .write(move |conn| change.record(conn, "parent", "ok", detail, answer.as_deref()))
        .await?;
    let data = house.config.server.data.clone();
    house.aside.run(move || waiting.put(&data)).await?.map_err(failed)?;
    house.network.want(wanted);
    Ok(())
}
