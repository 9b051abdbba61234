//! A provider that says what it is told to say, true or not.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64URL_NOPAD;
use motorpool::runtime::clock;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// What it answers at one address.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// As it should be.
    Json(Value),
    /// These bytes under this status, with these lines in the head.
    Raw(u16, &'static str, String),
    /// Nothing, until whoever asks gives up.
    Nothing,
    /// More and more.
    Endless,
}

impl Says {
    pub(crate) fn text(text: &str) -> Self {
        Self::Raw(200, "", text.to_owned())
    }
}

/// What it answers under one name.
#[derive(Debug, Clone)]
pub(crate) struct Play {
    pub(crate) discovery: Says,
    pub(crate) keys: Says,
    pub(crate) token: Says,
    pub(crate) person: Says,
}

/// A key to sign with.
pub(crate) struct Signer {
    key: EcdsaKeyPair,
    pub(crate) kid: &'static str,
}

impl Signer {
    pub(crate) fn new(kid: &'static str) -> Self {
        let (random, manner) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(manner, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(manner, pkcs8.as_ref(), &random).unwrap();
        Self { key, kid }
    }

    /// As it stands among the keys.
    pub(crate) fn public(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
               "x": part(&point[1..33]), "y": part(&point[33..])})
    }

    /// A token with a head of one's own.
    pub(crate) fn sign(&self, head: &Value, claims: &str) -> String {
        let part = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let signed = format!("{}.{}", part(head.to_string().as_bytes()), part(claims.as_bytes()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", part(signature.as_ref()))
    }

    /// A token as it should be.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(
            &json!({"alg": "ES256", "kid": self.kid, "typ": "JWT"}),
            &claims.to_string(),
        )
    }
}

/// The provider, under as many names as are wanted.
pub(crate) struct Fake {
    address: SocketAddr,
    plays: Arc<Mutex<HashMap<String, Play>>>,
    asked: Arc<Mutex<Vec<String>>>,
    pub(crate) signer: Signer,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake = Self {
            address: listener.local_addr().unwrap(),
            plays: Arc::default(),
            asked: Arc::default(),
            signer: Signer::new("k1"),
        };
        let (plays, asked) = (fake.plays.clone(), fake.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (plays, asked) = (plays.clone(), asked.clone());
                std::thread::spawn(move || serve(stream, &plays, &asked));
            }
        });
        fake
    }

    /// The issuer of a name.
    pub(crate) fn issuer(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// Everything as it should be, but for what the token endpoint says.
    pub(crate) fn honest(&self, name: &str) -> Play {
        let issuer = self.issuer(name);
        Play {
            discovery: Says::Json(json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorise"),
                "token_endpoint": format!("{issuer}/token"), "userinfo_endpoint": format!("{issuer}/person"),
                "end_session_endpoint": format!("{issuer}/end"), "jwks_uri": format!("{issuer}/keys"),
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            })),
            keys: Says::Json(json!({"keys": [self.signer.public()]})),
            token: Says::Nothing,
            person: Says::Nothing,
        }
    }

    pub(crate) fn play(&self, name: &str, play: Play) {
        self.plays.lock().unwrap().insert(name.to_owned(), play);
    }

    /// Claims as they should be.
    pub(crate) fn claims(&self, name: &str, subject: &str, nonce: &str) -> Value {
        let now = clock::now().as_second();
        json!({"iss": self.issuer(name), "aud": "pool", "sub": subject, "iat": now, "exp": now + 300, "nonce": nonce})
    }

    /// What the token endpoint should say.
    pub(crate) fn granted(id_token: &str) -> Value {
        json!({"access_token": "a-token", "token_type": "Bearer", "expires_in": 300, "id_token": id_token})
    }

    /// How often it was asked at addresses that end so.
    pub(crate) fn asked(&self, end: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|line| line.contains(end)).count()
    }

    /// What was last sent to addresses that end so.
    pub(crate) fn last_asked(&self, end: &str) -> String {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .rev()
            .find(|line| line.contains(end))
            .cloned()
            .unwrap_or_default()
    }
}

fn serve(mut stream: TcpStream, plays: &Mutex<HashMap<String, Play>>, asked: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    let (path, whole) = loop {
        let Ok(read @ 1..) = stream.read(&mut piece) else {
            return;
        };
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or_default() {
            break (head.split(' ').nth(1).unwrap().to_owned(), text.clone());
        }
    };
    asked.lock().unwrap().push(whole);
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (name, rest) = (parts.next().unwrap(), parts.next().unwrap_or_default());
    let Some(play) = plays.lock().unwrap().get(name).cloned() else {
        return;
    };
    let says = match rest {
        ".well-known/openid-configuration" => play.discovery,
        "keys" => play.keys,
        "token" => play.token,
        _ => play.person,
    };
    drop(answer(&mut stream, &says));
}

fn answer(stream: &mut TcpStream, says: &Says) -> std::io::Result<()> {
    let mut whole = |status: u16, head: &str, body: &str| {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
        );
        stream.write_all(text.as_bytes())
    };
    match says {
        Says::Json(value) => whole(200, "", &value.to_string()),
        Says::Raw(status, head, body) => whole(*status, head, body),
        Says::Nothing => {
            // Ends when the other side has given up.
            while matches!(stream.read(&mut [0; 64]), Ok(1..)) {}
            Ok(())
        }
        Says::Endless => {
            stream.write_all(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[")?;
            loop {
                stream.write_all(&[b' '; 16_384])?;
            }
        }
    }
}
