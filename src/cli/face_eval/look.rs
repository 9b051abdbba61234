//! Looks at the pictures through a face worker of our own, and judges them as an enrolment does.
//!
//! A few pictures are in memory at a time; of each only its embedding stays, or why it does not count.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::bar;
use super::folder::Sorted;
use crate::cli::Failure;
use crate::cli::remote::runtime;
use crate::config::Config;
use crate::face::Embedding;
use crate::face::analyser::{AnalyseError, Analyser, AnalyserOptions};
use crate::face::quality;

/// Longest wait for one picture: nobody stands before a car, and the first one waits for the models too.
const PICTURE_WAIT: Duration = Duration::from_secs(30);

/// What one file came to.
enum Looked {
    /// It counts.
    Taken { digest: [u8; 32], embedding: Embedding },
    /// It does not.
    LeftOut { reason: &'static str, why: String },
    /// No picture can be looked at.
    Stopped(String),
}

/// The embeddings of everybody, in the order of the people; what does not count is noted.
pub(super) fn at_all(sorted: &mut Sorted, folder: &Path, config: &Config) -> Result<Vec<Vec<Embedding>>, Failure> {
    let program = std::env::current_exe().ok();
    let options = AnalyserOptions {
        deadline: PICTURE_WAIT,
        ..AnalyserOptions::of(config, program)
    };
    runtime()?.block_on(look(sorted, folder, options))
}

async fn look(sorted: &mut Sorted, folder: &Path, options: AnalyserOptions) -> Result<Vec<Vec<Embedding>>, Failure> {
    let at_a_time = options.threads.max(1);
    let analyser = Analyser::new(options);
    let shots = std::mem::take(&mut sorted.shots);
    let mut people: Vec<Vec<Embedding>> = sorted.people.iter().map(|_| Vec::new()).collect();
    let mut seen: HashMap<[u8; 32], String> = HashMap::new();
    let bar = bar(shots.len(), "looking at pictures");
    let looks = shots.iter().map(|shot| one(&analyser, &shot.path));
    let mut looks = std::pin::pin!(stream::iter(looks).buffered(at_a_time));
    for shot in &shots {
        let Some(looked) = looks.next().await else { break };
        bar.inc(1);
        match looked {
            Looked::Taken { digest, embedding } => {
                let shown = shot.path.strip_prefix(folder).unwrap_or(&shot.path);
                let shown = crate::cli::show::plain(&shown.to_string_lossy());
                if let Some(earlier) = seen.get(&digest) {
                    // A copy would be the best pair of all, and say nothing.
                    sorted.leave_out(folder, &shot.path, "copy", format!("the same file as {earlier}"));
                } else if let Some(own) = people.get_mut(shot.person) {
                    seen.insert(digest, shown);
                    own.push(embedding);
                }
            }
            Looked::LeftOut { reason, why } => sorted.leave_out(folder, &shot.path, reason, why),
            Looked::Stopped(why) => {
                bar.finish_and_clear();
                return Err(Failure::failed(why));
            }
        }
    }
    bar.finish_and_clear();
    Ok(people)
}

async fn one(analyser: &Analyser, path: &Path) -> Looked {
    let left_out = |reason, why: String| Looked::LeftOut { reason, why };
    let picture = match tokio::fs::read(path).await {
        Ok(picture) => Bytes::from(picture),
        Err(error) => return left_out("not_readable", format!("cannot be read: {error}")),
    };
    let digest = Sha256::digest(&picture).into();
    let analysis = match analyser.analyse(picture).await {
        Ok(analysis) => analysis,
        Err(error @ AnalyseError::Unavailable(_)) => {
            return Looked::Stopped(format!("{error}; `motorpool doctor` says what to mend"));
        }
        Err(error) => return left_out(error.reason(), error.to_string()),
    };
    match quality::judge(&analysis) {
        Ok(face) => match face.embedding.clone() {
            Some(embedding) => Looked::Taken { digest, embedding },
            None => left_out("no_face", "the face could not be measured".to_owned()),
        },
        Err(fault) => left_out(fault.reason(), fault.to_string()),
    }
}
