//! What the page in the browser shows of the world around. Environment: `MOTORPOOL_PAGE__` and the key in upper case.

use serde::{Deserialize, Serialize};

/// The section `page`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageConfig {
    /// Where the tiles of the map come from, with `{z}`, `{x}` and `{y}`; without it the ground is drawn.
    pub tiles: Option<String>,
    /// Whom the tiles are owed to, as shown on the map.
    pub tiles_by: Option<String>,
}

/// What a tile is asked by.
const PLACES: [&str; 3] = ["{z}", "{x}", "{y}"];

impl PageConfig {
    /// Tiles that no browser could ask for, or from nowhere in particular.
    pub(crate) fn unfit(&self) -> Option<&str> {
        let tiles = self.tiles.as_deref()?;
        let is_fit = self.tiles_origin().is_some() && PLACES.iter().all(|place| tiles.contains(place));
        (!is_fit).then_some(tiles)
    }

    /// The scheme, host and port of the tiles.
    pub(crate) fn tiles_origin(&self) -> Option<&str> {
        let tiles = self.tiles.as_deref()?;
        let host_at = ["https://", "http://"].into_iter().find_map(|scheme| {
            let is_so = tiles.starts_with(scheme);
            is_so.then_some(scheme.len())
        })?;
        let (_, rest) = tiles.split_at_checked(host_at)?;
        let (host, _) = rest.split_once('/')?;
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._:[]".contains(letter);
        let is_host = !host.is_empty() && host.chars().all(is_plain);
        is_host.then(|| tiles.split_at_checked(host_at + host.len()).map(|(origin, _)| origin))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles(text: &str) -> PageConfig {
        PageConfig {
            tiles: Some(text.to_owned()),
            tiles_by: None,
        }
    }

    #[test]
    fn tiles_come_from_one_host_by_level_and_place() {
        let fit = tiles("https://tiles.example:8443/{z}/{x}/{y}.png?key=a");
        assert_eq!(fit.unfit(), None);
        assert_eq!(fit.tiles_origin(), Some("https://tiles.example:8443"));
        assert_eq!(
            tiles("http://[::1]:80/{z}/{x}/{y}").tiles_origin(),
            Some("http://[::1]:80")
        );
        assert_eq!(PageConfig::default().unfit(), None);
        for wrong in [
            "",
            "tiles.example/{z}/{x}/{y}",
            "https://tiles.example/{z}/{x}",
            "https://{s}.tiles.example/{z}/{x}/{y}",
            "https://tiles.example; script-src */{z}/{x}/{y}",
            "https:///{z}/{x}/{y}",
            "javascript://tiles.example/{z}/{x}/{y}",
        ] {
            assert_eq!(tiles(wrong).unfit(), Some(wrong));
        }
    }
}
