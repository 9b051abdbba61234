//! `/`: the page that riders and operators open in a browser. Everything it needs is in the program; a debug build reads
//! `page/` anew at each ask, so that whoever works on it only reloads.
//!
//! No script stands in the page, and none comes from elsewhere; tiles alone may, from where the configuration says.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use serde::Serialize;

use super::api::{matches, tag_of};
use crate::booking::UserId;
use crate::error::Error;
use crate::house::House;
use crate::wire::ErrorCode;

#[derive(RustEmbed)]
#[folder = "page/"]
struct Files;

/// The files, and the policy that they go out with.
#[derive(Clone)]
pub(super) struct Page {
    policy: HeaderValue,
    ready: Arc<OnceLock<HashMap<String, Ready>>>,
}

/// As it goes out.
#[derive(Clone)]
struct Ready {
    plain: Bytes,
    /// Where it is shorter so.
    gzip: Option<Bytes>,
    tag: String,
}

impl Page {
    pub(super) fn new(house: &House) -> Self {
        let tiles = house.config.page.tiles_origin().unwrap_or_default();
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: {tiles}; \
             connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        Self {
            policy: HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            ready: Arc::default(),
        }
    }

    /// One file, unless the asker has it.
    pub(super) fn answer(&self, path: &str, asked: &HeaderMap) -> Result<Response, Error> {
        let found = if cfg!(debug_assertions) {
            read(path)
        } else {
            let all = self.ready.get_or_init(|| {
                let names = Files::iter().map(String::from);
                names.filter_map(|name| Some((name.clone(), read(&name)?))).collect()
            });
            all.get(path).cloned()
        };
        let Some(Ready { plain, gzip, tag }) = found else {
            return Err(Error::new(ErrorCode::NotFound, "the page has no such file"));
        };
        let header = |text: &str| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        // Browsers take the policy of the newest answer, also of one that says that nothing is new.
        let known = [
            (header::ETAG, header(&tag)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
            (header::CONTENT_SECURITY_POLICY, self.policy.clone()),
        ];
        if matches(asked, &tag) {
            return Ok((StatusCode::NOT_MODIFIED, known).into_response());
        }
        let gzip = gzip.filter(|_| takes_gzip(asked));
        let is_gzip = gzip.is_some();
        let mut response = (known, gzip.unwrap_or(plain)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
        if is_gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(response)
    }
}

/// What a browser must know before anybody is signed in.
#[derive(Serialize)]
struct Settings<'a> {
    server: &'a str,
    version: &'static str,
    /// Nobody has an account yet: the page asks for the admin key.
    first_run: bool,
    faces: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tiles: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tiles_by: Option<&'a str>,
}

/// What the page is told of this server.
pub(super) async fn settings(house: House) -> Result<Response, Error> {
    let first = house.accounts.user_list(UserId(0), 1).await?;
    let config = &house.config;
    let settings = Settings {
        server: &config.server.name,
        version: env!("CARGO_PKG_VERSION"),
        first_run: first.is_empty(),
        faces: config.face.enabled && cfg!(feature = "face"),
        tiles: config.page.tiles.as_deref(),
        tiles_by: config.page.tiles_by.as_deref(),
    };
    let body = serde_json::to_vec(&settings).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn read(path: &str) -> Option<Ready> {
    let file = Files::get(path)?;
    let plain = Bytes::from(file.data.into_owned());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(&plain).and_then(|()| encoder.finish()).ok();
    Some(Ready {
        tag: tag_of(&plain),
        gzip: packed.filter(|packed| packed.len() < plain.len()).map(Bytes::from),
        plain,
    })
}

/// Browsers name it plainly or not at all; who weighs it with `q` gets it as it is.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    codings.any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// Every `"/page/..."` and every import that any file names.
    fn named(path: &str, text: &str) -> Vec<String> {
        let whole = text
            .split(['"', '\'', '`'])
            .filter_map(|piece| piece.strip_prefix("/page/"));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let imports = text
            .lines()
            .filter(|line| line.starts_with("import") || line.starts_with("} from") || line.contains("import("));
        let near = imports.filter_map(|line| line.split('"').find(|piece| piece.starts_with('.')));
        let near = near.map(|piece| {
            let mut parts: Vec<&str> = folder.split('/').collect();
            for part in piece.split('/') {
                match part {
                    "." => {}
                    ".." => drop(parts.pop()),
                    other => parts.push(other),
                }
            }
            parts.join("/")
        });
        whole.map(str::to_owned).chain(near).collect()
    }

    #[test]
    fn every_file_that_a_file_of_the_page_names_is_there() {
        let mut found = 0;
        for path in Files::iter().filter(|path| !path.starts_with("vendor/")) {
            let text = String::from_utf8(Files::get(&path).unwrap().data.into_owned()).unwrap();
            for name in named(&path, &text).iter().filter(|name| *name != "settings.json") {
                found += 1;
                assert!(Files::get(name).is_some(), "{path} names {name}");
            }
            assert!(!text.contains("innerHTML"), "{path}: what people write stays text");
        }
        assert!(found > 10, "{found}");
    }

    #[test]
    fn the_page_has_no_script_and_no_style_of_its_own() {
        let page = read("index.html").unwrap();
        let text = std::str::from_utf8(&page.plain).unwrap();
        assert!(!text.contains("style=") && !text.contains("://"));
        let mut words = text.split_whitespace();
        assert!(!words.any(|word| word.starts_with("on") && word.contains('=')));
        assert!(text.split("<script").skip(1).all(|rest| rest.contains("src=\"/page/")));
        assert!(page.gzip.unwrap().len() < page.plain.len());
    }

    #[test]
    fn the_libraries_are_those_whose_hashes_were_written_down() {
        let file = |path: &str| Files::get(path).unwrap_or_else(|| panic!("{path}")).data;
        let sums = String::from_utf8(file("vendor/SHA256SUMS").into_owned()).unwrap();
        let mut known: Vec<String> = Vec::new();
        for line in sums.lines() {
            let (wanted, name) = line.split_once("  ").unwrap();
            let path = format!("vendor/{name}");
            let got = data_encoding::HEXLOWER.encode(&Sha256::digest(file(&path)));
            assert_eq!(got, wanted, "{path}");
            known.push(path);
        }
        let mut there: Vec<String> = Files::iter()
            .filter(|path| path.starts_with("vendor/"))
            .map(String::from)
            .collect();
        there.retain(|path| !path.ends_with("SHA256SUMS") && !path.ends_with("README.md"));
        known.sort();
        there.sort();
        assert_eq!(known, there);
    }
}
