//! dlib: where faces are, five places of each, and the embedding of the largest. The only file that names it.
//!
//! Its functions end the process at a C++ exception, so nothing is given to them that could throw: never a face
//! without its five places. Jitter is not used, its generator is shared without a lock.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use dlib_face_recognition::{
    FaceDetector, FaceDetectorTrait, FaceEncoderNetwork, FaceEncoderTrait, FaceEncoding, FaceLandmarks, ImageMatrix,
    LandmarkPredictor, LandmarkPredictorTrait, Rectangle,
};
use image::DynamicImage;
use zeroize::Zeroize;

use super::measure;
use crate::face::fault::PictureFault;
use crate::face::models::{ENCODER, LANDMARKS};
use crate::face::{Area, EMBEDDING_FLOATS, Embedding, Face, Landmarks, Point, Timings};

/// Faces told of one picture; smaller ones are left out. Their answer fits into the bound of a frame.
const FACES_MAX: usize = 16;

/// What looks at pictures. Each thread has its own: detector and encoder remember while they look.
#[derive(Clone)]
pub(super) struct Eyes {
    detector: FaceDetector,
    landmarks: Arc<LandmarkPredictor>,
    encoder: FaceEncoderNetwork,
}

impl Eyes {
    /// Loads the models, which takes about a second.
    pub(super) fn open(models: &Path) -> Result<Self, String> {
        Ok(Self {
            landmarks: Arc::new(LandmarkPredictor::open(models.join(LANDMARKS.file))?),
            encoder: FaceEncoderNetwork::open(models.join(ENCODER.file))?,
            detector: FaceDetector::new(),
        })
    }

    /// Finds the faces of a picture, largest first, and the embedding of the first.
    pub(super) fn look(&self, picture: &DynamicImage, timings: &mut Timings) -> Result<Vec<Face>, PictureFault> {
        let pixels = picture.as_rgb8().ok_or(PictureFault::Unreadable)?;
        let began = Instant::now();
        let matrix = ImageMatrix::from_image(pixels);
        let mut places: Vec<Rectangle> = self.detector.face_locations(&matrix).to_vec();
        timings.detect = micros(began);
        places.sort_by_key(|place| std::cmp::Reverse(place.width().saturating_mul(place.height())));
        places.truncate(FACES_MAX);

        let began = Instant::now();
        let found: Vec<FaceLandmarks> = places
            .iter()
            .map(|place| self.landmarks.face_landmarks(&matrix, place))
            .collect();
        timings.landmarks = micros(began);

        let began = Instant::now();
        let mut embedding = found.first().and_then(|first| self.embedding(&matrix, first));
        timings.encode = micros(began);

        let faces = places.iter().zip(&found).filter_map(|(place, found)| {
            let area = area(place);
            let (sharpness, brightness) = measure::face(picture, area)?;
            Some(Face {
                area,
                landmarks: landmarks(found)?,
                sharpness,
                brightness,
                embedding: embedding.take(),
            })
        });
        Ok(faces.collect())
    }

    fn embedding(&self, matrix: &ImageMatrix, found: &FaceLandmarks) -> Option<Embedding> {
        landmarks(found)?;
        let encoded = self.encoder.get_face_encodings(matrix, std::slice::from_ref(found), 0);
        embedding(encoded.first()?)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::as_conversions,
    reason = "the network makes floats, the crate widens them"
)]
fn embedding(encoded: &FaceEncoding) -> Option<Embedding> {
    let doubles = encoded.as_ref();
    if doubles.len() != EMBEDDING_FLOATS {
        return None;
    }
    let mut floats = Box::new([0.0_f32; EMBEDDING_FLOATS]);
    for (float, double) in floats.iter_mut().zip(doubles) {
        *float = *double as f32;
    }
    if !floats.iter().all(|float| float.is_finite()) {
        floats.zeroize();
        return None;
    }
    Embedding::new(floats)
}

fn area(place: &Rectangle) -> Area {
    let pixel = |at: i64| i32::try_from(at).unwrap_or(if at < 0 { i32::MIN } else { i32::MAX });
    Area {
        left: pixel(place.left),
        top: pixel(place.top),
        right: pixel(place.right),
        bottom: pixel(place.bottom),
    }
}

/// The five places; nothing when there are not five.
fn landmarks(found: &FaceLandmarks) -> Option<Landmarks> {
    let [one, two, three, four, nose] = found.first_chunk::<5>().filter(|_| found.len() == 5)?;
    Some(Landmarks {
        left_eye: [point(one), point(two)],
        right_eye: [point(three), point(four)],
        nose: point(nose),
    })
}

#[allow(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "pixels of a picture of at most some thousand a side"
)]
fn point(point: &dlib_face_recognition::Point) -> Point {
    Point {
        x: point.x() as f32,
        y: point.y() as f32,
    }
}

/// Microseconds since then.
pub(super) fn micros(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}
