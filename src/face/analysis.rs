//! What the worker found in one picture: where the faces are, how good they are to see, whose they could be.
//!
//! Pure. Positions are pixels of the picture after its EXIF orientation was applied and after it was made smaller; the
//! origin is the upper left corner. The camera is taken to be unmirrored: a person's left is on the picture's right.

use super::embedding::Embedding;

/// A place in the picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the upper edge.
    pub y: f32,
}

/// A box around a face, in pixels; it may reach beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Its left edge.
    pub left: i32,
    /// Its upper edge.
    pub top: i32,
    /// Its right edge.
    pub right: i32,
    /// Its lower edge.
    pub bottom: i32,
}

/// Five places of a face.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Landmarks {
    /// Outer and inner corner of the person's left eye.
    pub left_eye: [Point; 2],
    /// Outer and inner corner of the person's right eye.
    pub right_eye: [Point; 2],
    /// Where the nose meets the lip.
    pub nose: Point,
}

impl Landmarks {
    /// The middle of the person's left eye, and of the right one.
    #[must_use]
    pub fn eyes(&self) -> (Point, Point) {
        let middle = |[one, two]: [Point; 2]| Point {
            x: f32::midpoint(one.x, two.x),
            y: f32::midpoint(one.y, two.y),
        };
        (middle(self.left_eye), middle(self.right_eye))
    }

    /// Pixels between the middles of the eyes: the nearer the face, the more.
    #[must_use]
    pub fn eyes_apart(&self) -> f32 {
        let (left, right) = self.eyes();
        (left.x - right.x).hypot(left.y - right.y)
    }

    /// How far the nose is off the middle of the eyes along their line, in distances between the eyes: about 0 from the
    /// front, more than 0 towards the person's left (the picture's right). 0 where the eyes are at one place.
    #[must_use]
    pub fn turn(&self) -> f32 {
        let (left, right) = self.eyes();
        let (across, down) = (left.x - right.x, left.y - right.y);
        let squared = across * across + down * down;
        if squared <= 0.0 {
            return 0.0;
        }
        let (off_across, off_down) = (
            self.nose.x - f32::midpoint(left.x, right.x),
            self.nose.y - f32::midpoint(left.y, right.y),
        );
        (off_across * across + off_down * down) / squared
    }
}

/// One face of a picture.
#[derive(Debug, Clone)]
pub struct Face {
    /// Where it is.
    pub area: Area,
    /// Five places of it.
    pub landmarks: Landmarks,
    /// Variance of the Laplacian of the face in grey, at a fixed size: the higher, the sharper.
    pub sharpness: f32,
    /// Mean of the face in grey, 0 black to 255 white.
    pub brightness: f32,
    /// What tells it from other faces. Only the largest face of a picture has one.
    pub embedding: Option<Embedding>,
}

/// What was found in one picture.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Width of the picture as it was looked at, in pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// The faces, largest first.
    pub faces: Vec<Face>,
    /// How long each stage took.
    pub timings: Timings,
}

/// Microseconds that the stages of one analysis took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Reading the picture.
    pub decode: u64,
    /// Looking for faces.
    pub detect: u64,
    /// Finding the five places.
    pub landmarks: u64,
    /// Making the embedding.
    pub encode: u64,
}
