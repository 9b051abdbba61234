//! Rows of a token of identity that is signed wrongly, or says what it should not.

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use serde_json::json;

use super::fake::{Says, Signer};
use super::hostile_rows::{Row, claims, gives, now, part, provider, right, with};

/// How the token of identity is signed.
pub(super) fn signatures() -> Vec<Row> {
    [signatures_first(), signatures_second()]
        .into_iter()
        .flatten()
        .collect()
}

fn signatures_first() -> Vec<Row> {
    vec![
        provider(
            "signature: alg none",
            |fake, asked, play| {
                gives(
                    play,
                    &format!("{}.{}.", part(&json!({"alg": "none"})), part(&right(fake, asked))),
                );
            },
            (401, "signature"),
        ),
        provider(
            "signature: HS256 with the public key",
            |fake, asked, play| {
                let head = json!({"alg": "HS256", "kid": "k1"});
                let signed = format!("{}.{}", part(&head), part(&right(fake, asked)));
                let key = hmac::Key::new(hmac::HMAC_SHA256, fake.signer.public().to_string().as_bytes());
                let tag = BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
                gives(play, &format!("{signed}.{tag}"));
            },
            (401, "signature"),
        ),
        provider(
            "signature: another key of the same name",
            |fake, asked, play| {
                gives(play, &Signer::new("k1").token(&right(fake, asked)));
            },
            (401, "signature"),
        ),
        provider(
            "signature: a key that nobody knows",
            |fake, asked, play| {
                gives(play, &Signer::new("k9").token(&right(fake, asked)));
            },
            (401, "signature"),
        ),
        provider(
            "signature: the key is in the token",
            |fake, asked, play| {
                let own = Signer::new("k9");
                let head = json!({"alg": "ES256", "jwk": own.public()});
                gives(play, &own.sign(&head, &right(fake, asked).to_string()));
            },
            (401, "signature"),
        ),
        provider(
            "signature: cut off",
            |fake, asked, play| {
                let token = fake.signer.token(&right(fake, asked));
                gives(play, token.rsplit_once('.').unwrap().0);
            },
            (401, "signature"),
        ),
    ]
}

fn signatures_second() -> Vec<Row> {
    vec![
        provider(
            "signature: claims changed",
            |fake, asked, play| {
                let token = fake.signer.token(&right(fake, asked));
                let parts: Vec<&str> = token.split('.').collect();
                let claims = claims(fake, asked, json!({"sub": "8"}));
                gives(play, &format!("{}.{}.{}", parts[0], part(&claims), parts[2]));
            },
            (401, "signature"),
        ),
        provider(
            "signature: critical things",
            |fake, asked, play| {
                let head = json!({"alg": "ES256", "kid": "k1", "crit": ["b64"], "b64": false});
                gives(play, &fake.signer.sign(&head, &right(fake, asked).to_string()));
            },
            (401, "signature"),
        ),
        provider(
            "signature: a sign-out is no identity",
            |fake, asked, play| {
                let head = json!({"alg": "ES256", "kid": "k1", "typ": "logout+jwt"});
                gives(play, &fake.signer.sign(&head, &right(fake, asked).to_string()));
            },
            (401, "signature"),
        ),
        provider(
            "a token of 40 KB",
            |fake, asked, play| {
                gives(
                    play,
                    &fake
                        .signer
                        .token(&claims(fake, asked, json!({"x": "y".repeat(30_000)}))),
                );
            },
            (503, "too_large"),
        ),
    ]
}

/// What the token of identity says.
pub(super) fn identities() -> Vec<Row> {
    [identities_first(), identities_second()]
        .into_iter()
        .flatten()
        .collect()
}

fn identities_first() -> Vec<Row> {
    vec![
        provider(
            "expired",
            |f, a, p| with(f, a, p, json!({"exp": now() - 120})),
            (401, "claim_exp"),
        ),
        provider(
            "from the future",
            |f, a, p| with(f, a, p, json!({"iat": now() + 3_600})),
            (401, "claim_iat"),
        ),
        provider(
            "an hour old",
            |f, a, p| with(f, a, p, json!({"iat": now() - 3_600})),
            (401, "claim_iat"),
        ),
        provider(
            "for another",
            |f, a, p| with(f, a, p, json!({"aud": "other"})),
            (401, "claim_aud"),
        ),
        provider(
            "for nobody",
            |f, a, p| with(f, a, p, json!({"aud": []})),
            (401, "claim_aud"),
        ),
        provider(
            "for several, given to nobody",
            |f, a, p| with(f, a, p, json!({"aud": ["pool", "other"]})),
            (401, "claim_azp"),
        ),
        provider(
            "given to another",
            |f, a, p| with(f, a, p, json!({"azp": "other"})),
            (401, "claim_azp"),
        ),
        provider(
            "of another issuer",
            |f, a, p| with(f, a, p, json!({"iss": f.issuer("other")})),
            (401, "claim_iss"),
        ),
        provider(
            "another nonce",
            |f, a, p| with(f, a, p, json!({"nonce": "other"})),
            (401, "claim_nonce"),
        ),
        provider(
            "no nonce",
            |f, a, p| with(f, a, p, json!({"nonce": null})),
            (401, "claim_nonce"),
        ),
        provider(
            "no subject",
            |f, a, p| with(f, a, p, json!({"sub": null})),
            (401, "claim_sub"),
        ),
        provider(
            "an empty subject",
            |f, a, p| with(f, a, p, json!({"sub": ""})),
            (401, "claim_sub"),
        ),
    ]
}

fn identities_second() -> Vec<Row> {
    vec![
        provider(
            "a subject of 300 letters",
            |f, a, p| with(f, a, p, json!({"sub": "x".repeat(300)})),
            (401, "claim_sub"),
        ),
        provider(
            "a subject twice",
            |fake, asked, play| {
                let text = right(fake, asked).to_string().replacen('{', "{\"sub\":\"8\",", 1);
                gives(play, &fake.signer.sign(&json!({"alg": "ES256", "kid": "k1"}), &text));
            },
            (401, "claim_kind"),
        ),
        provider(
            "groups that are a number",
            |f, a, p| with(f, a, p, json!({"groups": 7})),
            (401, "claim_groups"),
        ),
        provider(
            "1,001 groups",
            |f, a, p| {
                let groups: Vec<String> = (0..1_001).map(|number| format!("g{number}")).collect();
                p.person = Says::Json(json!({"sub": "7", "groups": groups}));
                with(f, a, p, json!({}));
            },
            (401, "claim_groups"),
        ),
        provider(
            "10,000 groups",
            |f, a, p| {
                let groups: Vec<String> = (0..10_000).map(|number| format!("g{number}")).collect();
                p.person = Says::Json(json!({"sub": "7", "groups": groups}));
                with(f, a, p, json!({}));
            },
            (503, "not_json"),
        ),
        provider(
            "the person is another",
            |f, a, p| {
                p.person = Says::Json(json!({"sub": "8"}));
                with(f, a, p, json!({}));
            },
            (401, "other_person"),
        ),
        provider(
            "the person is nobody",
            |f, a, p| {
                p.person = Says::Json(json!({"name": "x"}));
                with(f, a, p, json!({}));
            },
            (401, "claim_sub"),
        ),
        provider(
            "the person is no JSON",
            |f, a, p| {
                p.person = Says::text("nobody");
                with(f, a, p, json!({}));
            },
            (503, "not_json"),
        ),
    ]
}
