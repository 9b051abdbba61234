//! Whether the frames of a challenge show one living face that did what it was asked to, in order.
//!
//! Pure. Computed from five landmarks: the pose is how far the nose stands off the middle of the eyes, in eye distances;
//! the size is the eye distance as a part of the picture's width. It stops a photo, a still and frames shown before. It
//! does not stop a prepared video of the right movements, a mask, or a camera that is not one; nothing here claims to.

use std::collections::VecDeque;

use crate::face::analysis::{Landmarks, Point};
use crate::face::challenge::Step;
use crate::face::embedding::Embedding;

/// Farthest that the nose of the first frame, which is the measure for the others, may stand off the middle.
pub const STRAIGHT_POSE_MAX: f32 = 0.15;
/// Movement of the pose below which, in all frames together, a face has not moved.
const STILL_POSE_MAX: f32 = 0.03;
/// Growth of the size below which, in all frames together, a face has not moved.
const STILL_SIZE_MAX: f32 = 0.05;
/// Frames of earlier challenges that are remembered of one car, refused ones too.
pub const REMEMBERED_FRAMES_MAX: usize = 64;
/// How far landmarks of one picture that was encoded again may lie apart, in parts of the picture's width: about a
/// pixel and a half at 640.
const SAME_PLACE_MAX: f32 = 0.002_4;

/// How much movement is a movement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivenessLimits {
    /// Frames that are wanted at least.
    pub frames_min: usize,
    /// Change of the pose from which the head is turned.
    pub turn: f32,
    /// Growth of the size from which the face is nearer: 0.2 is a fifth.
    pub nearer: f32,
    /// Farthest that any frame may be from the first for both to be one person's.
    pub continuity: f32,
}

/// One frame, as the rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// SHA-256 of the picture as it came.
    pub digest: [u8; 32],
    /// Its place among all pictures that came.
    pub order: u64,
    /// Width of the picture that was looked at, in pixels.
    pub width: u32,
    /// The five places.
    pub landmarks: Landmarks,
    /// What tells the face from others.
    pub embedding: &'a Embedding,
}

/// Why the frames are no proof, and of which frame (counted from 0) that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LivenessFault {
    /// Fewer than wanted.
    #[error("got {got} frames, wanted at least {wanted}: one for each step of the challenge")]
    TooFewFrames {
        /// So many.
        got: usize,
        /// So many are needed.
        wanted: usize,
    },
    /// A frame that was shown before.
    #[error("a frame was shown before; each challenge needs frames of its own")]
    Repeated {
        /// The frame.
        frame: usize,
    },
    /// Frames or steps are not in order.
    #[error("the steps of the challenge were not done in their order")]
    OutOfOrder {
        /// The frame.
        frame: usize,
    },
    /// Another face came in between.
    #[error("another face came in between")]
    AnotherFace {
        /// The frame.
        frame: usize,
    },
    /// The first frame does not look straight into the camera.
    #[error("the first frame does not look straight into the camera")]
    NotStraight,
    /// Nothing moved at all.
    #[error("the face has not moved; a picture of a person opens nothing")]
    NotMoved,
    /// A step was not done.
    #[error("the step `{}` was not seen", .0.as_str())]
    StepMissing(Step),
}

impl LivenessFault {
    /// The word for `detail.reason`, metrics and the audit log.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooFewFrames { .. } => "too_few_frames",
            Self::Repeated { .. } => "repeated",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::AnotherFace { .. } => "another_face",
            Self::NotStraight => "not_straight",
            Self::NotMoved => "not_moved",
            Self::StepMissing(_) => "step_missing",
        }
    }

    /// The frame that it is said of.
    #[must_use]
    pub const fn frame(&self) -> Option<usize> {
        match self {
            Self::Repeated { frame } | Self::OutOfOrder { frame } | Self::AnotherFace { frame } => Some(*frame),
            Self::NotStraight => Some(0),
            Self::TooFewFrames { .. } | Self::NotMoved | Self::StepMissing(_) => None,
        }
    }
}

/// Where a face was and how it stood, without saying whose it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Trace {
    digest: [u8; 32],
    places: [Point; 5],
}

impl Trace {
    fn of(frame: &Frame<'_>) -> Self {
        let [outer_left, inner_left] = frame.landmarks.left_eye;
        let [outer_right, inner_right] = frame.landmarks.right_eye;
        let width = width_of(frame);
        let part = |point: Point| Point {
            x: point.x / width,
            y: point.y / width,
        };
        Self {
            digest: frame.digest,
            places: [outer_left, inner_left, outer_right, inner_right, frame.landmarks.nose].map(part),
        }
    }

    fn is_same_place(&self, other: &Self) -> bool {
        let near = |one: f32, two: f32| (one - two).abs() <= SAME_PLACE_MAX;
        let mut pairs = self.places.iter().zip(&other.places);
        pairs.all(|(one, two)| near(one.x, two.x) && near(one.y, two.y))
    }
}

/// The frames that one car showed lately.
#[derive(Debug, Clone, Default)]
pub struct Remembered(VecDeque<Trace>);

impl Remembered {
    /// Remembers frames, whatever came of them; the oldest are forgotten.
    pub fn keep(&mut self, frames: &[Frame<'_>]) {
        for frame in frames {
            if self.0.len() >= REMEMBERED_FRAMES_MAX {
                self.0.pop_front();
            }
            self.0.push_back(Trace::of(frame));
        }
    }

    /// Whether this very picture was shown.
    #[must_use]
    pub fn has(&self, digest: &[u8; 32]) -> bool {
        self.0.iter().any(|trace| trace.digest == *digest)
    }

    fn has_place(&self, frame: &Frame<'_>) -> bool {
        let trace = Trace::of(frame);
        self.0.iter().any(|known| known.is_same_place(&trace))
    }
}

/// Whether the frames, in the order they are named, meet the steps.
///
/// # Errors
/// The first thing that is wrong with them.
pub fn judge(
    steps: &[Step],
    frames: &[Frame<'_>],
    before: &Remembered,
    limits: &LivenessLimits,
) -> Result<(), LivenessFault> {
    let wanted = limits.frames_min.max(steps.len());
    let Some(first) = frames.first().filter(|_| frames.len() >= wanted) else {
        let got = frames.len();
        return Err(LivenessFault::TooFewFrames { got, wanted });
    };
    are_new(frames, before)?;
    let continuous = |frame: &Frame<'_>| frame.embedding.distance(first.embedding) <= limits.continuity;
    if let Some(frame) = frames.iter().position(|frame| !continuous(frame)) {
        return Err(LivenessFault::AnotherFace { frame });
    }
    let measures: Vec<Measure> = frames.iter().map(Measure::of).collect();
    if is_still(&measures) {
        return Err(LivenessFault::NotMoved);
    }
    follow(steps, &measures, limits)
}

/// No picture twice, none from an earlier challenge, and all in the order of their coming.
fn are_new(frames: &[Frame<'_>], before: &Remembered) -> Result<(), LivenessFault> {
    for (place, frame) in frames.iter().enumerate() {
        let mut earlier = frames.iter().take(place);
        if before.has(&frame.digest) || earlier.clone().any(|earlier| earlier.digest == frame.digest) {
            return Err(LivenessFault::Repeated { frame: place });
        }
        if earlier.next_back().is_some_and(|earlier| earlier.order >= frame.order) {
            return Err(LivenessFault::OutOfOrder { frame: place });
        }
    }
    // A person may come back to one place by chance; not in half of the frames.
    let mut same = frames.iter().enumerate().filter(|(_, frame)| before.has_place(frame));
    let first = same.next();
    match first {
        Some((frame, _)) if (same.count() + 1) * 2 >= frames.len() => Err(LivenessFault::Repeated { frame }),
        _ => Ok(()),
    }
}

/// How a face stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measure {
    pub(crate) pose: f32,
    pub(crate) size: f32,
}

impl Measure {
    pub(crate) fn of(frame: &Frame<'_>) -> Self {
        Self {
            pose: frame.landmarks.turn(),
            size: frame.landmarks.eyes_apart() / width_of(frame),
        }
    }
}

fn width_of(frame: &Frame<'_>) -> f32 {
    // Pictures are at most a few thousand pixels wide after they were made smaller.
    f32::from(u16::try_from(frame.width).unwrap_or(u16::MAX)).max(1.0)
}

fn is_still(measures: &[Measure]) -> bool {
    let range = |of: fn(&Measure) -> f32| {
        let least = measures.iter().map(of).fold(f32::INFINITY, f32::min);
        let most = measures.iter().map(of).fold(f32::NEG_INFINITY, f32::max);
        (least, most)
    };
    let (pose_least, pose_most) = range(|measure| measure.pose);
    let (size_least, size_most) = range(|measure| measure.size);
    pose_most - pose_least <= STILL_POSE_MAX && size_most <= size_least * (1.0 + STILL_SIZE_MAX)
}

/// What a frame shows, against the first one. Between two movements a face is nowhere in particular.
fn shown(measure: &Measure, straight: &Measure, limits: &LivenessLimits) -> Option<Step> {
    let turned = measure.pose - straight.pose;
    if turned >= limits.turn {
        Some(Step::TurnLeft)
    } else if turned <= -limits.turn {
        Some(Step::TurnRight)
    } else if measure.size >= straight.size * (1.0 + limits.nearer) {
        Some(Step::Nearer)
    } else {
        None
    }
}

/// Walks along the steps: a frame shows the step where we are, the next one, or nothing in particular; any other
/// movement is one that nobody asked for.
fn follow(steps: &[Step], measures: &[Measure], limits: &LivenessLimits) -> Result<(), LivenessFault> {
    let Some(straight) = measures.first().filter(|first| first.pose.abs() <= STRAIGHT_POSE_MAX) else {
        return Err(LivenessFault::NotStraight);
    };
    let mut ahead = steps.iter().skip(1).peekable();
    let mut at = Step::Straight;
    for (place, measure) in measures.iter().enumerate().skip(1) {
        let Some(step) = shown(measure, straight, limits) else {
            continue;
        };
        if ahead.peek() == Some(&&step) {
            ahead.next();
            at = step;
        } else if step != at {
            return Err(LivenessFault::OutOfOrder { frame: place });
        }
    }
    match ahead.next() {
        Some(missing) => Err(LivenessFault::StepMissing(*missing)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
