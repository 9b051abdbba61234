//! Who and what is there before a server starts: people, cars, keys and tokens, made once and copied.
//!
//! Written through the library, as the operator's tools do. One hash serves all passwords, and most tests
//! sign in by a token, so that the tests do not spend their time in argon2.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use motorpool::account::store::{NewKey, NewToken, NewUser, key_insert, key_revoke, token_insert, user_insert};
use motorpool::account::{Begun, Issue, KeyKind, keys, password};
use motorpool::booking::{Money, money};
use motorpool::fleet::NewCar;
use motorpool::fleet::store::car_insert;
use motorpool::place::Position;
use motorpool::runtime::clock;
use motorpool::store::{AnyConn, DatabaseUrl, Store, StoreError, StoreOptions};

/// The password of everybody who has one.
pub(crate) const PASSWORD: &str = "correct horse";
/// Customers without a password, one token each: `rider-00` and so on.
pub(crate) const RIDERS: usize = 64;
/// Cars by name, with their positions: some kilometres between one and the next.
pub(crate) const CARS: [(&str, f64); 4] = [("amber", 52.50), ("birch", 52.52), ("cedar", 52.60), ("delta", 53.50)];
/// Where there is a crowd there is this car too.
pub(crate) const FIFTH_CAR: &str = "elder";
/// People with a password, and their roles.
const PEOPLE: [(&str, &str); 5] = [
    ("anna", "customer"),
    ("bert", "customer"),
    ("emil", "engineer"),
    ("mona", "manager"),
    ("ada", "admin"),
];
/// Tokens of each of them.
const TOKENS_EACH: usize = 6;

/// A database ready to be copied, and the secrets in it.
pub(crate) struct Seed {
    pub(crate) database: Vec<u8>,
    tokens: HashMap<String, Vec<String>>,
    keys: HashMap<String, String>,
}

impl Seed {
    /// The one of this run.
    pub(crate) fn shared() -> &'static Self {
        static SEED: OnceLock<Seed> = OnceLock::new();
        SEED.get_or_init(Self::make)
    }

    /// The key of a car, or of `bot`, `server`, `revoked`.
    pub(crate) fn key(&self, name: &str) -> &str {
        &self.keys[name]
    }

    /// The token of that number of a person.
    pub(crate) fn token(&self, person: &str, number: usize) -> &str {
        let tokens = &self.tokens[person];
        tokens
            .get(number)
            .unwrap_or_else(|| panic!("{person} has {} tokens", tokens.len()))
    }

    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(folder.path().join("motorpool.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let phc = password::hash(PASSWORD, [7; password::SALT_BYTES]).unwrap();
        let (tokens, keys) = store.write_blocking(move |conn| fill(conn, &phc)).unwrap();
        let copy = folder.path().join("copy.db");
        store.backup(&copy).unwrap();
        store.close();
        Self {
            database: std::fs::read(copy).unwrap(),
            tokens,
            keys,
        }
    }
}

/// Puts so many people and a fifth car into the database in that folder, and gives a token of each: `crowd-00000` and so on.
pub(super) fn crowd(folder: &Path, count: usize) -> Vec<String> {
    let url = DatabaseUrl::sqlite(folder.join("motorpool.db"));
    let store = Store::open(&url, StoreOptions::default()).unwrap();
    let fill = move |conn: &mut AnyConn| {
        car_insert(conn, &car(FIFTH_CAR, 52.55), at())?;
        let names = (0..count).map(crowd_name);
        names
            .map(|name| person(conn, &name, "customer", None, 1).map(|mut tokens| tokens.remove(0)))
            .collect::<Result<Vec<String>, StoreError>>()
    };
    let tokens = store.write_blocking(fill).unwrap();
    store.close();
    tokens
}

/// The name of one of them.
pub(crate) fn crowd_name(number: usize) -> String {
    format!("crowd-{number:05}")
}

type Secrets = (HashMap<String, Vec<String>>, HashMap<String, String>);

fn fill(conn: &mut AnyConn, phc: &str) -> Result<Secrets, StoreError> {
    let (mut tokens, mut keys) = Secrets::default();
    for (name, role) in PEOPLE {
        let made = person(conn, name, role, Some(phc), TOKENS_EACH)?;
        tokens.insert(name.to_owned(), made);
    }
    for number in 0..RIDERS {
        let name = format!("rider-{number:02}");
        let made = person(conn, &name, "customer", None, 1)?;
        tokens.insert(name, made);
    }
    for (name, latitude) in CARS {
        let car = car_insert(conn, &car(name, latitude), at())?;
        keys.insert(name.to_owned(), key(conn, KeyKind::Car, name, Some(car.0))?.1);
    }
    keys.insert("bot".to_owned(), key(conn, KeyKind::Bot, "robby", None)?.1);
    keys.insert("server".to_owned(), key(conn, KeyKind::Server, "branch", None)?.1);
    let (id, revoked) = key(conn, KeyKind::Car, "lost", Some(1))?;
    key_revoke(conn, id, at())?;
    keys.insert("revoked".to_owned(), revoked);
    Ok((tokens, keys))
}

fn at() -> i64 {
    clock::micros(clock::now())
}

fn person(
    conn: &mut AnyConn,
    name: &str,
    role: &str,
    phc: Option<&str>,
    count: usize,
) -> Result<Vec<String>, StoreError> {
    let new = NewUser {
        username: name.to_owned(),
        first_name: String::new(),
        last_name: String::new(),
        email: format!("{name}@example.org"),
        role: role.to_owned(),
        password_hash: phc.map(str::to_owned),
    };
    let user = user_insert(conn, &new, at())?;
    let mut tokens = Vec::new();
    for number in 0..count {
        let token = keys::token_new().unwrap();
        let issue = Issue {
            client_id: uuid::Uuid::new_v4().to_string(),
            name: format!("{name}.{number}"),
            kind: "client".to_owned(),
            user_id: Some(user),
            key_id: None,
            begun: Begun::default(),
        };
        let new = NewToken {
            token_hash: token.hash(),
            issue,
            expires_at: at() + 48 * 3_600 * 1_000_000,
        };
        token_insert(conn, &new, at())?;
        tokens.push(token.reveal().to_owned());
    }
    Ok(tokens)
}

fn key(conn: &mut AnyConn, kind: KeyKind, name: &str, car_id: Option<i64>) -> Result<(i64, String), StoreError> {
    let key = keys::key_new(kind).unwrap();
    let new = NewKey {
        key_hash: key.hash(),
        kind,
        name: name.to_owned(),
        car_id,
        made_by: "promises".to_owned(),
    };
    let id = key_insert(conn, &new, at())?;
    Ok((id, key.reveal().to_owned()))
}

fn car(name: &str, latitude: f64) -> NewCar {
    NewCar {
        name: name.to_owned(),
        plate: format!("B-{name}"),
        make: "Maker".to_owned(),
        model: "One".to_owned(),
        body_type: "sedan".to_owned(),
        colour: "blue".to_owned(),
        seats: 4,
        position: Position::new(latitude, 13.40).unwrap(),
        place: format!("{name} street"),
        rate_per_hour: Money::new(1_300, money::currency("EUR").unwrap()),
    }
}
