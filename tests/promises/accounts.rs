//! Accounts that people make and look after themselves: signing up, invitations, profile, sessions, new passwords.

use serde_json::{Value, json};

use crate::harness::{PASSWORD, Raw, Rest, Server, in_minutes};

const OPEN: &[(&str, &str)] = &[("MOTORPOOL_ACCOUNTS__SIGNUP", "open")];
const INVITED: &[(&str, &str)] = &[("MOTORPOOL_ACCOUNTS__SIGNUP", "invitation")];

fn by_password(server: &Server, username: &str, password: &str) -> Result<Raw, String> {
    let login = json!({"password": {"username": username, "password": password}});
    let hello = json!({"login": login, "software": "tests 1"});
    Raw::hello(server.address(), hello).map_err(|refused| refused.code)
}

/// Whether the server said good-bye as to somebody who was signed out.
fn signed_out(raw: &mut Raw) -> bool {
    raw.answer().is_some_and(|frame| frame["bye"]["reason"] == "signed_out") && raw.answer().is_none()
}

fn sessions(raw: &mut Raw) -> Vec<Value> {
    raw.call("s.sessions", json!({})).unwrap().as_array().unwrap().clone()
}

#[test]
fn nobody_signs_up_where_it_is_closed_and_only_the_invited_where_it_takes_an_invitation() {
    let eve = json!({"username": "eve", "password": PASSWORD});
    let server = Server::start();
    assert_eq!(server.guest().code_of("s.signup", eve.clone()), "forbidden");
    let server = Server::with(INVITED);
    let mut guest = server.guest();
    assert_eq!(guest.code_of("s.signup", eve), "forbidden");
    let with = |code: &str, name: &str| json!({"username": name, "password": PASSWORD, "invitation": code});
    assert_eq!(guest.code_of("s.signup", with("mp_invitation_x", "eve")), "bad_login");
    let mut mona = server.as_user("mona");
    let invited = mona.call("s.invite", json!({"note": "for eve"})).unwrap();
    let code = invited["invitation"].as_str().unwrap();
    assert_eq!(mona.call("s.invitations", json!({})).unwrap()[0]["note"], "for eve");
    let made = guest.call("s.signup", with(code, "eve")).unwrap();
    assert_eq!((&made["user"], &made["role"]), (&json!("eve"), &json!("customer")));
    let again = guest.code_of("s.signup", with(code, "fay"));
    assert_eq!(again, "bad_login", "an invitation is good once");
    assert_eq!(mona.call("s.invitations", json!({})).unwrap(), json!([]));
    let invited = mona.call("s.invite", json!({})).unwrap();
    let revoke = json!([invited["invitation_id"]]);
    mona.call("s.revokeinvitation", revoke.clone()).unwrap();
    assert_eq!(mona.code_of("s.revokeinvitation", revoke), "not_found");
    let code = invited["invitation"].as_str().unwrap();
    assert_eq!(guest.code_of("s.signup", with(code, "fay")), "bad_login");
    by_password(&server, "eve", PASSWORD).unwrap();
}

#[test]
fn an_invitation_gives_no_more_than_who_made_it_may_give() {
    let server = Server::with(INVITED);
    let (mut mona, mut ada, mut guest) = (server.as_user("mona"), server.as_user("ada"), server.guest());
    assert_eq!(mona.code_of("s.invite", json!(["admin"])), "forbidden");
    assert_eq!(mona.code_of("s.invite", json!(["no-such-role"])), "bad_arguments");
    for expires in [in_minutes(-1), in_minutes(31 * 24 * 60), "soon".to_owned()] {
        assert_eq!(mona.code_of("s.invite", json!({"expires": expires})), "bad_arguments");
    }
    assert_eq!(
        mona.code_of("s.invite", json!({"note": "x".repeat(101)})),
        "bad_arguments"
    );
    let invited = ada
        .call("s.invite", json!({"role": "manager", "expires": in_minutes(5)}))
        .unwrap();
    let sign = json!({"username": "max", "password": PASSWORD, "invitation": invited["invitation"]});
    assert_eq!(guest.call("s.signup", sign).unwrap()["role"], "manager");
    assert!(
        by_password(&server, "max", PASSWORD)
            .unwrap()
            .call("s.users", json!({}))
            .is_ok()
    );
}

#[test]
fn who_signs_up_is_a_customer_with_a_name_that_nobody_can_take_for_anothers() {
    let server = Server::with(OPEN);
    let mut guest = server.guest();
    let sign = |name: &str| json!({"username": name, "password": PASSWORD, "email": "o'hara@example.org"});
    assert_eq!(guest.call("s.signup", sign("eve")).unwrap()["role"], "customer");
    for taken in ["eve", "EVE", "Ada", "anna"] {
        assert_eq!(guest.code_of("s.signup", sign(taken)), "conflict", "{taken}");
    }
    for wrong in [
        "",
        "ev",
        "a b",
        "admin",
        "аda",
        "x'; DROP TABLE user; --",
        &"x".repeat(65),
    ] {
        assert_eq!(guest.code_of("s.signup", sign(wrong)), "bad_arguments", "{wrong}");
    }
    for (field, wrong) in [
        ("password", "short".to_owned()),
        ("email", "nowhere".to_owned()),
        ("first_name", "a\nb".to_owned()),
        ("last_name", "x".repeat(101)),
        ("role", "admin".to_owned()),
    ] {
        let mut args = sign("fay");
        args[field] = json!(wrong);
        assert_eq!(guest.code_of("s.signup", args), "bad_arguments", "{field}");
    }
}

#[test]
fn sign_ups_from_one_address_are_few_and_a_retry_is_none() {
    let server = Server::with(OPEN);
    let mut guest = server.guest();
    let sign = |name: String| json!({"username": name, "password": PASSWORD, "request_id": name});
    for number in 0..10 {
        guest.call("s.signup", sign(format!("eve-{number}"))).unwrap();
    }
    let refused = guest.call("s.signup", sign("eve-10".to_owned())).unwrap_err();
    assert_eq!(refused.code, "rate_limited");
    assert!(refused.detail["retry_at"].is_string(), "{:?}", refused.detail);
    let over_http =
        Rest::guest(server.http()).post("/api/v1/signup", &json!({"username": "eve-10", "password": PASSWORD}));
    assert_eq!((over_http.status, over_http.code().as_str()), (429, "rate_limited"));
    by_password(&server, "eve-9", PASSWORD).unwrap();
}

#[test]
fn somebody_who_is_let_in_nowhere_else_may_sign_up_over_http() {
    let mut variables = OPEN.to_vec();
    variables.push(("MOTORPOOL_SERVER__GUESTS", "nobody"));
    let server = Server::with(&variables);
    let mut nobody = Rest::guest(server.http());
    assert_eq!(nobody.get("/api/v1/info").status, 401);
    let sign = json!({"username": "eve", "password": PASSWORD, "first_name": "Eve"});
    let made = nobody.post("/api/v1/signup", &sign);
    assert_eq!((made.status, &made.json()["user"]), (200, &json!("eve")), "{made:?}");
    let foreign = nobody.ask(
        "POST",
        "/api/v1/signup",
        "Origin: http://evil.example\r\n",
        Some(&sign.to_string()),
    );
    assert_eq!(foreign.status, 403, "a foreign page signs nobody up");
    let mut eve = by_password(&server, "eve", PASSWORD).unwrap();
    assert_eq!(eve.call("s.profile", json!({})).unwrap()["first_name"], "Eve");
}

#[test]
fn people_look_after_their_own_names() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let profile = anna.call("s.profile", json!({})).unwrap();
    assert_eq!(
        (&profile["user"], &profile["has_password"], &profile["providers"]),
        (&json!("anna"), &json!(true), &json!([]))
    );
    let changed = anna
        .call(
            "s.setprofile",
            json!({"first_name": "Änne", "email": "d'arcy@example.org"}),
        )
        .unwrap();
    assert_eq!(
        (&changed["first_name"], &changed["email"]),
        (&json!("Änne"), &json!("d'arcy@example.org"))
    );
    assert_eq!(changed["user"], "anna");
    for wrong in [
        json!({"email": "no"}),
        json!({"first_name": "a\u{0}"}),
        json!({"role": "admin"}),
    ] {
        assert_eq!(anna.code_of("s.setprofile", wrong.clone()), "bad_arguments", "{wrong}");
    }
    assert_eq!(server.guest().code_of("s.profile", json!({})), "unauthenticated");
    assert_eq!(
        server.unit("amber").code_of("s.setprofile", json!({})),
        "unauthenticated"
    );
}

#[test]
fn a_session_that_is_ended_elsewhere_is_gone_at_once_on_sockets_and_over_http() {
    let server = Server::start();
    let mut here = by_password(&server, "anna", PASSWORD).unwrap();
    let (mut there, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    let token = there.token().to_owned();
    let mut over_http = Rest::bearer(server.http(), &token);
    assert_eq!(over_http.get("/api/v1/me").status, 200);
    let listed = sessions(&mut here);
    let own = listed.iter().find(|session| session["this"] == true).unwrap();
    assert_eq!(
        (&own["how"], &own["software"], &own["connected"]),
        (&json!("password"), &json!("tests 1"), &json!(true))
    );
    assert_eq!(own["address"], "ip:127.0.0.1");
    let other = sessions(&mut there)
        .into_iter()
        .find(|session| session["this"] == true)
        .unwrap();
    let end = json!([other["session"]]);
    assert_eq!(
        bert.code_of("s.endsession", end.clone()),
        "not_found",
        "nobody ends anothers"
    );
    here.call("s.endsession", end.clone()).unwrap();
    assert_eq!(over_http.get("/api/v1/me").status, 401, "at once, not within a second");
    assert!(signed_out(&mut there));
    let refused = Raw::hello(server.address(), json!({"login": {"resume": token}}))
        .err()
        .unwrap();
    assert_eq!(refused.code, "bad_login");
    assert_eq!(here.code_of("s.endsession", end), "not_found");
    assert!(here.is_alive());
}

#[test]
fn signing_out_elsewhere_keeps_the_session_that_asks() {
    let server = Server::start();
    let mut here = server.as_user("anna");
    let (mut there, mut ada) = (server.as_user("anna"), server.as_user("ada"));
    let (mut mona, mut bert) = (server.as_user("mona"), server.as_user("bert"));
    assert_eq!(bert.code_of("s.sessions", json!(["anna"])), "forbidden");
    assert_eq!(bert.code_of("s.endsessions", json!(["anna"])), "forbidden");
    assert_eq!(mona.code_of("s.endsessions", json!(["ada"])), "forbidden");
    here.call("s.endsessions", json!({})).unwrap();
    assert!(signed_out(&mut there));
    assert_eq!(sessions(&mut here).len(), 1);
    let told = mona.call("s.endsessions", json!(["anna"])).unwrap();
    assert_eq!(told, "1 session(s) ended");
    assert!(signed_out(&mut here));
    ada.call("s.endsessions", json!({"user": "mona"})).unwrap();
    assert!(signed_out(&mut mona));
}

#[test]
fn who_signs_out_hears_it_and_is_out() {
    let server = Server::start();
    let mut anna = server.as_user("anna");
    let token = anna.token().to_owned();
    assert_eq!(anna.call("s.signout", json!({})).unwrap(), "You are signed out");
    assert_eq!(
        anna.code_of("s.whoami", json!({})),
        "forbidden",
        "no rights before the end neither"
    );
    assert!(signed_out(&mut anna));
    let refused = Raw::hello(server.address(), json!({"login": {"resume": token}}))
        .err()
        .unwrap();
    assert_eq!(refused.code, "bad_login");
    // Over HTTP the sockets of the session end too.
    let mut bert = server.as_user("bert");
    let mut rest = Rest::bearer(server.http(), bert.token());
    assert_eq!(rest.ask("DELETE", "/api/v1/session", "", None).status, 204);
    assert!(signed_out(&mut bert));
}

#[test]
fn a_new_password_ends_every_other_session() {
    let server = Server::start();
    let (mut here, mut there) = (server.as_user("anna"), server.as_user("anna"));
    here.call("s.password", json!([PASSWORD, "another horse"])).unwrap();
    assert!(signed_out(&mut there));
    assert!(here.is_alive());
    let token = here.token().to_owned();
    here.hang_up();
    Raw::resume(server.address(), &token).hang_up();
    assert_eq!(
        by_password(&server, "anna", PASSWORD).err().as_deref(),
        Some("bad_login")
    );
    by_password(&server, "anna", "another horse").unwrap();
}

#[test]
fn a_code_from_an_operator_gives_a_new_password_once() {
    let server = Server::start();
    let (mut mona, mut anna, mut guest) = (server.as_user("mona"), server.as_user("anna"), server.guest());
    assert_eq!(mona.code_of("s.resetcode", json!(["ada"])), "forbidden");
    assert_eq!(mona.code_of("s.resetcode", json!(["nobody"])), "not_found");
    let code = |mona: &mut Raw| {
        let handed = mona.call("s.resetcode", json!(["anna"])).unwrap();
        handed["code"].as_str().unwrap().to_owned()
    };
    let (first, second) = (code(&mut mona), code(&mut mona));
    let new = |code: &str, password: &str| json!({"code": code, "new_password": password});
    assert_eq!(
        guest.code_of("s.newpassword", new(&first, "another horse")),
        "bad_login",
        "replaced"
    );
    assert_eq!(guest.code_of("s.newpassword", new(&second, "short")), "bad_arguments");
    assert!(anna.is_alive(), "until it is used nothing changes");
    let over_http = Rest::guest(server.http()).post("/api/v1/new-password", &new(&second, "another horse"));
    assert_eq!(over_http.status, 200, "{over_http:?}");
    assert!(signed_out(&mut anna));
    assert_eq!(
        guest.code_of("s.newpassword", new(&second, "third horse")),
        "bad_login",
        "used"
    );
    by_password(&server, "anna", "another horse").unwrap();
    let code = code(&mut mona);
    mona.call("s.disableuser", json!(["anna"])).unwrap();
    assert_eq!(
        guest.code_of("s.newpassword", new(&code, "third horse")),
        "bad_login",
        "shut out"
    );
}

#[test]
fn a_pin_is_taken_by_an_operator_and_given_by_its_owner() {
    let server = Server::start();
    let (mut mona, mut anna) = (server.as_user("mona"), server.as_user("anna"));
    anna.call("s.setpin", json!([PASSWORD, "2468"])).unwrap();
    assert_eq!(anna.code_of("s.setpin", json!({"pin": "1357"})), "bad_arguments");
    assert_eq!(mona.code_of("s.resetpin", json!(["ada"])), "forbidden");
    mona.call("s.resetpin", json!(["anna"])).unwrap();
    assert_eq!(anna.call("s.profile", json!({})).unwrap()["has_pin"], false);
    let mut rider = server.as_user("rider-00");
    let refused = rider.call("s.setpin", json!({"pin": "1357"})).unwrap_err();
    assert_eq!(
        refused.code, "unauthenticated",
        "a session by anything but a provider proves nothing"
    );
}
