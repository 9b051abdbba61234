//! What rows of lies are made of: what a browser brings back, what a provider answers, and the word that refuses it.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::fake::{Fake, Play, Says};
use super::hostile::Asked;

/// What the browser brings: query and cookies.
pub(super) type Call = (String, String);

/// One row: its name, what the provider answers, what the browser brings, and what comes of it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) play: fn(&Fake, &Asked, &mut Play),
    pub(super) call: fn(&Asked) -> Call,
    pub(super) wanted: (u16, &'static str),
}

pub(super) fn honest(_: &Fake, _: &Asked, _: &mut Play) {}

/// What a browser brings that lies about nothing.
pub(super) fn brings(asked: &Asked) -> Call {
    (format!("code=c&state={}", asked.state), asked.cookie.clone())
}

pub(super) fn browser(name: &'static str, call: fn(&Asked) -> Call, wanted: (u16, &'static str)) -> Row {
    Row {
        name,
        play: honest,
        call,
        wanted,
    }
}

pub(super) fn provider(name: &'static str, play: fn(&Fake, &Asked, &mut Play), wanted: (u16, &'static str)) -> Row {
    Row {
        name,
        play,
        call: brings,
        wanted,
    }
}

/// The token endpoint gives a token with these claims in the place of the right ones; null takes one out.
pub(super) fn claims(fake: &Fake, asked: &Asked, changes: Value) -> Value {
    let mut claims = fake.claims("main", "7", &asked.nonce);
    for (name, claim) in changes.as_object().unwrap() {
        if claim.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = claim.clone();
        }
    }
    claims
}

pub(super) fn gives(play: &mut Play, id_token: &str) {
    play.token = Says::Json(Fake::granted(id_token));
}

pub(super) fn with(fake: &Fake, asked: &Asked, play: &mut Play, changes: Value) {
    gives(play, &fake.signer.token(&claims(fake, asked, changes)));
}

pub(super) fn right(fake: &Fake, asked: &Asked) -> Value {
    claims(fake, asked, json!({}))
}

pub(super) fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

pub(super) fn now() -> i64 {
    motorpool::runtime::clock::now().as_second()
}

/// A state whose cookie has the same name as the right one.
pub(super) fn nearly(state: &str) -> String {
    format!("{}x", &state[..state.len() - 1])
}
