//! Whether a face can be used: one face, large, sharp, lit and seen from the front, and the same in all pictures.
//!
//! Pure. The thresholds were measured with the worker on the pictures of the tests and on versions of them that were
//! shrunk, blurred, darkened, lit and turned: "away from itself" is the distance to the embedding of the untouched
//! picture. They refuse what makes templates worse, and say nothing about whether a face is alive.

use super::analysis::{Analysis, Area, Face};
use super::embedding::Embedding;

/// Part of the largest face that another must have to count as a second one: a passer-by behind is far smaller.
const SECOND_FACE_SHARE: i64 = 4;
/// Smallest distance between the eyes, in pixels. A face shrunk to it is 0.14 away from itself, at 22 it is 0.22, and
/// smaller ones are not found.
const EYES_APART_MIN: f32 = 30.0;
/// Largest part of the face's box outside of the picture, in percent: a cheek, not an eye.
const OUTSIDE_PERCENT_MAX: i64 = 10;
/// Furthest the nose may be off the middle of the eyes, in distances between the eyes. A head held a little to the side
/// has 0.21; a face warped to 0.25 is 0.5 away from itself.
const TURN_MAX: f32 = 0.25;
/// Darkest mean of the face, of 255: darkened to it, a face is 0.2 away from itself, and real cameras add noise.
const BRIGHTNESS_MIN: f32 = 35.0;
/// Brightest mean of the face, of 255: lit to it, a face is 0.2 to 0.3 away from itself, and soon 0.5.
const BRIGHTNESS_MAX: f32 = 235.0;
/// Smallest variance of the Laplacian. Blurred to it, a large face is 0.4 away from itself, a small one 0.2.
const SHARPNESS_MIN: f32 = 12.0;
/// Furthest two pictures of one person may be apart: the distance up to which dlib's model is right in 99.38 % of the
/// pairs of its own test (LFW). Enrolment only keeps mistakes out; unlocking is stricter.
const ALIKE_MAX: f32 = 0.6;

/// Why a face cannot be used; its text is for the person before the camera.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum QualityFault {
    /// None was found.
    #[error("no face was found; look straight at the camera, come nearer, and take care that your face is lit")]
    NoFace,
    /// More than one that could be meant.
    #[error("{0} faces were found; be alone before the camera")]
    SeveralFaces(usize),
    /// Too few pixels.
    #[error(
        "the face is too small, its eyes are {got:.0} pixels apart, at least {EYES_APART_MIN} are wanted; come nearer"
    )]
    TooSmall {
        /// Pixels between the eyes.
        got: f32,
    },
    /// Partly outside of the picture.
    #[error("the face is cut off at the edge of the picture; move to the middle")]
    CutOff,
    /// Turned too far to a side.
    #[error("the face is turned away; look straight at the camera")]
    TurnedAway,
    /// Too little light.
    #[error("the face is too dark; turn to the light")]
    TooDark,
    /// Too much light.
    #[error("the face is too bright; turn away from the light")]
    TooBright,
    /// Too few edges.
    #[error("the face is blurred; hold still, and clean the camera")]
    Blurred,
    /// Two pictures do not show one person.
    #[error("pictures {} and {} do not look like one person; take them again", .0 + 1, .1 + 1)]
    NotAlike(usize, usize),
}

impl QualityFault {
    /// The stable word for `detail.reason` and for labels.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::SeveralFaces(_) => "several_faces",
            Self::TooSmall { .. } => "too_small",
            Self::CutOff => "cut_off",
            Self::TurnedAway => "turned_away",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::Blurred => "blurred",
            Self::NotAlike(..) => "not_alike",
        }
    }
}

/// The one face of a picture, if it can be used.
///
/// # Errors
/// The first thing that is wrong with it, in the order in which a person would mend it.
pub fn judge(analysis: &Analysis) -> Result<&Face, QualityFault> {
    if let Some(fault) = faults(analysis).first() {
        return Err(*fault);
    }
    analysis.faces.first().ok_or(QualityFault::NoFace)
}

/// Everything that is wrong with a picture, in the order in which a person would mend it; nothing when it can be used.
#[must_use]
pub fn faults(analysis: &Analysis) -> Vec<QualityFault> {
    let Some(face) = analysis.faces.first() else {
        return vec![QualityFault::NoFace];
    };
    let share = size(face.area) / SECOND_FACE_SHARE;
    let meant = analysis.faces.iter().filter(|other| size(other.area) >= share).count();
    let got = face.landmarks.eyes_apart();
    let outside = outside_percent(face.area, analysis.width, analysis.height);
    let looked_for = [
        (meant > 1, QualityFault::SeveralFaces(meant)),
        (got < EYES_APART_MIN, QualityFault::TooSmall { got }),
        (outside > OUTSIDE_PERCENT_MAX, QualityFault::CutOff),
        (face.landmarks.turn().abs() > TURN_MAX, QualityFault::TurnedAway),
        (face.brightness < BRIGHTNESS_MIN, QualityFault::TooDark),
        (face.brightness > BRIGHTNESS_MAX, QualityFault::TooBright),
        (face.sharpness < SHARPNESS_MIN, QualityFault::Blurred),
    ];
    let found = looked_for.into_iter().filter(|(is_wrong, _)| *is_wrong);
    found.map(|(_, fault)| fault).collect()
}

/// Whether all are of one person, as far as that can be seen.
///
/// # Errors
/// [`QualityFault::NotAlike`] with the places of the two that are furthest apart.
pub fn alike(embeddings: &[Embedding]) -> Result<(), QualityFault> {
    let pairs = embeddings.iter().enumerate().flat_map(|(one, first)| {
        let others = embeddings.iter().enumerate().skip(one + 1);
        others.map(move |(two, second)| (first.distance(second), one, two))
    });
    let furthest = pairs.max_by(|one, two| one.0.total_cmp(&two.0));
    match furthest {
        Some((distance, one, two)) if distance > ALIKE_MAX => Err(QualityFault::NotAlike(one, two)),
        _ => Ok(()),
    }
}

fn size(area: Area) -> i64 {
    let side = |low: i32, high: i32| (i64::from(high) - i64::from(low)).max(0);
    side(area.left, area.right) * side(area.top, area.bottom)
}

fn outside_percent(area: Area, width: u32, height: u32) -> i64 {
    let edge = |most: u32| i32::try_from(most).unwrap_or(i32::MAX);
    let inside = Area {
        left: area.left.max(0),
        top: area.top.max(0),
        right: area.right.min(edge(width)),
        bottom: area.bottom.min(edge(height)),
    };
    let whole = size(area).max(1);
    (whole - size(inside)).saturating_mul(100) / whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{EMBEDDING_FLOATS, Landmarks, Point, Timings};

    fn point(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    /// A good face in the middle of a picture of 640 x 480.
    fn good() -> Analysis {
        let face = Face {
            area: Area {
                left: 250,
                top: 150,
                right: 400,
                bottom: 300,
            },
            landmarks: Landmarks {
                left_eye: [point(370.0, 190.0), point(340.0, 190.0)],
                right_eye: [point(280.0, 190.0), point(310.0, 190.0)],
                nose: point(325.0, 240.0),
            },
            sharpness: 200.0,
            brightness: 120.0,
            embedding: None,
        };
        Analysis {
            width: 640,
            height: 480,
            faces: vec![face],
            timings: Timings::default(),
        }
    }

    fn judged(change: impl FnOnce(&mut Face)) -> Result<(), &'static str> {
        let mut analysis = good();
        change(&mut analysis.faces[0]);
        judge(&analysis).map(drop).map_err(QualityFault::reason)
    }

    #[test]
    fn each_bound_holds_and_one_beyond_is_refused() {
        assert_eq!(judged(|_| ()), Ok(()));
        let eyes = |apart: f32| {
            judged(move |face| {
                face.landmarks.left_eye = [point(325.0 + apart / 2.0, 190.0); 2];
                face.landmarks.right_eye = [point(325.0 - apart / 2.0, 190.0); 2];
            })
        };
        assert_eq!((eyes(30.0), eyes(29.5)), (Ok(()), Err("too_small")));
        // Half a pixel is no bound of a turn: the eyes are 60 apart.
        let nose = |x: f32| judged(move |face| face.landmarks.nose.x = x);
        assert_eq!((nose(340.0), nose(310.0)), (Ok(()), Ok(())));
        assert_eq!((nose(340.5), nose(309.5)), (Err("turned_away"), Err("turned_away")));
        let left = |left: i32| judged(move |face| (face.area.left, face.area.right) = (left, left + 100));
        assert_eq!((left(-10), left(-11)), (Ok(()), Err("cut_off")));
        assert_eq!((left(550), left(551)), (Ok(()), Err("cut_off")));
        let bright = |brightness| judged(move |face| face.brightness = brightness);
        assert_eq!((bright(35.0), bright(34.9)), (Ok(()), Err("too_dark")));
        assert_eq!((bright(235.0), bright(235.1)), (Ok(()), Err("too_bright")));
        let sharp = |sharpness| judged(move |face| face.sharpness = sharpness);
        assert_eq!((sharp(12.0), sharp(11.9)), (Ok(()), Err("blurred")));
    }

    #[test]
    fn all_that_is_wrong_is_told_in_the_order_of_mending() {
        let mut analysis = good();
        assert_eq!(faults(&analysis), []);
        analysis.faces[0].sharpness = 1.0;
        analysis.faces[0].brightness = 10.0;
        analysis.faces[0].landmarks.nose.x = 400.0;
        let words: Vec<&str> = faults(&analysis).iter().map(|fault| fault.reason()).collect();
        assert_eq!(words, ["turned_away", "too_dark", "blurred"]);
        assert_eq!(judge(&analysis).unwrap_err(), QualityFault::TurnedAway);
        analysis.faces.clear();
        assert_eq!(faults(&analysis), [QualityFault::NoFace]);
    }

    #[test]
    fn one_face_is_wanted_and_a_far_smaller_one_behind_does_not_count() {
        let mut analysis = good();
        let mut second = analysis.faces[0].clone();
        second.area = Area {
            left: 0,
            top: 0,
            right: 74,
            bottom: 75,
        };
        analysis.faces.push(second);
        assert!(judge(&analysis).is_ok());
        analysis.faces[1].area.right = 75;
        assert_eq!(judge(&analysis).unwrap_err(), QualityFault::SeveralFaces(2));
        analysis.faces.clear();
        assert_eq!(judge(&analysis).unwrap_err(), QualityFault::NoFace);
    }

    #[test]
    fn a_turned_head_is_measured_along_the_line_of_its_eyes() {
        let mut landmarks = good().faces[0].landmarks;
        assert!(landmarks.turn().abs() < 1e-6);
        // The same head laid on its side.
        for place in landmarks
            .left_eye
            .iter_mut()
            .chain(&mut landmarks.right_eye)
            .chain([&mut landmarks.nose])
        {
            *place = point(-place.y, place.x);
        }
        assert!(landmarks.turn().abs() < 1e-6 && (landmarks.eyes_apart() - 60.0).abs() < 1e-3);
        assert!(Landmarks::default().turn().abs() < f32::EPSILON);
    }

    #[test]
    fn pictures_of_two_people_are_told_by_their_places() {
        let all = |float: f32| Embedding::new(Box::new([float; EMBEDDING_FLOATS])).unwrap();
        // 128 numbers that each differ by 0.05 are 0.566 apart, by 0.06 they are 0.679.
        assert_eq!(alike(&[all(0.0), all(0.05), all(0.02)]), Ok(()));
        let apart = alike(&[all(0.03), all(0.0), all(0.06)]).unwrap_err();
        assert_eq!(apart, QualityFault::NotAlike(1, 2));
        assert!(apart.to_string().starts_with("pictures 2 and 3 do not"), "{apart}");
        assert_eq!((alike(&[]), alike(&[all(0.0)])), (Ok(()), Ok(())));
    }
}
