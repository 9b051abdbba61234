//! Certificates given by file, and the one that the server makes.

use super::{EVERYWHERE, call, secured};
use crate::harness::{Server, refused_start, serve_command};

/// A folder with two pairs of certificate and key.
fn pairs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_pem();
        std::fs::write(folder.path().join(format!("{name}.key")), key).unwrap();
    }
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2024, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let expired = params.self_signed(&key).unwrap();
    std::fs::write(folder.path().join("old.pem"), expired.pem()).unwrap();
    std::fs::write(folder.path().join("old.key"), key.serialize_pem()).unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    folder
}

#[test]
fn files_that_cannot_be_used_are_refused_in_one_line_that_names_them() {
    let folder = pairs();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (certificate, key, wanted, named) in [
        ("gone.pem", "one.key", "cannot read the certificate", "gone.pem"),
        ("one.pem", "gone.key", "cannot read the key", "gone.key"),
        ("empty", "one.key", "holds no certificate", "empty"),
        ("one.key", "one.key", "holds no certificate", "one.key"),
        ("one.pem", "one.pem", "holds no key", "one.pem"),
        ("one.pem", "two.key", "does not fit", "two.key"),
        ("old.pem", "old.key", "ended at 2024-01-01", "old.pem"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let variables = [
            ("MOTORPOOL_TLS__CERTIFICATE".to_owned(), path(certificate)),
            ("MOTORPOOL_TLS__KEY".to_owned(), path(key)),
        ];
        let (code, said) = refused_start(&mut serve_command(data.path(), &variables));
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(wanted) && said.contains(&path(named)), "{said}");
        assert!(!said.contains("PRIVATE"), "{said}");
    }
}

#[test]
fn a_given_certificate_is_served() {
    let folder = pairs();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let server = Server::with(&[
        EVERYWHERE,
        ("MOTORPOOL_TLS__CERTIFICATE", &file("one.pem")),
        ("MOTORPOOL_TLS__KEY", &file("one.key")),
    ]);
    assert!(!server.folder().join("tls.pem").exists(), "none was made");
    let out = std::fs::read_to_string(server.folder().join("out.txt")).unwrap();
    let line = out.lines().find(|line| line.contains("sha256")).unwrap();
    let shown = line.rsplit(' ').next().unwrap();
    let (code, said) = call(&server, &server.folder(), &["--tls", "--fingerprint", shown]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn the_made_key_is_for_its_owner_only_and_loopback_alone_makes_none() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = secured();
    let mode = std::fs::metadata(server.folder().join("tls.pem"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let plain = Server::start();
    assert!(!plain.folder().join("tls.pem").exists());
}
