//! What the log promises as a whole: what is said is found, kept within bounds, stored without gap or double.

use std::fs;

use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

use super::*;

const SOON: Duration = Duration::from_secs(20);

fn said(log: &Log, level: LevelFilter, say: impl FnOnce()) {
    with_default(registry().with(log.layer(level)), say);
}

#[test]
fn an_event_is_found_with_its_sentence_and_its_fields() {
    let log = Log::default();
    said(&log, LevelFilter::INFO, || {
        tracing::info!(
            target: targets::CONNECTION,
            { client.id = "a1", client.name = %"anna", bytes = 3 },
            "connected"
        );
        tracing::debug!("not at this level");
    });
    let found = log.find(&Query::default());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].number, found[0].target), (1, "connection"));
    assert_eq!(found[0].text, "connected");
    assert_eq!(found[0].field("client.name"), Some("anna"));
    assert_eq!(found[0].field("bytes"), Some("3"));
}

#[test]
fn a_huge_event_is_cut_to_its_bounds() {
    let log = Log::default();
    said(&log, LevelFilter::INFO, || {
        tracing::info!(huge = %"x".repeat(1_000_000), "{}", "y".repeat(1_000_000));
    });
    let found = log.find(&Query::default());
    assert_eq!(found[0].text.len(), entry::TEXT_BYTES_MAX + "…".len());
    assert_eq!(
        found[0].field("huge").unwrap().len(),
        entry::FIELD_BYTES_MAX + "…".len()
    );
}

#[test]
fn stored_events_are_those_of_the_ring_and_all_that_come() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::default();
    said(&log, LevelFilter::INFO, || {
        tracing::info!("one");
        assert_eq!(log.store(folder.path(), "a.txt", 1_000_000).unwrap(), Stored::Begun);
        assert_eq!(log.store(folder.path(), "a.txt", 1_000_000).unwrap(), Stored::Already);
        tracing::info!("two");
        assert_eq!(log.stored().as_deref(), Some("a.txt"));
    });
    log.close(SOON);
    let text = fs::read_to_string(folder.path().join("a.txt")).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].ends_with(": one") && lines[1].ends_with(": two"), "{text}");
    assert_eq!(log.stored(), None);
}

#[test]
fn storing_ends_at_its_bound_and_can_begin_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::default();
    said(&log, LevelFilter::INFO, || {
        log.store(folder.path(), "a.txt", 1_000).unwrap();
        let deadline = std::time::Instant::now() + SOON;
        while log.stored().is_some() {
            tracing::info!("a sentence");
            std::thread::yield_now();
            assert!(std::time::Instant::now() < deadline);
        }
        assert_eq!(log.store(folder.path(), "b.txt", 1_000_000).unwrap(), Stored::Begun);
    });
    log.close(SOON);
    let bytes = fs::metadata(folder.path().join("a.txt")).unwrap().len();
    assert!(bytes <= 1_000, "{bytes}");
    assert!(fs::metadata(folder.path().join("b.txt")).unwrap().len() > 1_000);
}

#[test]
fn the_log_file_has_what_is_said_and_goes_on_after_it_was_moved_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("motorpool.log");
    let log = Log::default();
    let options = FileOptions {
        path: path.clone(),
        bytes_max: 1_000_000,
        files_max: 2,
        form: Form::Json,
    };
    log.write_to(options.clone()).unwrap();
    said(&log, LevelFilter::INFO, || tracing::info!("before"));
    log.close(SOON);
    log.write_to(options).unwrap();
    let moved = folder.path().join("moved");
    fs::rename(&path, &moved).unwrap();
    assert!(log.reopen());
    said(&log, LevelFilter::INFO, || tracing::info!("after"));
    log.close(SOON);
    assert!(fs::read_to_string(moved).unwrap().contains("before"));
    assert!(fs::read_to_string(path).unwrap().contains("after"));
}
