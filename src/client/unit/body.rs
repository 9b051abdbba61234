//! The unit's one state: vehicle, open booking, memory. Whoever changes it has it alone and may block.
//!
//! The order of every command is: decide, write its nonce to disk, look at the clock again, act, keep.

use std::time::Duration;

use jiff::Timestamp;

use super::drive::drive;
use super::memory::{Memory, MemoryError, OpenBooking, Returning, Saved};
use super::vehicle::{Action, Effect, Order, Refusal, Vehicle};

/// A drive is kept on disk this often; a power cut costs the odometer no more.
const KEEP_DRIVE_EVERY: Duration = Duration::from_secs(10);

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What cannot be remembered is not done.
    #[error("the unit cannot write its memory: {0}")]
    Disk(#[from] std::io::Error),
}

/// Everything the unit owns.
#[derive(Debug)]
pub(super) struct Body {
    memory: Memory,
    saved: Saved,
    unkept: Duration,
}

impl Body {
    pub(super) fn open(folder: &std::path::Path, first: Vehicle) -> Result<Self, MemoryError> {
        let (memory, saved) = Memory::open(folder)?;
        let mut saved = saved.unwrap_or(Saved {
            vehicle: first,
            open: None,
            returning: None,
        });
        saved.vehicle.speed_kmh = 0.0;
        Ok(Self {
            memory,
            saved,
            unkept: Duration::ZERO,
        })
    }

    pub(super) fn saved(&self) -> &Saved {
        &self.saved
    }

    /// Carries an order out, or says why not. `now` reads the server's time.
    pub(super) fn act(&mut self, order: &Order, now: impl Fn() -> Timestamp) -> Result<Effect, ActError> {
        self.memory.tidy(now())?;
        let effect = self.saved.vehicle.decide(order, now(), &self.memory.nonces)?;
        self.memory.remember(&order.nonce, order.expires_at)?;
        // A slow disk must not make a command late.
        let written = now();
        if written >= order.expires_at {
            return Err(Refusal::Expired {
                expires_at: order.expires_at,
                now: written,
            }
            .into());
        }
        self.saved.vehicle.apply(effect);
        if let Effect::Opens { booking: Some(booking) } = effect {
            let user = self
                .saved
                .open
                .take()
                .filter(|open| open.booking == booking)
                .and_then(|open| open.user);
            self.saved.open = Some(OpenBooking { booking, user });
        }
        self.keep();
        Ok(effect)
    }

    /// Who drives, once the server has said.
    pub(super) fn opened(&mut self, open: OpenBooking) {
        self.saved.open = Some(open);
        self.keep();
    }

    /// The return that is to be asked for: the one of an earlier try, if nothing has changed since.
    pub(super) fn returning(&mut self, place: Option<String>, request_id: String) -> std::io::Result<Returning> {
        let Vehicle {
            latitude, longitude, ..
        } = self.saved.vehicle;
        let booking = self.saved.open.as_ref().map(|open| open.booking);
        let fresh = Returning {
            request_id,
            booking,
            latitude,
            longitude,
            place,
        };
        let earlier = self.saved.returning.clone().filter(|earlier| {
            let same = Returning {
                request_id: fresh.request_id.clone(),
                ..earlier.clone()
            };
            same == fresh
        });
        let returning = earlier.unwrap_or(fresh);
        self.saved.returning = Some(returning.clone());
        self.memory.save(&self.saved)?;
        Ok(returning)
    }

    /// The server has answered a return: the car stands locked when it took it.
    pub(super) fn returned(&mut self, is_taken: bool) {
        self.saved.returning = None;
        if is_taken {
            self.saved.open = None;
            self.saved.vehicle.speed_kmh = 0.0;
            self.saved.vehicle.locked = self.saved.vehicle.open_doors.is_empty();
        }
        self.keep();
    }

    /// A step of the simulation: who has unlocked with a booking drives.
    pub(super) fn drive(&mut self, elapsed: Duration, dice: f64) {
        let vehicle = &mut self.saved.vehicle;
        let was_rolling = vehicle.speed_kmh > 0.0;
        if self.saved.open.is_some() && !vehicle.locked {
            drive(vehicle, elapsed, dice);
        } else {
            vehicle.speed_kmh = 0.0;
        }
        self.unkept = if was_rolling || vehicle.speed_kmh > 0.0 {
            self.unkept + elapsed
        } else {
            Duration::ZERO
        };
        if self.unkept >= KEEP_DRIVE_EVERY {
            self.keep();
        }
    }

    /// The simulated driver, the only one whose speed is known here, stops to lock.
    pub(super) fn stop_for(&mut self, action: Action) {
        if action == Action::Lock {
            self.saved.vehicle.speed_kmh = 0.0;
        }
    }

    /// Losing this costs a position or who drives, not safety: the nonce is on disk already.
    fn keep(&mut self) {
        self.unkept = Duration::ZERO;
        if let Err(err) = self.memory.save(&self.saved) {
            tracing::warn!(%err, "the unit could not keep its state");
        }
    }
}
