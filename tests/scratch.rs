#![allow(dead_code)]
#[path = "promises/harness/faces.rs"]
mod faces;
use faces::*;
use motorpool::face::*;
#[tokio::test]
async fn measure() {
    let mut config = motorpool::Config::default();
    config.face.models = Some(pictures().parent().unwrap().join("models"));
    let mut options = AnalyserOptions::of(&config, Some(env!("CARGO_BIN_EXE_motorpool").into()));
    options.deadline = std::time::Duration::from_secs(20);
    let analyser = Analyser::new(options);
    let look = async |bytes: Vec<u8>, name: &str| {
        let a = analyser.analyse(bytes.into()).await.unwrap();
        println!("{name}: {}x{} faces {}", a.width, a.height, a.faces.len());
        for f in &a.faces { println!("   {:?} sharp {} bright {} {:?}", f.landmarks, f.sharpness, f.brightness, f.area); }
        println!("   {:?}", a.timings);
        a
    };
    for s in [OBAMA, BIDEN, Sitter{file:"obama2.jpg",..OBAMA}, Sitter{file:"obama3.jpg",..OBAMA}] {
        look(jpeg(&s.scaled(), 92), &format!("{s:?}")).await;
    }
}
