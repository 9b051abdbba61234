//! One attempt to open a car by face: begins at the door, ends there as matched, missed or undecided, on any path.

use jiff::Timestamp;

use super::refusal::Refused;
use crate::booking::CarId;
use crate::command::Caller;
use crate::face::challenge::Challenge;
use crate::house::House;
use crate::runtime::metrics::{face_challenges, face_missed};
use crate::runtime::targets;
use crate::store::change::Change;

/// An attempt that has used its challenge. One that is dropped without an end decided nothing.
pub(super) struct Attempt<'a> {
    house: &'a House,
    car: CarId,
    /// What was asked.
    pub(super) challenge: Challenge,
    is_open: bool,
}

impl<'a> Attempt<'a> {
    /// Uses the challenge.
    pub(super) fn begin(house: &'a House, car: CarId, challenge: &str) -> Result<Self, Refused> {
        let entered = house.faces.door().enter(car, challenge, house.clock.now());
        if entered.is_ok() {
            face_challenges("used");
        }
        Ok(Self {
            house,
            car,
            challenge: entered?,
            is_open: true,
        })
    }

    /// The rider was recognised.
    pub(super) fn matched(mut self) {
        self.is_open = false;
        self.house.faces.door().matched(self.car);
    }

    /// What was shown looks like somebody who is not the rider. Written down without a person: nobody knows who it was.
    pub(super) async fn missed(mut self, caller: &Caller, why: &'static str) {
        self.is_open = false;
        let now = self.house.clock.now();
        let locks = self.house.faces.door().missed(self.car, now);
        face_missed(locks);
        if locks {
            tracing::warn!(
                target: targets::STATUS,
                { car.id = %self.car },
                "Too many faces failed at a car; it opens by password or PIN for a while."
            );
        }
        write(self.house, caller, now, self.car, why, locks).await;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.house.faces.door().undecided(self.car);
        }
    }
}

async fn write(house: &House, caller: &Caller, now: Timestamp, car: CarId, why: &'static str, locks: bool) {
    let change = Change {
        request: None,
        ..caller.change(now)
    };
    let detail = locks.then(|| "faces are not looked at there for a while".to_owned());
    let written = house
        .store
        .write(move |conn| change.record(conn, &format!("car:{car}"), why, detail, None));
    if let Err(err) = written.await {
        tracing::warn!(car.id = %car, %err, "a miss could not be written down");
    }
}
