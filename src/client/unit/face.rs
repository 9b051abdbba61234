//! Opening by face at the car: what the person is to do, and the unlock by the frames that showed it.
//!
//! The unit only passes on: it recognises nobody and keeps no picture.

use jiff::Timestamp;
use serde::Deserialize;

use super::{OpenBooking, Opened, Unit, shaped};
use crate::client::pictures::{Sent, ids};
use crate::client::{ClientError, named};
use crate::wire::{Args, Value};

/// What the person at the car is to do before the camera.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FaceChallenge {
    /// Its name: the frames are sent for it.
    pub challenge: String,
    /// In this order: `straight`, `turn_left`, `turn_right`, `nearer`; left and right are the person's own.
    pub steps: Vec<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Frames that are wanted at least.
    pub frames_min: usize,
    /// Whether the PIN is asked for beside the face.
    pub pin: bool,
}

impl Unit {
    /// Begins an unlock by face.
    ///
    /// # Errors
    /// The server's refusal: `unavailable` where it looks at no faces, `locked_out` after too many misses.
    pub async fn face_challenge(&self) -> Result<FaceChallenge, ClientError> {
        let given = self.link().call("s.facechallenge", Args::default()).await?;
        shaped("s.facechallenge", given)
    }

    /// Asks to open the car for the person in these frames, sent for that challenge in this order.
    ///
    /// # Errors
    /// The server's refusal, whose message is for the person.
    pub async fn unlock_face(
        &self,
        challenge: &str,
        frames: &[Sent],
        pin: Option<String>,
    ) -> Result<Opened, ClientError> {
        let mut args = named([("challenge", Value::from(challenge)), ("pictures", ids(frames))]);
        if let (Args::Name(args), Some(pin)) = (&mut args, pin) {
            args.push(("pin".to_owned(), Value::from(pin)));
        }
        let opened: Opened = shaped("s.unlockface", self.link().call("s.unlockface", args).await?)?;
        let open = OpenBooking {
            booking: opened.booking,
            user: Some(opened.user.clone()),
        };
        self.0.core.change(move |body| body.opened(open)).await;
        Ok(opened)
    }
}
