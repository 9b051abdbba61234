//! Whose pages may use the HTTP side. Environment: `MOTORPOOL_HTTP__` and the key in upper case.

use serde::{Deserialize, Serialize};

/// The section `http`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Origins whose pages may open Socket.IO sockets, beside this server's own, as `https://app.example`; in a variable with commas between them.
    pub origins: Vec<String>,
}

impl HttpConfig {
    /// An origin that no browser would name so.
    pub(crate) fn unfit(&self) -> Option<&str> {
        let is_fit = |origin: &str| {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ', '@']))
        };
        self.origins.iter().map(String::as_str).find(|origin| !is_fit(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host_and_nothing_else() {
        let unfit = |origin: &str| {
            let config = HttpConfig {
                origins: vec!["https://app.example".to_owned(), origin.to_owned()],
            };
            config.unfit().map(str::to_owned)
        };
        for fit in ["http://localhost:3000", "https://app.example:8443", "https://[::1]"] {
            assert_eq!(unfit(fit), None);
        }
        for wrong in [
            "*",
            "app.example",
            "https://",
            "https://a.example/",
            "https://*.example",
            "null",
            "",
        ] {
            assert_eq!(unfit(wrong).as_deref(), Some(wrong));
        }
    }
}
