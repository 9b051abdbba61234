//! Frames of a person before a camera, made from the test pictures that the set-up brought.
//!
//! A turned head is made by moving the nose smoothly between the eyes, a nearer one by cutting the picture closer. What
//! the face worker makes of them is its own: nothing here knows dlib.

#![allow(clippy::as_conversions, reason = "pixels of small pictures, there and back")]

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use image::imageops::FilterType;
use image::{DynamicImage, ImageOutputFormat, Rgb, RgbImage};

/// Width and height of a frame.
const FRAME: (u32, u32) = (640, 480);
/// Quality of a frame's JPEG.
const QUALITY: u8 = 92;

/// Where the face of a test picture is, once the picture is so wide that there is room to move in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sitter {
    file: &'static str,
    width: u32,
    nose: (f32, f32),
    eyes: f32,
}

/// The rider of most tests.
pub(crate) const OBAMA: Sitter = Sitter {
    file: "obama.jpg",
    width: 832,
    nose: (453.0, 269.0),
    eyes: 96.0,
};
/// Somebody else.
pub(crate) const BIDEN: Sitter = Sitter {
    file: "biden.jpg",
    width: 704,
    nose: (422.0, 311.0),
    eyes: 86.0,
};

/// How the person stands before the camera.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Posture {
    /// How far the nose is moved to the picture's right, in distances of the eyes; the person's left.
    pub(crate) turned: f32,
    /// How much closer the picture is cut: 0 not at all, 0.3 to seven tenths.
    pub(crate) nearer: f32,
    /// How far the whole is moved to the picture's right, in pixels: 0 to 100.
    pub(crate) shifted: u32,
}

/// A folder that the set-up filled.
fn brought(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(folder)
}

/// The folder of the models.
pub(crate) fn models() -> PathBuf {
    brought("models")
}

/// The bytes of a test picture as it came.
pub(crate) fn original(file: &str) -> Vec<u8> {
    let path = brought("pictures").join(file);
    std::fs::read(&path).unwrap_or_else(|err| panic!("{}: {err}; run the set-up first", path.display()))
}

impl Sitter {
    /// One frame, as a JPEG of 640 x 480.
    pub(crate) fn frame(&self, posture: Posture) -> Vec<u8> {
        jpeg(&self.picture(posture), QUALITY)
    }

    /// One frame, as pixels.
    pub(crate) fn picture(&self, posture: Posture) -> RgbImage {
        let mut picture = self.scaled();
        if posture.turned != 0.0 {
            picture = DynamicImage::ImageRgb8(self.turned(picture.to_rgb8(), posture.turned * self.eyes));
        }
        let (width, height) = FRAME;
        let part = |length: u32| (length as f32 * (1.0 - posture.nearer)) as u32;
        let (cut_width, cut_height) = (part(width), part(height));
        // The nose comes to the middle where there is so much room, but for the shift.
        let left = (self.nose.0 as u32 - cut_width / 2).min(self.width - cut_width);
        let top = (self.nose.1 as u32).saturating_sub(cut_height / 2);
        let left = left - posture.shifted;
        let cut = picture.crop_imm(left, top, cut_width, cut_height);
        cut.resize_exact(width, height, FilterType::Triangle).to_rgb8()
    }

    /// The picture in that width; made once.
    fn scaled(&self) -> DynamicImage {
        static MADE: Mutex<Vec<(&str, DynamicImage)>> = Mutex::new(Vec::new());
        let mut made = MADE.lock().unwrap();
        if let Some((_, known)) = made.iter().find(|(file, _)| *file == self.file) {
            return known.clone();
        }
        let picture = image::load_from_memory(&original(self.file)).unwrap();
        let height = picture.height() * self.width / picture.width();
        let scaled = picture.resize_exact(self.width, height, FilterType::Triangle);
        made.push((self.file, scaled.clone()));
        scaled
    }

    /// Each pixel around the nose is taken from where the nose's movement brought it from.
    fn turned(&self, picture: RgbImage, dx: f32) -> RgbImage {
        let reach = 0.9 * self.eyes;
        let around = |at: f32| (at - 2.5 * reach).max(0.0) as u32..(at + 2.5 * reach) as u32;
        let mut turned = picture.clone();
        for y in around(self.nose.1) {
            for x in around(self.nose.0) {
                let (off_x, off_y) = (x as f32 - self.nose.0, y as f32 - self.nose.1);
                let moved = dx * (-(off_x * off_x + off_y * off_y) / (reach * reach)).exp();
                turned.put_pixel(x, y, between(&picture, x as f32 - moved, y));
            }
        }
        turned
    }
}

/// The colour between two pixels of a row.
fn between(picture: &RgbImage, x: f32, y: u32) -> Rgb<u8> {
    let (left, part) = (x.floor() as u32, x.fract());
    let (one, two) = (picture.get_pixel(left, y), picture.get_pixel(left + 1, y));
    let mixed = |place: usize| (f32::from(one[place]) * (1.0 - part) + f32::from(two[place]) * part) as u8;
    Rgb([mixed(0), mixed(1), mixed(2)])
}

/// A JPEG of that quality.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgb8(picture.clone());
    picture.write_to(&mut bytes, ImageOutputFormat::Jpeg(quality)).unwrap();
    bytes.into_inner()
}
