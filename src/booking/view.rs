//! How bookings look in replies: the one place that fixes the names of their fields.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::lookup::Offer;
use super::store::NamedBooking;
use super::{BookingId, BookingState, CarId, UserId};

/// A booking as replies carry it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BookingView {
    booking: BookingId,
    car: String,
    car_id: CarId,
    user: String,
    user_id: UserId,
    start: String,
    end: String,
    state: BookingState,
    price: String,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<ReturnView>,
}

/// What a return reported.
#[derive(Debug, Serialize, JsonSchema)]
struct ReturnView {
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    odometer_km: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    verified: bool,
}

impl From<&NamedBooking> for BookingView {
    fn from(named: &NamedBooking) -> Self {
        let booking = &named.booking;
        Self {
            booking: booking.id,
            car: named.car.clone(),
            car_id: booking.car,
            user: named.user.clone(),
            user_id: booking.user,
            start: booking.interval.start().to_string(),
            end: booking.interval.end().to_string(),
            state: booking.state,
            price: booking.price.to_string(),
            currency: booking.price.currency.code(),
            started_at: booking.started_at.map(|at| at.to_string()),
            ended_at: booking.ended_at.map(|at| at.to_string()),
            returned: booking.returned.as_ref().map(|report| ReturnView {
                latitude: report.position.latitude(),
                longitude: report.position.longitude(),
                odometer_km: report.odometer_km,
                fuel_percent: report.fuel_percent,
                place: report.place.clone(),
                note: report.note.clone(),
                verified: report.verified,
            }),
        }
    }
}

/// The event `booking`: somebody else, or the time, brought a booking to another state.
#[derive(Debug, Serialize)]
pub(crate) struct BookingChanged {
    booking: BookingId,
    car: String,
    state: BookingState,
    at: String,
}

impl BookingChanged {
    /// The booking as it is since `at`.
    pub(crate) fn of(named: &NamedBooking, at: Timestamp) -> Self {
        Self {
            booking: named.booking.id,
            car: named.car.clone(),
            state: named.booking.state,
            at: at.to_string(),
        }
    }
}

/// A free car as `s.availability` lists it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OfferView {
    car: String,
    car_id: CarId,
    place: String,
    latitude: f64,
    longitude: f64,
    price: String,
    currency: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_m: Option<f64>,
    make: String,
    model: String,
    seats: i16,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        Self {
            car: offer.car.name,
            car_id: offer.car.id,
            place: offer.car.place,
            latitude: offer.car.position.latitude(),
            longitude: offer.car.position.longitude(),
            price: offer.price.to_string(),
            currency: offer.price.currency.code(),
            // Centimetres are finer than any car is placed.
            distance_m: offer.distance_m.map(|metres| (metres * 100.0).round() / 100.0),
            make: offer.car.make,
            model: offer.car.model,
            seats: offer.car.seats,
        }
    }
}
