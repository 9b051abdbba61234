//! Frames of a person before a camera, made from the test pictures that the set-up brought.
//!
//! A turned head is made by moving the nose smoothly between the eyes, a nearer one by cutting the picture closer. What
//! the face worker makes of them is its own: nothing here knows dlib.

use std::io::Cursor;
use std::path::PathBuf;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

/// Width and height of a frame.
const FRAME: (u32, u32) = (640, 480);
/// Quality of its JPEG.
const QUALITY: u8 = 92;

/// Where the face of a test picture is, once the picture is 640 pixels wide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sitter {
    pub(crate) file: &'static str,
    nose: (f32, f32),
    eyes: f32,
    /// The upper edge of the frame in the picture.
    top: u32,
}

/// The rider of most tests.
pub(crate) const OBAMA: Sitter = Sitter {
    file: "obama.jpg",
    nose: (330.0, 290.0),
    eyes: 59.5,
    top: 40,
};
/// Somebody else.
pub(crate) const BIDEN: Sitter = Sitter {
    file: "biden.jpg",
    nose: (330.0, 290.0),
    eyes: 59.5,
    top: 40,
};

/// How the person stands before the camera.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Posture {
    /// How far the nose is moved to the picture's right, in distances of the eyes; the person's left.
    pub(crate) turned: f32,
    /// How much closer the picture is cut: 0 not at all, 0.3 to seven tenths.
    pub(crate) nearer: f32,
    /// How far the whole is moved, in pixels.
    pub(crate) shifted: i32,
}

/// The folder that the set-up filled.
pub(crate) fn pictures() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_motorpool"));
    program.ancestors().nth(2).unwrap().join("pictures")
}

/// The bytes of a test picture as it came.
pub(crate) fn original(file: &str) -> Vec<u8> {
    let path = pictures().join(file);
    std::fs::read(&path).unwrap_or_else(|err| panic!("{}: {err}; run the set-up first", path.display()))
}

impl Sitter {
    /// The picture, 640 pixels wide, as high as it is.
    pub(crate) fn scaled(&self) -> RgbImage {
        let picture = image::load_from_memory(&original(self.file)).unwrap().to_rgb8();
        let height = picture.height() * FRAME.0 / picture.width();
        imageops::resize(&picture, FRAME.0, height, FilterType::Triangle)
    }

    /// One frame, as a JPEG of 640 x 480.
    pub(crate) fn frame(&self, posture: Posture) -> Vec<u8> {
        jpeg(&self.picture(posture), QUALITY)
    }

    /// One frame, as pixels.
    pub(crate) fn picture(&self, posture: Posture) -> RgbImage {
        let mut picture = self.scaled();
        if posture.turned != 0.0 {
            picture = self.warped(&picture, posture.turned * self.eyes);
        }
        let (width, height) = FRAME;
        let part = 1.0 - posture.nearer;
        let (cut_width, cut_height) = (width as f32 * part, height as f32 * part);
        let centre = (self.nose.0, self.top as f32 + height as f32 / 2.0);
        let centre = if posture.nearer > 0.0 { self.nose } else { (width as f32 / 2.0, centre.1) };
        let left = (centre.0 - cut_width / 2.0).clamp(0.0, picture.width() as f32 - cut_width);
        let top = (centre.1 - cut_height / 2.0).clamp(0.0, picture.height() as f32 - cut_height);
        let cut = imageops::crop_imm(&picture, left as u32, top as u32, cut_width as u32, cut_height as u32).to_image();
        let frame = imageops::resize(&cut, width, height, FilterType::Triangle);
        shifted(&frame, posture.shifted)
    }

    /// Each pixel is taken from where the nose's movement brought it from.
    fn warped(&self, picture: &RgbImage, dx: f32) -> RgbImage {
        let reach = 0.9 * self.eyes;
        RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
            let (off_x, off_y) = (x as f32 - self.nose.0, y as f32 - self.nose.1);
            let moved = dx * (-(off_x * off_x + off_y * off_y) / (reach * reach)).exp();
            between(picture, x as f32 - moved, y)
        })
    }
}

/// The colour between two pixels of a row.
fn between(picture: &RgbImage, x: f32, y: u32) -> Rgb<u8> {
    let last = picture.width() - 1;
    let x = x.clamp(0.0, last as f32);
    let (left, part) = (x.floor() as u32, x.fract());
    let (one, two) = (picture.get_pixel(left, y), picture.get_pixel((left + 1).min(last), y));
    let mixed = |place: usize| (f32::from(one[place]) * (1.0 - part) + f32::from(two[place]) * part) as u8;
    Rgb([mixed(0), mixed(1), mixed(2)])
}

/// The picture moved to the side; what comes in at the edge is its last column.
fn shifted(picture: &RgbImage, by: i32) -> RgbImage {
    let last = i32::try_from(picture.width()).unwrap() - 1;
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let from = (i32::try_from(x).unwrap() - by).clamp(0, last);
        *picture.get_pixel(u32::try_from(from).unwrap(), y)
    })
}

/// A JPEG of that quality.
pub(crate) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.write_with_encoder(encoder).unwrap();
    bytes.into_inner()
}
