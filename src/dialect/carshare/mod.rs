//! The car share's units: one pickled dictionary a connection, one reply. The answers are those of the first system.
//!
//! A connection is the unit of its car while no other unit is connected: its unlock is acknowledged when its reply has
//! arrived. Unlike there, a return needs the rider, an engineer needs a repair and a code, and nobody hears the answer of
//! the client before.

mod exchange;
mod opening;
mod rules;
mod unit;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::asking::{call, told};
use super::door::{Guest, over};
use super::pickle::{Bounds, Pickle};
use crate::account::Source;
use crate::booking::CarId;
use crate::booking::engine::{FindCar, ToReturn};
use crate::booking::refusal::Party;
use crate::config::CarshareConfig;
use crate::error::Error;
use crate::fleet::CarRef;
use crate::house::House;
use crate::registry::Standing;
use crate::session::named;
use crate::wire::{ErrorCode, Value};
use exchange::Exchange;
use opening::{Opening, Whose};
use rules::{Ask, No, Spot, Want};

/// The dialect.
pub(super) const NAME: &str = "carshare";

/// Values of a request, an array of numpy among them.
const ITEMS_MAX: usize = 4_096;
/// Containers within each other.
const DEPTH_MAX: usize = 8;

/// What all its connections share.
pub(super) struct Carshare {
    config: CarshareConfig,
    /// One request at a time is the unit of a car. Not more than there are cars configured.
    turns: Mutex<HashMap<CarId, Arc<tokio::sync::Mutex<()>>>>,
}

/// Who asks, as this port knows them.
struct At<'a> {
    house: &'a House,
    standing: Arc<Standing>,
    car: CarId,
    address: SocketAddr,
}

impl Carshare {
    pub(super) fn new(config: &CarshareConfig) -> Self {
        Self {
            config: config.clone(),
            turns: Mutex::default(),
        }
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            bytes: self.config.request_bytes,
            items: ITEMS_MAX,
            depth: DEPTH_MAX,
            memo: ITEMS_MAX,
        }
    }

    fn turn(&self, car: CarId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(car).or_default())
    }

    fn no(&self, no: No) -> Pickle {
        match no {
            No::MinusOne if self.config.boolean_answers => Pickle::Bool(false),
            No::MinusOne => Pickle::Int(-1),
            No::False => Pickle::Bool(false),
        }
    }

    /// The answer to who was let in.
    fn yes(&self, user: i64) -> Pickle {
        if self.config.boolean_answers {
            Pickle::Bool(true)
        } else {
            Pickle::Int(user)
        }
    }
}

/// Serves one connection to its end.
pub(super) async fn serve(dialect: Arc<Carshare>, guest: Guest) {
    let Guest {
        house,
        stream,
        address,
        inside: _inside,
    } = guest;
    let mut exchange = Exchange::new(stream, Duration::from_millis(dialect.config.idle_ms));
    let bounds = dialect.bounds();
    let request = tokio::select! {
        request = exchange.request(&bounds) => request,
        () = over(&house) => return,
    };
    let kind = request.as_ref().ok().and_then(rules::kind);
    let outcome = match request {
        Ok(request) => dialect.answer(&house, address, &request, &mut exchange).await,
        Err(err) => Err(err),
    };
    told(NAME, address, asked(kind), &outcome);
    if !exchange.has_replied() {
        let reply = outcome.unwrap_or_else(|_| dialect.no(rules::no_of(kind)));
        if exchange.reply(&reply).await {
            // A close with unread bytes would reset the reply away.
            exchange.taken().await;
        }
    }
}

/// A type of request, for the log.
fn asked(kind: Option<i64>) -> &'static str {
    match kind {
        Some(1) => "password",
        Some(2) => "face",
        Some(3) => "return",
        Some(4) => "devices",
        Some(5) => "code",
        _ => "unknown",
    }
}

impl Carshare {
    async fn answer(
        &self,
        house: &House,
        address: SocketAddr,
        request: &Pickle,
        exchange: &mut Exchange,
    ) -> Result<Pickle, Error> {
        let Ask { car, want } = rules::read(request).map_err(|why| Error::new(ErrorCode::BadArguments, why))?;
        let name = self.config.cars.get(&car).ok_or_else(|| {
            let shown: String = car.chars().take(32).flat_map(char::escape_debug).collect();
            let message = format!("car `{shown}` is not in dialect.carshare.cars");
            Error::new(ErrorCode::NotFound, message)
        })?;
        let car = house.bookings.ask(FindCar(CarRef::Name(name.clone()))).await??;
        let at = At {
            house,
            standing: Arc::new(named::unit_of(house, car.id, &car.name, address.ip())?),
            car: car.id,
            address,
        };
        match want {
            Want::Password { username, password } => {
                let asking = [
                    ("username", Value::from(username.as_str())),
                    ("password", Value::from(password)),
                ];
                let work = call(house, &at.standing, at.source(), "s.unlockwith", asking);
                self.open(&at, Whose::RiderNamed(username.clone()), work, exchange)
                    .await
            }
            Want::Face(_) if !self.config.face_without_pin => {
                let message = "an encoding alone opens nothing here: the PIN or the password is wanted";
                Err(Error::new(ErrorCode::Forbidden, message))
            }
            Want::Face(encoding) => {
                let work = opening::by_face(&at, encoding);
                self.open(&at, Whose::Rider, work, exchange).await
            }
            Want::Return { user, spot } => at.bring_back(user, spot).await,
            Want::Devices(devices) => {
                let devices = Value::Array(devices.into_iter().map(Value::from).collect());
                let work = call(
                    house,
                    &at.standing,
                    at.source(),
                    "s.engineersignin",
                    [("devices", devices)],
                );
                self.open(&at, Whose::Engineer, work, exchange).await
            }
            Want::Code(None) => {
                let message = "a card of number and name proves nothing: make codes with `s.engineercode`";
                Err(Error::new(ErrorCode::BadLogin, message))
            }
            Want::Code(Some(code)) => {
                let asking = [("code", Value::from(code)), ("finish", Value::from(true))];
                call(house, &at.standing, at.source(), "s.engineersignin", asking).await?;
                Ok(Pickle::Bool(true))
            }
        }
    }

    /// Opens the car, whatever its unit is.
    async fn open(
        &self,
        at: &At<'_>,
        whose: Whose,
        work: impl Future<Output = Result<Value, Error>>,
        exchange: &mut Exchange,
    ) -> Result<Pickle, Error> {
        let turn = self.turn(at.car);
        let waited = timeout(Duration::from_millis(self.config.idle_ms), turn.lock()).await;
        let _turn = waited.map_err(|_| Error::new(ErrorCode::Busy, "others ask at this car"))?;
        let opening = Opening {
            at,
            whose,
            yes: &|user| self.yes(user),
        };
        opening.run(work, exchange).await
    }
}

impl At<'_> {
    /// Guesses at a car are counted for the car.
    fn source(&self) -> Source {
        Source::Car(self.car.0)
    }

    /// Ends the rental of who has the car out, if that is who the client says.
    async fn bring_back(&self, user: i64, spot: Spot) -> Result<Pickle, Error> {
        let party = Party {
            user: None,
            car: Some(self.car),
            is_operator: false,
        };
        let wanted = ToReturn { booking: None, party };
        let (booking, _, rider) = self.house.bookings.ask(wanted).await??;
        if rider.0 != user {
            let message = "this is not the rider who has the car out";
            return Err(Error::new(ErrorCode::Forbidden, message));
        }
        let asking = [
            ("booking", Value::from(booking.0)),
            ("latitude", Value::from(spot.latitude)),
            ("longitude", Value::from(spot.longitude)),
            ("place", Value::from(spot.place)),
        ];
        call(self.house, &self.standing, self.source(), "s.return", asking).await?;
        Ok(Pickle::Bool(true))
    }
}
