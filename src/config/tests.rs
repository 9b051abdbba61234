//! What the configuration promises: which layer wins, and what is said when something is wrong.

use std::io::Write as _;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn load(text: &str, pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let file = file(text);
    Config::load(Some(file.path()), variables(pairs), &Overrides::default())
}

/// The complaint about a file, with `FILE` for its name.
fn complaint(text: &str) -> String {
    let file = file(text);
    let error = Config::load(Some(file.path()), [], &Overrides::default()).unwrap_err();
    error.to_string().replace(&file.path().display().to_string(), "FILE")
}

fn complaint_about(pairs: &[(&str, &str)]) -> String {
    Config::load(None, variables(pairs), &Overrides::default())
        .unwrap_err()
        .to_string()
}

#[test]
fn nothing_configured_is_the_documented_default() {
    let config = Config::load(None, [], &Overrides::default()).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.limits.frame_bytes, 65_536);
    assert_eq!(
        config.server.database_url().unwrap().to_string(),
        "sqlite:./motorpool-data/motorpool.db"
    );
    let listen = config.server.listen_candidates();
    assert_eq!(listen[0].to_string(), "127.0.0.1:4000");
    assert_eq!(listen[1].to_string(), "127.0.0.1:4001");
    let data_listen = config.server.data_listen_candidates();
    assert_eq!(data_listen[0].to_string(), "127.0.0.1:3999");
    assert_eq!(data_listen[1].to_string(), "127.0.0.1:3998");
}

#[test]
fn every_default_is_in_its_range_and_documented() {
    let config = Config::default();
    for figure in config.limits.figures().iter().chain(&config.booking.figures()) {
        assert!(figure.is_in_range, "{}", figure.key);
        assert!(!figure.doc.is_empty(), "{}", figure.key);
    }
}

#[test]
fn flags_win_over_the_environment_and_it_over_the_file() {
    let file = file("[server]\nname = \"file\"\ndata = \"file\"\ndescription = \"file\"\n");
    let flags = Overrides {
        data: Some("flag".into()),
        ..Overrides::default()
    };
    let pairs = [
        ("MOTORPOOL_SERVER__NAME", "variable"),
        ("MOTORPOOL_SERVER__DATA", "variable"),
    ];
    let config = Config::load(Some(file.path()), variables(&pairs), &flags).unwrap();
    assert_eq!(config.server.description, "file");
    assert_eq!(config.server.name, "variable");
    assert_eq!(config.server.data, PathBuf::from("flag"));
}

#[test]
fn a_bound_can_be_set_by_the_environment() {
    let config = load(
        "",
        &[
            ("MOTORPOOL_FACE__THRESHOLD", "0.5"),
            ("MOTORPOOL_FACE__SERVER_KEY", "42"),
        ],
    )
    .unwrap();
    assert_eq!(config.face.threshold.to_string(), "0.5");
    assert_eq!(config.face.server_key.unwrap().0, "42");
    let config = load("", &[("MOTORPOOL_LIMITS__OPEN_BOOKINGS_PER_USER", "3")]).unwrap();
    assert_eq!(config.limits.open_bookings_per_user, 3);
}

#[test]
fn one_value_of_a_section_leaves_its_neighbours_alone() {
    let config = load("[limits]\nstall_ms = 200\n", &[("MOTORPOOL_LIMITS__READERS", "1")]);
    assert!(config.is_err(), "an unknown variable is refused");
    let config = load(
        "[limits]\nstall_ms = 200\n",
        &[("MOTORPOOL_LIMITS__STORE_READERS", "1")],
    )
    .unwrap();
    assert_eq!(config.limits.stall_ms, 200);
    assert_eq!(config.limits.store_readers, 1);
    assert_eq!(config.limits.frame_bytes, Limits::default().frame_bytes);
}

#[test]
fn text_may_look_like_a_number_or_a_list() {
    let pairs = [
        ("MOTORPOOL_SERVER__NAME", "42"),
        ("MOTORPOOL_SERVER__LISTEN", "[::1]:4000"),
        ("MOTORPOOL_LOG__FORMAT", "json"),
    ];
    let config = load("", &pairs).unwrap();
    assert_eq!(config.server.name, "42");
    assert_eq!(config.server.listen.unwrap().port(), 4000);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn the_log_has_figures_and_texts_in_one_section() {
    let pairs = [
        ("MOTORPOOL_LOG__RING_ENTRIES", "16"),
        ("MOTORPOOL_LOG__FILE", "42"),
        ("MOTORPOOL_LOG__LEVEL", "debug"),
    ];
    let config = load("", &pairs).unwrap();
    assert_eq!(config.log.ring().entries, 16);
    assert_eq!(config.log.file_options().unwrap().path, PathBuf::from("42"));
    assert_eq!(config.log.level, LogLevel::Debug);
    let refused = complaint_about(&[("MOTORPOOL_LOG__RING_ENTRIES", "15")]);
    assert!(refused.contains("16 to 200000"), "{refused}");
}

#[test]
fn secrets_of_our_clients_are_not_configuration() {
    let pairs = [
        ("MOTORPOOL_PASSWORD", "x"),
        ("MOTORPOOL_KEY", "x"),
        ("MOTORPOOL_NEW_PASSWORD", "x"),
        ("HOME", "/root"),
    ];
    assert_eq!(load("", &pairs).unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_named_with_its_file_and_the_known_ones() {
    let told = complaint("[limits]\nframe_bites = 1\n");
    assert!(
        told.starts_with("FILE: unknown key `limits.frame_bites`, wanted perhaps frame_bytes or "),
        "{told}"
    );
    let told = complaint("[limit]\nframe_bytes = 1\n");
    // There are more sections than a line lists.
    assert!(
        told.starts_with("FILE: unknown key `limit`, wanted perhaps limits or "),
        "{told}"
    );
}

#[test]
fn an_unknown_variable_is_named() {
    let told = complaint_about(&[("MOTORPOOL_LIMITS__FRAME_BITES", "1")]);
    assert!(
        told.starts_with("environment variable MOTORPOOL_LIMITS__FRAME_BITES: unknown key `limits.frame_bites`"),
        "{told}"
    );
}

#[test]
fn a_wrong_kind_of_value_says_what_was_got_and_what_is_wanted() {
    let cases = [
        (
            "[limits]\nframe_bytes = \"big\"\n",
            "FILE: `limits.frame_bytes` is \"big\", wanted 1024 to 16777216",
        ),
        (
            "[limits]\nframe_bytes = -1\n",
            "FILE: `limits.frame_bytes` is -1, wanted 1024 to 16777216",
        ),
        (
            "[booking]\nearly_return_refund = 1\n",
            "FILE: `booking.early_return_refund` is 1, wanted false or true",
        ),
        (
            "[server]\nguests = \"some\"\n",
            "FILE: `server.guests` is \"some\", wanted one of loopback, nobody, everybody",
        ),
        (
            "[log]\nlevel = \"loud\"\n",
            "FILE: `log.level` is \"loud\", wanted one of error, warn, info, debug, trace",
        ),
        ("limits = 3\n", "FILE: `limits` is 3, wanted a section"),
    ];
    for (text, wanted) in cases {
        assert_eq!(complaint(text), wanted);
    }
    let told = complaint("[server]\nlisten = \"nowhere\"\n");
    assert!(
        told.starts_with("FILE: `server.listen` is \"nowhere\", wanted "),
        "{told}"
    );
}

#[test]
fn a_figure_is_taken_at_its_ends_and_refused_beyond_them() {
    for (bytes, is_taken) in [(1_023, false), (1_024, true), (16_777_216, true), (16_777_217, false)] {
        let text =
            format!("[limits]\nframe_bytes = {bytes}\nhandshake_frame_bytes = 1024\noutbox_hard_bytes = 268435456\n");
        assert_eq!(load(&text, &[]).is_ok(), is_taken, "{bytes}");
    }
    let told = complaint("[limits]\nframe_bytes = 1023\n");
    assert_eq!(told, "FILE: `limits.frame_bytes` is 1023, wanted 1024 to 16777216");
}

#[test]
fn a_soft_bound_above_its_hard_one_is_refused() {
    let told = complaint("[limits]\noutbox_soft_bytes = 300000\n");
    assert_eq!(
        told,
        "FILE: `limits.outbox_soft_bytes` is 300000, wanted at most limits.outbox_hard_bytes, which is 262144"
    );
    assert!(load("[limits]\noutbox_soft_bytes = 262144\n", &[]).is_ok());
}

#[test]
fn a_listener_off_loopback_speaks_tls_unless_the_operator_says_something_dangerous() {
    let off = ["0.0.0.0", "192.0.2.1", "::", "::ffff:192.0.2.1"];
    let on = ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"];
    for (text, wanted_off, wanted_on) in [
        ("", true, false),
        ("[tls]\nmode = \"off_loopback\"\n", true, false),
        ("[tls]\nmode = \"everywhere\"\n", true, true),
        ("[tls]\nmode = \"insecure_nowhere\"\n", false, false),
    ] {
        let mode = load(text, &[]).unwrap().tls.mode;
        for (addresses, wanted) in [(off, wanted_off), (on, wanted_on)] {
            for address in addresses {
                assert_eq!(mode.is_wanted_at(address.parse().unwrap()), wanted, "{text} {address}");
            }
        }
    }
    assert!(load("[server]\nlisten = \"0.0.0.0:4000\"\n", &[]).is_ok());
    let told = complaint_about(&[("MOTORPOOL_TLS__MODE", "nowhere")]);
    assert!(told.contains("insecure_nowhere"), "{told}");
}

#[test]
fn a_certificate_without_its_key_is_refused_and_the_other_way_round() {
    for (set, missing) in [("CERTIFICATE", "tls.key"), ("KEY", "tls.certificate")] {
        let told = complaint_about(&[(&format!("MOTORPOOL_TLS__{set}"), "a.pem")]);
        assert!(told.contains(missing) && told.contains("set both"), "{told}");
    }
    let both = [("MOTORPOOL_TLS__CERTIFICATE", "1"), ("MOTORPOOL_TLS__KEY", "2")];
    assert!(load("", &both).is_ok());
}

#[test]
fn every_complaint_is_one_line() {
    let told = complaint("[limits\nframe_bytes = 1\n");
    assert!(told.starts_with("FILE is not valid TOML: "), "{told}");
    assert!(told.contains("line 1"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    let missing = Config::load(Some(Path::new("/nowhere/motorpool.toml")), [], &Overrides::default());
    let told = missing.unwrap_err().to_string();
    assert!(
        told.starts_with("cannot read the configuration /nowhere/motorpool.toml: "),
        "{told}"
    );
}

#[test]
fn guests_are_told_apart_by_where_they_are() {
    let near: std::net::IpAddr = "::ffff:127.0.0.1".parse().unwrap();
    let far: std::net::IpAddr = "192.0.2.1".parse().unwrap();
    assert!(Guests::Loopback.admits(near) && !Guests::Loopback.admits(far));
    assert!(!Guests::Nobody.admits(near) && Guests::Everybody.admits(far));
}

#[test]
fn a_database_address_nobody_can_open_is_refused_at_once() {
    let told = complaint("[server]\ndatabase = \"mysql://host/fleet\"\n");
    assert!(
        told.starts_with("FILE: `server.database`: unknown database address `mysql://"),
        "{told}"
    );
}

#[test]
fn the_example_holds_every_key_and_means_the_defaults() {
    let example = Config::example_toml();
    for (section, figure) in Config::default().figures() {
        let line = format!("#{} = {}", figure.key, figure.value);
        assert!(example.lines().any(|found| found == line), "{section}: {line}");
    }
    // With the marks taken away every key is read, and those that have a default are it.
    let plain: String = example
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| format!("{}\n", line.trim_start_matches('#')))
        .collect();
    let config = load(&plain, &[]).unwrap();
    let defaults = Config::default();
    assert_eq!(config.limits, defaults.limits);
    assert_eq!(config.booking, defaults.booking);
    let file = config.log.file.clone();
    assert_eq!(config.log, LogConfig { file, ..defaults.log });
    assert_eq!(config.server.name, defaults.server.name);
    assert_eq!(config.server.description, defaults.server.description);
    assert_eq!(config.server.data, defaults.server.data);
    assert_eq!(config.server.http, defaults.server.http);
    assert_eq!(config.server.guests, defaults.server.guests);
    assert_eq!(config.server.database_url(), defaults.server.database_url());
    assert_eq!(
        config.server.listen_candidates()[0],
        defaults.server.listen_candidates()[0]
    );
    assert_eq!(
        config.server.data_listen_candidates()[0],
        defaults.server.data_listen_candidates()[0]
    );
    // And no key of the sections of text is forgotten.
    let unknown = complaint("[server]\nx = 1\n");
    let known = unknown.split("wanted one of ").nth(1).unwrap();
    for key in known.split(", ") {
        assert!(example.contains(&format!("\n#{key} = ")), "{key}");
    }
}
