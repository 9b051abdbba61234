//! The checks of what faces need: the build, the models, the worker, the keys, memory that can be locked.
//!
//! None of them is `BROKEN` but a key that others may read: a server without faces serves everything else. The worker is
//! really started and given a picture, within a bound.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::process::{Resource, getrlimit};

use super::Check;
use crate::cli::remote::runtime;
use crate::config::Config;
use crate::face::analyser::{Analyser, AnalyserOptions};
use crate::face::{models, worker};

/// A grey picture without a face.
const PROBE: &[u8] = include_bytes!("probe.png");
/// Longest wait for the worker with its models and for the probe.
const PROBE_WAIT: Duration = Duration::from_secs(20);
/// Memory that may be locked and leaves room for 16,384 templates.
const LOCKED_BYTES_WANTED: u64 = 8 * 1_048_576;
/// Bits of a mode that let others at a file.
const OTHERS: u32 = 0o077;

/// Looks at everything that faces need, as far as one thing makes the next worth looking at.
pub(super) fn all(config: &Config) -> Vec<Check> {
    let name = "faces";
    if !config.face.enabled {
        return vec![Check::good(name, "switched off (face.enabled)")];
    }
    if !worker::IS_BUILT {
        let advice = "build with the feature `face`, which is on by default, or set face.enabled = false";
        let found = "this motorpool was built without the feature `face`";
        return vec![Check::warning(name, found, advice)];
    }
    let options = AnalyserOptions {
        deadline: PROBE_WAIT,
        threads: 1,
        ..AnalyserOptions::of(config, std::env::current_exe().ok())
    };
    let models = found_models(&options.models);
    let mut checks = Vec::new();
    if models.advice.is_none() {
        checks.extend([models, probe(options)]);
    } else {
        checks.push(models);
    }
    checks.push(keys(config));
    checks.push(locked(getrlimit(Resource::Memlock).current));
    checks
}

/// Both files to their end.
pub(super) fn found_models(looked: &[PathBuf]) -> Check {
    let name = "face models";
    let found = models::find(looked).and_then(|folder| models::check(&folder).map(|()| folder));
    match found {
        Ok(folder) => Check::good(name, format!("both are in {}", folder.display())),
        Err(error) => Check::warning(
            name,
            error.to_string(),
            "run `make setup`, or name their folder with face.models; until then faces are unavailable",
        ),
    }
}

/// Starts a worker of our own and gives it a picture.
fn probe(options: AnalyserOptions) -> Check {
    let name = "face worker";
    let advice = "see that libdlib and libopenblas are installed and that memory is free (face.worker_memory_mib)";
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(_) => return Check::warning(name, "cannot be tried: no runtime", advice),
    };
    let began = Instant::now();
    let looked = runtime.block_on(async { Analyser::new(options).analyse(Bytes::from_static(PROBE)).await });
    let took = began.elapsed().as_millis();
    match looked {
        Ok(found) => Check::good(
            name,
            format!(
                "starts and looks at a picture in {took} ms, {} faces in a grey one",
                found.faces.len()
            ),
        ),
        Err(error) => Check::warning(name, error.to_string(), advice),
    }
}

/// The server key and the keys of people, which lie in files of their own.
fn keys(config: &Config) -> Check {
    let face = &config.face;
    let data = &config.server.data;
    let at = |configured: &Option<PathBuf>, name: &str| configured.clone().unwrap_or_else(|| data.join(name));
    let server_key = (face.server_key.is_none()).then(|| at(&face.server_key_file, "face-server.key"));
    key_files(&at(&face.key_store, "face-keys"), server_key.as_deref())
}

pub(super) fn key_files(store: &Path, server_key: Option<&Path>) -> Check {
    let name = "face keys";
    let (has_store, has_key) = (store.exists(), server_key.is_none_or(Path::exists));
    if has_store && !has_key {
        let key = server_key.map(|key| key.display().to_string()).unwrap_or_default();
        let found = format!("{} is there and its server key {key} is not", store.display());
        let advice =
            "bring the server key back from where it is kept; without it no face can be read, and people enrol again";
        return Check::broken(name, found, advice);
    }
    for file in [Some(store), server_key]
        .into_iter()
        .flatten()
        .filter(|file| file.exists())
    {
        let shown = file.display();
        match std::fs::metadata(file) {
            Ok(found) if found.permissions().mode() & OTHERS != 0 => {
                let found = format!(
                    "{shown} can be read by others (mode {:o})",
                    found.permissions().mode() & 0o777
                );
                return Check::broken(name, found, format!("chmod go= {shown}"));
            }
            Ok(_) if std::fs::File::open(file).is_ok() || file.is_dir() => {}
            Ok(_) | Err(_) => {
                let found = format!("{shown} cannot be read");
                return Check::broken(name, found, "give it to the user of the server: chown, chmod u=rw");
            }
        }
    }
    if has_store {
        Check::good(name, format!("{} is for its owner alone", store.display()))
    } else {
        Check::good(name, format!("{} will be made at the first enrolment", store.display()))
    }
}

/// Templates that are searched lie in memory that is never written to a disk.
pub(super) fn locked(allowed: Option<u64>) -> Check {
    let name = "locked memory";
    match allowed {
        None => Check::good(name, "no limit"),
        Some(allowed) if allowed >= LOCKED_BYTES_WANTED => Check::good(name, format!("up to {} KiB", allowed / 1_024)),
        Some(allowed) => Check::warning(
            name,
            format!("up to {} KiB, 512 bytes a template", allowed / 1_024),
            format!(
                "raise it to {} KiB or more: ulimit -l, or LimitMEMLOCK= of systemd",
                LOCKED_BYTES_WANTED / 1_024
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Verdict;
    use super::*;

    #[test]
    fn models_that_are_missing_or_others_are_named_with_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        let looked = [dir.path().to_owned()];
        let missing = found_models(&looked);
        assert_eq!(missing.verdict, Verdict::Warning);
        assert!(
            missing.found.contains(&dir.path().display().to_string()),
            "{}",
            missing.found
        );
        for model in models::MODELS {
            fs::write(dir.path().join(model.file), "short").unwrap();
        }
        let wrong = found_models(&looked);
        assert!(wrong.found.contains("5 bytes"), "{}", wrong.found);
        assert!(wrong.advice.unwrap().contains("make setup"));
    }

    #[test]
    fn keys_that_are_lost_or_open_to_others_are_broken() {
        let dir = tempfile::tempdir().unwrap();
        let (store, key) = (dir.path().join("face-keys"), dir.path().join("face-server.key"));
        assert_eq!(key_files(&store, Some(&key)).verdict, Verdict::Good);
        fs::write(&store, "").unwrap();
        fs::set_permissions(&store, fs::Permissions::from_mode(0o600)).unwrap();
        let lost = key_files(&store, Some(&key));
        assert_eq!(lost.verdict, Verdict::Broken, "{}", lost.found);
        // The key of the environment is there.
        assert_eq!(key_files(&store, None).verdict, Verdict::Good);
        fs::write(&key, "").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let open = key_files(&store, Some(&key));
        assert!(open.found.contains("mode 640") && open.advice.unwrap().contains("chmod"));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(key_files(&store, Some(&key)).verdict, Verdict::Good);
    }

    #[test]
    fn little_lockable_memory_is_a_warning_at_the_bound() {
        assert_eq!(locked(None).verdict, Verdict::Good);
        assert_eq!(locked(Some(LOCKED_BYTES_WANTED)).verdict, Verdict::Good);
        assert_eq!(locked(Some(LOCKED_BYTES_WANTED - 1)).verdict, Verdict::Warning);
    }
}
