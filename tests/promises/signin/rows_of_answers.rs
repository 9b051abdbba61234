//! Rows of what a browser brings back, and of what the token endpoint answers.

use serde_json::json;

use super::fake::{Fake, Says};
use super::hostile_rows::{Row, brings, browser, nearly, part, provider, right};

/// What browsers bring.
pub(super) fn browsers() -> Vec<Row> {
    [browsers_first(), browsers_second()].into_iter().flatten().collect()
}

fn browsers_first() -> Vec<Row> {
    vec![
        browser(
            "another state",
            |asked| (format!("code=c&state={}", nearly(&asked.state)), asked.cookie.clone()),
            (401, "wrong_state"),
        ),
        browser(
            "no state",
            |asked| ("code=c".to_owned(), asked.cookie.clone()),
            (401, "no_ticket"),
        ),
        browser(
            "a state that nobody gave",
            |asked| ("code=c&state=abcdefghijklmnop".to_owned(), asked.cookie.clone()),
            (401, "no_ticket"),
        ),
        browser(
            "the state of another browser",
            |asked| (brings(asked).0, String::new()),
            (401, "no_ticket"),
        ),
        browser(
            "the ticket of another sign-in",
            |asked| {
                let name = asked.cookie.split('=').next().unwrap();
                let value = asked.other_cookie.split_once('=').unwrap().1;
                (brings(asked).0, format!("{name}={value}"))
            },
            (401, "wrong_state"),
        ),
        browser(
            "a ticket that was changed",
            |asked| {
                let cut = &asked.cookie[..asked.cookie.len() - 4];
                (brings(asked).0, format!("{cut}AAAA"))
            },
            (401, "wrong_state"),
        ),
        browser(
            "a ticket of the browser's own making",
            |asked| {
                let name = asked.cookie.split('=').next().unwrap();
                (
                    brings(asked).0,
                    format!("{name}={}", part(&json!({"state": asked.state}))),
                )
            },
            (401, "wrong_state"),
        ),
        browser(
            "a state twice",
            |asked| {
                (
                    format!("{0}&state={1}", brings(asked).0, asked.state),
                    asked.cookie.clone(),
                )
            },
            (401, "wrong_state"),
        ),
    ]
}

fn browsers_second() -> Vec<Row> {
    vec![
        browser(
            "access denied",
            |asked| {
                (
                    format!("error=access_denied&state={}", asked.state),
                    asked.cookie.clone(),
                )
            },
            (403, "denied"),
        ),
        browser(
            "a script in the description",
            |asked| {
                let script = "error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
                (
                    format!("error=server_error&{script}&state={}", asked.state),
                    asked.cookie.clone(),
                )
            },
            (403, "denied"),
        ),
        browser(
            "no code",
            |asked| (format!("state={}", asked.state), asked.cookie.clone()),
            (401, "no_code"),
        ),
        browser(
            "the answer of another issuer",
            |asked| {
                (
                    format!("{}&iss=https%3A%2F%2Fevil.example", brings(asked).0),
                    asked.cookie.clone(),
                )
            },
            (401, "wrong_issuer"),
        ),
        browser(
            "a code of 5,000 letters",
            |asked| {
                (
                    format!("state={}&code={}", asked.state, "x".repeat(5_000)),
                    asked.cookie.clone(),
                )
            },
            (401, "wrong_state"),
        ),
    ]
}

/// What the token endpoint answers.
pub(super) fn tokens() -> Vec<Row> {
    [tokens_first(), tokens_second()].into_iter().flatten().collect()
}

fn tokens_first() -> Vec<Row> {
    vec![
        provider(
            "token: no JSON",
            |_, _, play| play.token = Says::text("<html>"),
            (503, "not_json"),
        ),
        provider(
            "token: huge",
            |_, _, play| play.token = Says::text(&"x".repeat(300_000)),
            (503, "too_large"),
        ),
        provider(
            "token: endless",
            |_, _, play| play.token = Says::Endless,
            (503, "too_large"),
        ),
        provider(
            "token: never",
            |_, _, play| play.token = Says::Nothing,
            (503, "too_slow"),
        ),
        provider(
            "token: 500",
            |_, _, play| play.token = Says::Raw(500, "", "{}".into()),
            (503, "status"),
        ),
        provider(
            "token: points elsewhere",
            |_, _, play| {
                play.token = Says::Raw(302, "Location: http://127.0.0.1:1/\r\n", String::new());
            },
            (503, "redirected"),
        ),
        provider(
            "token: an error under 200",
            |_, _, play| play.token = Says::Json(json!({"error": "invalid_grant"})),
            (503, "token_type"),
        ),
        provider(
            "token: a code used before",
            |_, _, play| {
                play.token = Says::Raw(400, "", json!({"error": "invalid_grant"}).to_string());
            },
            (401, "invalid_grant"),
        ),
        provider(
            "token: denied with a script",
            |_, _, play| {
                let told = json!({"error": "access_denied", "error_description": "<script>alert(1)</script>"});
                play.token = Says::Raw(403, "", told.to_string());
            },
            (403, "denied"),
        ),
    ]
}

fn tokens_second() -> Vec<Row> {
    vec![
        provider(
            "token: of another type",
            |fake, asked, play| {
                let mut granted = Fake::granted(&fake.signer.token(&right(fake, asked)));
                granted["token_type"] = json!("DPoP");
                play.token = Says::Json(granted);
            },
            (503, "token_type"),
        ),
        provider(
            "token: of no type",
            |fake, asked, play| {
                let mut granted = Fake::granted(&fake.signer.token(&right(fake, asked)));
                granted.as_object_mut().unwrap().remove("token_type");
                play.token = Says::Json(granted);
            },
            (503, "token_type"),
        ),
        provider(
            "token: none of identity",
            |_, _, play| {
                play.token = Says::Json(json!({"access_token": "a", "token_type": "Bearer"}));
            },
            (503, "no_token"),
        ),
        provider(
            "token: a number",
            |_, _, play| {
                play.token = Says::Json(json!({"access_token": 7, "token_type": "Bearer"}));
            },
            (503, "not_json"),
        ),
        provider(
            "token: with a line end",
            |fake, asked, play| {
                let mut granted = Fake::granted(&fake.signer.token(&right(fake, asked)));
                granted["access_token"] = json!("a\r\nX: y");
                play.token = Says::Json(granted);
            },
            (503, "no_token"),
        ),
        provider(
            "token: a key twice",
            |fake, asked, play| {
                let granted = Fake::granted(&fake.signer.token(&right(fake, asked))).to_string();
                play.token = Says::text(&granted.replacen('{', "{\"id_token\":\"x.y.z\",", 1));
            },
            (503, "not_json"),
        ),
    ]
}
