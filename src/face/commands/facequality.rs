//! `s.facequality(picture)`: whether a picture that waits would do, for who holds the camera.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::analyser::AnalyseError;
use crate::face::quality::{self, QualityFault};
use crate::face::{Analysis, Area};
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::names;
use crate::wire::ErrorCode;

/// Looks at a picture of yours that waits and says whether it is good enough to be kept as your face. The picture goes on
/// waiting. Ten looks at once, then two a second.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaceQuality {
    /// Its id, as the datasock `pictures` or `POST /pictures` gave it.
    picture: String,
}

/// What was seen of the largest face, in pixels of the picture as it was looked at.
#[derive(Debug, Serialize, JsonSchema)]
struct FaceSeen {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
    /// Pixels between the eyes.
    eyes_apart: f32,
    /// How far the nose is off the middle of the eyes, in distances between them; 0 is straight.
    turn: f32,
    /// Variance of the Laplacian: more is sharper.
    sharpness: f32,
    /// Mean of the face, 0 to 255.
    brightness: f32,
}

/// What a picture is worth.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct QualityTold {
    /// Whether `s.enrollface` would take it.
    good: bool,
    /// What is wrong with it, in the order in which one would mend it: words as `s.enrollface` gives them.
    reasons: Vec<&'static str>,
    /// The first of them as a sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// How many faces were found.
    faces: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    face: Option<FaceSeen>,
    /// Of that face, as above.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharpness: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brightness: Option<f32>,
    /// Width of the face in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i32>,
}

impl QualityTold {
    fn of(analysis: &Analysis) -> Self {
        let faults = quality::faults(analysis);
        let face = analysis.faces.first();
        Self {
            good: faults.is_empty(),
            reasons: faults.iter().map(|fault| fault.reason()).collect(),
            advice: faults.first().map(QualityFault::to_string),
            faces: analysis.faces.len(),
            width: Some(analysis.width),
            height: Some(analysis.height),
            face: face.map(|face| {
                let Area {
                    left,
                    top,
                    right,
                    bottom,
                } = face.area;
                FaceSeen {
                    left,
                    top,
                    right,
                    bottom,
                    eyes_apart: face.landmarks.eyes_apart(),
                    turn: face.landmarks.turn(),
                    sharpness: face.sharpness,
                    brightness: face.brightness,
                }
            }),
            sharpness: face.map(|face| face.sharpness),
            brightness: face.map(|face| face.brightness),
            size: face.map(|face| face.area.right.saturating_sub(face.area.left)),
        }
    }

    /// Bytes in which nothing could be seen.
    fn unreadable(reason: &'static str, advice: String) -> Self {
        Self {
            good: false,
            reasons: vec![reason],
            advice: Some(advice),
            faces: 0,
            width: None,
            height: None,
            face: None,
            sharpness: None,
            brightness: None,
            size: None,
        }
    }
}

impl Command for FaceQuality {
    const NAME: &'static str = "s.facequality";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const ENDS_BY_ITSELF: bool = true;
    type Reply = QualityTold;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::are_enabled(house)?;
        let (standing, now) = (&caller.standing, house.clock.now());
        let picture = house.faces.shelf().look(&standing.album, &self.picture, now)?;
        if let Err(wait) = house.faces.may_look(&standing.who(), now) {
            counter!(names::GATE_REFUSED, "gate" => "face_looks", "cause" => "rate").increment(1);
            return Err(too_often(wait));
        }
        let sender = &Arc::from(standing.who());
        match house.faces.analyser().analyse_of(sender, picture.data).await {
            Ok(analysis) => Ok(QualityTold::of(&analysis)),
            Err(AnalyseError::Picture(fault)) => Ok(QualityTold::unreadable(fault.reason(), fault.to_string())),
            Err(err) => Err(err.into()),
        }
    }
}

#[derive(Serialize)]
struct Wait {
    retry_after_ms: u64,
}

fn too_often(wait: Duration) -> Error {
    let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let message = format!("you looked too often; once more in {retry_after_ms} ms");
    Error::new(ErrorCode::RateLimited, message).detail(&Wait { retry_after_ms })
}
