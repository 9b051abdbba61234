//! People of a provider that can be told what to say: accounts, roles, renewal, sign-out by the provider.

use serde_json::{Value, json};

use super::browser::{Browser, Page, host_of};
use super::fake::{Fake, Says};
use crate::harness::{PASSWORD, Raw, Rest, Server, until};

/// A server that knows one provider, `campus`, and roles by its groups.
pub(crate) fn server(fake: &Fake, more: &str) -> Server {
    let issuer = fake.issuer("campus");
    Server::configured(&format!(
        "[[provider]]\nname = \"campus\"\nissuer = \"{issuer}\"\nclient_id = \"pool\"\nclient_secret = \"s3cret & more\"\n\
         roles = {{ staff = \"manager\", boss = \"admin\" }}\ntimeout_ms = 2000\n{more}\n"
    ))
}

pub(crate) fn at(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.http())
}

/// Somebody as the provider tells of them.
pub(crate) fn tells(fake: &Fake, subject: &str, nonce: &str, refresh: bool, person: Value) {
    let mut play = fake.honest("campus");
    let mut granted = Fake::granted(&fake.signer.token(&fake.claims("campus", subject, nonce)));
    if refresh {
        granted["refresh_token"] = json!("r-1");
        granted["expires_in"] = json!(1);
    }
    let mut told = person;
    told["sub"] = json!(subject);
    play.token = Says::Json(granted);
    play.person = Says::Json(told);
    fake.play("campus", play);
}

/// Signs in; gives what the callback answered.
pub(crate) fn sign_in(
    browser: &mut Browser,
    server: &Server,
    fake: &Fake,
    subject: &str,
    (refresh, query): (bool, &str),
    person: Value,
) -> Page {
    fake.play("campus", fake.honest("campus"));
    let begun = browser.get(&at(server, &format!("/auth/campus/begin{query}")));
    assert_eq!(begun.status, 302, "{begun:?}");
    tells(fake, subject, &begun.asked("nonce"), refresh, person);
    browser.get(&at(
        server,
        &format!("/auth/campus/callback?code=c&state={}", begun.asked("state")),
    ))
}

/// Signs in and gives the token.
pub(crate) fn token_of(server: &Server, fake: &Fake, subject: &str, refresh: bool, person: Value) -> String {
    let page = sign_in(
        &mut Browser::default(),
        server,
        fake,
        subject,
        (refresh, "?answer=token"),
        person,
    );
    assert_eq!(page.status, 200, "{page:?}");
    page.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn somebody_comes_by_a_provider_and_is_led_where_they_wanted() {
    let fake = Fake::start();
    let server = server(&fake, "");
    let mut browser = Browser::default();
    let ways = browser.get(&at(&server, "/auth")).json();
    assert_eq!(
        ways,
        json!({"providers": [{"name": "campus", "begin": "/auth/campus/begin"}], "signup": "closed"})
    );
    let person = json!({"preferred_username": "grace", "name": "Grace Hopper", "email": "grace@example.org"});
    let back = sign_in(&mut browser, &server, &fake, "7", (false, "?next=/map%3Fa=b"), person);
    assert_eq!(
        (back.status, back.header("location")),
        (303, Some("/map?a=b")),
        "{back:?}"
    );
    let asked = fake.last_asked("/token");
    for wanted in [
        "authorization: Basic cG9vbDpzM2NyZXQrJTI2K21vcmU=",
        "grant_type=authorization_code",
        "code=c&",
        "code_verifier=",
        "redirect_uri=http%3A%2F%2F127.0.0.1",
    ] {
        assert!(
            asked.to_lowercase().contains(&wanted.to_lowercase()),
            "{wanted}: {asked}"
        );
    }
    let cookies: Vec<&str> = back
        .head
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, text)| text.as_str())
        .collect();
    let session = cookies.iter().find(|text| text.starts_with("mp_session=")).unwrap();
    assert!(
        session.contains("HttpOnly") && session.contains("SameSite=Lax"),
        "{session}"
    );
    let me = browser.get(&at(&server, "/api/v1/me/profile")).json();
    assert_eq!(
        (&me["user"], &me["first_name"], &me["last_name"], &me["role"]),
        (&json!("grace"), &json!("Grace"), &json!("Hopper"), &json!("customer"))
    );
    assert_eq!(
        (&me["has_password"], &me["providers"]),
        (&json!(false), &json!(["campus"]))
    );
    let listed = browser.get(&at(&server, "/api/v1/me/sessions")).json();
    assert_eq!(listed[0]["how"], "provider:campus");
    // A cookie of this kind changes nothing for another page neither.
    let foreign = browser.ask(
        "DELETE",
        &at(&server, "/api/v1/me/sessions"),
        "Origin: http://evil.example\r\n",
        None,
    );
    assert_eq!(foreign.status, 403);
    // Signing out ends the session here, and says where it ends at the provider.
    let out = browser.post(&at(&server, "/auth/signout"), &[]);
    assert_eq!(out.status, 303, "{out:?}");
    let to = out.location();
    assert!(
        to.starts_with(&format!("{}/end?", fake.issuer("campus"))) && to.contains("id_token_hint="),
        "{to}"
    );
    assert_eq!(browser.get(&at(&server, "/api/v1/me/profile")).status, 401);
}

#[test]
fn the_same_person_is_known_by_subject_and_nobody_takes_an_account_by_its_name() {
    let fake = Fake::start();
    let server = server(&fake, "");
    let person = || json!({"preferred_username": "ada", "email": "ada@example.org", "email_verified": true});
    let name = |subject: &str| {
        let token = token_of(&server, &fake, subject, false, person());
        let me = Rest::bearer(server.http(), &token).get("/api/v1/me/profile").json();
        (
            me["user"].as_str().unwrap().to_owned(),
            me["user_id"].as_i64().unwrap(),
            me["role"].clone(),
        )
    };
    let first = name("7");
    assert_eq!((first.0.as_str(), &first.2), ("ada.2", &json!("customer")));
    assert_eq!(name("7"), first, "the same subject is the same person");
    assert_eq!(name("8").0, "ada.3");
    assert_eq!(name("9").0, "ada.4");
    let mut ada = server.as_user("ada");
    assert_eq!(ada.call("s.profile", json!({})).unwrap()["has_password"], true);
}

#[test]
fn an_account_is_given_by_a_verified_address_only_and_loses_its_password_then() {
    let fake = Fake::start();
    let server = server(&fake, "link = \"verified_email\"");
    let user = |subject: &str, email: &str, is_verified: Value| {
        let person = json!({"preferred_username": "x-man", "email": email, "email_verified": is_verified});
        let token = token_of(&server, &fake, subject, false, person);
        Rest::bearer(server.http(), &token).get("/api/v1/me/profile").json()["user"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(user("1", "anna@example.org", json!(false)), "anna", "unverified");
    assert_ne!(user("2", "anna@example.org", Value::Null), "anna", "nothing said");
    assert_ne!(
        user("3", "mona@example.org", json!(true)),
        "mona",
        "nobody with rights over others"
    );
    assert_ne!(user("4", "ada@example.org", json!(true)), "ada");
    let bert = server.as_user("bert");
    let mut watched = Raw::resume(server.address(), bert.token());
    assert_eq!(user("5", "BERT@example.org", json!(true)), "bert");
    assert_eq!(
        watched.answer().unwrap()["bye"]["reason"],
        "signed_out",
        "the sessions from before end"
    );
    let login = json!({"login": {"password": {"username": "bert", "password": PASSWORD}}});
    assert_eq!(Raw::hello(server.address(), login).err().unwrap().code, "bad_login");
    assert_ne!(
        user("6", "bert@example.org", json!(true)),
        "bert",
        "it is somebody's now"
    );
}

#[test]
fn roles_follow_the_groups_of_the_provider_on_open_sockets_too() {
    let fake = Fake::start();
    let server = server(&fake, "");
    let person = |groups: Value| json!({"preferred_username": "grace", "groups": groups});
    let token = token_of(&server, &fake, "7", true, person(json!(["staff", "other"])));
    let mut grace = Raw::resume(server.address(), &token);
    grace.call("s.users", json!({})).unwrap();
    assert_eq!(grace.code_of("s.getadminkey", json!([])), "forbidden");
    // At the renewal the group is gone; the token of identity of a renewal has no nonce.
    let mut play = fake.honest("campus");
    play.token =
        Says::Json(json!({"access_token": "b", "token_type": "bearer", "expires_in": 300, "refresh_token": "r-2"}));
    play.person = Says::Json(json!({"sub": "7", "groups": []}));
    fake.play("campus", play);
    until("the end of the role", || {
        let refused = grace.call("s.users", json!({})).err();
        refused.is_some_and(|refused| refused.code == "forbidden").then_some(())
    });
    assert!(
        fake.last_asked("/token")
            .contains("grant_type=refresh_token&refresh_token=r-1")
    );
    assert!(grace.is_alive(), "the person stays");
}

#[test]
fn a_session_ends_when_the_provider_knows_the_sign_in_no_more() {
    let fake = Fake::start();
    let server = server(&fake, "");
    let token = token_of(&server, &fake, "7", true, json!({"preferred_username": "grace"}));
    let mut grace = Raw::resume(server.address(), &token);
    let mut play = fake.honest("campus");
    play.token = Says::Raw(400, "", json!({"error": "invalid_grant"}).to_string());
    fake.play("campus", play);
    assert_eq!(grace.answer().unwrap()["bye"]["reason"], "signed_out");
    let again = Raw::hello(server.address(), json!({"login": {"resume": token}}));
    assert_eq!(again.err().unwrap().code, "bad_login");
}

#[test]
fn who_has_no_password_sets_a_pin_after_a_fresh_sign_in() {
    let fake = Fake::start();
    let server = server(&fake, "");
    let token = token_of(&server, &fake, "7", false, json!({"preferred_username": "grace"}));
    let mut grace = Raw::resume(server.address(), &token);
    assert_eq!(
        grace.code_of("s.setpin", json!({"password": PASSWORD, "pin": "2468"})),
        "bad_login"
    );
    grace.call("s.setpin", json!({"pin": "2468"})).unwrap();
    assert_eq!(grace.call("s.profile", json!({})).unwrap()["has_pin"], true);
}

#[test]
fn who_is_shut_out_here_does_not_come_in_by_a_provider_and_who_may_not_come_neither() {
    let fake = Fake::start();
    let server = server(&fake, "allow_groups = [\"staff\", \"guests\"]");
    let mut browser = Browser::default();
    let person = |group: &str| json!({"preferred_username": "grace", "groups": [group]});
    let refused = sign_in(&mut browser, &server, &fake, "7", (false, ""), person("students"));
    assert_eq!((refused.status, refused.reason().as_str()), (403, "not_allowed"));
    token_of(&server, &fake, "7", false, person("guests"));
    server.as_user("ada").call("s.disableuser", json!(["grace"])).unwrap();
    let refused = sign_in(&mut browser, &server, &fake, "7", (false, ""), person("guests"));
    assert_eq!(refused.status, 401, "{refused:?}");
    assert!(!browser.cookies_of(host_of(&at(&server, "/"))).contains("mp_session"));
}
