//! Workers that die, hang, want too much or talk nonsense: whoever asks hears in time, and the next one is served.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Instant;

use motorpool::face::analyser::Phase;
use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::harness::SOON;

/// Asks until there is an analysis again.
async fn recovered(analyser: &Analyser) -> Analysis {
    let deadline = Instant::now() + SOON;
    loop {
        match analyser.analyse(picture("obama.jpg")).await {
            Ok(analysis) => return analysis,
            Err(error) => assert!(Instant::now() < deadline, "not back within {SOON:?}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn pid(analyser: &Analyser) -> Pid {
    let pid = analyser.state().pid.unwrap();
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

/// Waits until it is gone or only waits to be looked after.
async fn gone(pid: Pid) {
    let deadline = Instant::now() + SOON;
    let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
    while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "the worker still runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn reasons(answers: &[Result<Analysis, AnalyseError>]) -> Vec<&'static str> {
    let reason = |answer: &Result<Analysis, AnalyseError>| answer.as_ref().err().map_or("ok", AnalyseError::reason);
    answers.iter().map(reason).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_the_middle_is_told_at_once_and_another_goes_on() {
    let analyser = Analyser::new(AnalyserOptions {
        threads: 1,
        ..options()
    });
    look(&analyser, "obama.jpg").await;
    let killed = pid(&analyser);
    // Stopped first, so that the picture is in its hand when it is killed.
    kill_process(killed, Signal::STOP).unwrap();
    let asked = {
        let analyser = analyser.clone();
        tokio::spawn(async move { analyser.analyse(picture("obama.jpg")).await })
    };
    while analyser.state().in_hand == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let began = Instant::now();
    kill_process(killed, Signal::KILL).unwrap();
    let answer = asked.await.unwrap();
    assert!(matches!(&answer, Err(AnalyseError::Unavailable(_))), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(recovered(&analyser).await.faces.len(), 1);
    assert_eq!(analyser.state().restarts, 1);
    assert_ne!(pid(&analyser), killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_hangs_is_killed_and_everybody_heard_by_the_deadline() {
    let deadline = Duration::from_secs(2);
    let analyser = Analyser::new(AnalyserOptions { deadline, ..options() });
    recovered(&analyser).await;
    let (hung, before) = (pid(&analyser), analyser.state().restarts);
    kill_process(hung, Signal::STOP).unwrap();
    let began = Instant::now();
    let asked = (0..10).map(|_| analyser.analyse(picture("obama.jpg")));
    let answers = futures_util::future::join_all(asked).await;
    let took = began.elapsed();
    assert!(took < deadline + Duration::from_millis(500), "{took:?}");
    for reason in reasons(&answers) {
        assert!(["timeout", "unavailable"].contains(&reason), "{answers:?}");
    }
    gone(hung).await;
    recovered(&analyser).await;
    assert_eq!(analyser.state().restarts, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_may_wait_are_looked_at_and_one_more_is_told_that_it_is_busy() {
    let options = AnalyserOptions {
        threads: 1,
        queue: 3,
        ..options()
    };
    let analyser = Analyser::new(options);
    look(&analyser, "obama.jpg").await;
    let ask = |many: usize| {
        let asked = (0..many).map(|_| analyser.analyse(picture("obama.jpg")));
        futures_util::future::join_all(asked)
    };
    assert_eq!(reasons(&ask(4).await), ["ok"; 4]);
    assert_eq!(reasons(&ask(5).await), ["ok", "ok", "ok", "ok", "busy"]);
    // Whoever stops waiting gives its place back.
    drop(ask(4));
    assert_eq!(reasons(&ask(4).await), ["ok"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_wants_too_much_memory_ends_and_the_next_picture_is_looked_at() {
    // Enough for its models and small pictures.
    let memory_bytes = 420 * 1024 * 1024;
    let analyser = Analyser::new(AnalyserOptions {
        memory_bytes,
        threads: 1,
        pixels: 100_000_000,
        ..options()
    });
    look(&analyser, "obama.jpg").await;
    let huge = DynamicImage::new_rgb8(10_000, 10_000);
    let answer = analyser
        .analyse(Bytes::from(written(&huge, ImageOutputFormat::Png)))
        .await;
    let reason = answer.err().map_or("ok", |error| error.reason());
    assert!(["unavailable", "unreadable"].contains(&reason), "{reason}");
    assert_eq!(recovered(&analyser).await.faces.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_memory_for_its_models_there_is_no_worker_and_the_sentence_says_so() {
    let analyser = Analyser::new(AnalyserOptions {
        memory_bytes: 64 * 1024 * 1024,
        ..options()
    });
    let answer = analyser.analyse(picture("obama.jpg")).await;
    assert!(
        matches!(&answer, Err(AnalyseError::Unavailable(why)) if why.contains("face worker")),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn models_that_are_missing_or_others_are_named_and_found_as_soon_as_they_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let models = vec![folder.path().to_owned()];
    let analyser = Analyser::new(AnalyserOptions { models, ..options() });
    assert_eq!(analyser.state().phase, Phase::Asleep);
    let unavailable = async || match analyser.analyse(picture("obama.jpg")).await {
        Err(AnalyseError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    };
    let why = unavailable().await;
    assert!(
        why.contains("shape_predictor_5_face_landmarks.dat") && why.contains("make setup"),
        "{why}"
    );
    let [landmarks, encoder] = motorpool::face::models::MODELS.map(|model| model.file);
    let bring = |file: &str| std::fs::copy(brought("models").join(file), folder.path().join(file)).unwrap();
    bring(landmarks);
    // The right length and the wrong content.
    let wrong = vec![0; std::fs::metadata(brought("models").join(encoder)).unwrap().len() as usize];
    std::fs::write(folder.path().join(encoder), wrong).unwrap();
    let deadline = Instant::now() + SOON;
    while !unavailable().await.contains("SHA-256") {
        assert!(Instant::now() < deadline, "{}", unavailable().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bring(encoder);
    assert_eq!(recovered(&analyser).await.faces.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_ends_with_the_last_who_could_ask_it() {
    let analyser = Analyser::new(options());
    look(&analyser, "obama.jpg").await;
    let pid = pid(&analyser);
    let other = analyser.clone();
    drop(analyser);
    look(&other, "obama.jpg").await;
    drop(other);
    gone(pid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_a_picture_will_come_starts_the_worker() {
    let analyser = Analyser::new(options());
    assert_eq!(analyser.state().phase, Phase::Asleep);
    analyser.wake();
    let deadline = Instant::now() + SOON;
    while analyser.state().phase != Phase::Running {
        assert!(Instant::now() < deadline, "{:?}", analyser.state());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_faces_are_off_or_have_no_program_it_is_said_at_once() {
    let off = Analyser::new(AnalyserOptions {
        enabled: false,
        ..options()
    });
    let alone = Analyser::new(AnalyserOptions {
        program: None,
        ..options()
    });
    for (analyser, wanted) in [(off, "face.enabled"), (alone, "face.program")] {
        assert_eq!(analyser.state().phase, Phase::Off);
        let answer = analyser.analyse(picture("obama.jpg")).await;
        assert!(
            matches!(&answer, Err(AnalyseError::Unavailable(why)) if why.contains(wanted)),
            "{answer:?}"
        );
    }
}

/// A worker that says what it is made to say: a shell script in the place of the program.
fn impostor(folder: &Path, says: &str) -> Arc<Path> {
    let path = folder.join("impostor");
    std::fs::write(&path, format!("#!/bin/sh\n{says}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    Arc::from(path)
}

/// "ready" as a text of five bytes, in a frame of six.
const READY: &str = r"printf '\000\000\000\006\145ready'";
/// Takes a part of a picture.
const READ: &str = "head -c 1000 >/dev/null";

#[tokio::test(flavor = "multi_thread")]
async fn whose_pictures_keep_ending_the_worker_is_left_alone_and_nobody_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let analyser = Analyser::new(AnalyserOptions {
        program: Some(impostor(folder.path(), &format!("{READY}; {READ}")).to_path_buf()),
        ..options()
    });
    let (bad, good): (Arc<str>, Arc<str>) = (Arc::from("car:1"), Arc::from("car:2"));
    let deadline = Instant::now() + SOON;
    let mut ended = 0;
    while ended < 3 {
        assert!(Instant::now() < deadline, "{:?}", analyser.state());
        let before = analyser.state().restarts;
        let answer = analyser.analyse_of(&bad, picture("obama.jpg")).await;
        assert_eq!(answer.unwrap_err().reason(), "unavailable");
        // Between two workers a picture is refused before anybody holds it.
        ended += analyser.state().restarts - before;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let refused = analyser.analyse_of(&bad, picture("obama.jpg")).await.unwrap_err();
    let AnalyseError::LockedOut { retry_after } = &refused else {
        panic!("{refused:?}")
    };
    assert!(*retry_after <= motorpool::face::analyser::blame::ENDS_LAST);
    assert!(refused.to_string().contains("ended 3 times"), "{refused}");
    for answer in [
        analyser.analyse_of(&good, picture("obama.jpg")).await,
        analyser.analyse(picture("obama.jpg")).await,
    ] {
        assert_eq!(answer.unwrap_err().reason(), "unavailable", "others are still heard");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_says_what_it_must_not_is_ended() {
    let (ready, read) = (READY, READ);
    let tales = [
        (
            "another beginning",
            r"printf '\000\000\000\001\000'; sleep 60".to_owned(),
        ),
        ("no beginning", "exit 0".to_owned()),
        (
            "a frame too long",
            format!(r"{ready}; {read}; printf '\377\377\377\377'; sleep 60"),
        ),
        (
            "no CBOR",
            format!(r"{ready}; {read}; printf '\000\000\000\001\377'; sleep 60"),
        ),
        ("ready twice", format!("{ready}; {read}; {ready}; sleep 60")),
        (
            "half a frame",
            format!(r"{ready}; {read}; printf '\000\000\000\011\000'"),
        ),
    ];
    for (tale, says) in tales {
        let folder = tempfile::tempdir().unwrap();
        let program = impostor(folder.path(), &says);
        let analyser = Analyser::new(AnalyserOptions {
            program: Some(program.to_path_buf()),
            ..options()
        });
        let began = Instant::now();
        let answer = analyser.analyse(picture("obama.jpg")).await;
        assert!(
            matches!(&answer, Err(AnalyseError::Unavailable(_))),
            "{tale}: {answer:?}"
        );
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{tale}: {:?}",
            began.elapsed()
        );
        assert!(analyser.state().restarts >= 1, "{tale}");
    }
}
