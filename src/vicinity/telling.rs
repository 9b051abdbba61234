//! Tells those whom it concerns that somebody went into a building or out of one: the event `movement`.
//!
//! It goes to the one who moved, and to those in either building and those named who may see it; each is told of the side
//! that they see. It is not kept: who is not there does not hear it, and who does not read is passed over.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::booking::UserId;
use crate::error::Error;
use crate::house::House;
use crate::place::rules::person::Movement;
use crate::place::rules::world::Witness;
use crate::registry::actor::PeersOf;
use crate::registry::peer::Peer;
use crate::wire::{Event, Frame, Value};

/// The name of the event.
const NAME: &str = "movement";

/// What is told.
#[derive(Debug, Serialize)]
struct MovementTold<'a> {
    user: &'a str,
    user_id: i64,
    /// The building they left, for those who saw them there.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    /// The building they are in, for those who see them there.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    at: Timestamp,
}

/// Tells everybody whom these concern.
pub(super) async fn tell(house: &House, movements: &[Arc<Movement>]) -> Result<(), Error> {
    let told: Vec<(Arc<Movement>, Vec<Witness>)> = {
        let now = house.clock.now();
        let world = house.places.read();
        let witnesses = |movement: &Arc<Movement>| (Arc::clone(movement), world.witnesses(movement, now));
        movements.iter().map(witnesses).collect()
    };
    let users: BTreeSet<UserId> = told
        .iter()
        .flat_map(|(_, of)| of.iter().map(|witness| witness.viewer))
        .collect();
    let mut peers: HashMap<UserId, Vec<Peer>> = HashMap::new();
    for (user, peer) in house.registry.ask(PeersOf(users)).await? {
        peers.entry(user).or_default().push(peer);
    }
    for (movement, witnesses) in &told {
        for witness in witnesses {
            let Some(frame) = event(house.events.epoch(), movement, witness) else {
                continue;
            };
            for peer in peers.get(&witness.viewer).into_iter().flatten() {
                let is_behind = peer.outbox().is_over_soft_limit();
                house.places.meters().movement_told(!is_behind);
                if !is_behind {
                    // A peer that is gone needs no word.
                    drop(peer.push(&frame));
                }
            }
        }
    }
    Ok(())
}

fn event(epoch: &str, movement: &Movement, witness: &Witness) -> Option<Frame> {
    let data = MovementTold {
        user: &movement.name,
        user_id: movement.user.0,
        from: movement.from.as_deref().filter(|_| witness.saw_leave),
        to: movement.to.as_deref().filter(|_| witness.sees),
        at: movement.at,
    };
    Some(Frame::Event(Event {
        epoch: epoch.to_owned(),
        seq: 0,
        name: NAME.to_owned(),
        data: Value::serialized(&data).ok()?,
    }))
}
