//! What the engine reads, and makes good, before it answers.

use super::record;
use crate::booking::{CarId, store};
use crate::fleet::{Car, store as fleet_store};
use crate::store::change::Change;
use crate::store::{AnyConn, StoreError};

/// Begins what a car acknowledged and the engine did not live to keep.
pub(super) fn begin_opened(conn: &mut AnyConn) -> Result<(), StoreError> {
    for (id, opened_at) in store::booking_list_opened(conn)? {
        // The first unlock begins it; a second one finds it begun.
        if let Ok(begun) = store::booking_by_id(conn, id)?.booking.begin(opened_at) {
            store::booking_update(conn, &begun)?;
            let change = Change {
                at: opened_at,
                who: "service:bookings".to_owned(),
                what: "recovery".to_owned(),
                request: None,
            };
            record(conn, &change, &begun, "begun", None)?;
        }
    }
    Ok(())
}

/// Every car there is, page by page.
pub(super) fn all_cars(conn: &mut AnyConn) -> Result<Vec<Car>, StoreError> {
    let mut cars: Vec<Car> = Vec::new();
    loop {
        let after = cars.last().map_or(CarId(0), |car| car.id);
        let page = fleet_store::car_list(conn, after, fleet_store::LIST_MAX)?;
        if page.is_empty() {
            return Ok(cars);
        }
        cars.extend(page);
    }
}
