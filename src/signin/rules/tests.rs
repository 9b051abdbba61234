//! The rules for what a provider says, each with what is on either side of it.

use super::*;

const NOW: i64 = 1_700_000_000;
const WANTED: Wanted<'_> = Wanted {
    issuer: "https://id.example",
    client_id: "pool",
    now_s: NOW,
};

fn value(json: serde_json::Value) -> Value {
    Value::serialized(&json).unwrap()
}

fn token() -> serde_json::Value {
    serde_json::json!({"iss": "https://id.example", "aud": "pool", "exp": NOW + 60, "iat": NOW, "nonce": "n", "sub": "7"})
}

/// The token with claims put in its place; null takes one out.
fn with(mut token: serde_json::Value, changes: serde_json::Value) -> serde_json::Value {
    for (name, claim) in changes.as_object().unwrap() {
        token[name] = claim.clone();
    }
    token
}

#[test]
fn an_identity_token_fits_or_says_which_claim_does_not() {
    use serde_json::json;
    let cases = [
        (json!({}), Ok("7")),
        (json!({"aud": ["pool"]}), Ok("7")),
        (json!({"aud": ["pool", "other"], "azp": "pool"}), Ok("7")),
        (json!({"exp": NOW - 59}), Ok("7")),
        (json!({"iat": NOW + 60}), Ok("7")),
        (json!({"iat": 1_699_999_999.5}), Ok("7")),
        (json!({"iss": "https://evil.example"}), Err(Misfit::Issuer)),
        (json!({"iss": null}), Err(Misfit::Issuer)),
        (json!({"iss": "https://id.example/"}), Err(Misfit::Issuer)),
        (json!({"aud": "other"}), Err(Misfit::Audience)),
        (json!({"aud": []}), Err(Misfit::Audience)),
        (json!({"aud": 7}), Err(Misfit::Audience)),
        (json!({"aud": ["pool", "other"]}), Err(Misfit::Party)),
        (json!({"azp": "other"}), Err(Misfit::Party)),
        (json!({"exp": NOW - 60}), Err(Misfit::Expired)),
        (json!({"exp": null}), Err(Misfit::Expired)),
        (json!({"exp": "soon"}), Err(Misfit::Kind)),
        (json!({"iat": NOW + 61}), Err(Misfit::IssuedAt)),
        (json!({"iat": NOW - 601}), Err(Misfit::IssuedAt)),
        (json!({"iat": null}), Err(Misfit::IssuedAt)),
        (json!({"nonce": "m"}), Err(Misfit::Nonce)),
        (json!({"nonce": null}), Err(Misfit::Nonce)),
        (json!({"sub": null}), Err(Misfit::Subject)),
        (json!({"sub": ""}), Err(Misfit::Subject)),
        (json!({"sub": 7}), Err(Misfit::Subject)),
        (json!({"sub": "x".repeat(255)}), Ok("")),
        (json!({"sub": "x".repeat(256)}), Err(Misfit::Subject)),
        (json!({"sub": "a\nb"}), Err(Misfit::Subject)),
    ];
    for (changes, wanted) in cases {
        let token = value(with(token(), changes.clone()));
        let got = id_token(Claims(&token), WANTED, Some("n"));
        match wanted {
            Ok("") => assert!(got.is_ok(), "{changes}"),
            wanted => assert_eq!(got.as_deref().map_err(|misfit| *misfit), wanted, "{changes}"),
        }
    }
    let renewed = value(with(token(), serde_json::json!({"nonce": null})));
    assert!(id_token(Claims(&renewed), WANTED, None).is_ok());
}

#[test]
fn a_sign_out_is_never_an_identity_token_and_names_somebody() {
    use serde_json::json;
    let out = || {
        let changes = json!({"nonce": null, "jti": "1", "events": {LOGOUT_EVENT: {}}});
        with(token(), changes)
    };
    let cases = [
        (json!({}), Ok((Some("7"), None))),
        (json!({"exp": null}), Ok((Some("7"), None))),
        (json!({"sub": null, "sid": "s"}), Ok((None, Some("s")))),
        (json!({"sub": null}), Err(Misfit::Subject)),
        (json!({"nonce": "n"}), Err(Misfit::Nonce)),
        (json!({"events": null}), Err(Misfit::Event)),
        (json!({"events": {"other": {}}}), Err(Misfit::Event)),
        (json!({"events": {LOGOUT_EVENT: 1}}), Err(Misfit::Event)),
        (json!({"jti": null}), Err(Misfit::Id)),
        (json!({"aud": "other"}), Err(Misfit::Audience)),
        (json!({"iat": NOW - 601}), Err(Misfit::IssuedAt)),
    ];
    for (changes, wanted) in cases {
        let token = value(with(out(), changes.clone()));
        let got = logout_token(Claims(&token), WANTED);
        let got = got.as_ref().map(|out| (out.subject.as_deref(), out.sid.as_deref()));
        assert_eq!(got.map_err(|misfit| *misfit), wanted, "{changes}");
    }
    assert!(logout_token(Claims(&value(token())), WANTED).is_err());
}

#[test]
fn groups_are_texts_and_not_too_many() {
    use serde_json::json;
    let groups = |claim: serde_json::Value| Claims(&value(json!({"groups": claim}))).groups("groups");
    let most: Vec<String> = (0..GROUPS_MAX).map(|number| number.to_string()).collect();
    let more: Vec<String> = (0..=GROUPS_MAX).map(|number| number.to_string()).collect();
    assert_eq!(groups(json!(null)), Ok(vec![]));
    assert_eq!(groups(json!("staff")), Ok(vec!["staff".to_owned()]));
    assert_eq!(groups(json!([{"type": "STUDENT", "x": 1}, "staff"])).unwrap().len(), 2);
    assert_eq!(groups(json!(most)).unwrap().len(), GROUPS_MAX);
    for wrong in [
        json!(7),
        json!([7]),
        json!({}),
        json!([{}]),
        json!(more),
        json!(["x".repeat(257)]),
    ] {
        assert_eq!(groups(wrong), Err(Misfit::Groups));
    }
    let roles = BTreeMap::from([
        ("staff".to_owned(), "manager".to_owned()),
        ("boss".to_owned(), "manager".to_owned()),
    ]);
    let given = roles_of(&["boss".to_owned(), "staff".to_owned(), "x".to_owned()], &roles);
    assert_eq!(given, ["manager"]);
}

#[test]
fn who_may_come_is_decided_by_what_the_provider_vouches_for() {
    let domains = ["pool.example".to_owned()];
    let staff = ["staff".to_owned()];
    assert!(may_come(&[], &[], None, &[]));
    assert!(may_come(&domains, &[], Some("a@POOL.example"), &[]));
    assert!(!may_come(&domains, &[], Some("a@pool.example.evil.example"), &[]));
    assert!(!may_come(&domains, &[], Some("pool.example"), &[]));
    assert!(!may_come(&domains, &[], None, &staff));
    assert!(may_come(&[], &staff, None, &staff));
    assert!(!may_come(&[], &staff, Some("a@pool.example"), &[]));
    assert!(!may_come(&domains, &staff, Some("a@pool.example"), &[]));
}

#[test]
fn nobody_is_led_away_from_here() {
    for good in ["/", "/map", "/a?b=c&d=//e", "/x#y"] {
        assert!(is_own_path(good), "{good}");
    }
    let long = format!("/{}", "x".repeat(512));
    for bad in [
        "",
        "map",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "/a b",
        "/a\r\nSet-Cookie: x",
        "/\u{e9}",
        long.as_str(),
    ] {
        assert!(!is_own_path(bad), "{bad:?}");
    }
}
