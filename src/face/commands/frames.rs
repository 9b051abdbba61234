//! The frames of an attempt: taken off the shelf, looked at several at a time, and judged by the rules.
//!
//! Nothing here knows who could be meant: that is asked only once the frames have shown a living face, so that neither
//! the answer nor its time tells a stranger whether anybody has a booking.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::attempt::Attempt;
use super::refusal::{FrameFault, Refused};
use crate::booking::CarId;
use crate::face::analyser::AnalyseError;
use crate::face::challenge::Challenge;
use crate::face::liveness::{self, Frame, LivenessFault, LivenessLimits};
use crate::face::quality::{self, QualityFault};
use crate::face::shelf::Picture;
use crate::face::{Analysis, Embedding, Landmarks};
use crate::house::House;
use crate::wire::ErrorCode;

/// Most frames of one attempt.
pub(super) const FRAMES_MAX: usize = 10;
/// Frames of one attempt that are looked at at once, where the queue of the worker has room for as many of each.
const AT_ONCE_MAX: usize = 4;

/// A frame that shows a face well enough.
struct Seen {
    picture: String,
    digest: [u8; 32],
    order: u64,
    width: u32,
    landmarks: Landmarks,
    embedding: Embedding,
}

/// Embeddings of the frames, once they have shown a living face that did what it was asked to.
pub(super) async fn living(
    house: &House,
    car: CarId,
    attempt: &Attempt<'_>,
    pictures: Vec<Picture>,
) -> Result<Vec<Embedding>, Refused> {
    in_time(&attempt.challenge, &pictures)?;
    let seen = look(house, car, pictures).await?;
    let frames: Vec<Frame<'_>> = seen.iter().map(Seen::frame).collect();
    let before = house.faces.door().shows(car, &frames, house.clock.now());
    let limits = limits(house);
    if let Err(fault) = liveness::judge(&attempt.challenge.steps, &frames, &before, &limits) {
        return Err(not_alive(&fault, &seen));
    }
    Ok(seen.into_iter().map(|seen| seen.embedding).collect())
}

/// Each picture came after the challenge was given, before its end, and for no other challenge.
fn in_time(challenge: &Challenge, pictures: &[Picture]) -> Result<(), Refused> {
    let fault_of = |picture: &Picture| {
        if picture.at < challenge.given_at {
            return Some(("early", "it came before the challenge was given"));
        }
        if picture.at >= challenge.expires_at {
            return Some(("late", "it came after the challenge had ended"));
        }
        let is_other = picture
            .challenge
            .as_ref()
            .is_some_and(|sent_for| *sent_for != challenge.id);
        is_other.then_some(("other_challenge", "it was sent for another challenge"))
    };
    let faults: Vec<FrameFault> = pictures
        .iter()
        .filter_map(|picture| {
            let (reason, message) = fault_of(picture)?;
            Some(FrameFault::new(&picture.id, reason, message))
        })
        .collect();
    let Some(first) = faults.first() else { return Ok(()) };
    let message = format!("a frame does not belong to this challenge: {}", first.message);
    Err(Refused::new(ErrorCode::Expired, first.reason, message).of_frames(faults))
}

async fn look(house: &House, car: CarId, pictures: Vec<Picture>) -> Result<Vec<Seen>, Refused> {
    let (analyser, sender) = (house.faces.analyser(), &Arc::from(format!("car:{car}")));
    let wanted = pictures.len();
    let digests = digests(&pictures).await?;
    let face = &house.config.face;
    let at_once = (face.queue / face.attempts.max(1)).clamp(1, AT_ONCE_MAX);
    let analysed: Vec<(Picture, Result<Analysis, AnalyseError>)> = stream::iter(pictures)
        .map(|picture| async move {
            let analysis = analyser.analyse_of(sender, picture.data.clone()).await;
            (picture, analysis)
        })
        .buffered(at_once)
        .collect()
        .await;
    let (mut seen, mut faults) = (Vec::with_capacity(wanted), Vec::new());
    for ((picture, analysis), digest) in analysed.into_iter().zip(digests) {
        match analysis {
            Ok(analysis) => match Seen::of(&picture, digest, &analysis) {
                Ok(one) => seen.push(one),
                Err(fault) => faults.push(FrameFault::new(&picture.id, fault.reason(), &fault.to_string())),
            },
            Err(AnalyseError::Picture(fault)) => {
                let why = FrameFault::new(&picture.id, fault.reason(), &fault.to_string());
                let message = format!("a picture cannot be used: {fault}");
                return Err(Refused::new(fault.code(), fault.reason(), message).of_frames(vec![why]));
            }
            Err(err) => {
                let refused = Refused::new(err.code(), err.reason(), err.to_string());
                let wait = err.retry_after().and_then(|wait| SignedDuration::try_from(wait).ok());
                let retry_at = wait.and_then(|wait| house.clock.now().checked_add(wait).ok());
                return Err(match retry_at {
                    Some(at) => refused.until(at),
                    None => refused,
                });
            }
        }
    }
    match faults.first() {
        None => Ok(seen),
        Some(first) => {
            let (reason, message) = (first.reason, format!("a frame cannot be used: {}", first.message));
            Err(Refused::new(ErrorCode::BadArguments, reason, message).of_frames(faults))
        }
    }
}

/// What tells each picture from all others. Beside the event loops: pictures of one attempt may have 16 MiB together.
async fn digests(pictures: &[Picture]) -> Result<Vec<[u8; 32]>, Refused> {
    let pictures: Vec<Bytes> = pictures.iter().map(|picture| picture.data.clone()).collect();
    let work = move || pictures.iter().map(|data| Sha256::digest(data).into()).collect();
    let made = tokio::task::spawn_blocking(work).await;
    made.map_err(|_| Refused::new(ErrorCode::Internal, "internal", "the pictures could not be told apart"))
}

impl Seen {
    fn of(picture: &Picture, digest: [u8; 32], analysis: &Analysis) -> Result<Self, QualityFault> {
        let face = match quality::judge(analysis) {
            Ok(face) => face,
            // A turned face is what was asked for; whether it is the right way is liveness's to say.
            Err(QualityFault::TurnedAway) => analysis.faces.first().ok_or(QualityFault::NoFace)?,
            Err(fault) => return Err(fault),
        };
        Ok(Self {
            picture: picture.id.to_string(),
            digest,
            order: picture.order,
            width: analysis.width,
            landmarks: face.landmarks,
            embedding: face.embedding.clone().ok_or(QualityFault::NoFace)?,
        })
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            digest: self.digest,
            order: self.order,
            width: self.width,
            landmarks: self.landmarks,
            embedding: &self.embedding,
        }
    }
}

fn limits(house: &House) -> LivenessLimits {
    let face = &house.config.face;
    LivenessLimits {
        frames_min: face.frames_min,
        turn: face.turn.as_f32(),
        nearer: face.nearer.as_f32(),
        continuity: face.continuity.as_f32(),
    }
}

fn not_alive(fault: &LivenessFault, seen: &[Seen]) -> Refused {
    let reason = fault.reason();
    if let LivenessFault::TooFewFrames { .. } = fault {
        return Refused::new(ErrorCode::BadArguments, reason, fault.to_string());
    }
    let at = fault.frame().and_then(|frame| seen.get(frame));
    let frames = at.map(|seen| FrameFault::new(&seen.picture, reason, &fault.to_string()));
    Refused::new(ErrorCode::BadLogin, reason, fault.to_string())
        .of_frames(frames.into_iter().collect())
        .missed(reason)
}
