//! Pictures that are none, broken ones, and such as only pretend to be large: each is answered by what it is.

use std::collections::BTreeMap;
use std::time::Instant;

use motorpool::face::PictureFault;

use super::*;

fn refused(error: AnalyseError) -> PictureFault {
    match error {
        AnalyseError::Picture(fault) => fault,
        other => panic!("{other}"),
    }
}

async fn fault_of(analyser: &Analyser, picture: Vec<u8>) -> PictureFault {
    refused(analyser.analyse(Bytes::from(picture)).await.unwrap_err())
}

/// The header of a PNG of this size, and nothing behind it but a promise.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = written(&pixels("obama.jpg", 16), ImageOutputFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    // The header's own check sum must be right, or it would be broken for another reason.
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

/// A JPEG whose header says this size.
fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = jpeg(&pixels("obama.jpg", 64)).to_vec();
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_or_half_of_one_is_answered_by_what_it_is() {
    let analyser = Analyser::new(options());
    for wrong in [
        b"".as_slice(),
        b"x",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"BM and more",
        b"<svg/>",
        b"\0\0\0\x20ftypheic",
    ] {
        assert_eq!(
            fault_of(&analyser, wrong.to_vec()).await,
            PictureFault::WrongType,
            "{wrong:?}"
        );
    }
    let small = pixels("obama.jpg", 200);
    let png = written(&small, ImageOutputFormat::Png);
    let jpeg = jpeg(&small);
    for whole in [&png[..], &jpeg[..]] {
        let halves = [12, 40, 200, whole.len() / 3];
        for half in halves {
            let fault = fault_of(&analyser, whole[..half].to_vec()).await;
            assert_eq!(fault, PictureFault::Unreadable, "{half}");
        }
    }
    assert_eq!(analyser.state().restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_promises_too_many_pixels_is_refused_before_anything_is_read() {
    let analyser = Analyser::new(options());
    look(&analyser, "obama.jpg").await;
    for (width, height) in [(12_000, 12_000), (5_001, 5_000), (16_385, 1)] {
        for picture in [png_of(width, height), jpeg_of(width as u16, height as u16)] {
            let began = Instant::now();
            let fault = fault_of(&analyser, picture).await;
            let wanted = PictureFault::TooManyPixels {
                width,
                height,
                most: 25_000_000,
            };
            assert_eq!(fault, wanted);
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        }
    }
    // As many as may be, and a longest side as long as it may be: nothing is wrong but that the pixels are missing.
    for (width, height) in [(5_000, 5_000), (16_384, 1)] {
        assert_eq!(
            fault_of(&analyser, png_of(width, height)).await,
            PictureFault::Unreadable
        );
    }
    let huge = vec![0; motorpool::face::fault::PICTURE_BYTES_MAX + 1];
    let got = huge.len() as u64;
    assert_eq!(fault_of(&analyser, huge).await, PictureFault::TooManyBytes { got });
    let most = vec![0; motorpool::face::fault::PICTURE_BYTES_MAX];
    assert_eq!(fault_of(&analyser, most).await, PictureFault::WrongType);
    assert_eq!(analyser.state().restarts, 0);
}

/// Numbers that are the same at each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    /// Some bytes changed, and now and then cut, doubled or filled.
    fn mutated(&mut self, whole: &[u8]) -> Bytes {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
        let (from, to) = (self.below(bytes.len()), self.below(bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match self.below(8) {
            0 => bytes.truncate(to.max(1)),
            1 => bytes.extend_from_within(from..to),
            2 => bytes[from..to].fill(0xff),
            3 => bytes[from..to].reverse(),
            _ => {}
        }
        Bytes::from(bytes)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_mutated_pictures_are_answered_one_by_one() {
    let analyser = Analyser::new(options());
    let small = pixels("obama.jpg", 640).crop_imm(170, 60, 220, 260).thumbnail(100, 100);
    let jpeg = jpeg(&small);
    let (png, grey) = (
        written(&small, ImageOutputFormat::Png),
        written(&small.grayscale(), ImageOutputFormat::Png),
    );
    let wholes = [&jpeg[..], &png[..], &held(&jpeg, 6)[..], &grey[..]];
    let mut dice = Dice(0x6d6f_746f_7270_6f6f);
    let mut outcomes = BTreeMap::<&str, usize>::new();
    let began = Instant::now();
    for _ in 0..1_000 {
        let ten = (0..10).map(|turn| analyser.analyse(dice.mutated(wholes[turn % wholes.len()])));
        for answer in futures_util::future::join_all(ten).await {
            let outcome = match &answer {
                Ok(analysis) if analysis.faces.is_empty() => "no face",
                Ok(_) => "a face",
                Err(error) => error.reason(),
            };
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    println!("10,000 mutated pictures in {:?}: {outcomes:?}", began.elapsed());
    assert_eq!(outcomes.values().sum::<usize>(), 10_000);
    for wanted in ["no face", "a face", "unreadable", "wrong_type", "too_many_pixels"] {
        assert!(outcomes.contains_key(wanted), "{wanted}: {outcomes:?}");
    }
    assert_eq!(outcomes.len(), 5, "{outcomes:?}");
    assert_eq!(analyser.state().restarts, 0);
}
