//! A car leaves the fleet for good: only while nobody has booked it, and from that moment nobody can.
//!
//! Pure, as the ledger is. The time is held before the change is on the disk, as with bookings.

use super::CarId;
use super::ledger::Ledger;
use super::refusal::BookingError;
use crate::fleet::{Car, CarRef, Condition};

impl Ledger {
    /// Holds a car back from everybody; gives it as it was.
    pub fn retire(&mut self, id: CarId) -> Result<Car, BookingError> {
        let unknown = || BookingError::UnknownCar(CarRef::Id(id));
        let entry = self.cars.get_mut(&id).ok_or_else(unknown)?;
        if entry.car.condition == Condition::Retired {
            return Err(BookingError::NotUsable {
                car: entry.car.name.clone(),
                condition: entry.car.condition,
            });
        }
        if !entry.schedule.is_empty() {
            return Err(BookingError::Booked {
                car: entry.car.name.clone(),
                live: entry.schedule.len(),
            });
        }
        let before = entry.car.clone();
        entry.car.condition = Condition::Retired;
        Ok(before)
    }

    /// It is in another condition than was known.
    pub fn set_condition(&mut self, id: CarId, condition: Condition) {
        if let Some(entry) = self.cars.get_mut(&id) {
            entry.car.condition = condition;
        }
    }
}
