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
    let mut all = Vec::new();
    for name in ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "obama_partial_face.jpg", "obama_partial_face2.jpg", "32bit.png"] {
        let analysis = look(&analyser, name).await;
        println!("{name} {:?} {}x{} faces {}", analysis.timings, analysis.width, analysis.height, analysis.faces.len());
        for face in &analysis.faces { println!("   {:?}", face); }
        all.push(analysis);
    }
    let straight = embedding(&all[0]);
    for other in &all[1..] {
       if let Some(face) = other.faces.first() { println!("{}", straight.distance(face.embedding.as_ref().unwrap())); }
    }
    println!("{:?}", analyser.state());
}
