//! `motorpool car ADDR --key K`: the program of the unit in a car.
//!
//! Flags, the menu at its prompt and the end on a signal; what a unit does is `crate::client::unit`'s. Without
//! anybody at standard input it serves on until it is told to stop.

mod camera;
mod input;
mod menu;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use self::camera::Camera;
use super::Failure;
use super::remote::{self, runtime};
use super::trust::TrustFlags;
use crate::client::unit::{Unit, UnitOptions, Vehicle};
use crate::client::{ClientError, ConnectOptions, Pauses};
use crate::wire::Login;

/// Where a car stands that nobody has said anything about.
const FIRST_PLACE: &str = "-37.8136,144.9631";

/// Flags of `motorpool car`.
#[derive(Debug, Args)]
pub(crate) struct Car {
    /// Address of the server: host:port.
    #[arg(value_name = "ADDR")]
    addr: String,
    /// The car's device key; also from MOTORPOOL_KEY.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Drive while unlocked by a booking.
    #[arg(long)]
    simulate: bool,
    /// Folder of what the unit remembers [default: one for this key in the user's state folder].
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Where the car stands when it has no memory of it, in degrees.
    #[arg(long, value_name = "LAT,LONG", default_value = FIRST_PLACE, value_parser = place, allow_hyphen_values = true)]
    at: (f64, f64),
    /// Addresses of the devices that the unit sees near by; an engineer signs in with one of theirs.
    #[arg(long, value_name = "ADDR,ADDR", value_delimiter = ',')]
    nearby_devices: Vec<String>,
    /// Folder of pictures that are played as the frames of a camera, for unlocking by face.
    #[arg(long, value_name = "FOLDER", value_parser = folder)]
    camera: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustFlags,
}

impl Car {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let key = remote::key(self.key.clone());
        let key = key.ok_or_else(|| Failure::usage("a car needs its key: --key or MOTORPOOL_KEY"))?;
        let options = UnitOptions {
            state_dir: self.state_dir.clone().map_or_else(|| state_dir(&key), Ok)?,
            simulate: self.simulate,
            first: Vehicle::parked(self.at.0, self.at.1),
            tell: Arc::new(|line| input::tell(&format!("* {line}"))),
        };
        let mut connect = ConnectOptions {
            login: Some(Login::Key(key)),
            ..ConnectOptions::default()
        };
        self.trust.apply_strict(&mut connect, options.state_dir.clone())?;
        let camera = self.camera.clone().map(|folder| Camera {
            folder,
            connect: connect.clone(),
        });
        let runtime = runtime()?;
        let outcome = runtime.block_on(async {
            let unit = Unit::start(self.addr.clone(), connect, Pauses::default(), options).map_err(Failure::failed)?;
            let outcome = tokio::select! {
                why = unit.ended() => Err(remote::failure(&self.addr, &why)),
                stopped = told_to_stop() => stopped,
                () = menu::run(&unit, camera, self.nearby_devices) => Ok(()),
            };
            unit.link().bye().await;
            outcome
        });
        // A read of standard input may still be waiting; nobody needs it any more.
        runtime.shutdown_background();
        outcome
    }
}

async fn told_to_stop() -> Result<(), Failure> {
    let failed = |error| Failure::failed(format!("cannot listen for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Cars that run on one machine do not share a memory.
fn state_dir(key: &str) -> Result<PathBuf, Failure> {
    let digest = HEXLOWER.encode(&Sha256::digest(key.as_bytes()));
    let name = format!("car-{}", digest.get(..12).unwrap_or(&digest));
    let folder = remote::state_folder();
    let folder =
        folder.ok_or_else(|| Failure::usage("no folder for the unit's memory: set HOME or give --state-dir"))?;
    Ok(folder.join(name))
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(text);
    let wanted = || format!("got `{text}`, wanted a folder with pictures");
    if folder.is_dir() { Ok(folder) } else { Err(wanted()) }
}

fn place(text: &str) -> Result<(f64, f64), String> {
    let wanted = || format!("got `{text}`, wanted degrees such as {FIRST_PLACE}");
    let (latitude, longitude) = text.split_once(',').ok_or_else(wanted)?;
    let degrees = |text: &str, max: f64| text.trim().parse().ok().filter(|degrees: &f64| degrees.abs() <= max);
    degrees(latitude, 90.0)
        .zip(degrees(longitude, 180.0))
        .ok_or_else(wanted)
}

/// Whether the server said no, rather than nothing.
fn refusal(error: &ClientError) -> Option<&crate::wire::WireError> {
    match error {
        ClientError::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_two_degrees_on_the_earth() {
        assert_eq!(place("-37.8, 144.9"), Ok((-37.8, 144.9)));
        assert_eq!(place("90,-180"), Ok((90.0, -180.0)));
        for wrong in ["", "1", "91,0", "0,181", "a,b", "NaN,0"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_key_has_its_own_memory() {
        assert_ne!(state_dir("a").unwrap(), state_dir("b").unwrap());
    }
}
