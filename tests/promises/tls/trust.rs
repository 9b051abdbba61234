//! Whom our clients believe: what they were given, what they kept, an authority, and never anything else.

use super::{call, figure, fingerprint, motorpool, secured};
use crate::harness::until;

#[test]
fn our_clients_keep_the_first_certificate_and_refuse_another() {
    let mut server = secured();
    let state = tempfile::tempdir().unwrap();
    let shown = fingerprint(&server);
    let out = std::fs::read_to_string(server.folder().join("out.txt")).unwrap();
    assert!(out.contains(&shown), "the banner has it: {out}");
    let (code, said) = call(&server, state.path(), &["--tls"]);
    assert!(code == 0 && said.contains(&shown), "the first time is told: {said}");
    let (code, said) = call(&server, state.path(), &["--tls"]);
    assert!(code == 0 && !said.contains(&shown), "{said}");
    let wrong = "ab".repeat(32);
    let (code, said) = call(&server, state.path(), &["--tls", "--fingerprint", &wrong]);
    assert!(
        code == 1 && said.contains(&wrong) && said.contains(&shown),
        "{code} {said}"
    );
    // Restarted it has the same one.
    server.restart();
    assert_eq!(fingerprint(&server), shown);
}

#[test]
fn a_changed_certificate_is_refused_loudly_until_it_is_accepted() {
    let server = secured();
    let other = secured();
    let state = tempfile::tempdir().unwrap();
    assert_eq!(call(&server, state.path(), &["--tls"]).0, 0);
    let old = fingerprint(&server);
    std::fs::copy(other.folder().join("tls.pem"), server.folder().join("tls.pem")).unwrap();
    server.hang_up();
    let new = fingerprint(&server);
    let said = until("the new certificate", || {
        let (code, said) = call(&server, state.path(), &["--tls"]);
        (code == 1).then_some(said)
    });
    assert!(said.contains("HAS CHANGED") && said.contains(&old), "{said}");
    assert!(said.contains(&format!("--fingerprint {new}")), "{said}");
    assert_eq!(call(&server, state.path(), &["--tls", "--fingerprint", &new]).0, 0);
    assert_eq!(call(&server, state.path(), &["--tls"]).0, 0);
}

#[test]
fn a_certificate_that_an_authority_vouches_for_is_believed() {
    let server = secured();
    let state = tempfile::tempdir().unwrap();
    let certificate = server.folder().join("tls.pem");
    let (code, said) = call(&server, state.path(), &["--tls", "--ca", certificate.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    let other = secured();
    let certificate = other.folder().join("tls.pem");
    let (code, said) = call(&server, state.path(), &["--tls", "--ca", certificate.to_str().unwrap()]);
    assert!(code == 1 && said.contains("not vouched for"), "{code} {said}");
}

#[test]
fn a_car_believes_nobody_by_itself() {
    let server = secured();
    let state = tempfile::tempdir().unwrap();
    let car = |flags: &[&str]| {
        let mut command = motorpool();
        command
            .args(["car", &server.address().to_string(), "--tls", "--state-dir"])
            .arg(state.path())
            .args(["--key", server.key("amber")])
            .args(flags)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null());
        command.spawn().unwrap()
    };
    let online = || figure(&server, "motorpool_cars_online", &[]) == 1.0;
    let mut unsure = car(&[]);
    let out = unsure.stdout.take().unwrap();
    let line = std::io::BufRead::lines(std::io::BufReader::new(out))
        .map(Result::unwrap)
        .find(|line| line.contains("--fingerprint"));
    let said = line.unwrap();
    assert!(said.contains("not known here"), "{said}");
    assert!(!online());
    unsure.kill().unwrap();
    unsure.wait().unwrap();
    // Given once it is kept.
    let shown = fingerprint(&server);
    for flags in [&["--fingerprint", &shown][..], &[]] {
        let mut sure = car(flags);
        until("the car to be online", || online().then_some(()));
        sure.kill().unwrap();
        sure.wait().unwrap();
        until("the car to be gone", || (!online()).then_some(()));
    }
}
