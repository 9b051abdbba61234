//! The two models: how they are called, where they are looked for, how the right ones are known.
//!
//! Files only; it loads nothing into dlib. Reading them to the end takes a moment: never on an arbiter.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// One model as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Name of its file.
    pub file: &'static str,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content, in lower case hex.
    pub sha256: &'static str,
}

/// Finds five places of a face.
pub const LANDMARKS: Model = Model {
    file: "shape_predictor_5_face_landmarks.dat",
    bytes: 9_150_489,
    sha256: "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
};

/// Makes the embedding of a face.
pub const ENCODER: Model = Model {
    file: "dlib_face_recognition_resnet_model_v1.dat",
    bytes: 22_466_066,
    sha256: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
};

/// Both.
pub const MODELS: [Model; 2] = [LANDMARKS, ENCODER];

/// What is the matter with the models.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// No folder has both.
    #[error("the face models are missing: no {missing} in {}; `make setup` brings them", folders(.looked))]
    Missing {
        /// The first file that was not found.
        missing: &'static str,
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// It is there and cannot be read.
    #[error("the face model {} cannot be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// It is another file than it should be.
    #[error("the face model {} is another file than it should be: {what}; remove it and run `make setup`", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What was got and what was wanted.
        what: String,
    },
}

fn folders(looked: &[PathBuf]) -> String {
    let looked: Vec<String> = looked.iter().map(|folder| folder.display().to_string()).collect();
    looked.join(", ")
}

/// Where models are looked for: where the configuration says, in the data folder, beside the program.
#[must_use]
pub fn places(configured: Option<&Path>, data: &Path, program: Option<&Path>) -> Vec<PathBuf> {
    let mut places = Vec::new();
    places.extend(configured.map(Path::to_owned));
    places.push(data.join("models"));
    if let Some(folder) = program.and_then(Path::parent) {
        places.push(folder.join("models"));
        if let Some(above) = folder.parent() {
            places.push(above.join("models"));
            places.push(above.join("share/motorpool/models"));
        }
    }
    places
}

/// The first of these folders that has both files, whatever is in them.
///
/// # Errors
/// [`ModelsError::Missing`].
pub fn find(looked: &[PathBuf]) -> Result<PathBuf, ModelsError> {
    let lacks = |folder: &Path| MODELS.iter().find(|model| !folder.join(model.file).is_file());
    let found = looked.iter().find(|folder| lacks(folder).is_none());
    found.cloned().ok_or_else(|| ModelsError::Missing {
        // What is lacking where one of the two is, says more than the first of an empty folder.
        missing: looked
            .iter()
            .filter_map(|folder| lacks(folder))
            .find(|lacking| lacking.file != LANDMARKS.file)
            .unwrap_or(&LANDMARKS)
            .file,
        looked: looked.to_vec(),
    })
}

/// Reads both to the end and compares; takes some tens of milliseconds.
///
/// # Errors
/// [`ModelsError::Unreadable`] and [`ModelsError::Wrong`].
pub fn check(folder: &Path) -> Result<(), ModelsError> {
    MODELS
        .iter()
        .try_for_each(|model| check_one(&folder.join(model.file), model))
}

fn check_one(path: &Path, model: &Model) -> Result<(), ModelsError> {
    let unreadable = |source| ModelsError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let wrong = |what| ModelsError::Wrong {
        path: path.to_owned(),
        what,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    if bytes != model.bytes {
        return Err(wrong(format!("it has {bytes} bytes, wanted {}", model.bytes)));
    }
    let (mut digest, mut chunk) = (Context::new(&SHA256), vec![0; CHUNK_BYTES]);
    loop {
        let read = file.read(&mut chunk).map_err(unreadable)?;
        match chunk.get(..read) {
            None | Some([]) => break,
            Some(read) => digest.update(read),
        }
    }
    let got = HEXLOWER.encode(digest.finish().as_ref());
    if got != model.sha256 {
        return Err(wrong(format!("its SHA-256 is {got}, wanted {}", model.sha256)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_folder_comes_first_and_the_programs_last() {
        let places = places(
            Some(Path::new("/m")),
            Path::new("/d"),
            Some(Path::new("/t/debug/motorpool")),
        );
        let wanted = [
            "/m",
            "/d/models",
            "/t/debug/models",
            "/t/models",
            "/t/share/motorpool/models",
        ];
        assert_eq!(places, wanted.map(PathBuf::from));
    }

    #[test]
    fn a_missing_a_short_and_a_changed_model_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let looked = [folder.path().to_owned()];
        let missing = find(&looked).unwrap_err().to_string();
        assert!(
            missing.contains(LANDMARKS.file) && missing.contains("make setup"),
            "{missing}"
        );
        std::fs::write(folder.path().join(LANDMARKS.file), "short").unwrap();
        let missing = find(&looked).unwrap_err().to_string();
        assert!(missing.contains(ENCODER.file), "{missing}");
        File::create(folder.path().join(ENCODER.file)).unwrap();
        assert_eq!(find(&looked).unwrap(), folder.path());
        let short = check(folder.path()).unwrap_err().to_string();
        assert!(short.contains("it has 5 bytes, wanted 9150489"), "{short}");
        let file = File::create(folder.path().join(LANDMARKS.file)).unwrap();
        file.set_len(LANDMARKS.bytes).unwrap();
        let changed = check(folder.path()).unwrap_err().to_string();
        assert!(changed.contains("its SHA-256 is"), "{changed}");
    }
}
