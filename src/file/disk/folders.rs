//! The folders of contents: `ab/cd/` by the first four digits, so that none grows large.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::file::rules::ids::UploadId;

/// The folder below the data folder.
const FOLDER: &str = "files";
/// Behind the digits of what is on its way.
const PART: &str = "part";
/// Digits of each level.
const LEVEL: usize = 2;

/// Something that lies where contents lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Which upload's.
    pub(crate) id: UploadId,
    /// Whether it is on its way.
    pub(crate) is_part: bool,
}

/// The root of all contents.
pub(super) struct Folders {
    root: PathBuf,
}

impl Folders {
    /// Makes the root, readable by its owner alone.
    pub(super) fn make(data: &Path) -> io::Result<Self> {
        let root = data.join(FOLDER);
        make(&root)?;
        Ok(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self, id: &UploadId) -> PathBuf {
        let (first, rest) = id.digits().split_at(LEVEL);
        self.root.join(first).join(rest.get(..LEVEL).unwrap_or(rest))
    }

    pub(super) fn content(&self, id: &UploadId) -> PathBuf {
        self.folder(id).join(id.digits())
    }

    pub(super) fn part(&self, id: &UploadId) -> PathBuf {
        self.content(id).with_extension(PART)
    }

    /// Makes the folders of that upload, for good.
    pub(super) fn make_for(&self, id: &UploadId) -> io::Result<()> {
        let folder = self.folder(id);
        if folder.is_dir() {
            return Ok(());
        }
        let above = folder.parent().unwrap_or(&self.root);
        make(above)?;
        sync(&self.root)?;
        make(&folder)?;
        sync(above)
    }

    /// What was renamed in the folder of that upload is so for good.
    pub(super) fn sync_of(&self, id: &UploadId) -> io::Result<()> {
        sync(&self.folder(id))
    }

    /// The four digits of every folder that holds contents.
    pub(super) fn leaves(&self) -> io::Result<Vec<String>> {
        let mut leaves = Vec::new();
        for first in names_in(&self.root)?.into_iter().filter(|name| is_level(name)) {
            let below = names_in(&self.root.join(&first))?;
            leaves.extend(
                below
                    .into_iter()
                    .filter(|name| is_level(name))
                    .map(|name| format!("{first}{name}")),
            );
        }
        leaves.sort();
        Ok(leaves)
    }

    /// What is in the folder of these four digits; what is no content is left alone.
    pub(super) fn found_in(&self, leaf: &str) -> io::Result<Vec<Found>> {
        let Some((first, second)) = leaf.split_at_checked(LEVEL) else {
            return Ok(Vec::new());
        };
        let names = names_in(&self.root.join(first).join(second))?;
        let found = names.into_iter().filter_map(|name| {
            let digits = name.strip_suffix(".part");
            let id = UploadId::read(digits.unwrap_or(&name)).filter(|id| id.digits().starts_with(leaf))?;
            Some(Found {
                id,
                is_part: digits.is_some(),
            })
        });
        Ok(found.collect())
    }
}

fn is_level(name: &str) -> bool {
    name.len() == LEVEL && name.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        // Names of ours are ASCII.
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
