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
