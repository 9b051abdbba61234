//! `motorpool face-eval FOLDER`: how well the faces of one's own people are told apart, at which threshold.
//!
//! One folder a person, pictures in it. Nothing of it is kept and nothing leaves this machine: pictures go to a worker
//! like a server's, a few at a time, and only their embeddings stay until the end.

mod folder;
mod look;
mod plot;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::folder::Sorted;
use self::report::Report;
use super::Failure;
use super::flags::ConfigFlags;
use crate::config::Config;
use crate::face::Embedding;
use crate::face::evaluation::{Comparison, Threshold};

/// Flags of `motorpool face-eval`.
#[derive(Debug, Args)]
pub(crate) struct FaceEval {
    /// Folder with one folder a person, and at least two pictures of each.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Draw distances and rates into this file: SVG, for any browser.
    #[arg(long, value_name = "FILE.svg", value_parser = svg)]
    plot: Option<PathBuf>,
    /// Recommend a threshold only if at most this share of different people match.
    #[arg(long, value_name = "SHARE", default_value = "0.01", value_parser = share)]
    false_match_max: f64,
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

impl FaceEval {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.config.load(&self.config.overrides())?;
        if let Some(plot) = &self.plot {
            can_be_written(plot)?;
        }
        let mut sorted = Sorted::read(&self.folder, bytes_max(&config))?;
        if sorted.shots.is_empty() {
            let found = format!("{} people with no file to look at", sorted.people.len());
            return Err(Failure::failed(format!(
                "{} holds {found}; wanted one folder a person with pictures in it",
                self.folder.display()
            )));
        }
        let people = look::at_all(&mut sorted, &self.folder, &config)?;
        let compared = compare(&people);
        let threshold = threshold(&config);
        let plot = match &self.plot {
            Some(file) => {
                let svg = plot::draw(&compared, threshold)
                    .map_err(|error| Failure::failed(format!("cannot draw the picture: {error}")))?;
                fs::write(file, svg)
                    .map_err(|error| Failure::failed(format!("cannot write {}: {error}", file.display())))?;
                Some(file.display().to_string())
            }
            None => None,
        };
        let report = Report {
            compared: &compared,
            left_out: &sorted.left_out,
            people: &sorted.people,
            threshold,
            false_match_max: self.false_match_max,
            plot,
        };
        report.say(self.json)
    }
}

fn bytes_max(config: &Config) -> u64 {
    u64::try_from(config.face.picture_bytes).unwrap_or(u64::MAX)
}

/// The threshold that a server with this configuration uses.
fn threshold(config: &Config) -> Threshold {
    Threshold(config.face.threshold.in_thousandths())
}

fn compare(people: &[Vec<Embedding>]) -> Comparison {
    let bar = bar(people.len(), "comparing people");
    let compared = Comparison::of(people, || bar.inc(1));
    bar.finish_and_clear();
    compared
}

/// On standard error, and only where somebody watches it.
fn bar(length: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(u64::try_from(length).ok(), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos} of {len}, {eta} left") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Said before an hour of looking at pictures, rather than after it.
fn can_be_written(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if folder.is_dir() && !file.is_dir() {
        return Ok(());
    }
    let shown = file.display();
    Err(Failure::usage(format!(
        "{shown} cannot be written: no such folder, or a folder itself"
    )))
}

fn svg(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    if file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("svg"))
    {
        return Ok(file);
    }
    Err("wanted a file that ends with .svg; browsers show it, and make a PNG of it".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share: &f64| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| format!("got `{text}`, wanted a share between 0 and 1, such as 0.01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_cannot_be_are_refused() {
        assert!(svg("a.svg").is_ok() && svg("a.SVG").is_ok());
        assert!(svg("a.png").is_err() && svg("svg").is_err());
        assert!(share("0.001").is_ok());
        for wrong in ["0", "1", "-1", "NaN", "x", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
