//! A provider, and browsers, that lie: each lie has its typed answer, and lets nobody in.

use serde_json::{Value, json};

use super::browser::{Browser, Page, host_of};
use super::fake::{Fake, Play, Says, Signer};
use super::fake_people::at;
use super::hostile_rows::{Row, brings};
use super::rows_of_answers::{browsers, tokens};
use super::rows_of_tokens::{identities, signatures};
use crate::harness::{Raw, Server};

/// Names of the provider whose description or keys are not as they should be, and the word that refuses each.
const DESCRIPTIONS: [(&str, &str); 6] = [
    ("d-issuer", "discovery"),
    ("d-plain", "discovery"),
    ("d-huge", "too_large"),
    ("d-slow", "too_slow"),
    ("d-text", "not_json"),
    ("d-twice", "not_json"),
];
const KEYS: [(&str, u16, &str); 5] = [
    ("k-huge", 503, "too_large"),
    ("k-none", 401, "signature"),
    ("k-slow", 503, "too_slow"),
    ("k-kind", 401, "signature"),
    ("k-text", 503, "not_json"),
];

/// What a sign-in was begun with.
pub(super) struct Asked {
    pub(super) state: String,
    pub(super) nonce: String,
    /// The cookie of the ticket, name and value.
    pub(super) cookie: String,
    /// That of another sign-in of the same browser.
    pub(super) other_cookie: String,
}

fn begin(server: &Server, name: &str) -> Asked {
    let ask = || {
        let mut browser = Browser::default();
        let page = browser.get(&at(server, &format!("/auth/{name}/begin")));
        assert_eq!(page.status, 302, "{name}: {page:?}");
        let cookie = browser.cookies_of(host_of(&page.url));
        (page.asked("state"), page.asked("nonce"), cookie)
    };
    let (_, _, other_cookie) = ask();
    let (state, nonce, cookie) = ask();
    Asked {
        state,
        nonce,
        cookie,
        other_cookie,
    }
}

fn comes_back(server: &Server, name: &str, (query, cookie): (String, String)) -> Page {
    let cookie = if cookie.is_empty() {
        cookie
    } else {
        format!("Cookie: {cookie}\r\n")
    };
    Browser::default().ask(
        "GET",
        &at(server, &format!("/auth/{name}/callback?{query}")),
        &cookie,
        None,
    )
}

fn server(fake: &Fake) -> Server {
    let names = ["main"]
        .into_iter()
        .chain(DESCRIPTIONS.map(|row| row.0))
        .chain(KEYS.map(|row| row.0));
    let text: String = names
        .map(|name| {
            let issuer = fake.issuer(name);
            format!("[[provider]]\nname = \"{name}\"\nissuer = \"{issuer}\"\nclient_id = \"pool\"\ntimeout_ms = 1000\n")
        })
        .collect();
    Server::configured(&text)
}

/// Everything is as it should be for the person with the subject 7.
fn all_right(fake: &Fake, name: &str, nonce: &str) -> Play {
    let mut play = fake.honest(name);
    play.token = Says::Json(Fake::granted(&fake.signer.token(&fake.claims(name, "7", nonce))));
    play.person = Says::Json(json!({"sub": "7", "preferred_username": "grace"}));
    play
}

fn refused(row: &str, page: &Page, (status, reason): (u16, &str)) {
    assert_eq!(
        (page.status, page.reason().as_str()),
        (status, reason),
        "{row}: {page:?}"
    );
    assert_eq!(page.header("content-type"), Some("application/problem+json"), "{row}");
    assert!(
        !page.body.contains("script"),
        "{row}: nothing that others said is repeated: {page:?}"
    );
    assert!(page.header("set-cookie").is_none(), "{row}: {page:?}");
}

#[test]
fn every_lie_of_a_browser_or_a_provider_has_its_answer_and_lets_nobody_in() {
    let fake = Fake::start();
    let server = server(&fake);
    let rows: Vec<Row> = [browsers(), tokens(), signatures(), identities()]
        .into_iter()
        .flatten()
        .collect();
    assert!(rows.len() >= 40, "{}", rows.len());
    for row in &rows {
        fake.play("main", fake.honest("main"));
        let asked = begin(&server, "main");
        let mut play = all_right(&fake, "main", &asked.nonce);
        (row.play)(&fake, &asked, &mut play);
        fake.play("main", play);
        let page = comes_back(&server, "main", (row.call)(&asked));
        refused(row.name, &page, row.wanted);
    }
    assert!(
        fake.asked("/main/keys") <= 2,
        "a name that nobody knows is not looked for again and again"
    );
    // The same way, told truly, leads in; and once only.
    fake.play("main", fake.honest("main"));
    let asked = begin(&server, "main");
    fake.play("main", all_right(&fake, "main", &asked.nonce));
    assert_eq!(comes_back(&server, "main", brings(&asked)).status, 303);
    refused(
        "the same answer again",
        &comes_back(&server, "main", brings(&asked)),
        (401, "replayed"),
    );
    let people = server.as_user("ada").call("s.users", json!({})).unwrap();
    let came = people
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["user"].as_str().unwrap().starts_with("grace"));
    assert_eq!(came.count(), 1, "nobody else got an account by it");
    // Failures from one address are bounded.
    fake.play("main", fake.honest("main"));
    let asked = begin(&server, "main");
    let last = (0..100)
        .map(|_| comes_back(&server, "main", ("code=c".to_owned(), asked.cookie.clone())))
        .last()
        .unwrap();
    assert_eq!(
        (last.status, last.json()["code"].as_str()),
        (429, Some("rate_limited")),
        "{last:?}"
    );
}

fn describe(fake: &Fake, name: &str) -> Says {
    let Says::Json(told) = fake.honest(name).discovery else {
        unreachable!()
    };
    let changed = |key: &str, value: &str| {
        let mut told = told.clone();
        told[key] = json!(value);
        Says::Json(told)
    };
    match name {
        "d-issuer" => changed("issuer", &fake.issuer("main")),
        "d-plain" => changed("token_endpoint", "http://id.example/token"),
        "d-huge" => Says::text(&"x".repeat(300_000)),
        "d-slow" => Says::Nothing,
        "d-text" => Says::text("hello"),
        _ => Says::text(
            &told
                .to_string()
                .replacen('{', "{\"issuer\":\"https://evil.example\",", 1),
        ),
    }
}

fn keys(name: &str) -> Says {
    match name {
        "k-huge" => Says::text(&"x".repeat(300_000)),
        "k-none" => Says::Json(json!({"keys": []})),
        "k-slow" => Says::Nothing,
        "k-kind" => Says::Json(json!({"keys": [{"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}]})),
        _ => Says::text("hello"),
    }
}

#[test]
fn a_provider_that_describes_itself_wrongly_is_not_believed() {
    let fake = Fake::start();
    let server = server(&fake);
    for (name, reason) in DESCRIPTIONS {
        let mut play = fake.honest(name);
        play.discovery = describe(&fake, name);
        fake.play(name, play);
        let page = Browser::default().get(&at(&server, &format!("/auth/{name}/begin")));
        refused(name, &page, (503, reason));
    }
    for (name, status, reason) in KEYS {
        fake.play(name, fake.honest(name));
        let asked = begin(&server, name);
        let mut play = all_right(&fake, name, &asked.nonce);
        play.keys = keys(name);
        fake.play(name, play);
        refused(name, &comes_back(&server, name, brings(&asked)), (status, reason));
    }
    let nobody = Browser::default().get(&at(&server, "/auth/nobody/begin"));
    refused("no such provider", &nobody, (404, "unknown_provider"));
    fake.play("main", fake.honest("main"));
    for next in [
        "//evil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "map",
        "%2Fa%0D%0AX%3A+y",
    ] {
        let page = Browser::default().get(&at(&server, &format!("/auth/main/begin?next={next}")));
        refused(next, &page, (422, "bad_next"));
    }
    let other = Browser::default().get(&at(&server, "/auth/main/begin?answer=all"));
    assert_eq!(other.status, 422);
}

#[test]
fn only_a_true_sign_out_of_the_provider_ends_sessions_and_each_is_heard_once() {
    let fake = Fake::start();
    let server = server(&fake);
    let sign_in = |sid: &str| {
        fake.play("main", fake.honest("main"));
        let mut browser = Browser::default();
        let begun = browser.get(&at(&server, "/auth/main/begin?answer=token"));
        let mut claims = fake.claims("main", "7", &begun.asked("nonce"));
        claims["sid"] = json!(sid);
        let mut play = all_right(&fake, "main", "");
        play.token = Says::Json(Fake::granted(&fake.signer.token(&claims)));
        fake.play("main", play);
        let page = browser.get(&at(
            &server,
            &format!("/auth/main/callback?code=c&state={}", begun.asked("state")),
        ));
        Raw::resume(server.address(), page.json()["token"].as_str().unwrap())
    };
    let (mut one, mut two, mut three) = (sign_in("s-1"), sign_in("s-2"), sign_in("s-2"));
    let out = |id: &str, changes: Value| {
        let mut claims = fake.claims("main", "7", "");
        claims.as_object_mut().unwrap().remove("nonce");
        claims["jti"] = json!(id);
        claims["events"] = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        for (name, claim) in changes.as_object().unwrap() {
            if claim.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = claim.clone();
            }
        }
        claims
    };
    let url = at(&server, "/auth/main/backchannel-logout");
    let mut browser = Browser::default();
    let mut says = |token: &str| browser.post(&url, &[("logout_token", token)]);
    for (name, changes, reason) in [
        ("with a nonce", json!({"nonce": "n"}), "claim_nonce"),
        ("no event", json!({"events": null}), "claim_events"),
        ("another event", json!({"events": {"x": {}}}), "claim_events"),
        ("for another", json!({"aud": "other"}), "claim_aud"),
        ("of another", json!({"iss": "https://evil.example"}), "claim_iss"),
        ("of nobody", json!({"sub": null}), "claim_sub"),
        ("old", json!({"iat": 1}), "claim_iat"),
        ("over", json!({"exp": 1}), "claim_exp"),
        ("without a number", json!({"jti": null}), "claim_jti"),
    ] {
        refused(name, &says(&fake.signer.token(&out("a", changes))), (400, reason));
    }
    refused(
        "another key",
        &says(&Signer::new("k1").token(&out("a", json!({})))),
        (400, "signature"),
    );
    let identity = fake.signer.token(&fake.claims("main", "7", "n"));
    refused("an identity is no sign-out", &says(&identity), (400, "claim_events"));
    refused("nothing", &browser.post(&url, &[]), (400, "no_token"));
    assert!(one.is_alive() && two.is_alive() && three.is_alive());
    let of_session = fake.signer.token(&out("b", json!({"sid": "s-1"})));
    let mut says = |token: &str| browser.post(&url, &[("logout_token", token)]);
    assert_eq!(says(&of_session).status, 200);
    assert_eq!(one.answer().unwrap()["bye"]["reason"], "signed_out");
    assert!(two.is_alive());
    refused("the same again", &says(&of_session), (400, "logout_replayed"));
    assert_eq!(says(&fake.signer.token(&out("c", json!({})))).status, 200);
    for raw in [&mut two, &mut three] {
        assert_eq!(raw.answer().unwrap()["bye"]["reason"], "signed_out");
    }
}

#[test]
fn a_provider_without_signatures_is_asked_who_somebody_is() {
    let fake = Fake::start();
    let (issuer, other) = (fake.issuer("fenix"), fake.issuer("other"));
    let server = Server::configured(&format!(
        "[[provider]]\nname = \"fenix\"\nkind = \"fenix\"\nclient_id = \"pool\"\nclient_secret = \"s\"\n\
         authorise = \"{issuer}/userdialog\"\ntoken = \"{issuer}/token\"\nperson = \"{issuer}/person\"\n\
         roles = {{ TEACHER = \"engineer\" }}\n\
         [[provider]]\nname = \"other\"\nkind = \"oauth2\"\nclient_id = \"pool\"\nsubject_claim = \"id\"\nusername_claim = \"login\"\n\
         authorise = \"{other}/go\"\ntoken = \"{other}/token\"\nperson = \"{other}/person\"\n"
    ));
    let come = |name: &str, token: Value, person: Value| {
        let mut browser = Browser::default();
        let begun = browser.get(&at(&server, &format!("/auth/{name}/begin?answer=token")));
        assert!(begun.location().contains("code_challenge_method=S256"), "{begun:?}");
        let mut play = fake.honest(name);
        (play.token, play.person) = (Says::Json(token), Says::Json(person));
        fake.play(name, play);
        browser.get(&at(
            &server,
            &format!("/auth/{name}/callback?code=c&state={}", begun.asked("state")),
        ))
    };
    // Fenix names no type of its token, and says its life as text.
    let person = json!({"username": "ist112233", "name": "Ana Maria Silva", "email": "ana@tecnico.example",
                        "roles": [{"type": "STUDENT"}, {"type": "TEACHER"}]});
    let page = come("fenix", json!({"access_token": "a", "expires_in": "3600"}), person);
    assert_eq!(page.json()["user"], "ist112233", "{page:?}");
    assert_eq!(page.json()["permissions"], json!(["user", "customer", "engineer"]));
    let asked = fake.last_asked("/fenix/token");
    assert!(asked.contains("client_id=pool&client_secret=s"), "{asked}");
    assert!(
        fake.last_asked("/fenix/person")
            .to_lowercase()
            .contains("authorization: bearer a")
    );
    let bearer = || json!({"access_token": "a", "token_type": "bearer"});
    let page = come("other", bearer(), json!({"id": 42, "login": "octo"}));
    assert_eq!(page.json()["user"], "octo", "{page:?}");
    refused(
        "no type",
        &come("other", json!({"access_token": "a"}), json!({"id": 42})),
        (503, "token_type"),
    );
    refused(
        "nobody",
        &come("other", bearer(), json!({"login": "octo"})),
        (401, "claim_sub"),
    );
}
