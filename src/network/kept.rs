//! Which parent is wanted: the file in the data folder, which only its owner reads, or else the configuration.
//!
//! The key is here and nowhere else: never in the database, a copy of it, the log or the audit log. It blocks.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::rules::address_parts;
use crate::config::{ParentConfig, ParentKey};
use crate::tls::Fingerprint;

/// The file inside the data folder.
const FILE: &str = "parent.json";

/// A parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// `host:port`.
    pub(crate) address: String,
    /// What this server signs in with.
    pub(crate) key: ParentKey,
    /// The certificate that is believed.
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// As it is written; without an address there is none, whatever the configuration says.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    address: Option<String>,
    key: Option<ParentKey>,
    fingerprint: Option<String>,
}

/// A file that is written and not yet in its place.
pub(crate) struct Waiting(tempfile::NamedTempFile);

/// What is wanted at a start.
pub(super) fn load(data: &Path, config: &ParentConfig) -> Result<Option<Wanted>, String> {
    let file = data.join(FILE);
    match fs::read(&file) {
        Ok(bytes) => {
            // serde's own words could repeat the key.
            let written: Written = serde_json::from_slice(&bytes)
                .map_err(|err| format!("{} cannot be read at line {}", file.display(), err.line()))?;
            wanted(written).map_err(|why| format!("{}: {why}", file.display()))
        }
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => configured(config),
        Err(err) => Err(format!("cannot read {}: {err}", file.display())),
    }
}

fn configured(config: &ParentConfig) -> Result<Option<Wanted>, String> {
    if config.address.is_none() {
        return Ok(None);
    }
    let key = match (&config.key, &config.key_file) {
        (Some(key), None) => key.clone(),
        (None, Some(file)) => {
            let text = fs::read_to_string(file).map_err(|err| format!("cannot read {}: {err}", file.display()))?;
            ParentKey(text.trim().to_owned())
        }
        _ => return Err("parent.address wants one of parent.key and parent.key_file".to_owned()),
    };
    let written = Written {
        address: config.address.clone(),
        key: Some(key),
        fingerprint: config.fingerprint.clone(),
    };
    wanted(written).map_err(|why| format!("parent: {why}"))
}

fn wanted(written: Written) -> Result<Option<Wanted>, String> {
    let Some(address) = written.address else {
        return Ok(None);
    };
    address_parts(&address).ok_or("the address is not host:port")?;
    let fingerprint = written.fingerprint.map(|text| text.parse::<Fingerprint>()).transpose();
    Ok(Some(Wanted {
        address,
        key: written.key.ok_or("there is no key")?,
        fingerprint: fingerprint.map_err(|err| err.to_string())?,
    }))
}

impl Waiting {
    /// Writes what is wanted, whole and on the disk.
    pub(crate) fn write(data: &Path, wanted: Option<&Wanted>) -> std::io::Result<Self> {
        let written = Written {
            address: wanted.map(|wanted| wanted.address.clone()),
            key: wanted.map(|wanted| wanted.key.clone()),
            fingerprint: wanted.and_then(|wanted| wanted.fingerprint).map(|one| one.to_string()),
        };
        // Made for its owner only.
        let mut draft = tempfile::NamedTempFile::new_in(data)?;
        serde_json::to_writer(&mut draft, &written)?;
        draft.flush()?;
        draft.as_file().sync_all()?;
        Ok(Self(draft))
    }

    /// From now on.
    pub(crate) fn put(self, data: &Path) -> std::io::Result<()> {
        self.0.persist(data.join(FILE))?;
        fs::File::open(data)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_file_is_its_owners_and_wins_over_the_configuration_also_when_it_says_none() {
        let data = tempfile::tempdir().unwrap();
        let config = ParentConfig {
            address: Some("127.0.0.1:1".to_owned()),
            key: Some(ParentKey("mp-secret".to_owned())),
            ..ParentConfig::default()
        };
        let configured = load(data.path(), &config).unwrap().unwrap();
        assert_eq!(configured.address, "127.0.0.1:1");
        assert!(!format!("{configured:?} {config:?}").contains("mp-secret"));
        let other = Wanted {
            address: "127.0.0.1:2".to_owned(),
            ..configured
        };
        Waiting::write(data.path(), Some(&other))
            .unwrap()
            .put(data.path())
            .unwrap();
        let mode = fs::metadata(data.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(load(data.path(), &config).unwrap().unwrap(), other);
        Waiting::write(data.path(), None).unwrap().put(data.path()).unwrap();
        assert_eq!(load(data.path(), &config).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_repeating_the_key() {
        let data = tempfile::tempdir().unwrap();
        let config = ParentConfig {
            address: Some("127.0.0.1:1".to_owned()),
            ..ParentConfig::default()
        };
        assert!(load(data.path(), &config).unwrap_err().contains("parent.key_file"));
        fs::write(data.path().join(FILE), r#"{"address": 5, "key": "mp-secret"}"#).unwrap();
        let refused = load(data.path(), &config).unwrap_err();
        assert!(refused.contains(FILE) && !refused.contains("mp-secret"), "{refused}");
    }
}
