//! The booking engine: one actor that owns every car's schedule.
//!
//! Each change is planned and held in memory in one synchronous step, handed to the writer, and answered
//! when its commit has ended; a hold whose commit failed is let go. A restarted engine reads its state
//! through the writer, behind every change that was on its way when the old one died.

mod calendar;
mod cars;
mod free;
mod loading;
mod messages;
mod news;
mod out;
mod riders;
#[cfg(test)]
mod tests;

use actix::prelude::*;
use serde::Serialize;
use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::offers::Changes;
use super::refusal::BookingError;
use super::store::{self, NamedBooking};
use super::{Booking, BookingId, BookingState, CarId, Policy, Right, UserId};
use crate::fleet::store::Parked;
use crate::fleet::{Car, store as fleet_store};
use crate::runtime::Observe;
use crate::runtime::clock::Clock;
use crate::runtime::metrics::BookingMeters;
use crate::store::change::Change;
use crate::store::{AnyConn, Store, StoreError};
pub(crate) use calendar::Calendar;
pub(crate) use cars::RetireCar;
pub(crate) use free::FreeTimes;
use loading::{all_cars, begin_opened};
pub(crate) use messages::*;
use news::EXTENDED;
pub(crate) use news::News;
pub(crate) use out::CarsOut;
pub(crate) use riders::RidersAt;

/// What the engine shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct BookingsState {
    /// Cars it knows.
    pub cars: usize,
    /// Live bookings.
    pub live: usize,
    /// Of them, with the car out.
    pub out: usize,
}

/// Owns the ledger.
pub(crate) struct Bookings {
    ledger: Ledger,
    store: Store,
    clock: Clock,
    meters: BookingMeters,
    news: News,
}

impl Bookings {
    /// Reads what there is. A write job, because it must stand behind every change already on its way.
    pub(crate) async fn load(
        store: Store,
        clock: Clock,
        policy: Policy,
        news: News,
        changes: Changes,
    ) -> Result<Self, StoreError> {
        let (cars, live, last_id) = store
            .write(|conn| {
                begin_opened(conn)?;
                Ok((
                    all_cars(conn)?,
                    store::booking_list_live(conn)?,
                    store::booking_last_id(conn)?,
                ))
            })
            .await?;
        let engine = Self {
            ledger: Ledger::new(policy, cars, live, last_id, changes),
            store,
            clock,
            meters: BookingMeters::new(),
            news,
        };
        engine.count();
        Ok(engine)
    }

    fn count(&self) {
        let (_, live, out) = self.ledger.counts();
        self.meters.live(live.saturating_sub(out), out);
    }

    /// Saves a planned change; what it holds becomes what is, or is let go.
    fn save(
        &mut self,
        planned: NamedBooking,
        change: Change,
        keep: Keep,
        result: &'static str,
    ) -> ResponseActFuture<Self, Answer> {
        let answer = keep(&planned);
        let is_news = result != EXTENDED;
        let booking = planned.booking.clone();
        let (who, at) = (change.who.clone(), change.at);
        let saving = self.write(move |conn| {
            store::booking_update(conn, &booking)?;
            if let (BookingState::Finished, Some(report)) = (booking.state, &booking.returned) {
                let parked = Parked {
                    position: report.position,
                    place: report.place.clone(),
                    odometer_km: report.odometer_km,
                    fuel_percent: report.fuel_percent,
                };
                fleet_store::car_park(conn, booking.car, &parked)?;
            }
            record(conn, &change, &booking, result, answer)
        });
        Box::pin(saving.into_actor(self).map(move |saved, engine, _| {
            match saved {
                Ok(()) => engine.ledger.apply(planned.booking.clone()),
                Err(err) => {
                    engine.ledger.restore(planned.booking.id);
                    return Err(err.into());
                }
            }
            engine.meters.changed(planned.booking.state.as_str());
            if is_news {
                engine.news.of(&planned, &who, at);
            }
            engine.count();
            Ok(planned)
        }))
    }

    /// A write that does not borrow the engine, which goes on with the next message meanwhile.
    fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + 'static {
        let store = self.store.clone();
        async move { store.write(job).await }
    }
}

fn record(
    conn: &mut AnyConn,
    change: &Change,
    booking: &Booking,
    result: &str,
    answer: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let detail = format!(
        "car:{} {} to {}, {} {}",
        booking.car,
        booking.interval.start(),
        booking.interval.end(),
        booking.price,
        booking.price.currency.code()
    );
    change.record(
        conn,
        &format!("booking:{}", booking.id),
        result,
        Some(detail),
        answer.as_deref(),
    )
}

fn refuse(err: BookingError) -> ResponseActFuture<Bookings, Answer> {
    Box::pin(actix::fut::ready(Err(err)))
}

impl Actor for Bookings {
    type Context = Context<Self>;
}

impl Handler<Availability> for Bookings {
    type Result = Result<Free, BookingError>;

    fn handle(&mut self, ask: Availability, _ctx: &mut Self::Context) -> Self::Result {
        let offers = self.ledger.availability(ask.interval, ask.near, self.clock.now())?;
        let validity = self.ledger.validity(ask.interval);
        Ok(Free { offers, validity })
    }
}

impl Handler<Book> for Bookings {
    type Result = ResponseActFuture<Self, Answer>;

    fn handle(&mut self, book: Book, _ctx: &mut Self::Context) -> Self::Result {
        let rider = (book.user, book.username.as_str());
        let held = match self.ledger.reserve(&book.car, rider, book.interval, self.clock.now()) {
            Ok(held) => held,
            Err(err) => return refuse(err),
        };
        let answer = (book.keep)(&held);
        let booking = held.booking.clone();
        let saving = self.write(move |conn| {
            store::booking_insert(conn, &booking)?;
            record(conn, &book.change, &booking, "reserved", answer)
        });
        Box::pin(saving.into_actor(self).map(move |saved, engine, _| {
            if let Err(err) = saved {
                engine.ledger.withdraw(held.booking.id);
                return Err(err.into());
            }
            engine.meters.made();
            engine.count();
            Ok(held)
        }))
    }
}

impl Handler<Extend> for Bookings {
    type Result = ResponseActFuture<Self, Answer>;

    fn handle(&mut self, msg: Extend, _ctx: &mut Self::Context) -> Self::Result {
        match self.ledger.extend(msg.booking, msg.end, &msg.party, self.clock.now()) {
            Ok(planned) => self.save(planned, msg.change, msg.keep, EXTENDED),
            Err(err) => refuse(err),
        }
    }
}

impl Handler<Cancel> for Bookings {
    type Result = ResponseActFuture<Self, Answer>;

    fn handle(&mut self, msg: Cancel, _ctx: &mut Self::Context) -> Self::Result {
        match self.ledger.cancel(msg.booking, &msg.party, self.clock.now()) {
            Ok(planned) => self.save(planned, msg.change, msg.keep, "cancelled"),
            Err(err) => refuse(err),
        }
    }
}

impl Handler<Begin> for Bookings {
    type Result = ResponseActFuture<Self, Result<(), BookingError>>;

    fn handle(&mut self, msg: Begin, _ctx: &mut Self::Context) -> Self::Result {
        match self.ledger.begin(msg.booking, self.clock.now()) {
            Ok(Some(planned)) => {
                let saving = self.save(planned, msg.change, |_| None, "begun");
                Box::pin(saving.map(|saved, _, _| saved.map(drop)))
            }
            Ok(None) => Box::pin(actix::fut::ready(Ok(()))),
            Err(err) => Box::pin(actix::fut::ready(Err(err))),
        }
    }
}

impl Handler<Return> for Bookings {
    type Result = ResponseActFuture<Self, Answer>;

    fn handle(&mut self, msg: Return, _ctx: &mut Self::Context) -> Self::Result {
        let result = if msg.report.verified {
            "finished"
        } else {
            "finished, unverified"
        };
        match self
            .ledger
            .finish(msg.booking, &msg.party, msg.report, self.clock.now())
        {
            Ok(planned) => self.save(planned, msg.change, msg.keep, result),
            Err(err) => refuse(err),
        }
    }
}

impl Handler<ToReturn> for Bookings {
    type Result = Result<(BookingId, CarId, UserId), BookingError>;

    fn handle(&mut self, msg: ToReturn, _ctx: &mut Self::Context) -> Self::Result {
        self.ledger.to_return(msg.booking, &msg.party)
    }
}

impl Handler<Authorise> for Bookings {
    type Result = Result<(Right, BookingState), BookingError>;

    fn handle(&mut self, msg: Authorise, _ctx: &mut Self::Context) -> Self::Result {
        self.ledger.right(msg.booking, &msg.party, self.clock.now())
    }
}

impl Handler<AuthoriseAt> for Bookings {
    type Result = Result<Option<Right>, BookingError>;

    fn handle(&mut self, msg: AuthoriseAt, _ctx: &mut Self::Context) -> Self::Result {
        self.ledger.right_at(msg.car, msg.user, self.clock.now())
    }
}

impl Handler<Open> for Bookings {
    type Result = Result<(), BookingError>;

    fn handle(&mut self, Open { booking, until }: Open, _ctx: &mut Self::Context) -> Self::Result {
        self.ledger.open(booking, until)
    }
}

impl Handler<Opened> for Bookings {
    type Result = ();

    fn handle(&mut self, Opened(booking): Opened, _ctx: &mut Self::Context) {
        self.ledger.opened(booking);
    }
}

impl Handler<FindCar> for Bookings {
    type Result = Result<Car, BookingError>;

    fn handle(&mut self, FindCar(wanted): FindCar, _ctx: &mut Self::Context) -> Self::Result {
        self.ledger.car(&wanted).cloned()
    }
}

impl Handler<CarsChanged> for Bookings {
    type Result = ResponseActFuture<Self, Result<(), BookingError>>;

    fn handle(&mut self, CarsChanged(ids): CarsChanged, _ctx: &mut Self::Context) -> Self::Result {
        let reading = self.write(move |conn| {
            let cars = ids
                .into_iter()
                .filter_map(|id| fleet_store::car_by_id(conn, id).transpose());
            cars.collect::<Result<Vec<Car>, StoreError>>()
        });
        Box::pin(reading.into_actor(self).map(|read, engine, _| {
            for car in read? {
                engine.ledger.put_car(car);
            }
            Ok(())
        }))
    }
}

impl Handler<Sweep> for Bookings {
    type Result = ResponseFuture<Result<usize, BookingError>>;

    fn handle(&mut self, _: Sweep, ctx: &mut Self::Context) -> Self::Result {
        let now = self.clock.now();
        let mut saves = Vec::new();
        for planned in self.ledger.due(now) {
            let change = Change {
                at: now,
                who: "service:booking-clock".to_owned(),
                what: "sweep".to_owned(),
                request: None,
            };
            let state = planned.booking.state.as_str();
            let saving = self.save(planned, change, |_| None, state);
            let (told, saved) = oneshot::channel();
            saves.push(saved);
            // Saved even when nobody waits any more; a failed one stays due until the next sweep.
            ctx.spawn(saving.map(|saved, _, _| drop(told.send(saved))));
        }
        Box::pin(async move {
            let mut changed = 0_usize;
            let mut failed = None;
            for saved in saves {
                match saved.await {
                    Ok(Ok(_)) => changed += 1,
                    Ok(Err(err)) => failed = Some(err),
                    // Only an engine that ends drops one, and then nobody reads this.
                    Err(_) => {}
                }
            }
            failed.map_or(Ok(changed), Err)
        })
    }
}

impl Handler<Observe<BookingsState>> for Bookings {
    type Result = MessageResult<Observe<BookingsState>>;

    fn handle(&mut self, _: Observe<BookingsState>, _ctx: &mut Self::Context) -> Self::Result {
        let (cars, live, out) = self.ledger.counts();
        MessageResult(BookingsState { cars, live, out })
    }
}

crate::supervised!(Bookings);
