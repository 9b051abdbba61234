//! How far a file is: a bar with rate and time left, where somebody looks.

use indicatif::{ProgressBar, ProgressStyle};

/// What the bar shows.
const STYLE: &str = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}, {eta} left";

/// A bar for so many bytes; nothing is drawn where standard error is no terminal.
pub(super) fn bar(name: &str, bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes).with_message(name.to_owned());
    match ProgressStyle::with_template(STYLE) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
