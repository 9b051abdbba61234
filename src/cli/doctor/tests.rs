//! What the doctor promises: a sound place is good, and each thing that is broken is named with the way out.

use std::net::{SocketAddr, TcpListener};

use super::checks::{certificate, data_folder, database, files, listener, space, time_of_day};
use super::*;
use crate::config::{Config, ServerConfig, TlsConfig};
use crate::store::{Store, StoreOptions};

fn server_in(folder: &std::path::Path) -> ServerConfig {
    ServerConfig {
        data: folder.to_owned(),
        ..ServerConfig::default()
    }
}

#[test]
fn a_folder_that_is_not_there_yet_is_good_and_stays_away() {
    let above = tempfile::tempdir().unwrap();
    let data = above.path().join("a/b");
    let check = data_folder(&data);
    assert_eq!(check.verdict, Verdict::Good, "{check:?}");
    assert!(check.found.contains("will be made"), "{check:?}");
    assert!(!data.exists());
}

#[test]
fn a_file_in_the_place_of_the_folder_is_broken() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for data in [file.path().to_owned(), file.path().join("below")] {
        let check = data_folder(&data);
        assert_eq!(check.verdict, Verdict::Broken, "{check:?}");
        assert!(check.found.contains("is not a folder"), "{check:?}");
    }
}

#[test]
fn a_folder_nobody_can_write_to_is_broken() {
    let check = data_folder(std::path::Path::new("/proc/self"));
    assert_eq!(check.verdict, Verdict::Broken, "{check:?}");
    assert!(check.found.starts_with("cannot write in /proc/self"), "{check:?}");
}

#[test]
fn space_is_judged_at_its_bounds() {
    let mib = 1_048_576;
    for (free, verdict) in [
        (16 * mib - 1, Verdict::Broken),
        (16 * mib, Verdict::Warning),
        (256 * mib - 1, Verdict::Warning),
        (256 * mib, Verdict::Good),
    ] {
        assert_eq!(space(free).verdict, verdict, "{free}");
    }
}

#[test]
fn a_taken_port_is_broken_when_it_is_the_only_one_and_a_warning_otherwise() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_addr = taken.local_addr().unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let check = listener("http", "server.http", &[taken_addr]);
    assert_eq!(check.verdict, Verdict::Broken, "{check:?}");
    assert!(check.found.contains(&taken_addr.to_string()), "{check:?}");
    assert!(check.advice.unwrap().contains("server.http"));
    assert_eq!(listener("http", "server.http", &[any]).verdict, Verdict::Good);
    let check = listener("serversock", "server.listen", &[taken_addr, any]);
    assert_eq!(check.verdict, Verdict::Warning, "{check:?}");
}

#[test]
fn few_open_files_are_a_warning() {
    assert_eq!(files(Some(4_095)).verdict, Verdict::Warning);
    assert_eq!(files(Some(4_096)).verdict, Verdict::Good);
    assert_eq!(files(None).verdict, Verdict::Good);
}

#[test]
fn a_clock_before_this_program_or_far_beyond_it_is_broken() {
    for (text, verdict) in [
        ("1970-01-01T00:00:00Z", Verdict::Broken),
        ("2025-12-31T23:59:59Z", Verdict::Broken),
        ("2026-01-01T00:00:00Z", Verdict::Good),
        ("2100-01-01T00:00:00Z", Verdict::Broken),
    ] {
        assert_eq!(time_of_day(text.parse().unwrap()).verdict, verdict, "{text}");
    }
}

#[test]
fn a_database_is_read_beside_its_server_and_a_damaged_one_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let server = server_in(folder.path());
    assert!(database(&server).found.contains("will be made"));
    let store = Store::open(&server.database_url().unwrap(), StoreOptions::default()).unwrap();
    let check = database(&server);
    assert_eq!(check.verdict, Verdict::Good, "{check:?}");
    store.close();
    let damaged = tempfile::tempdir().unwrap();
    let server = server_in(damaged.path());
    std::fs::write(
        damaged.path().join("motorpool.db"),
        "no database at all, but long enough to be read",
    )
    .unwrap();
    let check = database(&server);
    assert_eq!(check.verdict, Verdict::Broken, "{check:?}");
    assert!(check.found.contains("motorpool.db"), "{check:?}");
}

#[test]
fn a_configuration_that_cannot_be_read_is_broken_and_the_machine_is_still_looked_at() {
    let flags = ConfigFlags {
        config: Some("/nowhere/motorpool.toml".into()),
        ..ConfigFlags::default()
    };
    let checks = checks::all(&flags);
    assert_eq!(checks[0].verdict, Verdict::Broken);
    assert!(checks[0].found.contains("/nowhere/motorpool.toml"), "{checks:?}");
    assert!(checks.iter().any(|check| check.name == "SQLite"));
}

#[test]
fn people_see_every_finding_and_its_way_out() {
    let text = people(&[Check::good("one", "fine"), Check::broken("two", "wrong", "mend it")]);
    for part in ["one", "fine", "BROKEN", "two", "wrong", "mend it"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_certificate_is_not_made_here_and_one_that_is_there_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-05-01T12:00:00Z".parse().unwrap();
    let mut config = Config {
        server: server_in(folder.path()),
        ..Config::default()
    };
    let check = certificate(&config, now);
    assert_eq!(check.verdict, Verdict::Good, "{check:?}");
    assert!(check.found.contains("when a listener is not on loopback"), "{check:?}");
    config.server.listen = Some("0.0.0.0:4000".parse().unwrap());
    assert!(certificate(&config, now).found.contains("at the first start"));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "nothing was made");
    config.tls.mode = crate::tls::TlsMode::InsecureNowhere;
    assert_eq!(certificate(&config, now).verdict, Verdict::Warning);
    config.tls.mode = crate::tls::TlsMode::OffLoopback;
    std::fs::write(folder.path().join("tls.pem"), "nothing").unwrap();
    assert_eq!(certificate(&config, now).verdict, Verdict::Broken);
}

#[test]
fn a_certificate_near_its_end_is_a_warning_and_past_it_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2026, 5, 15);
    let key = rcgen::KeyPair::generate().unwrap();
    let (certificate_file, key_file) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate_file, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let config = Config {
        server: server_in(folder.path()),
        tls: TlsConfig {
            certificate: Some(certificate_file),
            key: Some(key_file),
            ..TlsConfig::default()
        },
        ..Config::default()
    };
    for (now, verdict) in [
        ("2026-05-01T00:00:00Z", Verdict::Good),
        ("2026-05-01T00:00:01Z", Verdict::Warning),
        ("2026-05-15T00:00:00Z", Verdict::Warning),
        ("2026-05-15T00:00:01Z", Verdict::Broken),
    ] {
        assert_eq!(certificate(&config, now.parse().unwrap()).verdict, verdict, "{now}");
    }
}
