//! The unit in a car: keeps a connection as the car, carries out its commands, tells how the car stands.
//!
//! A command is done at most once and never late, over restarts of the unit and cuts of the connection. What a person
//! at the car asks for (unlock, return, engineer) is asked of the server; the unit grants nothing by itself.

mod body;
mod drive;
mod face;
mod memory;
mod nonces;
mod orders;
#[cfg(test)]
mod tests;
mod vehicle;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

pub use drive::drive;
pub use face::FaceChallenge;
pub use memory::{MemoryError, OpenBooking};
pub use nonces::Nonces;
pub use vehicle::{Action, COMMANDS, Effect, Order, Refusal, Vehicle};

use super::{ClientError, ConnectOptions, Incoming, LinkState, Pauses, Reconnecting, named};
use crate::wire::{ClientKind, ErrorCode, Value, WireError};
use body::{ActError, Body};
use memory::Saved;

/// A simulated drive moves this often.
const DRIVE_STEP: Duration = Duration::from_secs(1);

/// Called with a line for people at what the unit does.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Settings of one unit.
#[derive(Clone)]
pub struct UnitOptions {
    /// Folder of its memory.
    pub state_dir: PathBuf,
    /// Drive while unlocked by a booking.
    pub simulate: bool,
    /// The vehicle when there is no memory of it.
    pub first: Vehicle,
    /// Who hears what it does.
    pub tell: Tell,
}

/// A running unit; clones share it. It goes offline when the last one is dropped.
#[derive(Clone)]
pub struct Unit(Arc<Running>);

struct Running {
    core: Core,
    tasks: Vec<AbortHandle>,
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// What the tasks and the handles share.
#[derive(Clone)]
struct Core {
    link: Reconnecting,
    body: Arc<Mutex<Body>>,
    /// The state after the last change, for those who must not block.
    seen: Arc<watch::Sender<Saved>>,
    tell: Tell,
    software: Arc<str>,
}

/// What the server says of an unlocking at the car.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Opened {
    /// Name of the person.
    pub user: String,
    /// Number of their booking.
    pub booking: i64,
}

/// What the server says of a return.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Returned {
    /// Number of the booking.
    pub booking: i64,
    /// What it costs.
    pub price: String,
    /// In which currency.
    pub currency: String,
}

impl Unit {
    /// Opens the memory and starts connecting as a car; `connect` brings the device key. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`MemoryError`]: a unit without its memory could do a command twice.
    pub fn start(
        addr: impl Into<String>,
        connect: ConnectOptions,
        pauses: Pauses,
        options: UnitOptions,
    ) -> Result<Self, MemoryError> {
        let body = Body::open(&options.state_dir, options.first)?;
        let connect = ConnectOptions {
            kind: ClientKind::Car,
            description: connect.description.or_else(|| Some("the unit of a car".to_owned())),
            commands: COMMANDS.map(ToOwned::to_owned).to_vec(),
            requestables: orders::REQUESTABLES.map(ToOwned::to_owned).to_vec(),
            ..connect
        };
        let software = connect.software.as_str().into();
        let seen = Arc::new(watch::Sender::new(body.saved().clone()));
        let link = Reconnecting::start(addr, connect, pauses);
        let core = Core {
            link,
            body: Arc::new(Mutex::new(body)),
            seen,
            tell: options.tell,
            software,
        };
        let mut tasks = vec![
            tokio::spawn(core.clone().listen()).abort_handle(),
            tokio::spawn(core.clone().watch_link()).abort_handle(),
        ];
        if options.simulate {
            tasks.push(tokio::spawn(core.clone().simulate()).abort_handle());
        }
        Ok(Self(Arc::new(Running { core, tasks })))
    }

    /// The connection.
    #[must_use]
    pub fn link(&self) -> &Reconnecting {
        &self.0.core.link
    }

    /// The vehicle now.
    #[must_use]
    pub fn vehicle(&self) -> Vehicle {
        self.0.core.seen.borrow().vehicle.clone()
    }

    /// The booking it is out with, as far as the unit knows.
    #[must_use]
    pub fn open_booking(&self) -> Option<OpenBooking> {
        self.0.core.seen.borrow().open.clone()
    }

    /// A person at the car asks to open it.
    ///
    /// # Errors
    /// The server's refusal, e.g. `bad_login` or `forbidden`.
    pub async fn unlock_with(&self, username: &str, password: &str) -> Result<Opened, ClientError> {
        let args = named([("username", Value::from(username)), ("password", Value::from(password))]);
        let opened: Opened = shaped("s.unlockwith", self.link().call("s.unlockwith", args).await?)?;
        let open = OpenBooking {
            booking: opened.booking,
            user: Some(opened.user.clone()),
        };
        self.0.core.change(move |body| body.opened(open)).await;
        Ok(opened)
    }

    /// A person at the car gives it back where it stands.
    ///
    /// # Errors
    /// The server's refusal; after a timeout or a cut the same return may be tried again.
    pub async fn return_car(&self, place: Option<String>) -> Result<Returned, ClientError> {
        let request_id = uuid::Uuid::new_v4().to_string();
        let wanted = self.0.core.change(move |body| body.returning(place, request_id)).await;
        let (wanted, vehicle) = match wanted {
            Some(Ok(wanted)) => (wanted, self.vehicle()),
            Some(Err(err)) => return Err(refusal(ErrorCode::StorageFull, err.to_string()).into()),
            None => return Err(ClientError::gone()),
        };
        if !vehicle.open_doors.is_empty() {
            let message = format!("these doors are open: {}", vehicle.open_doors.join(", "));
            return Err(refusal(ErrorCode::NotNow, message).into());
        }
        let mut args = vec![
            ("request_id", Value::from(wanted.request_id)),
            ("latitude", Value::from(wanted.latitude)),
            ("longitude", Value::from(wanted.longitude)),
            ("odometer_km", Value::from(vehicle.odometer_km)),
            ("fuel_percent", Value::from(vehicle.fuel_percent)),
        ];
        args.extend(wanted.booking.map(|booking| ("booking", Value::from(booking))));
        args.extend(wanted.place.map(|place| ("place", Value::from(place))));
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let outcome = self.link().call("s.return", crate::wire::Args::Name(args)).await;
        let is_settled = matches!(&outcome, Ok(_) | Err(ClientError::Refused(_)));
        if is_settled {
            let is_taken = outcome.is_ok();
            self.0.core.change(move |body| body.returned(is_taken)).await;
        }
        shaped("s.return", outcome?)
    }

    /// An engineer shows a code, or devices that are near.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn sign_in_engineer(&self, proof: EngineerProof) -> Result<Value, ClientError> {
        let args = match proof {
            EngineerProof::Code(code) => named([("code", Value::from(code))]),
            EngineerProof::Devices(devices) => {
                named([("devices", Value::Array(devices.into_iter().map(Value::from).collect()))])
            }
        };
        self.link().call("s.engineersignin", args).await
    }

    /// Waits until trying to connect makes no sense any more, and says why.
    pub async fn ended(&self) -> ClientError {
        let mut states = self.link().states();
        match states
            .wait_for(|state| matches!(state, LinkState::Ended { .. }))
            .await
            .as_deref()
        {
            Ok(LinkState::Ended { why }) => why.clone(),
            _ => ClientError::gone(),
        }
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unit")
            .field("link", self.link())
            .finish_non_exhaustive()
    }
}

/// What an engineer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineerProof {
    /// The code on their profile.
    Code(String),
    /// Addresses of devices that the unit sees.
    Devices(Vec<String>),
}

fn refusal(code: ErrorCode, message: String) -> WireError {
    orders::refusal(code, message)
}

fn shaped<T: serde::de::DeserializeOwned>(command: &str, value: Value) -> Result<T, ClientError> {
    let misshapen = |err| ClientError::Protocol(format!("{command} answered in another shape: {err}"));
    value.deserialized().map_err(misshapen)
}

impl Core {
    /// Changes the state on a thread that may block. `None`: the runtime is going down.
    async fn change<T: Send + 'static>(&self, change: impl FnOnce(&mut Body) -> T + Send + 'static) -> Option<T> {
        let (body, seen) = (self.body.clone(), self.seen.clone());
        let changed = tokio::task::spawn_blocking(move || {
            // Every change leaves the body valid, so a panic of another does not matter.
            let mut body = body.lock().unwrap_or_else(PoisonError::into_inner);
            let outcome = change(&mut body);
            seen.send_replace(body.saved().clone());
            outcome
        });
        changed.await.ok()
    }

    /// Answers the server until the unit goes away. One command at a time: they are for one car.
    async fn listen(self) {
        let Some(mut incoming) = self.link.incoming() else {
            return;
        };
        while let Some(came) = incoming.recv().await {
            match came {
                Incoming::Call { id, command, args, .. } => {
                    let outcome = match orders::order(&command, &args) {
                        Ok(order) => self.obey(order).await,
                        Err(err) => Err(err),
                    };
                    self.link.answer(id, outcome);
                }
                Incoming::Request { id, name, .. } => {
                    let vehicle = self.seen.borrow().vehicle.clone();
                    let told = orders::tell(&name, &vehicle, self.link.server_now(), &self.software);
                    self.link.answer(id, told);
                }
                Incoming::Text { body, .. } => (self.tell)(&body),
                Incoming::Event { .. } | Incoming::Refused(_) | Incoming::Bye { .. } => {}
            }
        }
    }

    async fn obey(&self, order: Order) -> Result<Value, WireError> {
        let link = self.link.clone();
        let named = order.clone();
        let outcome = self
            .change(move |body| {
                body.stop_for(order.action);
                body.act(&order, || link.server_now())
            })
            .await;
        let outcome = outcome.unwrap_or_else(|| Err(ActError::Disk(std::io::Error::other("the unit is going down"))));
        let booking = named
            .booking
            .map(|booking| format!(" for booking {booking}"))
            .unwrap_or_default();
        let action = named.action.as_str();
        match outcome {
            Ok(_) => {
                (self.tell)(&format!("{action}{booking}"));
                Ok(Value::Null)
            }
            Err(err) => {
                (self.tell)(&format!("{action}{booking} refused: {err}"));
                Err(orders::refused(&err))
            }
        }
    }

    /// Tells people how the connection is.
    async fn watch_link(self) {
        let mut states = self.link.states();
        loop {
            let line = match &*states.borrow_and_update() {
                LinkState::Connecting => None,
                LinkState::Up { welcome, .. } => Some(format!("online at {} as {}", welcome.server.name, welcome.name)),
                LinkState::Down { why, retry_in } => Some(format!(
                    "offline: {why}; trying again in {:.1} s",
                    retry_in.as_secs_f32()
                )),
                LinkState::Ended { why } => Some(format!("offline: {why}")),
            };
            if let Some(line) = line {
                (self.tell)(&line);
            }
            if states.changed().await.is_err() {
                return;
            }
        }
    }

    async fn simulate(self) {
        let mut steps = interval(DRIVE_STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            steps.tick().await;
            // A straight line is a drive too.
            let dice = getrandom::u32().map_or(0.5, |dice| f64::from(dice) / f64::from(u32::MAX));
            self.change(move |body| body.drive(DRIVE_STEP, dice)).await;
        }
    }
}
