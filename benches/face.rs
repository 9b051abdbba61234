//! Pictures through the face worker against dlib alone: the same pictures, threads and minutes.
//!
//! `cargo bench --bench face`. Both take a JPEG and give an embedding; motorpool's way leads through two pipes, the bare
//! one is a loop in this process. Then one unlock: three frames of 640 x 480, one after another, on one core.

#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of pictures, and numbers that were floats before the crate widened them"
)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::figures::{against, at_most, machine, median, ratio, rounds};
use common::{Fault, check};
use dlib_face_recognition::{
    FaceDetector, FaceDetectorTrait, FaceEncoderNetwork, FaceEncoderTrait, ImageMatrix, LandmarkPredictor,
    LandmarkPredictorTrait,
};
use image::imageops::FilterType;
use image::{DynamicImage, ImageOutputFormat};
use motorpool::face::models::{ENCODER, LANDMARKS};
use motorpool::face::{Analyser, AnalyserOptions, Analysis, Embedding};
use rustix::process::nice;
use rustix::thread::{CpuSet, sched_setaffinity};

const RATIO_GOAL: f64 = 0.9;
const UNLOCK_GOAL_MS: f64 = 600.0;
/// Frames of one unlock.
const FRAMES: usize = 3;
/// Pictures of each arm in a round.
const PICTURES: usize = 120;
/// Of the worker's threads.
const WORKER_NICE: i32 = 10;
/// Set for both arms: one thread an encoding, as there is one a picture.
const BLAS_THREADS: &str = "OPENBLAS_NUM_THREADS";

fn main() -> Result<(), Fault> {
    // The library reads it when it is loaded.
    if std::env::var_os(BLAS_THREADS).is_none() {
        let arguments = std::env::args_os().skip(1);
        let again = std::process::Command::new(std::env::current_exe()?)
            .args(arguments)
            .env(BLAS_THREADS, "1")
            .status()?;
        return check(again.success(), || format!("ended with {again}"));
    }
    println!("face: on {}", machine());
    let pictures = pictures()?;
    throughput(&pictures)?;
    unlock(&pictures)
}

/// Frames as a camera makes them: 640 x 480, the face in the middle.
fn pictures() -> Result<Vec<Bytes>, Fault> {
    let cuts = [
        ("obama.jpg", 0, 60, 910),
        ("obama2.jpg", 0, 150, 626),
        ("obama3.jpg", 400, 200, 900),
        ("biden.jpg", 0, 100, 970),
    ];
    let cut = |(name, left, top, width): (&str, u32, u32, u32)| {
        let path = brought("pictures").join(name);
        let file =
            std::fs::read(&path).map_err(|err| format!("{}: {err}; run scripts/setup.sh bench", path.display()))?;
        let frame = image::load_from_memory(&file)?
            .crop_imm(left, top, width, width * 3 / 4)
            .resize_exact(640, 480, FilterType::Triangle);
        let mut jpeg = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(frame.into_rgb8()).write_to(&mut jpeg, ImageOutputFormat::Jpeg(85))?;
        Ok::<_, Fault>(Bytes::from(jpeg.into_inner()))
    };
    cuts.into_iter().map(cut).collect()
}

fn brought(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(folder)
}

fn options(threads: usize) -> AnalyserOptions {
    AnalyserOptions {
        enabled: true,
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_motorpool"))),
        models: vec![brought("models")],
        threads,
        queue: 64,
        deadline: Duration::from_secs(60),
        memory_bytes: 1 << 30,
        pixels: 25_000_000,
        nice: 10,
    }
}

fn throughput(pictures: &[Bytes]) -> Result<(), Fault> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let analyser = runtime.block_on(async { Analyser::new(options(threads)) });
    let bare = Bare::open()?;
    // Both loaded and warm, and both see the same faces.
    for picture in pictures {
        let ours = runtime.block_on(analyser.analyse(picture.clone()))?;
        let (ours, theirs) = (embedding(&ours)?, bare.embedding(picture)?);
        check(ours.distance(&theirs) < 0.05, || {
            "the two arms see two faces".to_owned()
        })?;
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds(7) {
        ours.push(runtime.block_on(through_the_worker(&analyser, pictures, threads))?);
        theirs.push(through_bare_dlib(&bare, pictures, threads)?);
    }
    println!(
        "  pictures of 640 x 480 to embeddings, {threads} threads: motorpool {:.1}/s, bare dlib {:.1}/s, ratio {}",
        median(&ours),
        median(&theirs),
        against(ratio(&ours, &theirs), RATIO_GOAL),
    );
    Ok(())
}

fn embedding(analysis: &Analysis) -> Result<Embedding, Fault> {
    let face = analysis.faces.first().ok_or("no face")?;
    Ok(face.embedding.clone().ok_or("no embedding")?)
}

/// Twice as many ask as there are threads, so that none of these waits for the next question.
async fn through_the_worker(analyser: &Analyser, pictures: &[Bytes], threads: usize) -> Result<f64, Fault> {
    let began = Instant::now();
    let asking = (0..threads * 2).map(|first| async move {
        for number in (first..PICTURES).step_by(threads * 2) {
            let picture = pictures.get(number % pictures.len()).ok_or("no picture")?;
            embedding(&analyser.analyse(picture.clone()).await?)?;
        }
        Ok::<_, Fault>(())
    });
    futures_util::future::try_join_all(asking).await?;
    Ok(PICTURES as f64 / began.elapsed().as_secs_f64())
}

fn through_bare_dlib(bare: &Bare, pictures: &[Bytes], threads: usize) -> Result<f64, Fault> {
    let began = Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|_| {
                let (bare, next) = (bare.clone(), &next);
                scope.spawn(move || {
                    // As the worker stands back, so that a busy machine takes the same from both.
                    let _ = nice(WORKER_NICE);
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= PICTURES {
                            return Ok(());
                        }
                        let picture = pictures.get(number % pictures.len()).ok_or("no picture")?;
                        bare.embedding(picture).map_err(|err| err.to_string())?;
                    }
                })
            })
            .collect();
        for thread in working {
            let worked: Result<(), String> = thread.join().map_err(|_| "a thread panicked")?;
            worked?;
        }
        Ok::<_, Fault>(())
    })?;
    Ok(PICTURES as f64 / began.elapsed().as_secs_f64())
}

/// dlib as it is used without a server.
#[derive(Clone)]
struct Bare {
    detector: FaceDetector,
    landmarks: LandmarkPredictor,
    encoder: FaceEncoderNetwork,
}

impl Bare {
    fn open() -> Result<Self, Fault> {
        Ok(Self {
            detector: FaceDetector::new(),
            landmarks: LandmarkPredictor::open(brought("models").join(LANDMARKS.file))?,
            encoder: FaceEncoderNetwork::open(brought("models").join(ENCODER.file))?,
        })
    }

    fn embedding(&self, jpeg: &[u8]) -> Result<Embedding, Fault> {
        let picture = image::load_from_memory(jpeg)?.into_rgb8();
        let matrix = ImageMatrix::from_image(&picture);
        let places = self.detector.face_locations(&matrix);
        let place = places.iter().max_by_key(|place| place.width()).ok_or("no face")?;
        let found = self.landmarks.face_landmarks(&matrix, place);
        let encoded = self.encoder.get_face_encodings(&matrix, &[found], 0);
        let floats: Vec<f32> = encoded
            .first()
            .ok_or("no encoding")?
            .as_ref()
            .iter()
            .map(|&float| float as f32)
            .collect();
        let floats = Box::new(floats.try_into().map_err(|_| "not 128 numbers")?);
        Ok(Embedding::new(floats).ok_or("a number that is none")?)
    }
}

/// Everything on the first core: the server's side, the worker, the frames one after another.
fn unlock(pictures: &[Bytes]) -> Result<(), Fault> {
    let mut one = CpuSet::new();
    one.set(0);
    sched_setaffinity(None, &one)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let frame = pictures.first().ok_or("no picture")?;
    let took: Vec<f64> = runtime.block_on(async {
        let analyser = Analyser::new(options(1));
        embedding(&analyser.analyse(frame.clone()).await?)?;
        let mut took = Vec::new();
        for _ in 0..rounds(7) * 3 {
            let began = Instant::now();
            for _ in 0..FRAMES {
                embedding(&analyser.analyse(frame.clone()).await?)?;
            }
            took.push(began.elapsed().as_secs_f64() * 1e3);
        }
        Ok::<_, Fault>(took)
    })?;
    println!(
        "  three frames of 640 x 480 one after another, one core: {}",
        at_most(median(&took), UNLOCK_GOAL_MS, "ms")
    );
    Ok(())
}
