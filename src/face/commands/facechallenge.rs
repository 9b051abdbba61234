//! `s.facechallenge()`: what the person at the car is to do before the camera.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use super::trust;
use crate::account::keys::random_bytes;
use crate::booking::CarId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::analyser::Phase;
use crate::face::challenge::{Before, Challenge};
use crate::face::{AnalyseError, AnalyserState};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::face_challenges;
use crate::wire::ErrorCode;

/// Begins an unlock by face: names what the person at this car does before the camera, in order and before a deadline. Used once; a newer one takes its place. For the car's unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaceChallenge {}

/// What to do, until when.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Given {
    /// Its name, for `s.unlockface` and for the pictures.
    challenge: String,
    /// What the person does, in this order: straight, turn_left, turn_right, nearer; left and right are their own.
    steps: Vec<&'static str>,
    /// When it ends, in RFC 3339.
    expires_at: String,
    /// Frames that are wanted at least: one or more for each step.
    frames_min: usize,
    /// Whether the PIN is asked for beside the face.
    pin: bool,
}

impl Command for FaceChallenge {
    const NAME: &'static str = "s.facechallenge";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Car;
    type Reply = Given;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let car = super::car_of(caller)?;
        super::are_enabled(house)?;
        let random = random_bytes()
            .map_err(|err| Error::new(ErrorCode::Unavailable, "no challenge can be made right now").cause(err))?;
        is_there(house, car).await?;
        let mut door = house.faces.door();
        let challenge = Challenge::new(&random, house.clock.now(), door.challenge_lasts());
        let given = Given {
            challenge: challenge.id.clone(),
            steps: challenge.steps.iter().map(|step| step.as_str()).collect(),
            expires_at: challenge.expires_at.to_string(),
            frames_min: house.config.face.frames_min.max(challenge.steps.len()),
            pin: house.config.face.pin,
        };
        let before = door.give(car, challenge).map_err(Refused::from)?;
        drop(door);
        face_challenges("given");
        match before {
            Before::Nothing => {}
            Before::Replaced => face_challenges("replaced"),
            Before::Expired => face_challenges("expired"),
        }
        Ok(given)
    }
}

/// Whether frames can be looked at, or need not be.
async fn is_there(house: &House, car: CarId) -> Result<(), Error> {
    let analyser = house.faces.analyser();
    // It takes a moment to load its models, and the person takes one to stand still.
    analyser.wake();
    let AnalyserState { phase, why, .. } = analyser.state();
    if !matches!(phase, Phase::Off | Phase::Pausing) || trust::is_trusted(house, car).await? {
        return Ok(());
    }
    Err(AnalyseError::Unavailable(why.unwrap_or_else(|| "the face worker is down".to_owned())).into())
}
