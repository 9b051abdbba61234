//! What an image says of itself in its header. Its pixels are not read.

use std::io::{BufRead, Seek};

use super::{Fault, Report, Shape};

/// Reads the header.
pub(super) fn look(mut content: impl BufRead + Seek) -> Result<Report, Fault> {
    let unknown = |err: &dyn std::fmt::Display| Fault::new(Shape::Image, None, err);
    let kind = imagesize::reader_type(&mut content).map_err(|err| unknown(&err))?;
    content.rewind().map_err(|err| unknown(&err))?;
    let size = imagesize::reader_size(&mut content).map_err(|err| unknown(&err))?;
    let pixels = |count: usize| u64::try_from(count).ok();
    Ok(Report {
        format: Some(word(&format!("{kind:?}"))),
        width: pixels(size.width),
        height: pixels(size.height),
        ..Report::of(Shape::Image)
    })
}

/// The kind without what is in it: `heif` of `Heif(Hevc)`.
fn word(kind: &str) -> String {
    kind.split('(').next().unwrap_or(kind).to_lowercase()
}
