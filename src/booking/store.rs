//! Rows of bookings, and the queries that read and write them.
//!
//! Columns are portable; a booking is rebuilt through the checked types, so a row that no rule could
//! have made is refused instead of served.

use diesel::prelude::*;
use jiff::Timestamp;

use super::{Booking, BookingId, BookingState, CarId, Interval, Money, ReturnReport, UserId, money};
use crate::place::Position;
use crate::store::schema::{booking, car, car_command, users};
use crate::store::{AnyConn, StoreError};

/// A booking with the names that replies carry beside its ids.
#[derive(Debug, Clone)]
pub struct NamedBooking {
    /// The booking.
    pub booking: Booking,
    /// Name of its car.
    pub car: String,
    /// Name of its rider.
    pub user: String,
}

/// Which bookings a listing wants; at most `limit`, newest first.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state.
    pub state: Option<BookingState>,
    /// Of this person.
    pub user: Option<UserId>,
    /// Of this car.
    pub car: Option<CarId>,
    /// Made before this one.
    pub before: Option<BookingId>,
    /// At most so many.
    pub limit: i64,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = booking)]
#[diesel(treat_none_as_null = true)]
struct Row {
    id: i64,
    car_id: i64,
    user_id: i64,
    start_at: i64,
    end_at: i64,
    state: String,
    rate_per_hour: i64,
    price: i64,
    currency: String,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    return_latitude: Option<f64>,
    return_longitude: Option<f64>,
    return_odometer_km: Option<f64>,
    return_fuel_percent: Option<f64>,
    return_place: Option<String>,
    return_note: Option<String>,
    return_verified: Option<bool>,
}

impl From<&Booking> for Row {
    fn from(one: &Booking) -> Self {
        let returned = one.returned.as_ref();
        Self {
            id: one.id.0,
            car_id: one.car.0,
            user_id: one.user.0,
            start_at: one.interval.start().as_microsecond(),
            end_at: one.interval.end().as_microsecond(),
            state: one.state.as_str().to_owned(),
            rate_per_hour: one.rate_per_hour.minor,
            price: one.price.minor,
            currency: one.rate_per_hour.currency.code().to_owned(),
            created_at: one.created_at.as_microsecond(),
            started_at: one.started_at.map(Timestamp::as_microsecond),
            ended_at: one.ended_at.map(Timestamp::as_microsecond),
            return_latitude: returned.map(|report| report.position.latitude()),
            return_longitude: returned.map(|report| report.position.longitude()),
            return_odometer_km: returned.and_then(|report| report.odometer_km),
            return_fuel_percent: returned.and_then(|report| report.fuel_percent),
            return_place: returned.and_then(|report| report.place.clone()),
            return_note: returned.and_then(|report| report.note.clone()),
            return_verified: returned.map(|report| report.verified),
        }
    }
}

fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(StoreError::refused)
}

impl TryFrom<Row> for Booking {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let currency = money::currency(&row.currency).map_err(StoreError::refused)?;
        let returned = match (row.return_latitude, row.return_longitude) {
            (Some(latitude), Some(longitude)) => Some(ReturnReport {
                position: Position::new(latitude, longitude).map_err(StoreError::refused)?,
                odometer_km: row.return_odometer_km,
                fuel_percent: row.return_fuel_percent,
                place: row.return_place,
                note: row.return_note,
                verified: row.return_verified.unwrap_or(false),
            }),
            _ => None,
        };
        Ok(Self {
            id: BookingId(row.id),
            car: CarId(row.car_id),
            user: UserId(row.user_id),
            interval: Interval::new(instant(row.start_at)?, instant(row.end_at)?).map_err(StoreError::refused)?,
            state: row.state.parse().map_err(StoreError::refused)?,
            rate_per_hour: Money::new(row.rate_per_hour, currency),
            price: Money::new(row.price, currency),
            created_at: instant(row.created_at)?,
            started_at: row.started_at.map(instant).transpose()?,
            ended_at: row.ended_at.map(instant).transpose()?,
            returned,
        })
    }
}

/// The columns of a booking that has just been made; the others are empty until it is used.
#[derive(Insertable)]
#[diesel(table_name = booking)]
struct NewRow<'a> {
    id: i64,
    car_id: i64,
    user_id: i64,
    start_at: i64,
    end_at: i64,
    state: &'a str,
    rate_per_hour: i64,
    price: i64,
    currency: &'a str,
    created_at: i64,
}

/// Keeps a new booking. The database refuses one that overlaps a live one of the same car.
pub fn booking_insert(conn: &mut AnyConn, one: &Booking) -> Result<(), StoreError> {
    let row = NewRow {
        id: one.id.0,
        car_id: one.car.0,
        user_id: one.user.0,
        start_at: one.interval.start().as_microsecond(),
        end_at: one.interval.end().as_microsecond(),
        state: one.state.as_str(),
        rate_per_hour: one.rate_per_hour.minor,
        price: one.price.minor,
        currency: one.rate_per_hour.currency.code(),
        created_at: one.created_at.as_microsecond(),
    };
    diesel::insert_into(booking::table).values(&row).execute(conn)?;
    Ok(())
}

/// Keeps a booking as it now is.
pub fn booking_update(conn: &mut AnyConn, one: &Booking) -> Result<(), StoreError> {
    let row = Row::from(one);
    let count = diesel::update(booking::table.find(one.id.0)).set(&row).execute(conn)?;
    if count == 1 { Ok(()) } else { Err(StoreError::Missing) }
}

/// Whether a person has a booking that is not over.
pub(crate) fn booking_has_live(conn: &mut AnyConn, user: UserId) -> Result<bool, StoreError> {
    let live = [BookingState::Reserved, BookingState::Ongoing, BookingState::Overdue].map(BookingState::as_str);
    let theirs: i64 = booking::table
        .filter(booking::user_id.eq(user.0))
        .filter(booking::state.eq_any(live))
        .count()
        .get_result(conn)?;
    Ok(theirs > 0)
}

/// Every live booking, for the engine's start.
pub fn booking_list_live(conn: &mut AnyConn) -> Result<Vec<NamedBooking>, StoreError> {
    let live = [BookingState::Reserved, BookingState::Ongoing, BookingState::Overdue].map(BookingState::as_str);
    let rows: Vec<(Row, String, String)> = booking::table
        .inner_join(car::table)
        .inner_join(users::table)
        .filter(booking::state.eq_any(live))
        .select((Row::as_select(), car::name, users::username))
        .load(conn)?;
    rows.into_iter().map(named).collect()
}

/// Reserved bookings whose car was opened for them, and when: the server ended between the two commits.
pub fn booking_list_opened(conn: &mut AnyConn) -> Result<Vec<(BookingId, Timestamp)>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = booking::table
        .inner_join(car_command::table)
        .filter(booking::state.eq(BookingState::Reserved.as_str()))
        .filter(car_command::name.eq("unlock"))
        .filter(car_command::state.eq("done"))
        .order(car_command::settled_at)
        .select((booking::id, car_command::settled_at))
        .load(conn)?;
    let opened = rows.into_iter().filter_map(|(id, at)| Some((BookingId(id), at?)));
    opened.map(|(id, at)| Ok((id, instant(at)?))).collect()
}

/// The highest booking id ever given.
pub fn booking_last_id(conn: &mut AnyConn) -> Result<i64, StoreError> {
    let last: Option<i64> = booking::table.select(diesel::dsl::max(booking::id)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// One booking with its names.
pub fn booking_by_id(conn: &mut AnyConn, id: BookingId) -> Result<NamedBooking, StoreError> {
    let row: (Row, String, String) = booking::table
        .inner_join(car::table)
        .inner_join(users::table)
        .filter(booking::id.eq(id.0))
        .select((Row::as_select(), car::name, users::username))
        .first(conn)?;
    named(row)
}

/// Bookings as wanted, newest first.
pub fn booking_list(conn: &mut AnyConn, wanted: &Wanted) -> Result<Vec<NamedBooking>, StoreError> {
    let mut query = booking::table
        .inner_join(car::table)
        .inner_join(users::table)
        .select((Row::as_select(), car::name, users::username))
        .order(booking::id.desc())
        .limit(wanted.limit)
        .into_boxed();
    if let Some(state) = wanted.state {
        query = query.filter(booking::state.eq(state.as_str()));
    }
    if let Some(user) = wanted.user {
        query = query.filter(booking::user_id.eq(user.0));
    }
    if let Some(car) = wanted.car {
        query = query.filter(booking::car_id.eq(car.0));
    }
    if let Some(before) = wanted.before {
        query = query.filter(booking::id.lt(before.0));
    }
    let rows: Vec<(Row, String, String)> = query.load(conn)?;
    rows.into_iter().map(named).collect()
}

fn named((row, car, user): (Row, String, String)) -> Result<NamedBooking, StoreError> {
    Ok(NamedBooking {
        booking: row.try_into()?,
        car,
        user,
    })
}

/// A booking whose car was taken out, as the count of use wants it.
#[derive(Debug, Queryable)]
pub(crate) struct RentalRow {
    /// Its number.
    pub(crate) id: i64,
    /// Its car.
    pub(crate) car: i64,
    /// Its rider.
    pub(crate) user: i64,
    /// The booked start, microseconds.
    pub(crate) start_at: i64,
    /// When the car was opened, microseconds.
    pub(crate) started_at: Option<i64>,
    /// When it came back, microseconds; `None` while it is out.
    pub(crate) ended_at: Option<i64>,
    /// Minor units.
    pub(crate) price: i64,
    /// Their currency.
    pub(crate) currency: String,
}

/// Rentals booked to begin in a time, by that, behind one that was read before; at most `limit`.
pub(crate) fn booking_list_rentals(
    conn: &mut AnyConn,
    window: Interval,
    behind: Option<&RentalRow>,
    limit: i64,
) -> Result<Vec<RentalRow>, StoreError> {
    let begun = [BookingState::Ongoing, BookingState::Overdue, BookingState::Finished].map(BookingState::as_str);
    let from = behind.map_or((window.start().as_microsecond(), 0), |row| (row.start_at, row.id));
    Ok(booking::table
        .filter(booking::start_at.ge(from.0))
        .filter(booking::start_at.lt(window.end().as_microsecond()))
        .filter(booking::start_at.gt(from.0).or(booking::id.gt(from.1)))
        .filter(booking::state.eq_any(begun))
        .order((booking::start_at, booking::id))
        .limit(limit)
        .select((
            booking::id,
            booking::car_id,
            booking::user_id,
            booking::start_at,
            booking::started_at,
            booking::ended_at,
            booking::price,
            booking::currency,
        ))
        .load(conn)?)
}
