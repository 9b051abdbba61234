//! The pictures of a folder that somebody sorted: one folder a person, pictures in it.
//!
//! Looks at names and sizes only. What is no picture for us is told with its reason; nothing is passed over in silence
//! but names that begin with a dot.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::cli::Failure;
use crate::cli::show::plain;

/// Most files and folders of one evaluation: 200 million pairs, and 10 MB of embeddings.
pub(super) const FILES_MAX: usize = 20_000;

/// One picture that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shot {
    pub(super) path: PathBuf,
    /// The place of its person.
    pub(super) person: usize,
}

/// A file that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct LeftOut {
    /// As somebody in the folder calls it.
    pub(super) file: String,
    /// A word for programs.
    pub(super) reason: &'static str,
    /// A sentence for people.
    pub(super) why: String,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Names of the people.
    pub(super) people: Vec<String>,
    pub(super) shots: Vec<Shot>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Sorted {
    /// Lists a folder; `bytes_max` is the largest picture that the server would take.
    pub(super) fn read(folder: &Path, bytes_max: u64) -> Result<Self, Failure> {
        let mut sorted = Self::default();
        let shown = folder.display();
        let found = list(folder).map_err(|error| Failure::failed(format!("cannot read {shown}: {error}")))?;
        for path in found {
            if path.is_dir() {
                sorted.person(folder, &path, bytes_max);
            } else {
                sorted.leave_out(folder, &path, "no_person", "lies beside the folders of people");
            }
            if sorted.people.len().saturating_add(sorted.files()) > FILES_MAX {
                return Err(Failure::usage(format!(
                    "{shown} holds more than {FILES_MAX} files and folders"
                )));
            }
        }
        Ok(sorted)
    }

    fn person(&mut self, folder: &Path, path: &Path, bytes_max: u64) {
        let person = self.people.len();
        let name = path.file_name().unwrap_or_default();
        self.people.push(plain(&name.to_string_lossy()));
        match list(path) {
            Ok(files) => files
                .into_iter()
                .for_each(|file| self.take(folder, file, person, bytes_max)),
            Err(error) => self.leave_out(folder, path, "not_readable", format!("cannot be read: {error}")),
        }
    }

    /// Notes a file that does not count.
    pub(super) fn leave_out(&mut self, folder: &Path, path: &Path, reason: &'static str, why: impl Into<String>) {
        let shown = path.strip_prefix(folder).unwrap_or(path);
        self.left_out.push(LeftOut {
            file: plain(&shown.to_string_lossy()),
            reason,
            why: why.into(),
        });
    }

    fn files(&self) -> usize {
        self.shots.len() + self.left_out.len()
    }

    fn take(&mut self, folder: &Path, path: PathBuf, person: usize, bytes_max: u64) {
        match fs::metadata(&path) {
            Err(error) => self.leave_out(folder, &path, "not_readable", format!("cannot be read: {error}")),
            Ok(file) if file.is_dir() => self.leave_out(folder, &path, "no_file", "a folder within that of a person"),
            // A pipe would be waited for without end.
            Ok(file) if !file.is_file() => self.leave_out(folder, &path, "no_file", "no file"),
            Ok(file) if file.len() > bytes_max => {
                let why = format!("has {} bytes, at most {bytes_max} are taken", file.len());
                self.leave_out(folder, &path, "too_large", why);
            }
            Ok(_) => self.shots.push(Shot { path, person }),
        }
    }
}

/// What a folder holds, by name; one more than may be, at most.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
        if paths.len() > FILES_MAX {
            break;
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_the_folder_is_taken_or_told() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["ada", "bob", "empty", "ada/deep"] {
            fs::create_dir(at(folder)).unwrap();
        }
        for (file, bytes) in [
            ("ada/1.jpg", 5),
            ("ada/.hidden", 5),
            ("bob/1.png", 5),
            ("bob/huge.png", 11),
            ("note.txt", 1),
        ] {
            fs::write(at(file), vec![0; bytes]).unwrap();
        }
        std::os::unix::fs::symlink(at("nowhere"), at("bob/gone.jpg")).unwrap();
        let sorted = Sorted::read(dir.path(), 10).unwrap();
        assert_eq!(sorted.people, ["ada", "bob", "empty"]);
        let taken: Vec<_> = sorted
            .shots
            .iter()
            .map(|shot| (shot.person, shot.path.clone()))
            .collect();
        assert_eq!(taken, [(0, at("ada/1.jpg")), (1, at("bob/1.png"))]);
        let told: Vec<_> = sorted.left_out.iter().map(|left| (&*left.file, left.reason)).collect();
        assert_eq!(
            told,
            [
                ("ada/deep", "no_file"),
                ("bob/gone.jpg", "not_readable"),
                ("bob/huge.png", "too_large"),
                ("note.txt", "no_person")
            ]
        );
    }

    #[test]
    fn a_folder_that_is_none_or_holds_too_much_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Sorted::read(&dir.path().join("none"), 10).is_err());
        let ada = dir.path().join("ada");
        fs::create_dir(&ada).unwrap();
        for number in 1..FILES_MAX {
            fs::File::create(ada.join(number.to_string())).unwrap();
        }
        // The folder counts as well.
        assert_eq!(Sorted::read(dir.path(), 10).unwrap().shots.len(), FILES_MAX - 1);
        fs::File::create(ada.join("one more")).unwrap();
        assert!(Sorted::read(dir.path(), 10).is_err());
    }
}
