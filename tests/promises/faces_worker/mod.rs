//! The face worker: what it finds in real pictures, and that nothing it suffers is felt by anybody else.
//!
//! A real worker process of the program under test, with the models and pictures that set-up brings.

#![cfg(feature = "face")]
#![allow(clippy::as_conversions, reason = "pixels of small pictures and the numbers of dice")]

mod broken;
mod failing;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use image::{DynamicImage, ImageOutputFormat, RgbImage};
use motorpool::face::quality::judge;
use motorpool::face::{AnalyseError, Analyser, AnalyserOptions, Analysis, Embedding, Face};

/// Where set-up puts models and pictures.
fn brought(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(folder)
}

fn picture(name: &str) -> Bytes {
    let path = brought("pictures").join(name);
    let read = std::fs::read(&path);
    Bytes::from(read.unwrap_or_else(|err| panic!("{}: {err}; `make setup` brings it", path.display())))
}

/// A picture at this size at most, to be changed.
fn pixels(name: &str, side: u32) -> DynamicImage {
    let whole = image::load_from_memory(&picture(name)).unwrap();
    DynamicImage::ImageRgb8(whole.thumbnail(side, side).into_rgb8())
}

fn written(picture: &DynamicImage, format: ImageOutputFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn jpeg(picture: &DynamicImage) -> Bytes {
    Bytes::from(written(picture, ImageOutputFormat::Jpeg(90)))
}

fn options() -> AnalyserOptions {
    AnalyserOptions {
        enabled: true,
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_motorpool"))),
        models: vec![brought("models")],
        threads: 2,
        queue: 16,
        // Machines that test are busy; the bound itself has a test of its own.
        deadline: Duration::from_secs(20),
        memory_bytes: 1 << 30,
        pixels: 25_000_000,
        nice: 0,
    }
}

async fn analysed(analyser: &Analyser, what: &str, picture: Bytes) -> Analysis {
    let analysed = analyser.analyse(picture).await;
    analysed.unwrap_or_else(|err| panic!("{what}: {err}"))
}

async fn look(analyser: &Analyser, name: &str) -> Analysis {
    analysed(analyser, name, picture(name)).await
}

fn embedding(face: &Face) -> &Embedding {
    face.embedding.as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn real_pictures_tell_one_person_from_another() {
    let analyser = Analyser::new(options());
    let straight = look(&analyser, "obama.jpg").await;
    let straight = embedding(judge(&straight).unwrap());
    // Two people prove that the pieces fit together, and nothing about how often faces are mistaken.
    for (name, is_same) in [
        ("obama2.jpg", true),
        ("obama3.jpg", true),
        ("32bit.png", true),
        ("biden.jpg", false),
    ] {
        let other = look(&analyser, name).await;
        assert_eq!(other.faces.len(), 1, "{name}");
        let distance = straight.distance(embedding(judge(&other).unwrap()));
        let wanted = if is_same { 0.0..0.45 } else { 0.6..1.2 };
        assert!(wanted.contains(&distance), "{name}: {distance}");
    }
}

/// Each pixel is taken from beside it around the nose, as if the head were turned.
fn turned(picture: &DynamicImage, face: &Face, by: f32) -> DynamicImage {
    let (nose, apart) = (face.landmarks.nose, face.landmarks.eyes_apart());
    let from = picture.to_rgb8();
    let to = RgbImage::from_fn(from.width(), from.height(), |x, y| {
        let (across, down) = (x as f32 - nose.x, y as f32 - nose.y);
        let pull = by * apart * (-(across * across + down * down) / (0.9 * apart).powi(2)).exp();
        let beside = (x as f32 - pull).clamp(0.0, from.width() as f32 - 1.0);
        *from.get_pixel(beside as u32, y)
    });
    DynamicImage::ImageRgb8(to)
}

fn darkened(picture: &DynamicImage, percent: u16) -> DynamicImage {
    let mut dark = picture.to_rgb8();
    for value in dark.iter_mut() {
        *value = u8::try_from(u16::from(*value) * percent / 100).unwrap();
    }
    DynamicImage::ImageRgb8(dark)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_gives_no_good_template_is_refused_by_what_is_wrong() {
    let analyser = Analyser::new(options());
    let good = pixels("obama.jpg", 640);
    let whole = analysed(&analyser, "the good one", jpeg(&good)).await;
    let face = judge(&whole).unwrap();
    let mut two = good.to_rgb8();
    image::imageops::replace(&mut two, &good.thumbnail(400, 400).to_rgb8(), 0, 240);
    let wrong = [
        ("no_face", darkened(&good, 0)),
        ("no_face", good.crop_imm(0, 400, 640, 240)),
        (
            "several_faces",
            DynamicImage::ImageRgb8(image::imageops::huerotate(&two, 0)),
        ),
        ("too_small", good.thumbnail(240, 240)),
        ("blurred", good.blur(5.0)),
        ("too_dark", darkened(&good, 15)),
        ("too_bright", good.brighten(130)),
        ("turned_away", turned(&good, face, 0.8)),
        ("turned_away", turned(&good, face, -0.6)),
        ("cut_off", pixels("obama_partial_face.jpg", 800)),
        ("cut_off", pixels("obama_partial_face2.jpg", 800)),
    ];
    for (reason, picture) in wrong {
        let found = analysed(&analyser, reason, jpeg(&picture)).await;
        let fault = judge(&found).err().unwrap_or_else(|| panic!("{reason}: {found:?}"));
        assert_eq!(fault.reason(), reason, "{found:?}");
    }
}

/// The same JPEG with an EXIF segment that says how the camera was held.
fn held(jpeg: &[u8], orientation: u8) -> Bytes {
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0\x01\0".as_slice(),
        // Tag 0x0112, one short.
        &[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
        &[0, 0, 0, 0],
    ]
    .concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    Bytes::from([&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_looked_at_the_way_up_its_camera_was_held() {
    let analyser = Analyser::new(options());
    let upright = pixels("obama.jpg", 400);
    let whole = analysed(&analyser, "upright", jpeg(&upright)).await;
    let wanted = embedding(&whole.faces[0]);
    let ways = [
        (2, upright.fliph()),
        (3, upright.rotate180()),
        (4, upright.flipv()),
        (5, upright.fliph().rotate270()),
        (6, upright.rotate270()),
        (7, upright.fliph().rotate90()),
        (8, upright.rotate90()),
    ];
    for (orientation, stored) in ways {
        let sent = held(&written(&stored, ImageOutputFormat::Jpeg(95)), orientation);
        let found = analysed(&analyser, "turned", sent).await;
        assert_eq!(
            (found.width, found.height),
            (whole.width, whole.height),
            "{orientation}"
        );
        let face = found.faces.first().unwrap_or_else(|| panic!("{orientation}: no face"));
        let distance = wanted.distance(embedding(face));
        assert!(distance < 0.2, "{orientation}: {distance}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_progressive_jpeg_shows_the_same_face() {
    let analyser = Analyser::new(options());
    let shown = pixels("obama.jpg", 640);
    let whole = analysed(&analyser, "in one piece", jpeg(&shown)).await;
    let rgb = shown.to_rgb8();
    let mut sent = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut sent, 90);
    encoder.set_progressive(true);
    let (width, height) = (rgb.width().try_into().unwrap(), rgb.height().try_into().unwrap());
    encoder
        .encode(&rgb, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    assert!(sent.windows(2).any(|marker| marker == [0xff, 0xc2]), "not progressive");
    let found = analysed(&analyser, "in layers", Bytes::from(sent.clone())).await;
    let distance = embedding(&whole.faces[0]).distance(embedding(&found.faces[0]));
    assert!(distance < 0.2, "{distance}");
    // Without its last layers it is a worse picture, and without its first none.
    for length in [sent.len() / 3, sent.len() * 9 / 10] {
        let part = Bytes::copy_from_slice(&sent[..length]);
        match analyser.analyse(part).await {
            Ok(found) => assert!(found.faces.len() <= 1),
            Err(error) => assert_eq!(error.reason(), "unreadable"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_picture_is_looked_at_smaller_and_a_small_one_as_it_is() {
    let analyser = Analyser::new(options());
    for (side, looked) in [(640, 640), (800, 800), (801, 800), (3_000, 800)] {
        let picture = pixels("obama.jpg", 640).resize_exact(side, side, image::imageops::FilterType::Triangle);
        let found = analysed(&analyser, "sized", jpeg(&picture)).await;
        assert_eq!((found.width, found.height), (looked, looked), "{side}");
        assert_eq!(found.faces.len(), 1, "{side}");
    }
}
