//! The key store: a file of slots outside the database, each with the key of a person, wrapped under the server key.
//!
//! Destroying a key overwrites its slot in place and waits for the disk. It never writes over a key that is in force, never
//! begins anew where there is a store, and blocks.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::VaultError;
use super::locked::Locked;
use super::sealing::{self, NONCE_BYTES, SECRET_BYTES, Secret, TAG_BYTES};
use super::server_key::put;
use super::slot::{self, Found, Header, KeySlot, SLOT_BYTES, SlotBytes, StoreId, WRAPPED_BYTES};
use crate::runtime::metrics::names;

/// Bytes of a fingerprint that are shown, as hex.
const FINGERPRINT_BYTES: usize = 8;
const SLOT_LENGTH: u64 = 128;
const ABOUT_PROOF: &[u8] = b"motorpool face key store";

/// An open key store. Nobody else has it open.
pub(super) struct KeyStore {
    file: File,
    store: StoreId,
    server: Locked,
    keys: HashMap<i64, Place>,
    free: Vec<u64>,
    /// Slots in the file, the header too.
    slots: u64,
    keys_max: u64,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    slot: u64,
    user: i64,
}

impl KeyStore {
    /// Opens the store that is there; nothing if there is none.
    pub(super) fn open(path: &Path, server: &Secret, keys_max: u64) -> Result<Option<Self>, VaultError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(said("another program has the key store of faces open; stop it first"));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut first = [0; SLOT_BYTES];
        let header = read_slot(&file, 0, &mut first).ok().and_then(|()| slot::header(&first));
        let header =
            header.ok_or_else(|| said("the file of face.key_store is no key store, or its beginning is damaged"))?;
        let mut proof = header.proof.to_vec();
        sealing::open(server.bytes(), header.nonce, &about_store(&header.store), &mut proof).map_err(|_| {
            said("the server key of faces is not the one that the key store was made with; put the right one back")
        })?;
        let mut opened = Self {
            store: header.store,
            server: kept(server)?,
            keys: HashMap::new(),
            free: Vec::new(),
            slots: file.metadata()?.len() / SLOT_LENGTH,
            keys_max,
            file,
        };
        opened.look_through()?;
        Ok(Some(opened))
    }

    /// Makes an empty store where there is none, and opens it.
    pub(super) fn create(path: &Path, server: &Secret, keys_max: u64) -> Result<Self, VaultError> {
        let mut store = StoreId::default();
        getrandom::fill(&mut store)?;
        put(path, &header_of(store, server)?)?;
        let opened = Self::open(path, server, keys_max)?;
        opened.ok_or_else(|| said("the key store of faces is gone again"))
    }

    /// What names this store.
    pub(super) fn id(&self) -> String {
        HEXLOWER.encode(&self.store)
    }

    /// How many keys there are.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.keys.len()).unwrap_or(u64::MAX)
    }

    /// Whether that key is here.
    pub(super) fn has(&self, key: i64) -> bool {
        self.keys.contains_key(&key)
    }

    /// The keys of a person, in no order.
    pub(super) fn of(&self, user: i64) -> Vec<i64> {
        let theirs = self.keys.iter().filter(|(_, place)| place.user == user);
        theirs.map(|(key, _)| *key).collect()
    }

    /// A new key for a person, on the disk before it is given.
    pub(super) fn make(&mut self, user: i64, at: i64) -> Result<i64, VaultError> {
        if self.count() >= self.keys_max {
            return Err(VaultError::Full(format!(
                "the key store holds the keys of {} people, which is the most",
                self.keys.len()
            )));
        }
        let key = self.number()?;
        let mut secret = Secret::blank();
        getrandom::fill(secret.bytes_mut())?;
        let (nonce, wrapped) = wrapped(self.server_key()?, &secret, &self.about(key, user))?;
        let written = KeySlot {
            key,
            user,
            made_at: at,
            nonce,
            wrapped,
        };
        let slot = self.free.last().copied().unwrap_or(self.slots);
        self.write(slot, &written.bytes())?;
        if self.free.pop().is_none() {
            self.slots = self.slots.saturating_add(1);
        }
        self.keys.insert(key, Place { slot, user });
        Ok(key)
    }

    /// The key of that number, if it is here and that person's.
    pub(super) fn secret(&self, key: i64, user: i64) -> Result<Option<Secret>, VaultError> {
        let Some(place) = self.keys.get(&key).filter(|place| place.user == user) else {
            return Ok(None);
        };
        let mut bytes = [0; SLOT_BYTES];
        read_slot(&self.file, place.slot, &mut bytes)?;
        let found = match slot::read(&bytes) {
            Found::Key(found) if found.key == key && found.user == user => found,
            _ => {
                unusable("torn", place.slot);
                return Ok(None);
            }
        };
        let secret = self.unwrapped(&found)?;
        if secret.is_none() {
            unusable("foreign", place.slot);
        }
        Ok(secret)
    }

    /// Writes the whole store as it is under another server key; slots that cannot be used stay as they are. Says how many keys
    /// there were, and how many such slots.
    pub(super) fn rewrap(&self, server: &Secret, to: &mut impl io::Write) -> Result<(u64, u64), VaultError> {
        to.write_all(&header_of(self.store, server)?)?;
        let (mut keys, mut unusable) = (0, 0);
        let mut bytes = [0; SLOT_BYTES];
        for slot in 1..self.slots {
            read_slot(&self.file, slot, &mut bytes)?;
            let secret = match slot::read(&bytes) {
                Found::Free => None,
                Found::Torn => {
                    unusable += 1;
                    None
                }
                Found::Key(found) => {
                    let secret = self.unwrapped(&found)?;
                    unusable += u64::from(secret.is_none());
                    secret.map(|secret| (found, secret))
                }
            };
            if let Some((found, secret)) = secret {
                let (nonce, wrapped) = wrapped(server.bytes(), &secret, &self.about(found.key, found.user))?;
                bytes = KeySlot {
                    nonce,
                    wrapped,
                    ..found
                }
                .bytes();
                keys += 1;
            }
            to.write_all(&bytes)?;
        }
        Ok((keys, unusable))
    }

    /// Overwrites everything where it lies: another file has taken this one's place.
    pub(super) fn wipe(self) -> io::Result<()> {
        wipe(&self.file)
    }

    /// The key in a slot, if the server key opens it.
    fn unwrapped(&self, found: &KeySlot) -> Result<Option<Secret>, VaultError> {
        let mut buffer = Zeroizing::new(found.wrapped.to_vec());
        let about = self.about(found.key, found.user);
        if sealing::open(self.server_key()?, found.nonce, &about, &mut buffer).is_err() {
            return Ok(None);
        }
        let mut secret = Secret::blank();
        for (byte, clear) in secret.bytes_mut().iter_mut().zip(buffer.iter()) {
            *byte = *clear;
        }
        Ok(Some(secret))
    }

    /// What tells the slot of a key from others, before and after in a copy of the store.
    pub(super) fn fingerprint(&self, key: i64) -> Result<Option<String>, VaultError> {
        let Some(place) = self.keys.get(&key) else {
            return Ok(None);
        };
        let mut bytes = [0; SLOT_BYTES];
        read_slot(&self.file, place.slot, &mut bytes)?;
        let sum = Sha256::digest(bytes);
        Ok(sum.get(..FINGERPRINT_BYTES).map(|start| HEXLOWER.encode(start)))
    }

    /// Overwrites the key where it lies and waits for the disk; says whether it was here.
    pub(super) fn destroy(&mut self, key: i64) -> Result<bool, VaultError> {
        let Some(place) = self.keys.get(&key).copied() else {
            return Ok(false);
        };
        self.write(place.slot, &[0; SLOT_BYTES])?;
        let mut after = [0; SLOT_BYTES];
        read_slot(&self.file, place.slot, &mut after)?;
        if slot::read(&after) != Found::Free {
            return Err(said("a key of the key store of faces could not be overwritten"));
        }
        self.keys.remove(&key);
        self.free.push(place.slot);
        Ok(true)
    }

    /// Every slot once: which keys there are, what is free, what is neither.
    fn look_through(&mut self) -> Result<(), VaultError> {
        let mut bytes = [0; SLOT_BYTES];
        for slot in 1..self.slots {
            read_slot(&self.file, slot, &mut bytes)?;
            match slot::read(&bytes) {
                Found::Free => self.free.push(slot),
                Found::Torn => unusable("torn", slot),
                Found::Key(found) => {
                    let place = Place { slot, user: found.user };
                    if self.keys.insert(found.key, place).is_some() {
                        unusable("foreign", slot);
                    }
                }
            }
        }
        if self.file.metadata()?.len() % SLOT_LENGTH != 0 {
            unusable("torn", self.slots);
        }
        Ok(())
    }

    fn write(&self, slot: u64, bytes: &SlotBytes) -> io::Result<()> {
        self.file.write_all_at(bytes, slot.saturating_mul(SLOT_LENGTH))?;
        // The length of the file belongs to what must be on the disk.
        self.file.sync_all()
    }

    fn server_key(&self) -> Result<&[u8; SECRET_BYTES], VaultError> {
        let key = self.server.bytes().first_chunk();
        key.ok_or_else(|| said("the server key of faces is gone"))
    }

    /// A number that no key here has; positive.
    fn number(&self) -> Result<i64, VaultError> {
        loop {
            let number = i64::try_from(getrandom::u64()? >> 1).unwrap_or_default();
            if number > 0 && !self.has(number) {
                return Ok(number);
            }
        }
    }

    fn about(&self, key: i64, user: i64) -> Vec<u8> {
        let mut about = about_store(&self.store);
        about.extend_from_slice(&key.to_be_bytes());
        about.extend_from_slice(&user.to_be_bytes());
        about
    }
}

fn about_store(store: &StoreId) -> Vec<u8> {
    [ABOUT_PROOF, store].concat()
}

fn header_of(store: StoreId, server: &Secret) -> Result<SlotBytes, VaultError> {
    let (nonce, proof) = wrapped(server.bytes(), &Secret::blank(), &about_store(&store))?;
    Ok(Header { store, nonce, proof }.bytes())
}

fn wrapped(
    server: &[u8; SECRET_BYTES],
    secret: &Secret,
    about: &[u8],
) -> Result<([u8; NONCE_BYTES], [u8; WRAPPED_BYTES]), VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)?;
    let mut buffer = Vec::with_capacity(SECRET_BYTES + TAG_BYTES);
    buffer.extend_from_slice(secret.bytes());
    let sealed = sealing::seal(server, nonce, about, &mut buffer);
    let wrapped = buffer.as_slice().try_into().ok().filter(|_| sealed);
    Ok((
        nonce,
        wrapped.ok_or_else(|| said("a key of faces could not be wrapped"))?,
    ))
}

/// A server key where it may stay.
fn kept(server: &Secret) -> io::Result<Locked> {
    let mut locked = Locked::new(SECRET_BYTES)?;
    locked.bytes_mut().copy_from_slice(server.bytes());
    Ok(locked)
}

/// Overwrites a file with zeroes and waits for the disk.
pub(super) fn wipe(file: &File) -> io::Result<()> {
    let mut at = 0;
    let length = file.metadata()?.len();
    let zeroes = [0; SLOT_BYTES];
    while at < length {
        let left = usize::try_from(length - at).unwrap_or(SLOT_BYTES);
        let part = zeroes.get(..left.min(SLOT_BYTES)).unwrap_or(&zeroes);
        file.write_all_at(part, at)?;
        at = at.saturating_add(SLOT_LENGTH);
    }
    file.sync_all()
}

fn read_slot(file: &File, slot: u64, bytes: &mut SlotBytes) -> io::Result<()> {
    file.read_exact_at(bytes, slot.saturating_mul(SLOT_LENGTH))
}

fn said(sentence: &str) -> VaultError {
    VaultError::Unavailable(sentence.to_owned())
}

fn unusable(cause: &'static str, slot: u64) {
    metrics::counter!(names::FACE_KEY_STORE_FAULTS, "cause" => cause).increment(1);
    tracing::warn!(
        slot,
        cause,
        "A slot of the key store of faces cannot be used; what it opened stays shut."
    );
}
