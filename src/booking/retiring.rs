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
        self.changes.note();
        Ok(before)
    }

    /// It is in another condition than was known.
    pub fn set_condition(&mut self, id: CarId, condition: Condition) {
        if let Some(entry) = self.cars.get_mut(&id) {
            entry.car.condition = condition;
            self.changes.note();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{at, car, span};
    use super::super::offers::Changes;
    use super::super::{Policy, UserId};
    use super::*;

    #[test]
    fn a_car_held_for_retiring_is_booked_by_nobody_and_is_as_before_when_that_was_not_kept() {
        let mut ledger = Ledger::new(Policy::default(), vec![car(1)], Vec::new(), 0, Changes::default());
        let (id, wish) = (CarId(1), CarRef::Id(CarId(1)));
        let reserve = |ledger: &mut Ledger| ledger.reserve(&wish, (UserId(7), "anna"), span(60, 120), at(0));
        let held = reserve(&mut ledger).unwrap();
        // What is not on the disk yet counts as booked.
        assert!(matches!(ledger.retire(id), Err(BookingError::Booked { live: 1, .. })));
        ledger.withdraw(held.booking.id);
        let before = ledger.retire(id).unwrap();
        assert_eq!(before, car(1));
        assert!(matches!(reserve(&mut ledger), Err(BookingError::NotUsable { .. })));
        assert!(matches!(ledger.retire(id), Err(BookingError::NotUsable { .. })));
        ledger.set_condition(id, before.condition);
        assert!(reserve(&mut ledger).is_ok());
        assert!(matches!(ledger.retire(CarId(9)), Err(BookingError::UnknownCar(_))));
    }
}
