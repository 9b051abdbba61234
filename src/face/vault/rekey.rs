//! Another server key: every key of the key store is wrapped anew, while no server has it open.
//!
//! The new key and the new store are on the disk beside the old ones before either takes its place. The store takes it first,
//! in one step: from then on the new key is the right one, and whoever opens the vault next finishes what broke off. Before it
//! nothing has changed, and what was begun is destroyed. The old files are overwritten. It blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use super::VaultSettings;
use super::error::VaultError;
use super::keys::{KeyStore, wipe};
use super::sealing::Secret;
use super::server_key::{beside, folder_of, make_in};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rekeyed {
    /// Keys of people under the new server key.
    pub keys: u64,
    /// Slots that no key opened before and none opens now.
    pub unusable: u64,
}

/// Everything that is needed for the exchange is on the disk, and nobody else has either store open.
pub(super) struct Prepared<'a> {
    settings: &'a VaultSettings,
    old: KeyStore,
    /// Held until both files are in their places: nobody opens the new store with the old key in between.
    new: KeyStore,
    old_key: File,
    rekeyed: Rekeyed,
}

impl VaultSettings {
    /// Puts the key store under a new server key, made here, in the file of the old one.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] where there is no key store, where somebody has it open, or where the configuration gives the
    /// key itself; [`VaultError::Disk`]. Nothing has changed then, or the next who opens the vault finishes it.
    pub fn rekey(&self) -> Result<Rekeyed, VaultError> {
        let prepared = self.prepare()?;
        prepared.exchange_stores()?;
        prepared.exchange_keys()
    }

    pub(super) fn prepare(&self) -> Result<Prepared<'_>, VaultError> {
        if self.server_key.given.is_some() {
            return Err(said(
                "the server key is given by face.server_key; put it into the file of face.server_key_file first",
            ));
        }
        let none = || said("there is no key store of faces, so there is nothing to do");
        let key = self.server_key.find()?.ok_or_else(none)?;
        let old = self.open(&key)?.ok_or_else(none)?;
        let old_key = OpenOptions::new().write(true).open(&self.server_key.file)?;
        let next_key = self.server_key.next_file();
        let secret = make_in(&next_key)?;
        give_to_owner_of(&self.server_key.file, &next_key)?;
        let path = beside(&self.key_store);
        let (keys, unusable) = write_new(&path, |to| old.rewrap(&secret, to))?;
        give_to_owner_of(&self.key_store, &path)?;
        let new = KeyStore::open(&path, &secret, self.people_max)?;
        let new = new.filter(|new| new.count() == keys && new.id() == old.id());
        Ok(Prepared {
            settings: self,
            old,
            new: new.ok_or_else(|| said("the new key store is not what was written; nothing was changed"))?,
            old_key,
            rekeyed: Rekeyed { keys, unusable },
        })
    }

    /// Opens the key store that is there with this server key, or with the one that was to take its place when a change of
    /// keys broke off; what broke off is finished or destroyed.
    pub(super) fn open(&self, key: &Secret) -> Result<Option<KeyStore>, VaultError> {
        match KeyStore::open(&self.key_store, key, self.people_max) {
            Err(refused) => {
                let Some(next) = self.server_key.find_next()? else {
                    return Err(refused);
                };
                let opened = KeyStore::open(&self.key_store, &next, self.people_max).map_err(|_| refused)?;
                put_in_place(&self.server_key.next_file(), &self.server_key.file)?;
                tracing::warn!("A change of the server key of faces had broken off; it is finished.");
                Ok(opened)
            }
            Ok(Some(opened)) => {
                // Whoever changes keys has the store open, so nobody does.
                destroy(&beside(&self.key_store))?;
                destroy(&self.server_key.next_file())?;
                Ok(Some(opened))
            }
            Ok(None) => Ok(None),
        }
    }
}

impl Prepared<'_> {
    /// From here on the new key is the right one.
    pub(super) fn exchange_stores(&self) -> Result<(), VaultError> {
        let store = &self.settings.key_store;
        put_in_place(&beside(store), store)?;
        Ok(())
    }

    pub(super) fn exchange_keys(self) -> Result<Rekeyed, VaultError> {
        let source = &self.settings.server_key;
        put_in_place(&source.next_file(), &source.file)?;
        self.old.wipe()?;
        wipe(&self.old_key)?;
        drop(self.new);
        Ok(self.rekeyed)
    }
}

/// A whole new file for its owner alone, on the disk.
fn write_new<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut to = BufWriter::new(file);
    let written = write(&mut to)?;
    to.flush()?;
    to.get_ref().sync_all()?;
    File::open(folder_of(path))?.sync_all()?;
    Ok(written)
}

/// Whoever runs this may be root, and the server somebody else.
fn give_to_owner_of(old: &Path, new: &Path) -> io::Result<()> {
    let (owner, is) = (fs::metadata(old)?, fs::metadata(new)?);
    if (owner.uid(), owner.gid()) == (is.uid(), is.gid()) {
        return Ok(());
    }
    chown(new, Some(owner.uid()), Some(owner.gid()))
}

/// One step: before it the old one is there, after it the new one. What the name leads to is meant, not a link to it.
fn put_in_place(new: &Path, old: &Path) -> io::Result<()> {
    let old: PathBuf = fs::canonicalize(old)?;
    fs::rename(new, &old)?;
    File::open(folder_of(&old))?.sync_all()
}

/// Overwrites and removes what a change of keys left that broke off.
fn destroy(path: &Path) -> io::Result<()> {
    let file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    wipe(&file)?;
    fs::remove_file(path)?;
    File::open(folder_of(path))?.sync_all()
}

fn said(sentence: &str) -> VaultError {
    VaultError::Unavailable(sentence.to_owned())
}
