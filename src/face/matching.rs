//! Whose face it is, among the few who hold a booking of this car now.
//!
//! Pure. The distance of a frame to a person is the least over the person's templates; that of a challenge is the median
//! over its frames, so that one lucky frame opens nothing and one blurred one closes nothing. Never decides who is
//! compared: that is for whoever knows the bookings.

use super::embedding::Embedding;
use crate::booking::UserId;

/// How alike is alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchLimits {
    /// Up to this median distance it is the person.
    pub threshold: f32,
    /// So much nearer must the best person be than the second best.
    pub margin: f32,
    /// No frame may be farther than this from the person it is taken for.
    pub frame_max: f32,
    /// Frames that are wanted at least.
    pub frames_min: usize,
}

/// Why nobody was recognised. For operators: outside all but the first are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchFault {
    /// Fewer frames than wanted.
    TooFewFrames,
    /// Nobody has a booking of this car now, or who has one enrolled no face.
    NobodyEnrolled,
    /// Nobody is near enough.
    TooFar,
    /// One frame is somebody else.
    FrameTooFar,
    /// Two people are about as near.
    Ambiguous,
}

impl MatchFault {
    /// The word in the audit log and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooFewFrames => "too_few_frames",
            Self::NobodyEnrolled => "nobody_enrolled",
            Self::TooFar => "too_far",
            Self::FrameTooFar => "frame_too_far",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// The one person that the frames show.
///
/// # Errors
/// Why it is nobody.
pub fn best(
    frames: &[&Embedding],
    people: &[(UserId, Vec<Embedding>)],
    limits: &MatchLimits,
) -> Result<UserId, MatchFault> {
    if frames.is_empty() || frames.len() < limits.frames_min {
        return Err(MatchFault::TooFewFrames);
    }
    let mut found: Vec<(f32, f32, UserId)> = people
        .iter()
        .filter_map(|(user, templates)| {
            let (median, farthest) = distances(frames, templates)?;
            Some((median, farthest, *user))
        })
        .collect();
    found.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut found = found.into_iter();
    let (median, farthest, user) = found.next().ok_or(MatchFault::NobodyEnrolled)?;
    if median > limits.threshold {
        return Err(MatchFault::TooFar);
    }
    if farthest > limits.frame_max {
        return Err(MatchFault::FrameTooFar);
    }
    match found.next() {
        Some((second, ..)) if second - median < limits.margin => Err(MatchFault::Ambiguous),
        _ => Ok(user),
    }
}

/// Median and greatest distance of the frames to a person; `None` for one without templates.
fn distances(frames: &[&Embedding], templates: &[Embedding]) -> Option<(f32, f32)> {
    let mut all: Vec<f32> = frames
        .iter()
        .filter_map(|frame| {
            let distances = templates.iter().map(|template| frame.distance(template));
            distances.min_by(f32::total_cmp)
        })
        .collect();
    all.sort_by(f32::total_cmp);
    // Of an even number the farther of the middle two, so that more than half of the frames are as near as wanted.
    let median = *all.get(all.len() / 2)?;
    Some((median, *all.last()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::face::EMBEDDING_FLOATS;

    const LIMITS: MatchLimits = MatchLimits {
        threshold: 0.45,
        margin: 0.05,
        frame_max: 0.65,
        frames_min: 3,
    };

    /// A point at that distance from the origin along one axis.
    fn along(axis: usize, distance: f32) -> Embedding {
        let mut floats = Box::new([0.0; EMBEDDING_FLOATS]);
        floats[axis] = distance;
        Embedding::new(floats).unwrap()
    }

    fn judge(frames: &[f32], people: &[(i64, Vec<Embedding>)]) -> Result<i64, MatchFault> {
        let frames: Vec<Embedding> = frames.iter().map(|distance| along(0, *distance)).collect();
        let frames: Vec<&Embedding> = frames.iter().collect();
        let people: Vec<_> = people.iter().map(|(id, held)| (UserId(*id), held.clone())).collect();
        best(&frames, &people, &LIMITS).map(|user| user.0)
    }

    #[test]
    fn the_median_decides_and_one_frame_too_far_closes() {
        let person = [(7, vec![along(0, 0.0)])];
        for (frames, wanted) in [
            (&[0.1, 0.2, 0.3][..], Ok(7)),
            (&[0.45, 0.45, 0.45], Ok(7)),
            (&[0.46, 0.46, 0.1], Err(MatchFault::TooFar)),
            (&[0.1, 0.2, 0.6], Ok(7)),
            (&[0.1, 0.2, 0.66], Err(MatchFault::FrameTooFar)),
            (&[0.1, 0.2, 0.46, 0.47], Err(MatchFault::TooFar)),
            (&[0.1, 0.2, 0.44, 0.6], Ok(7)),
            (&[0.1, 0.1], Err(MatchFault::TooFewFrames)),
            (&[], Err(MatchFault::TooFewFrames)),
        ] {
            assert_eq!(judge(frames, &person), wanted, "{frames:?}");
        }
    }

    #[test]
    fn the_nearest_template_of_a_person_counts() {
        let person = [(7, vec![along(1, 3.0), along(0, 0.1), along(2, 3.0)])];
        assert_eq!(judge(&[0.1, 0.1, 0.1], &person), Ok(7));
    }

    #[test]
    fn two_people_must_be_a_margin_apart() {
        let far = [(1, vec![along(0, 0.0)]), (2, vec![along(0, 0.36)])];
        assert_eq!(judge(&[0.1, 0.1, 0.1], &far), Ok(1));
        let near = [(1, vec![along(0, 0.0)]), (2, vec![along(0, 0.24)])];
        assert_eq!(judge(&[0.1, 0.1, 0.1], &near), Err(MatchFault::Ambiguous));
    }

    #[test]
    fn nobody_without_templates_is_anybody() {
        assert_eq!(judge(&[0.1; 3], &[]), Err(MatchFault::NobodyEnrolled));
        assert_eq!(judge(&[0.1; 3], &[(1, Vec::new())]), Err(MatchFault::NobodyEnrolled));
        assert_eq!(judge(&[0.1; 3], &[(1, Vec::new()), (2, vec![along(0, 0.1)])]), Ok(2));
    }

    fn embedding() -> impl Strategy<Value = Embedding> {
        prop::collection::vec(-0.3_f32..0.3, EMBEDDING_FLOATS).prop_map(|floats| {
            let floats: Box<[f32; EMBEDDING_FLOATS]> = floats.into_boxed_slice().try_into().unwrap();
            Embedding::new(floats).unwrap()
        })
    }

    proptest! {
        #[test]
        fn whoever_is_taken_is_near_in_most_frames_and_nearest_of_all(
            frames in prop::collection::vec(embedding(), 3..6),
            people in prop::collection::vec((embedding(), 0.0_f32..0.2), 0..4),
        ) {
            // Some people are near the first frame, by pulling their template towards it.
            let people: Vec<_> = people.into_iter().zip(1..).map(|((own, part), id)| {
                let mixed = own.floats().iter().zip(frames[0].floats()).map(|(own, frame)| own * part + frame * (1.0 - part));
                let floats: Vec<f32> = mixed.collect();
                (UserId(id), vec![Embedding::new(floats.into_boxed_slice().try_into().unwrap()).unwrap()])
            }).collect();
            let held: Vec<&Embedding> = frames.iter().collect();
            if let Ok(user) = best(&held, &people, &LIMITS) {
                let of = |id: UserId| &people.iter().find(|(person, _)| *person == id).unwrap().1[0];
                let near = frames.iter().filter(|frame| frame.distance(of(user)) <= LIMITS.threshold).count();
                prop_assert!(near * 2 > frames.len());
                prop_assert!(frames.iter().all(|frame| frame.distance(of(user)) <= LIMITS.frame_max));
            }
        }
    }
}
