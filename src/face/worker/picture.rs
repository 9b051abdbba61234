//! From the bytes of a picture to its pixels, upright and no larger than needed.
//!
//! What it is, is known by its first bytes; how large, by its header, before anything is decoded. It must never trust
//! a header further than the bounds.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::io::Limits;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageResult, imageops::FilterType};

use crate::face::fault::{PICTURE_SIDE_MAX, PictureFault};

/// Longest side of a picture as it is looked at. Looking takes time by its pixels: 25 to 45 ms at this size, 40 to 70
/// at 1,024, for embeddings that differ by 0.02. Small pictures are not made larger: where no face is found for want of
/// pixels, its embedding would be too far off to be used.
const LOOKED_SIDE_MAX: u32 = 800;
/// Most bytes a decoder may take for its own.
const DECODER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Reads a picture of at most so many pixels: the right way up, at most [`LOOKED_SIDE_MAX`] a side, in red, green and blue.
pub(super) fn read(bytes: &[u8], most: u32) -> Result<DynamicImage, PictureFault> {
    let decoded = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg(bytes, most)?,
        Ok(ImageFormat::Png) => png(bytes, most)?,
        Ok(_) | Err(_) => return Err(PictureFault::WrongType),
    };
    let small = shrink(decoded);
    let upright = turn(small, orientation(bytes));
    Ok(DynamicImage::ImageRgb8(upright.into_rgb8()))
}

fn jpeg(bytes: &[u8], most: u32) -> Result<DynamicImage, PictureFault> {
    let mut decoder = readable(JpegDecoder::new(Cursor::new(bytes)))?;
    let (width, height) = admitted(decoder.dimensions(), most)?;
    // A large one is decoded at a half, a quarter or an eighth, as long as that is enough.
    let (wanted_width, wanted_height) = fitting(width, height);
    if let (Ok(width), Ok(height)) = (u16::try_from(wanted_width), u16::try_from(wanted_height)) {
        readable(decoder.scale(width, height))?;
    }
    readable(DynamicImage::from_decoder(decoder))
}

fn png(bytes: &[u8], most: u32) -> Result<DynamicImage, PictureFault> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    let decoder = readable(PngDecoder::with_limits(Cursor::new(bytes), limits))?;
    admitted(decoder.dimensions(), most)?;
    readable(DynamicImage::from_decoder(decoder))
}

fn readable<T>(read: ImageResult<T>) -> Result<T, PictureFault> {
    read.map_err(|_| PictureFault::Unreadable)
}

fn admitted((width, height): (u32, u32), most: u32) -> Result<(u32, u32), PictureFault> {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX || pixels > u64::from(most) {
        return Err(PictureFault::TooManyPixels { width, height, most });
    }
    if pixels == 0 {
        return Err(PictureFault::Unreadable);
    }
    Ok((width, height))
}

/// The size at which it is looked at: the same if it is small enough.
fn fitting(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= LOOKED_SIDE_MAX {
        return (width, height);
    }
    let scaled = |side: u32| {
        let exact = u64::from(side) * u64::from(LOOKED_SIDE_MAX) / u64::from(longest);
        u32::try_from(exact).unwrap_or(LOOKED_SIDE_MAX).max(1)
    };
    (scaled(width), scaled(height))
}

fn shrink(picture: DynamicImage) -> DynamicImage {
    let (width, height) = fitting(picture.width(), picture.height());
    if (width, height) == (picture.width(), picture.height()) {
        return picture;
    }
    picture.resize_exact(width, height, FilterType::Triangle)
}

/// Which of the eight ways of holding a camera it says it was taken in; 1 where it says nothing.
fn orientation(bytes: &[u8]) -> u32 {
    let read = exif::Reader::new().read_from_container(&mut Cursor::new(bytes));
    read.ok()
        .and_then(|exif| {
            let field = exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?;
            field.value.get_uint(0)
        })
        .unwrap_or(1)
}

fn turn(picture: DynamicImage, orientation: u32) -> DynamicImage {
    match orientation {
        2 => picture.fliph(),
        3 => picture.rotate180(),
        4 => picture.flipv(),
        5 => picture.rotate90().fliph(),
        6 => picture.rotate90(),
        7 => picture.rotate270().fliph(),
        8 => picture.rotate270(),
        _ => picture,
    }
}
