//! npm's `oidc-provider`, running on this machine: the way there, the pages of its sign-in, and the way back.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::browser::{Browser, Page, host_of};
use super::fake_people::at;
use crate::harness::{Raw, Server, until};

/// The provider; killed with its handle.
struct Provider {
    child: Child,
    issuer: String,
    lines: BufReader<std::process::ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Provider {
    /// Listens; answers nothing before it knows its client.
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/npm/oidc");
        assert!(
            folder.join("node_modules/oidc-provider").is_dir(),
            "no oidc-provider in {}: run scripts/setup.sh test",
            folder.display()
        );
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc/provider.mjs");
        std::fs::copy(script, folder.join("provider.mjs")).unwrap();
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node: run scripts/setup.sh test");
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut issuer = String::new();
        lines.read_line(&mut issuer).unwrap();
        Self {
            child,
            issuer: issuer.trim().to_owned(),
            lines,
        }
    }

    /// Tells it of its client, and who is in which groups.
    fn knows(&mut self, server: &Server) {
        let client = json!({
            "redirect": at(server, "/auth/campus/callback"),
            "backchannel": at(server, "/auth/campus/backchannel-logout"),
            "home": at(server, "/"),
        });
        writeln!(self.child.stdin.as_mut().unwrap(), "{client}").unwrap();
        let mut ready = String::new();
        self.lines.read_line(&mut ready).unwrap();
        assert_eq!(ready.trim(), "ready");
    }

    fn groups(&self, person: &str, groups: &[&str]) {
        let url = format!(
            "{}/control/groups?person={person}&groups={}",
            self.issuer,
            groups.join(",")
        );
        assert_eq!(Browser::default().get(&url).status, 204);
    }
}

fn server(provider: &Provider) -> Server {
    Server::configured(&format!(
        "[[provider]]\nname = \"campus\"\nissuer = \"{}\"\nclient_id = \"pool\"\nclient_secret = \"a secret of the tests\"\n\
         scopes = [\"openid\", \"profile\", \"email\", \"groups\", \"offline_access\"]\nroles = {{ staff = \"manager\" }}\n",
        provider.issuer
    ))
}

/// The value of a hidden field or of the action of a form.
fn field<'a>(page: &'a Page, before: &str) -> &'a str {
    let rest = page
        .body
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}: {page:?}"))
        .1;
    rest.split('"').next().unwrap()
}

/// From the begin of a sign-in through all pages of the provider to the page that leads back here.
fn to_the_provider_and_back(browser: &mut Browser, server: &Server, person: &str, query: &str) -> Page {
    let begin = at(server, &format!("/auth/campus/begin{query}"));
    let ours = host_of(&begin).to_owned();
    let mut page = browser.get(&begin);
    for _ in 0..6 {
        page = browser.follow(page, &ours);
        if page.status != 200 {
            let back = page.location();
            return browser.get(&back);
        }
        let action = field(&page, "action=\"").to_owned();
        let prompt = field(&page, "name=\"prompt\" value=\"").to_owned();
        page = browser.post(&action, &[("prompt", &prompt), ("login", person), ("password", "any")]);
    }
    panic!("no end of pages: {page:?}")
}

#[test]
fn a_real_provider_lets_somebody_in_renews_their_groups_and_signs_them_out() {
    let mut provider = Provider::start();
    let server = server(&provider);
    provider.knows(&server);
    provider.groups("grace", &["staff"]);
    let mut browser = Browser::default();
    let back = to_the_provider_and_back(&mut browser, &server, "grace", "?next=/map");
    assert_eq!((back.status, back.header("location")), (303, Some("/map")), "{back:?}");
    let me = browser.get(&at(&server, "/api/v1/me/profile")).json();
    assert_eq!(
        (&me["user"], &me["email"]),
        (&json!("grace"), &json!("grace@example.org"))
    );
    assert_eq!(
        browser.get(&at(&server, "/api/v1/users")).status,
        200,
        "staff are managers here"
    );
    // The same browser again: the provider knows it, and asks for nothing but consent.
    let token = to_the_provider_and_back(&mut browser, &server, "grace", "?answer=token");
    let token = token.json()["token"].as_str().unwrap().to_owned();
    let mut socket = Raw::resume(server.address(), &token);
    socket.call("s.users", json!({})).unwrap();
    provider.groups("grace", &[]);
    until("the end of the role", || {
        let refused = socket.call("s.users", json!({})).err();
        refused.is_some_and(|refused| refused.code == "forbidden").then_some(())
    });
    // Out here, and at the provider; which tells that the other session is over too.
    let out = browser.post(&at(&server, "/auth/signout"), &[]);
    assert_eq!(browser.get(&at(&server, "/api/v1/me/profile")).status, 401);
    let asks = browser.get(&out.location());
    assert_eq!(asks.status, 200, "{asks:?}");
    let action = field(&asks, "action=\"").to_owned();
    let xsrf = field(&asks, "name=\"xsrf\" value=\"").to_owned();
    let gone = browser.post(&action, &[("xsrf", &xsrf), ("logout", "yes")]);
    assert_eq!((gone.status, gone.location()), (303, at(&server, "/")), "{gone:?}");
    assert_eq!(socket.answer().unwrap()["bye"]["reason"], "signed_out");
    let again = Raw::hello(server.address(), json!({"login": {"resume": token}}));
    assert_eq!(again.err().unwrap().code, "bad_login");
    browser.forget(host_of(&provider.issuer));
}
