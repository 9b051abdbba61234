//! Whose page may open a socket here: decided from what a browser says of itself.
//!
//! A browser lets any page open a WebSocket to anywhere and sends its cookies along. So whoever names an origin must
//! name this server's own, or one that the configuration lists.

/// Who opens a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    /// A program: it names no origin.
    Program,
    /// A page of this server.
    OwnPage,
    /// A page of another server that the configuration lists.
    ListedPage,
    /// Any other page.
    ForeignPage,
}

/// Compares `Origin` with `Host` and with the list. A page that asks without an origin is known by `Sec-Fetch-Site`.
pub(super) fn opener(origin: Option<&str>, host: Option<&str>, fetch_site: Option<&str>, listed: &[String]) -> Opener {
    let Some(origin) = origin else {
        return match fetch_site {
            None | Some("none") => Opener::Program,
            Some("same-origin") => Opener::OwnPage,
            Some(_) => Opener::ForeignPage,
        };
    };
    let named = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    match (named, host) {
        (Some(named), Some(host)) if named.eq_ignore_ascii_case(host) => Opener::OwnPage,
        _ if listed.iter().any(|one| one.eq_ignore_ascii_case(origin)) => Opener::ListedPage,
        _ => Opener::ForeignPage,
    }
}

/// The value of a name in a query, as Engine.IO reads it.
pub(super) fn of_query<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Whether the last packet of what was posted says that its client leaves, in whichever way it is written: Engine.IO 4,
/// Engine.IO 3 as text or as bytes.
pub(super) fn is_parting(posted: &[u8]) -> bool {
    let ends = [&b"\x1e1"[..], b"1:1", b"\0\x01\xff1"];
    posted == b"1" || ends.iter().any(|end| posted.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_listed_pages_and_programs_open_sockets() {
        let listed = ["https://app.example".to_owned()];
        let host = Some("127.0.0.1:8080");
        for (origin, host, wanted) in [
            (None, host, Opener::Program),
            (None, None, Opener::Program),
            (Some("http://127.0.0.1:8080"), host, Opener::OwnPage),
            (Some("https://127.0.0.1:8080"), host, Opener::OwnPage),
            (Some("HTTPS://APP.example"), host, Opener::ListedPage),
            (Some("http://app.example"), host, Opener::ForeignPage),
            (Some("https://app.example.evil"), host, Opener::ForeignPage),
            (Some("http://127.0.0.1:8081"), host, Opener::ForeignPage),
            (Some("http://127.0.0.1:8080"), None, Opener::ForeignPage),
            (Some("null"), host, Opener::ForeignPage),
            (Some(""), host, Opener::ForeignPage),
        ] {
            assert_eq!(opener(origin, host, None, &listed), wanted, "{origin:?} {host:?}");
        }
        for (fetch_site, wanted) in [
            ("none", Opener::Program),
            ("same-origin", Opener::OwnPage),
            ("same-site", Opener::ForeignPage),
            ("cross-site", Opener::ForeignPage),
        ] {
            assert_eq!(opener(None, host, Some(fetch_site), &listed), wanted, "{fetch_site}");
        }
        let far = opener(Some("https://app.example"), host, Some("cross-site"), &listed);
        assert_eq!(far, Opener::ListedPage);
    }

    #[test]
    fn a_name_in_a_query_is_a_whole_name() {
        assert_eq!(of_query("EIO=4&sid=abc&t=1", "sid"), Some("abc"));
        assert_eq!(of_query("EIO=4&xsid=abc", "sid"), None);
        assert_eq!(of_query("sid", "sid"), None);
        assert_eq!(of_query("", "sid"), None);
    }

    #[test]
    fn who_leaves_says_so_last() {
        for parting in [&b"1"[..], b"431[]\x1e1", b"1:1", b"5:431[]1:1", b"\0\x01\xff1"] {
            assert!(is_parting(parting), "{parting:?}");
        }
        for other in [&b""[..], b"3", b"41", b"431[1]", b"1\x1e431[]", b"11", b"2:41"] {
            assert!(!is_parting(other), "{other:?}");
        }
    }
}
