//! How sharp and how bright a face is, measured at one size whatever the size of the face.

use image::DynamicImage;
use image::imageops::FilterType;

use crate::face::Area;

/// Side of the square on which a face is measured, in pixels: about the smallest face that is found.
const SIDE: u32 = 100;

/// Variance of the Laplacian and mean of a face in grey; nothing where it lies outside of the picture.
pub(super) fn face(picture: &DynamicImage, area: Area) -> Option<(f32, f32)> {
    let edge = |at: i32, most: u32| u32::try_from(at.max(0)).unwrap_or(most).min(most);
    let (left, right) = (edge(area.left, picture.width()), edge(area.right, picture.width()));
    let (top, bottom) = (edge(area.top, picture.height()), edge(area.bottom, picture.height()));
    let (width, height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
    if width == 0 || height == 0 {
        return None;
    }
    let cut = picture.crop_imm(left, top, width, height).grayscale();
    let square = cut.resize_exact(SIDE, SIDE, FilterType::Triangle).into_luma8();
    let rows: Vec<&[u8]> = square.as_raw().chunks_exact(usize::try_from(SIDE).ok()?).collect();
    Some((laplacian_variance(&rows), mean(square.as_raw())))
}

fn mean(pixels: &[u8]) -> f32 {
    let sum: u64 = pixels.iter().map(|pixel| u64::from(*pixel)).sum();
    ratio(sum, pixels.len())
}

/// Variance of four times a pixel less its four neighbours.
fn laplacian_variance(rows: &[&[u8]]) -> f32 {
    let (mut sum, mut squares, mut count) = (0_i64, 0_u64, 0_usize);
    for three in rows.windows(3) {
        let [above, row, below] = three else { continue };
        let middles = above.iter().zip(row.windows(3)).zip(below.iter());
        // The neighbours above and below the middle of three are one further than the three begin.
        let middles = middles.zip(above.iter().skip(1).zip(below.iter().skip(1)));
        for (((_, beside), _), (up, down)) in middles {
            let [left, middle, right] = beside else { continue };
            let around = i64::from(*left) + i64::from(*right) + i64::from(*up) + i64::from(*down);
            let laplacian = 4 * i64::from(*middle) - around;
            sum += laplacian;
            squares += laplacian.unsigned_abs().pow(2);
            count += 1;
        }
    }
    let mean = if sum < 0 {
        -ratio(sum.unsigned_abs(), count)
    } else {
        ratio(sum.unsigned_abs(), count)
    };
    (ratio(squares, count) - mean * mean).max(0.0)
}

#[allow(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "sums of at most 10,000 small numbers"
)]
fn ratio(sum: u64, count: usize) -> f32 {
    if count == 0 { 0.0 } else { sum as f32 / count as f32 }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};

    use super::*;

    fn board(field: u32) -> DynamicImage {
        let pixel = |x: u32, y: u32| {
            Luma([if (x / field + y / field).is_multiple_of(2) {
                40
            } else {
                200
            }])
        };
        DynamicImage::ImageLuma8(GrayImage::from_fn(SIDE, SIDE, pixel))
    }

    const WHOLE: Area = Area {
        left: 0,
        top: 0,
        right: 100,
        bottom: 100,
    };

    #[test]
    fn what_is_plain_has_no_sharpness_and_what_is_blurred_less_than_before() {
        let plain = DynamicImage::ImageLuma8(GrayImage::from_pixel(SIDE, SIDE, Luma([90])));
        assert_eq!(face(&plain, WHOLE), Some((0.0, 90.0)));
        let board = board(10);
        let (sharp, _) = face(&board, WHOLE).unwrap();
        let (blurred, _) = face(&board.blur(2.0), WHOLE).unwrap();
        assert!(sharp > 10.0 * blurred, "{sharp} and {blurred}");
    }

    #[test]
    fn an_area_beyond_the_picture_is_cut_and_one_outside_is_none() {
        let board = board(10);
        let beyond = Area {
            left: -50,
            top: -50,
            right: 50,
            bottom: 50,
        };
        assert!(face(&board, beyond).is_some());
        let outside = Area {
            left: 200,
            top: 0,
            right: 300,
            bottom: 50,
        };
        assert_eq!(face(&board, outside), None);
        let turned = Area {
            left: 60,
            top: 0,
            right: 20,
            bottom: 50,
        };
        assert_eq!(face(&board, turned), None);
    }
}
