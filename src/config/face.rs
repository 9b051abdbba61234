//! How faces open cars here: how alike, how many frames, how long a challenge lasts, what is kept and where.
//!
//! Figures and paths only; `crate::face` uses them. Environment: `MOTORPOOL_FACE__` and the key in upper case.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::bound::bounded;

/// A distance between two faces, in thousandths: 0.450 is 450.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distance(u16);

impl Distance {
    /// Of so many thousandths.
    #[must_use]
    pub const fn thousandths(thousandths: u16) -> Self {
        Self(thousandths)
    }

    /// How many thousandths.
    #[must_use]
    pub const fn in_thousandths(self) -> u16 {
        self.0
    }

    /// As the number it is.
    #[must_use]
    pub fn as_f32(self) -> f32 {
        f32::from(self.0) / 1000.0
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 1000.0)
    }
}

impl Serialize for Distance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Distance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        // Every distance in use has at most three decimals; beyond 2 no two embeddings can be.
        let found = (0..=2_000_u16).find(|thousandths| (f64::from(*thousandths) / 1000.0 - number).abs() < 0.000_5);
        found.map(Self).ok_or_else(|| {
            let got = de::Unexpected::Float(number);
            de::Error::invalid_value(got, &"a distance from 0 to 2 with three decimals")
        })
    }
}

/// The key under which the keys of people are kept, in clear. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaceKey(pub(crate) String);

impl fmt::Debug for FaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaceKey(..)")
    }
}

bounded! {
    /// The section `face`.
    FaceConfig {
        /// Whether faces are looked at here at all.
        enabled: bool = true, false, true;
        /// Threads of the face worker; 0 is one for each core.
        threads: usize = 0, 0, 64;
        /// Pictures that may wait for the face worker; one more hears `busy`.
        queue: usize = 16, 1, 1_024;
        /// Time the analysis of one picture may take, waiting included.
        deadline_ms: u64 = 2_000, 100, 10_000;
        /// Memory the face worker may take, in MiB of address space; beyond it, it ends and is started anew. 0 is 256, and 384 for each thread.
        worker_memory_mib: u64 = 0, 0, 65_536;
        /// How far the face worker stands back behind the server, in steps of `nice`: at 10 it has a tenth of the server's weight, so that it is slow on a busy machine and others do not feel it.
        worker_nice: u8 = 10, 0, 19;
        /// Largest picture in bytes.
        picture_bytes: usize = 4_194_304, 1_024, 16_777_216;
        /// Largest picture in pixels, known from its header before anything is read.
        picture_pixels: u32 = 25_000_000, 10_000, 200_000_000;
        /// Pictures of one client that wait to be named by a command.
        pictures_per_client: usize = 16, 3, 64;
        /// Bytes of all waiting pictures together; one client may have a quarter of them.
        pictures_bytes: usize = 67_108_864, 1_048_576, 1_073_741_824;
        /// Seconds for which a picture waits.
        picture_seconds: u64 = 60, 1, 600;
        /// Distance up to which two faces are taken for one person's: smaller is stricter.
        threshold: Distance = Distance::thousandths(450), Distance::thousandths(300), Distance::thousandths(600);
        /// How much nearer the best person must be than the second best.
        margin: Distance = Distance::thousandths(50), Distance::thousandths(0), Distance::thousandths(300);
        /// Farthest that any frame may be from the person it is taken for.
        frame_max: Distance = Distance::thousandths(650), Distance::thousandths(450), Distance::thousandths(750);
        /// Frames of one challenge that an unlock needs at least.
        frames_min: usize = 3, 3, 10;
        /// How far the nose moves between the eyes for a turned head, in distances of the eyes.
        turn: Distance = Distance::thousandths(100), Distance::thousandths(60), Distance::thousandths(250);
        /// By which part the eyes are farther apart in the picture for a face that came nearer.
        nearer: Distance = Distance::thousandths(200), Distance::thousandths(100), Distance::thousandths(600);
        /// Farthest that a frame of a challenge may be from its first frame for both to be one person's.
        continuity: Distance = Distance::thousandths(600), Distance::thousandths(450), Distance::thousandths(700);
        /// Time in which an unlock by face is decided, waiting included; the car's own time comes after it.
        decision_ms: u64 = 2_500, 500, 20_000;
        /// Unlocks by face that are looked at at once.
        attempts: usize = 4, 1, 64;
        /// Unlocks by face that wait to be looked at; one more hears `busy`.
        attempts_waiting: usize = 8, 0, 256;
        /// Whether the PIN is asked for beside the face.
        pin: bool = true, false, true;
        /// Seconds for which a challenge can be met.
        challenge_seconds: u64 = 30, 1, 300;
        /// Misses at one car within the time of `misses_minutes` after which faces are not looked at there for as long.
        misses_max: usize = 5, 1, 100;
        /// Minutes for which a miss counts, and for which faces are not looked at.
        misses_minutes: u64 = 15, 1, 1_440;
        /// Templates kept of one person.
        templates_per_person: usize = 20, 3, 100;
        /// People whose faces may be kept: keys of the key store, 128 bytes each.
        people_max: u64 = 100_000, 1, 4_000_000;
        /// Templates of all people together: 512 bytes of locked memory each, once somebody searches among them.
        templates_max: u64 = 1_000_000, 3, 10_000_000;
        /// Days after which a template that matched nobody is erased; 0 keeps it until somebody erases it.
        retention_days: u64 = 365, 0, 3_650;
        besides
        /// The program `motorpool` that looks at pictures; without it the one that serves.
        program: Option<PathBuf>;
        /// Folder of the two models; without it `models` in the data folder, and those the set-up brought.
        models: Option<PathBuf>;
        /// File of the keys of people; without it `face-keys` in the data folder.
        key_store: Option<PathBuf>;
        /// The server key that keeps the keys of people: 32 bytes in hex or base64. Better a file, or the environment.
        server_key: Option<FaceKey>;
        /// File that holds the server key; without it `face-server.key` in the data folder, made at the first enrolment.
        server_key_file: Option<PathBuf>;
        /// File with the text that people consent to; without it a text that comes with the server.
        consent_text: Option<PathBuf>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_read_as_numbers_and_shown_as_they_were_written() {
        for (text, thousandths) in [("0.45", 450), ("0.5", 500), ("0.321", 321), ("0", 0), ("1", 1_000)] {
            let read: Distance = serde_json::from_str(text).unwrap();
            assert_eq!(read, Distance::thousandths(thousandths));
            assert_eq!(read.to_string(), text);
        }
        for bad in ["-0.1", "2.1", "1e9"] {
            assert!(serde_json::from_str::<Distance>(bad).is_err(), "{bad}");
        }
        assert_eq!(format!("{:?}", FaceKey("secret".to_owned())), "FaceKey(..)");
    }
}
