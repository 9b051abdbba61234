//! `s.unlockface(challenge, pictures | embedding, pin?)`: a rider at the car opens it by being its rider.
//!
//! Compared are the riders who may open this car now, never anybody else. The right is looked up again at the moment of
//! the unlock: it may end while faces are looked at.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;

use super::attempt::Attempt;
use super::frames::{self, FRAMES_MAX};
use super::refusal::Refused;
use super::trust;
use crate::account::keys::random_bytes;
use crate::account::{SignInError, Source, User};
use crate::booking::CarId;
use crate::booking::commands::unlockwith::{Opened, for_person};
use crate::booking::engine::RidersAt;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::challenge::Challenge;
use crate::face::matching::{self, MatchFault, MatchLimits};
use crate::face::vault::VaultError;
use crate::face::{EMBEDDING_FLOATS, Embedding};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::face_attempted;
use crate::store::change::Change;
use crate::wire::ErrorCode;

/// Opens this car for its rider by their face, and the PIN beside it: frames of one challenge, or a ready embedding from a unit that an operator trusted. For the car's unit; `s.unlockwith` is the equal way without a face.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlockFace {
    /// As `s.facechallenge` gave it; used once.
    challenge: String,
    /// Ids of the frames in the order of their coming, as the datasock `pictures` gave them: 3 to 10.
    pictures: Option<Vec<String>>,
    /// 128 numbers instead, from trusted units only.
    embedding: Option<Vec<f32>>,
    /// The rider's PIN.
    pin: Option<String>,
}

/// What is shown.
enum Proof {
    /// Ids of frames.
    Frames(Vec<String>),
    /// What a trusted unit made of a face.
    Ready(Embedding),
}

impl Command for UnlockFace {
    const NAME: &'static str = "s.unlockface";
    const CATEGORY: Category = Category::Car;
    const NEEDS: Permission = Permission::Car;
    const CHANGES: bool = true;
    const FADES: bool = true;
    type Reply = Opened;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let car = super::car_of(caller)?;
        super::are_enabled(house)?;
        let began = Instant::now();
        let recognised = self.recognised(caller, house, car).await;
        if let Err(refused) = &recognised {
            tracing::debug!(car.id = %car, face.reason = refused.reason, "an unlock by face was refused");
        }
        let outcome = recognised.as_ref().map_or_else(|refused| refused.reason, |_| "matched");
        face_attempted(outcome, began.elapsed());
        for_person(caller, house, car, recognised?).await
    }
}

impl UnlockFace {
    async fn recognised(self, caller: &Caller, house: &House, car: CarId) -> Result<User, Refused> {
        let proof = proof(self.pictures, self.embedding, house.config.face.frames_min)?;
        let is_ready = matches!(proof, Proof::Ready(_));
        if is_ready && !trust::is_trusted(house, car).await? {
            let message = "this unit is not trusted to recognise faces by itself: send frames over `pictures`, \
                           or ask an operator for `s.trustunit`";
            return Err(Refused::new(ErrorCode::Forbidden, "untrusted", message));
        }
        if self.pin.is_none() && (is_ready || house.config.face.pin) {
            let message = "the PIN is wanted beside the face; without one the password opens the car";
            return Err(Refused::new(ErrorCode::BadArguments, "pin_wanted", message));
        }
        // Who is locked out hears it at once, and neither waits nor spends a frame.
        house.faces.door().look(car, &self.challenge, house.clock.now())?;
        let decision_max = Duration::from_millis(house.config.face.decision_ms);
        let until = tokio::time::Instant::now() + decision_max;
        // Who has waited half of the time would not be decided on in the rest: nothing is used up by a refusal here.
        let entered = house.faces.attempts().enter(decision_max / 2).await;
        let _pass = entered
            .map_err(|_| Refused::new(ErrorCode::Busy, "busy", "too many faces are being looked at; try again"))?;
        house.faces.door().look(car, &self.challenge, house.clock.now())?;
        let taken = match &proof {
            Proof::Frames(ids) => {
                let client = &caller.standing.album;
                house
                    .faces
                    .shelf()
                    .take(client, ids, house.clock.now())
                    .map_err(Error::from)?
            }
            Proof::Ready(_) => Vec::new(),
        };
        let attempt = Attempt::begin(house, car, &self.challenge)?;
        let deciding = async {
            let shown = match proof {
                Proof::Frames(_) => frames::living(house, car, &attempt, taken).await?,
                Proof::Ready(embedding) => vec![embedding],
            };
            decide(house, car, &shown, is_ready, self.pin.as_deref()).await
        };
        let decided = tokio::time::timeout_at(until, deciding).await;
        let decided = decided.unwrap_or_else(|_| {
            let message = format!(
                "no decision within {} ms; ask for a new challenge",
                decision_max.as_millis()
            );
            Err(Refused::new(ErrorCode::Timeout, "timeout", message))
        });
        match &decided {
            Ok(user) => {
                attempt.matched();
                write(house, caller, car, user, is_ready).await;
            }
            Err(Refused { miss: Some(why), .. }) => attempt.missed(caller, why).await,
            Err(_) => drop(attempt),
        }
        decided
    }
}

/// Opens a car by a ready embedding without a PIN, for a port that an operator has exempted from the second factor. The
/// unit must be trusted, misses count and lock as ever.
pub(crate) async fn by_embedding_alone(caller: &Caller, house: &House, floats: Vec<f32>) -> Result<Opened, Error> {
    let car = super::car_of(caller)?;
    super::are_enabled(house)?;
    let began = Instant::now();
    let recognised = recognised_alone(caller, house, car, floats).await;
    let outcome = recognised.as_ref().map_or_else(|refused| refused.reason, |_| "matched");
    face_attempted(outcome, began.elapsed());
    for_person(caller, house, car, recognised?).await
}

async fn recognised_alone(caller: &Caller, house: &House, car: CarId, floats: Vec<f32>) -> Result<User, Refused> {
    let shown = ready(floats)?;
    if !trust::is_trusted(house, car).await? {
        let message = "this unit is not trusted to recognise faces by itself: ask an operator for `s.trustunit`";
        return Err(Refused::new(ErrorCode::Forbidden, "untrusted", message));
    }
    let random = random_bytes()
        .map_err(|err| Error::new(ErrorCode::Unavailable, "no challenge can be made right now").cause(err))?;
    // Of this attempt alone: nobody is asked to do anything.
    let id = {
        let mut door = house.faces.door();
        let challenge = Challenge::new(&random, house.clock.now(), door.challenge_lasts());
        let id = challenge.id.clone();
        door.give(car, challenge).map_err(Refused::from)?;
        id
    };
    let attempt = Attempt::begin(house, car, &id)?;
    let decided = decide(house, car, &[shown], true, None).await;
    match &decided {
        Ok(user) => {
            attempt.matched();
            write(house, caller, car, user, true).await;
        }
        Err(Refused { miss: Some(why), .. }) => attempt.missed(caller, why).await,
        Err(_) => drop(attempt),
    }
    decided
}

/// Exactly one of the two, and as many as are wanted.
fn proof(pictures: Option<Vec<String>>, embedding: Option<Vec<f32>>, frames_min: usize) -> Result<Proof, Refused> {
    let wrong = |reason, message: String| Err(Refused::new(ErrorCode::BadArguments, reason, message));
    match (pictures, embedding) {
        (Some(ids), None) if ids.len() < frames_min => {
            let message = format!("got {} frames, wanted at least {frames_min}", ids.len());
            wrong("too_few_frames", message)
        }
        (Some(ids), None) if ids.len() > FRAMES_MAX => wrong(
            "too_many_frames",
            format!("got {} frames, wanted at most {FRAMES_MAX}", ids.len()),
        ),
        (Some(ids), None) => Ok(Proof::Frames(ids)),
        (None, Some(floats)) => ready(floats).map(Proof::Ready),
        (Some(_), Some(_)) => wrong("bad_arguments", "wanted `pictures` or `embedding`, got both".to_owned()),
        (None, None) => wrong(
            "bad_arguments",
            "wanted `pictures` or `embedding`, got neither".to_owned(),
        ),
    }
}

fn ready(floats: Vec<f32>) -> Result<Embedding, Refused> {
    let wrong = |got: String| {
        let message = format!("an embedding is {EMBEDDING_FLOATS} finite numbers, got {got}");
        Refused::new(ErrorCode::BadArguments, "bad_embedding", message)
    };
    let count = floats.len();
    let floats: Box<[f32; EMBEDDING_FLOATS]> = floats
        .into_boxed_slice()
        .try_into()
        .map_err(|_| wrong(format!("{count}")))?;
    Embedding::new(floats).ok_or_else(|| wrong("one that is not finite".to_owned()))
}

/// Whose face it is among those who may open the car now, and whether the PIN is theirs.
async fn decide(
    house: &House,
    car: CarId,
    shown: &[Embedding],
    is_ready: bool,
    pin: Option<&str>,
) -> Result<User, Refused> {
    let riders = house.bookings.ask(RidersAt(car)).await.map_err(Error::from)?;
    let people = house.faces.vault().templates_of(&riders).await.map_err(shut)?;
    let face = &house.config.face;
    let limits = MatchLimits {
        threshold: face.threshold.as_f32(),
        margin: face.margin.as_f32(),
        frame_max: face.frame_max.as_f32(),
        frames_min: if is_ready { 1 } else { face.frames_min },
    };
    let frames: Vec<&Embedding> = shown.iter().collect();
    let user = matching::best(&frames, &people, &limits).map_err(nobody)?;
    let accounts = &house.accounts;
    let Some(pin) = pin else {
        return Ok(accounts.user_by_id(user).await.map_err(Error::from)?);
    };
    accounts
        .check_pin(user, pin, &Source::BookedCar(car.0))
        .await
        .map_err(|err| match err {
            SignInError::BadLogin => Refused::new(
                ErrorCode::BadLogin,
                "bad_pin",
                "the PIN is not right, or there is none; the password opens the car too",
            ),
            SignInError::LockedOut { retry_at } => {
                let message = format!("too many wrong PINs; until {retry_at} the password opens the car");
                Refused::new(ErrorCode::LockedOut, "pin_locked_out", message).until(retry_at)
            }
            other => Error::from(other).into(),
        })
}

/// One answer for all of it, so that nobody learns who has a booking; the audit log says more.
fn nobody(fault: MatchFault) -> Refused {
    let message =
        "this is no face of a rider who may open this car now; the password or the PIN opens it for its rider";
    Refused::new(ErrorCode::BadLogin, "no_match", message).missed(fault.as_str())
}

/// Who was recognised, written before the car is asked; the car's answer is an event of its own.
async fn write(house: &House, caller: &Caller, car: CarId, user: &User, is_ready: bool) {
    let now = house.clock.now();
    let change = Change {
        request: None,
        ..caller.change(now)
    };
    let how = if is_ready { "by a trusted unit" } else { "by face" };
    let (on_what, detail) = (format!("user:{}", user.id), format!("car:{car} {how}"));
    let written = house
        .store
        .write(move |conn| change.record(conn, &on_what, "recognised", Some(detail), None));
    if let Err(err) = written.await {
        tracing::warn!(car.id = %car, %err, "whose face opened a car could not be written down");
    }
    // Templates that nobody needs for a long time end; these are needed.
    if let Err(err) = house.faces.vault().matched(user.id, now).await {
        tracing::warn!(%err, "when a face was last recognised could not be written down");
    }
}

fn shut(err: VaultError) -> Refused {
    match err {
        VaultError::Busy => Refused::new(ErrorCode::Busy, "busy", err.to_string()),
        VaultError::Unavailable(sentence) => Refused::new(ErrorCode::Unavailable, "unavailable", sentence),
        other => Error::from(other).into(),
    }
}
