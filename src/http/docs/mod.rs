//! `/docs`: shows `/openapi.json` to people. Everything it needs is in the program; nothing is asked of another server.
//!
//! Swagger UI is handed out as it lies in its archive, deflated. No script stands in a page.

mod archive;

use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

use super::api::{matches, tag_of};
use crate::error::Error;
use crate::wire::ErrorCode;

/// Scripts and styles of this server only; pictures may stand in the styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One file of the page.
pub(super) struct File {
    pub(super) path: &'static str,
    kind: &'static str,
    source: Source,
    ready: OnceLock<Option<Ready>>,
}

enum Source {
    /// Ours, as it is.
    Own(&'static str),
    /// In the archive, at the end of this path.
    Archive(&'static str),
}

/// As it goes out.
struct Ready {
    bytes: Bytes,
    tag: String,
}

impl File {
    const fn new(path: &'static str, kind: &'static str, source: Source) -> Self {
        Self {
            path,
            kind,
            source,
            ready: OnceLock::new(),
        }
    }

    /// The file, unless the asker has it.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Result<Response, Error> {
        let ready = self.ready.get_or_init(|| self.source.read());
        let Some(Ready { bytes, tag }) = ready else {
            return Err(Error::new(
                ErrorCode::Internal,
                "the archive of the page has no such file",
            ));
        };
        // Browsers take the policy of the newest answer, also of one that says that nothing is new.
        let known = [
            (header::ETAG, tag.clone()),
            (header::CACHE_CONTROL, "no-cache".to_owned()),
            (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        ];
        if matches(asked, tag) {
            return Ok((StatusCode::NOT_MODIFIED, known).into_response());
        }
        let mut about: Vec<(HeaderName, &'static str)> = vec![(header::CONTENT_TYPE, self.kind)];
        if matches!(self.source, Source::Archive(_)) {
            about.push((header::CONTENT_ENCODING, "gzip"));
        }
        let mut response = (known, bytes.clone()).into_response();
        for (name, value) in about {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(response)
    }
}

impl Source {
    fn read(&self) -> Option<Ready> {
        let bytes = match self {
            Self::Own(text) => Bytes::from_static(text.as_bytes()),
            Self::Archive(path) => archive::find(SWAGGER_UI_VENDORED, path)?.gzip().into(),
        };
        let tag = tag_of(&bytes);
        Some(Ready { bytes, tag })
    }
}

/// All of them.
pub(super) static FILES: [File; 4] = [
    File::new(
        "/docs",
        "text/html; charset=utf-8",
        Source::Own(include_str!("page.html")),
    ),
    File::new(
        "/docs/init.js",
        "text/javascript; charset=utf-8",
        Source::Own(include_str!("init.js")),
    ),
    File::new(
        "/docs/swagger-ui.css",
        "text/css; charset=utf-8",
        Source::Archive("/dist/swagger-ui.css"),
    ),
    File::new(
        "/docs/swagger-ui-bundle.js",
        "text/javascript; charset=utf-8",
        Source::Archive("/dist/swagger-ui-bundle.js"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_there_and_the_page_names_no_other() {
        for file in &FILES {
            assert_eq!(
                file.answer(&HeaderMap::new()).unwrap().status(),
                StatusCode::OK,
                "{}",
                file.path
            );
        }
        let page = include_str!("page.html");
        let named = page
            .split("\"/")
            .skip(1)
            .map(|rest| format!("/{}", rest.split('"').next().unwrap()));
        for path in named {
            assert!(FILES.iter().any(|file| file.path == path), "{path}");
        }
        assert!(!page.contains("://") && !include_str!("init.js").contains("://"));
    }
}
