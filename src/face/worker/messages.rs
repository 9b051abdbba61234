//! What server and worker say to each other: one CBOR item a frame, behind its length in four bytes, big endian.
//!
//! An embedding travels as an array of numbers, each with its own head byte, so that no buffer ever holds the 512
//! bytes of a template in a row; buffers of frames are wiped all the same.

use std::io;

use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::{Zeroize, Zeroizing};

use crate::face::fault::PictureFault;
use crate::face::{Analysis, Area, EMBEDDING_FLOATS, Embedding, Face, Landmarks, Point, Timings};

/// Most bytes of a frame to the server: the most faces, and one embedding.
pub(crate) const TOLD_BYTES_MAX: usize = 16 * 1024;
/// More than a question needs around its picture.
pub(super) const AROUND_BYTES_MAX: usize = 64;

/// A frame's bytes; wiped when dropped.
pub(crate) type FrameBytes = Zeroizing<Vec<u8>>;

/// A question of the server, as it is sent.
#[derive(Serialize)]
pub(crate) struct Asked<'a> {
    /// Comes back with the answer.
    pub(crate) id: u64,
    /// JPEG or PNG.
    #[serde(with = "serde_bytes")]
    pub(crate) picture: &'a [u8],
}

/// What the worker says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Told {
    /// Its models are loaded; said once, first.
    Ready,
    /// It cannot work, and why; said once, last.
    Cannot(String),
    /// What was found.
    Found { id: u64, found: Found },
    /// The picture cannot be looked at.
    Refused { id: u64, fault: PictureFault },
}

/// An analysis as it travels.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Found {
    size: [u32; 2],
    faces: Vec<Seen>,
    micros: [u64; 4],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    area: [i32; 4],
    places: [[f32; 2]; 5],
    sharpness: f32,
    brightness: f32,
    embedding: Option<Floats>,
}

struct Floats(Embedding);

impl Serialize for Floats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.floats())
    }
}

impl<'de> Deserialize<'de> for Floats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FloatsVisitor)
    }
}

struct FloatsVisitor;

impl<'de> Visitor<'de> for FloatsVisitor {
    type Value = Floats;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{EMBEDDING_FLOATS} finite numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Floats, A::Error> {
        // Filled where it stays: a vector in between would be a copy that nobody wipes.
        let mut floats = Box::new([0.0_f32; EMBEDDING_FLOATS]);
        let mut fill = || {
            for (index, float) in floats.iter_mut().enumerate() {
                *float = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(index, &FloatsVisitor))?;
            }
            match seq.next_element::<f32>()? {
                None => Ok(()),
                Some(_) => Err(A::Error::invalid_length(EMBEDDING_FLOATS + 1, &FloatsVisitor)),
            }
        };
        let filled = fill();
        if let Err(error) = filled {
            floats.zeroize();
            return Err(error);
        }
        let embedding = Embedding::new(floats);
        embedding
            .map(Floats)
            .ok_or_else(|| A::Error::custom("a number that is none"))
    }
}

impl From<Analysis> for Found {
    fn from(analysis: Analysis) -> Self {
        let Timings {
            decode,
            detect,
            landmarks,
            encode,
        } = analysis.timings;
        Self {
            size: [analysis.width, analysis.height],
            faces: analysis.faces.into_iter().map(Seen::from).collect(),
            micros: [decode, detect, landmarks, encode],
        }
    }
}

impl From<Found> for Analysis {
    fn from(found: Found) -> Self {
        let ([width, height], [decode, detect, landmarks, encode]) = (found.size, found.micros);
        Self {
            width,
            height,
            faces: found.faces.into_iter().map(Face::from).collect(),
            timings: Timings {
                decode,
                detect,
                landmarks,
                encode,
            },
        }
    }
}

impl From<Face> for Seen {
    fn from(face: Face) -> Self {
        let (
            Area {
                left,
                top,
                right,
                bottom,
            },
            landmarks,
        ) = (face.area, face.landmarks);
        let [one, two] = landmarks.left_eye;
        let [three, four] = landmarks.right_eye;
        Self {
            area: [left, top, right, bottom],
            places: [one, two, three, four, landmarks.nose].map(|point| [point.x, point.y]),
            sharpness: face.sharpness,
            brightness: face.brightness,
            embedding: face.embedding.map(Floats),
        }
    }
}

impl From<Seen> for Face {
    fn from(seen: Seen) -> Self {
        let [left, top, right, bottom] = seen.area;
        let [one, two, three, four, nose] = seen.places.map(|[x, y]| Point { x, y });
        Self {
            area: Area {
                left,
                top,
                right,
                bottom,
            },
            landmarks: Landmarks {
                left_eye: [one, two],
                right_eye: [three, four],
                nose,
            },
            sharpness: seen.sharpness,
            brightness: seen.brightness,
            embedding: seen.embedding.map(|floats| floats.0),
        }
    }
}

/// A frame of an item: its length and its bytes. `about` bytes are set aside at once, so that it does not move while it grows.
pub(crate) fn frame<T: Serialize>(item: &T, about: usize) -> io::Result<FrameBytes> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(about.saturating_add(AROUND_BYTES_MAX)));
    bytes.extend_from_slice(&[0; 4]);
    ciborium::into_writer(item, &mut *bytes).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len().saturating_sub(4)).map_err(io::Error::other)?;
    if let Some(head) = bytes.first_chunk_mut::<4>() {
        *head = length.to_be_bytes();
    }
    Ok(bytes)
}

/// A length as it stands before a frame; an error when it is more than `max`.
pub(crate) fn length(head: [u8; 4], max: usize) -> io::Result<usize> {
    let length = usize::try_from(u32::from_be_bytes(head)).map_err(io::Error::other)?;
    if length > max {
        return Err(invalid(format!("a frame of {length} bytes, at most {max} are taken")));
    }
    Ok(length)
}

/// The one item of a frame; an error when it is another, or not alone.
pub(crate) fn item<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    let mut rest = bytes;
    let item = ciborium::from_reader(&mut rest).map_err(|err| invalid(err.to_string()))?;
    if rest.is_empty() {
        Ok(item)
    } else {
        Err(invalid("bytes behind the item".to_owned()))
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faces of one answer, as many as are told at most.
    const FACES: usize = 16;

    /// Numbers as embeddings have them, none like another.
    fn template() -> Embedding {
        let mut floats = Box::new([0.0; EMBEDDING_FLOATS]);
        for (float, number) in floats.iter_mut().zip(1_u16..) {
            *float = f32::from(number).sqrt() / -70.0;
        }
        Embedding::new(floats).unwrap()
    }

    fn analysis(faces: usize) -> Analysis {
        let face = |number: usize| Face {
            area: Area {
                left: i32::MIN,
                top: -1,
                right: i32::MAX,
                bottom: 70_000,
            },
            landmarks: Landmarks::default(),
            sharpness: 123.456,
            brightness: 98.7,
            embedding: (number == 0).then(template),
        };
        Analysis {
            width: 800,
            height: 600,
            faces: (0..faces).map(face).collect(),
            timings: Timings {
                decode: u64::MAX,
                detect: u64::MAX,
                landmarks: 3,
                encode: 4,
            },
        }
    }

    fn told(faces: usize) -> FrameBytes {
        let found = analysis(faces).into();
        frame(&Told::Found { id: 7, found }, TOLD_BYTES_MAX).unwrap()
    }

    #[test]
    fn an_answer_comes_as_it_was_sent_and_holds_no_two_numbers_of_a_template_in_a_row() {
        let framed = told(1);
        let Told::Found { id: 7, found } = item(&framed[4..]).unwrap() else {
            panic!("another item")
        };
        let came = Analysis::from(found);
        assert_eq!(came.faces[0].embedding, Some(template()));
        assert_eq!((came.faces[0].area.left, came.timings.decode), (i32::MIN, u64::MAX));
        for two in template().floats().windows(2) {
            for bytes in [
                [two[0].to_be_bytes(), two[1].to_be_bytes()].concat(),
                [two[0].to_le_bytes(), two[1].to_le_bytes()].concat(),
            ] {
                assert!(!framed.windows(8).any(|window| window == bytes));
            }
        }
    }

    #[test]
    fn the_most_faces_fit_into_a_frame_that_did_not_move_while_it_grew() {
        let framed = told(FACES);
        assert!(framed.len() - 4 <= TOLD_BYTES_MAX, "{}", framed.len());
        assert!(
            framed.capacity() >= TOLD_BYTES_MAX,
            "it was made as large as it may become"
        );
    }

    #[test]
    fn a_length_at_the_bound_is_taken_and_one_beyond_is_not() {
        let head = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
        assert_eq!(length(head(TOLD_BYTES_MAX), TOLD_BYTES_MAX).unwrap(), TOLD_BYTES_MAX);
        assert!(length(head(TOLD_BYTES_MAX + 1), TOLD_BYTES_MAX).is_err());
    }

    #[test]
    fn too_few_too_many_and_no_numbers_make_no_template_and_nothing_may_follow_an_item() {
        let floats = |floats: Vec<f32>| {
            let mut bytes = Vec::new();
            ciborium::into_writer(&floats, &mut bytes).unwrap();
            item::<Floats>(&bytes).is_ok()
        };
        assert!(floats(vec![0.1; EMBEDDING_FLOATS]));
        assert!(!floats(vec![0.1; EMBEDDING_FLOATS - 1]));
        assert!(!floats(vec![0.1; EMBEDDING_FLOATS + 1]));
        assert!(!floats(vec![f32::NAN; EMBEDDING_FLOATS]));
        let framed = frame(&Told::Ready, 0).unwrap();
        assert!(item::<Told>(&framed[4..]).is_ok());
        let longer = [&framed[4..], &[0]].concat();
        assert!(item::<Told>(&longer).is_err());
    }
}
