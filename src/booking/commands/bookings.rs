//! `s.bookings(state?, user?, car?, before?)`: one's own bookings; for operators, everybody's.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::booking::store::{Wanted, booking_list};
use crate::booking::view::BookingView;
use crate::booking::{BookingId, BookingState, engine};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Bookings in one answer, as many as fit into a frame with what their returns say; `before` gives the next page.
const LIST_MAX: i64 = 150;

/// Lists your bookings, newest first; operators see everybody's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bookings {
    /// Only in this state: reserved, ongoing, overdue, finished, cancelled or no_show.
    state: Option<String>,
    /// Only of this person.
    user: Option<String>,
    /// Only of this car.
    car: Option<CarRef>,
    /// Only those with a lower number.
    before: Option<i64>,
}

impl Command for Bookings {
    const NAME: &'static str = "s.bookings";
    const CATEGORY: Category = Category::Booking;
    const NEEDS: Permission = Permission::User;
    type Reply = Vec<BookingView>;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let state = self.state.map(|text| text.parse::<BookingState>()).transpose();
        let state = state.map_err(|err| Error::new(ErrorCode::BadArguments, err.to_string()))?;
        let user = match self.user {
            None if caller.is_operator() => None,
            None => Some(caller.user()?),
            Some(name) if caller.is_operator() || name == caller.username() => {
                Some(house.accounts.user_by_name(&name).await?.id)
            }
            Some(_) => {
                return Err(Error::new(
                    ErrorCode::Forbidden,
                    "other people's bookings are for operators",
                ));
            }
        };
        let car = match self.car {
            None => None,
            Some(car) => Some(house.bookings.ask(engine::FindCar(car)).await??.id),
        };
        let wanted = Wanted {
            state,
            user,
            car,
            before: self.before.map(BookingId),
            limit: LIST_MAX,
        };
        let listed = house.store.read(move |conn| booking_list(conn, &wanted)).await?;
        Ok(listed.iter().map(BookingView::from).collect())
    }
}
