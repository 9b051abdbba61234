//! The face worker: what it finds in real pictures, and that nothing it suffers is felt by anybody else.
//!
//! A real worker process of the program under test, with the models and pictures that set-up brings.

#![cfg(feature = "face")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use motorpool::face::{Analyser, AnalyserOptions, Analysis, Embedding};

fn brought(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(folder)
}

fn picture(name: &str) -> Bytes {
    let path = brought("pictures").join(name);
    let read = std::fs::read(&path);
    Bytes::from(read.unwrap_or_else(|err| panic!("{}: {err}; `make setup` brings it", path.display())))
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
    }
}

async fn look(analyser: &Analyser, name: &str) -> Analysis {
    let analysed = analyser.analyse(picture(name)).await;
    analysed.unwrap_or_else(|err| panic!("{name}: {err}"))
}

fn embedding(analysis: &Analysis) -> &Embedding {
    analysis.faces[0].embedding.as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn real_pictures_tell_one_person_from_another() {
    let analyser = Analyser::new(options());
    let straight = look(&analyser, "obama.jpg").await;
    let straight = embedding(&straight);
    // Two people prove that the pieces fit together, and nothing about how often faces are mistaken.
    for (name, is_same) in [
        ("obama2.jpg", true),
        ("obama3.jpg", true),
        ("32bit.png", true),
        ("biden.jpg", false),
    ] {
        let other = look(&analyser, name).await;
        assert_eq!(other.faces.len(), 1, "{name}");
        let distance = straight.distance(embedding(&other));
        let wanted = if is_same { 0.0..0.45 } else { 0.6..1.2 };
        assert!(wanted.contains(&distance), "{name}: {distance}");
    }
}
