//! The first look, signing in and out, the first run.

use serde_json::json;

use super::browser::Browser;
use crate::harness::{PASSWORD, Rest, Server, spawn};

/// Bytes of the first look over the wire, in all.
const FIRST_LOOK_BYTES_MAX: f64 = 100_000.0;
/// How far things may jump, as browsers count it; up to 0.1 is called good.
const JUMPED_MAX: f64 = 0.02;

#[test]
fn the_first_look_is_small_stands_still_and_runs_nothing_that_stands_in_the_page() {
    let server = Server::start();
    let browser = Browser::start();
    let tab = browser.person();
    tab.open(&format!("http://{}/", server.http()));
    tab.shows("Sign in");
    let bytes = tab.now("performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).reduce((sum, one) => sum + one.transferSize, 0)");
    let bytes = bytes.as_f64().unwrap();
    println!("the first look: {bytes} bytes");
    assert!(bytes > 5_000.0 && bytes < FIRST_LOOK_BYTES_MAX, "{bytes} bytes");
    let jumped = tab.now("globalThis.jumped").as_f64().unwrap();
    assert!(jumped <= JUMPED_MAX, "{jumped}");
    let foreign =
        "performance.getEntriesByType('resource').filter((one) => new URL(one.name).origin !== location.origin).length";
    assert_eq!(tab.now(foreign), json!(0));
    tab.is_well();
    // A script that stands in the page is not run.
    tab.now("(document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = true' })), null)");
    assert_eq!(tab.now("globalThis.ran ?? false"), json!(false));
}

#[test]
fn a_wrong_password_is_told_and_the_right_one_opens_until_one_signs_out() {
    let server = Server::start();
    let browser = Browser::start();
    let tab = browser.person();
    tab.open(&format!("http://{}/", server.http()));
    tab.fill("User name", "anna");
    tab.fill("Password", "wrong horse");
    tab.press("Sign in");
    tab.shows("This is not right.");
    tab.fill("Password", PASSWORD);
    tab.press("Sign in");
    tab.until("document.querySelector('.frame')");
    // No script sees the cookie; a reload finds the session again.
    assert_eq!(tab.now("document.cookie"), json!(""));
    tab.open(&format!("http://{}/", server.http()));
    tab.until("document.querySelector('.frame')");
    tab.press("Sign out");
    tab.until("field('Password')");
    tab.open(&format!("http://{}/", server.http()));
    tab.until("field('Password')");
}

#[test]
fn the_page_goes_out_with_its_policy_and_a_tag_and_as_gzip_to_who_takes_it() {
    let server = Server::start();
    let mut rest = Rest::guest(server.http());
    let first = rest.get("/");
    assert_eq!(first.status, 200);
    let policy = first.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.contains("script-src 'self';") && policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    // Also where nothing is new: a browser takes the policy of the newest answer.
    for path in ["/", "/docs"] {
        let first = rest.get(path);
        let tag = format!("If-None-Match: {}\r\n", first.header("etag").unwrap());
        let again = rest.ask("GET", path, &tag, None);
        assert_eq!(again.status, 304);
        assert_eq!(
            again.header("content-security-policy"),
            first.header("content-security-policy"),
            "{path}"
        );
    }
    assert!(!first.body.contains("<script>") && first.header("content-encoding").is_none());
    for outside in [
        "/page/../Cargo.toml",
        "/page/",
        "/page/%2e%2e/Cargo.toml",
        "/page/app/nothing.js",
        "/page//etc/passwd",
    ] {
        assert_eq!(rest.get(outside).status, 404, "{outside}");
    }
    assert_eq!(rest.post("/", &json!({})).status, 405);
}

/// A server that nobody has an account on yet.
struct Bare {
    child: std::process::Child,
    folder: tempfile::TempDir,
    ready: serde_json::Value,
}

impl Bare {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, ready) = spawn(folder.path(), &[]);
        Self { child, folder, ready }
    }

    fn admin_key(&self) -> String {
        let said = std::fs::read_to_string(self.folder.path().join("out.txt")).unwrap();
        let at = said.find("mp_admin_").unwrap();
        said[at..].split_whitespace().next().unwrap().to_owned()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn the_first_run_leads_from_the_admin_key_to_the_first_admin_car_and_rider() {
    let server = Bare::start();
    let browser = Browser::start();
    let tab = browser.person();
    tab.open(&format!("http://{}/", server.ready["http"].as_str().unwrap()));
    tab.shows("The admin key");
    tab.fill("Admin key", "mp_admin_guessed");
    tab.press("Next");
    tab.until("document.querySelector('.note.bad')");
    tab.fill("Admin key", &server.admin_key());
    tab.press("Next");
    tab.shows("The first admin");
    for (label, text) in [
        ("User name", "rosa"),
        ("Password", "rosa runs it all"),
        ("Given name", "Rosa"),
        ("Family name", "Oot"),
        ("Mail address", "rosa@example.org"),
    ] {
        tab.fill(label, text);
    }
    tab.press("Next");
    tab.shows("The first car");
    for (label, text) in [
        ("Name", "amsel"),
        ("Plate", "FR-MP 1"),
        ("Latitude", "47.99"),
        ("Longitude", "7.84"),
    ] {
        tab.fill(label, text);
    }
    tab.press("Next");
    tab.shows("The first rider");
    tab.press("Later");
    // Signed in as the admin, and the car is there.
    tab.until("document.querySelector('.frame')");
    tab.go("#/fleet");
    tab.shows("amsel");
    tab.is_well();
    // Whoever comes now is asked to sign in.
    let other = browser.person();
    other.open(&format!("http://{}/", server.ready["http"].as_str().unwrap()));
    other.until("field('Password') && !field('Admin key')");
}
