//! `s.availability(start, end, latitude?, longitude?, radius_m?)`: cars free for a time, with their price.

use schemars::JsonSchema;
use serde::Deserialize;

use super::interval;
use crate::booking::engine;
use crate::booking::offers::Wanted;
use crate::booking::view::OfferView;
use crate::command::encoded::Encoded;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::Position;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Lists the cars that are free for the whole of a time, with its price; nearest first when a position is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Availability {
    /// First instant, RFC 3339.
    start: String,
    /// End, RFC 3339; not included.
    end: String,
    /// Where from, degrees WGS 84.
    latitude: Option<f64>,
    /// Where from, degrees WGS 84.
    longitude: Option<f64>,
    /// Only cars within so many metres.
    radius_m: Option<f64>,
}

impl Command for Availability {
    const NAME: &'static str = "s.availability";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    type Reply = Encoded<Vec<OfferView>>;

    async fn run(self, _caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let bad = |why: String| Error::new(ErrorCode::BadArguments, why);
        let interval = interval(&self.start, &self.end)?;
        let near = match (self.latitude, self.longitude) {
            (Some(latitude), Some(longitude)) => {
                let from = Position::new(latitude, longitude).map_err(|err| bad(err.to_string()))?;
                Some((from, self.radius_m))
            }
            (None, None) if self.radius_m.is_none() => None,
            _ => {
                return Err(bad(
                    "`latitude` and `longitude` go together, `radius_m` needs both".to_owned()
                ));
            }
        };
        if let Some(radius_m) = self
            .radius_m
            .filter(|radius_m| !(radius_m.is_finite() && *radius_m >= 0.0))
        {
            return Err(bad(format!("`radius_m` is {radius_m}, wanted metres, 0 or more")));
        }
        let wanted = Wanted::new(interval, near);
        // An engine that is down may come back with something else.
        if house.bookings.is_up()
            && let Some(known) = house.offers.find(&wanted, house.clock.now())
        {
            return Ok(Encoded::known(known));
        }
        let free = house.bookings.ask(engine::Availability { interval, near }).await??;
        let offers: Vec<OfferView> = free.offers.into_iter().map(OfferView::from).collect();
        let reply = Encoded::new(offers)?;
        house
            .offers
            .keep(wanted, free.validity, reply.bytes(), house.clock.now());
        Ok(reply)
    }
}
