//! What the vault promises, on a real store and real files in a folder of their own.

mod erasing;
mod keeping;
mod rekeying;
mod shut;

use std::path::PathBuf;

use diesel::prelude::*;
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::booking::UserId;
use crate::face::embedding::{EMBEDDING_FLOATS, Embedding};
use crate::runtime::clock::from_micros;
use crate::store::change::Change;
use crate::store::schema::users;
use crate::store::{DatabaseUrl, StoreOptions};

/// A store with two people, and the vault's files beside it.
struct Place {
    folder: TempDir,
    store: Store,
    config: FaceConfig,
}

async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let store = store_at(&folder.path().join("m.db"));
    for name in ["ada", "bob"] {
        let added = store.write(move |conn| {
            Ok(diesel::insert_into(users::table)
                .values((
                    users::username.eq(name),
                    users::first_name.eq("A"),
                    users::last_name.eq("B"),
                    users::email.eq("a@example.org"),
                    users::role.eq("customer"),
                    users::created_at.eq(0_i64),
                ))
                .execute(conn)?)
        });
        assert_eq!(added.await.unwrap(), 1);
    }
    Place {
        folder,
        store,
        config: FaceConfig::default(),
    }
}

fn store_at(path: &Path) -> Store {
    Store::open(&DatabaseUrl::sqlite(path), StoreOptions::default()).unwrap()
}

const ADA: UserId = UserId(1);
const BOB: UserId = UserId(2);

impl Place {
    fn vault(&self) -> Vault {
        Vault::new(self.store.clone(), VaultSettings::of(&self.config, self.folder.path()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn at(day: i64) -> Timestamp {
    from_micros(day * 86_400_000_000)
}

fn change(day: i64) -> Change {
    Change {
        at: at(day),
        who: "user:1".to_owned(),
        what: "s.test".to_owned(),
        request: None,
    }
}

fn agreed() -> Consent {
    Consent::Given {
        version: "v1".to_owned(),
        text: "Keep my face.".to_owned(),
        proof: Proof::Password,
    }
}

/// A face that only this number has.
fn face(number: u16) -> Embedding {
    let floats =
        std::array::from_fn(|place| (f32::from(number) + f32::from(u8::try_from(place).unwrap()) / 1_000.0).sin());
    Embedding::new(Box::new(floats)).unwrap()
}

fn keep_nothing<T>() -> Keeping<T> {
    Box::new(|_| None)
}

async fn enrol(vault: &Vault, user: UserId, faces: &[u16]) -> Result<Vec<TemplateAbout>, VaultError> {
    let faces = faces.iter().map(|number| face(*number)).collect();
    vault
        .enrol::<Embedding>(user, faces, agreed(), change(1), keep_nothing())
        .await
}

async fn faces_of(vault: &Vault, user: UserId) -> Vec<Embedding> {
    let mut found = vault.templates_of(&[user]).await.unwrap();
    found.pop().map(|(_, faces)| faces).unwrap_or_default()
}
