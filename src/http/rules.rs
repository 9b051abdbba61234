//! Whether a browser may have sent a request for somebody else's page: decided from its headers alone.
//!
//! A cookie is sent by a browser whoever's page asks, and a guest on this machine needs nothing at all. So what
//! changes something there must come from a page of this server, or carry a header that a foreign page cannot set.

/// What a browser said of where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Site {
    /// A page of this server, or the person themselves.
    Same,
    /// Another's page.
    Foreign,
    /// Nothing: no browser, or an old one.
    Unsaid,
}

/// Reads `Sec-Fetch-Site`, and else compares `Origin` with `Host`.
pub(super) fn site(fetch_site: Option<&str>, origin: Option<&str>, host: Option<&str>) -> Site {
    match (fetch_site, origin) {
        (Some("same-origin" | "none"), _) => Site::Same,
        (Some(_), _) => Site::Foreign,
        (None, Some(origin)) => {
            let named = origin
                .strip_prefix("http://")
                .or_else(|| origin.strip_prefix("https://"));
            match (named, host) {
                (Some(named), Some(host)) if named.eq_ignore_ascii_case(host) => Site::Same,
                _ => Site::Foreign,
            }
        }
        (None, None) => Site::Unsaid,
    }
}

/// Whether a changing request that is known by a cookie is its owner's will.
pub(super) fn cookie_may_change(site: Site, has_own_header: bool) -> bool {
    match site {
        Site::Same => true,
        Site::Foreign => false,
        Site::Unsaid => has_own_header,
    }
}

/// Whether a name in `Host` can only mean this machine: another name may be a foreign page's that was pointed here.
pub(super) fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => return rest.split(']').next() == Some("::1"),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<core::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// What an `Idempotency-Key` may be, as a regular expression: plain, or quoted as a structured header has it.
pub(super) const IDEMPOTENCY_KEY: &str = r#"^([0-9A-Za-z._:-]{1,128}|"[0-9A-Za-z._:-]{1,128}")$"#;

/// The key in an `Idempotency-Key`, if it is one as [`IDEMPOTENCY_KEY`] says.
pub(super) fn idempotency_key(header: &str) -> Option<&str> {
    let quoted = header.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = quoted.unwrap_or(header);
    let letters = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte));
    (letters && (1..=128).contains(&key.len())).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_believed_about_where_it_comes_from() {
        let host = Some("127.0.0.1:8080");
        for (fetch_site, origin, wanted) in [
            (Some("same-origin"), None, Site::Same),
            (Some("none"), None, Site::Same),
            (Some("same-site"), None, Site::Foreign),
            (Some("cross-site"), Some("http://127.0.0.1:8080"), Site::Foreign),
            (None, Some("http://127.0.0.1:8080"), Site::Same),
            (None, Some("http://127.0.0.1:8081"), Site::Foreign),
            (None, Some("null"), Site::Foreign),
            (None, Some("http://evil.example"), Site::Foreign),
            (None, None, Site::Unsaid),
        ] {
            assert_eq!(site(fetch_site, origin, host), wanted, "{fetch_site:?} {origin:?}");
        }
        assert_eq!(site(None, Some("http://a"), None), Site::Foreign);
    }

    #[test]
    fn a_cookie_alone_changes_nothing() {
        assert!(cookie_may_change(Site::Same, false));
        assert!(cookie_may_change(Site::Unsaid, true));
        assert!(!cookie_may_change(Site::Unsaid, false));
        assert!(!cookie_may_change(Site::Foreign, true));
    }

    #[test]
    fn only_names_of_this_machine_mean_this_machine() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "localhost:1",
            "LOCALHOST",
            "[::1]:8080",
            "127.9.9.9",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "10.0.0.1",
            "[::2]",
            "localhost.evil.example",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn an_idempotency_key_is_some_plain_letters_quoted_or_not() {
        let longest = "a".repeat(128);
        for key in ["a", "b-1.2:3_4", longest.as_str()] {
            assert_eq!(idempotency_key(key), Some(key));
            assert_eq!(idempotency_key(&format!("\"{key}\"")), Some(key));
        }
        let longer = "a".repeat(129);
        for text in ["", "\"\"", "\"", "\"a", "a\"", "a b", "a,b", "é", longer.as_str()] {
            assert_eq!(idempotency_key(text), None, "{text}");
        }
    }
}
