//! The vault: sealed templates in the database, their keys in a key store of its own, and what may be done with both.
//!
//! A template is opened for a comparison and wiped after it; those that stay open stay in locked memory. Changes happen
//! one after another. A face command that the vault cannot serve says why in one sentence; it never begins anew where
//! there was something.

mod enrol;
mod erase;
mod error;
pub mod gallery;
mod keys;
mod locked;
mod look;
mod open;
mod records;
mod rekey;
mod sealing;
mod search;
mod server_key;
mod slot;
mod template;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use crate::config::FaceConfig;
use crate::runtime::{Aside, Gate};
use crate::store::Store;

pub use error::VaultError;
pub use look::Listed;
pub use records::{Consent, ConsentKept, Export, MODEL, NewTemplate, Proof, Receipt, Seen, TemplateAbout};
pub use rekey::Rekeyed;
pub use search::Hit;

use keys::KeyStore;
use search::Gallery;
use server_key::ServerKeySource;

/// File of the key store inside the data folder.
const KEY_STORE_FILE: &str = "face-keys";
/// File of the server key inside the data folder.
const SERVER_KEY_FILE: &str = "face-server.key";
/// Changes that wait for the one that is made; one more is refused as busy.
const CHANGES_WAITING_MAX: usize = 64;
/// Longest wait of a change for its turn.
const CHANGE_WAIT_MAX: Duration = Duration::from_secs(10);
/// Pieces of work with keys at a time, and those that may wait.
const ASIDE_INSIDE_MAX: usize = 2;
const ASIDE_WAITING_MAX: usize = 256;
/// Searches at a time, each of which keeps a core busy, and those that may wait.
const SEARCHES_INSIDE_MAX: usize = 1;
const SEARCHES_WAITING_MAX: usize = 8;

/// Where the vault's files are, and how much it takes.
#[derive(Debug, Clone)]
pub struct VaultSettings {
    key_store: PathBuf,
    server_key: ServerKeySource,
    people_max: u64,
    templates_max: u64,
    templates_per_person: usize,
}

impl VaultSettings {
    /// As configured; what is not lies in the data folder.
    #[must_use]
    pub fn of(config: &FaceConfig, data: &Path) -> Self {
        let file = |named: &Option<PathBuf>, own: &str| named.clone().unwrap_or_else(|| data.join(own));
        Self {
            key_store: file(&config.key_store, KEY_STORE_FILE),
            server_key: ServerKeySource {
                given: config.server_key.clone(),
                file: file(&config.server_key_file, SERVER_KEY_FILE),
            },
            people_max: config.people_max,
            templates_max: config.templates_max,
            templates_per_person: config.templates_per_person,
        }
    }
}

/// Makes the answer that is kept for a retry, out of what was done.
pub type Keeping<T> = Box<dyn FnOnce(&T) -> Option<Vec<u8>> + Send>;

/// Cheap to clone; clones are the same vault.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    store: Store,
    settings: VaultSettings,
    /// Open once something needed it.
    keys: Mutex<Option<KeyStore>>,
    /// All templates in clear, in locked memory, once somebody searched.
    gallery: RwLock<Option<Gallery>>,
    changes: Gate,
    aside: Aside,
    searches: Aside,
}

impl Vault {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(store: Store, settings: VaultSettings) -> Self {
        Self(Arc::new(Inner {
            store,
            settings,
            keys: Mutex::default(),
            gallery: RwLock::default(),
            changes: Gate::new("face-vault", 1, CHANGES_WAITING_MAX),
            aside: Aside::new("face-keys", ASIDE_INSIDE_MAX, ASIDE_WAITING_MAX),
            searches: Aside::new("face-searches", SEARCHES_INSIDE_MAX, SEARCHES_WAITING_MAX),
        }))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}
