//! Which URLs, addresses and events a webhook may have, and how long it waits after a failure.
//!
//! Pure: a name is resolved elsewhere and its addresses come in.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use reqwest::Url;

/// Longest URL, in bytes.
pub(crate) const URL_BYTES_MAX: usize = 500;
/// Events that one webhook may ask for.
pub(crate) const EVENTS_MAX: usize = 16;
/// Longest name of an event.
pub(crate) const EVENT_LETTERS_MAX: usize = 40;

/// A bot said something in a building.
pub(crate) const BOT_MESSAGE: &str = "bot_message";
/// Something was changed, as the audit log has it; `change:booking` is about bookings alone.
pub(crate) const CHANGE: &str = "change";
/// Asked for by the owner, to see whether it arrives.
pub(crate) const TEST: &str = "test";

/// Why something cannot be part of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RuleError {
    /// No URL.
    #[error("`url` is no URL with a host, wanted one such as `https://example.org/hook`")]
    NoUrl,
    /// Too long.
    #[error("`url` has {got} bytes, wanted at most {URL_BYTES_MAX}")]
    Long {
        /// Its bytes.
        got: usize,
    },
    /// Not encrypted.
    #[error("`url` begins with `{0}:`, wanted `https:`")]
    Scheme(String),
    /// Something that does not belong there.
    #[error("`url` holds {0}")]
    Holds(&'static str),
    /// An address of this machine or network, or of nobody.
    #[error("`url` leads to {0}, which is no address of the public internet")]
    Address(IpAddr),
    /// No such event.
    #[error("`events` has {0:?}, wanted `bot_message`, `change` or `change:` and a kind such as `booking`")]
    Event(String),
    /// None, or too many.
    #[error("`events` has {0} names, wanted 1 to {EVENTS_MAX}")]
    Events(usize),
    /// Changes are for operators.
    #[error("a bot hears of `bot_message` alone")]
    ForOperators,
}

/// Whether events may be delivered there; `loopback` allows this machine, also without TLS. An address that is written
/// into the URL is looked at, a name is not resolved.
pub(crate) fn url_check(text: &str, loopback: bool) -> Result<Url, RuleError> {
    if text.len() > URL_BYTES_MAX {
        return Err(RuleError::Long { got: text.len() });
    }
    let url = Url::parse(text).map_err(|_| RuleError::NoUrl)?;
    let host = url.host_str().ok_or(RuleError::NoUrl)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RuleError::Holds("a user name or password"));
    }
    if url.fragment().is_some() {
        return Err(RuleError::Holds("a fragment"));
    }
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_here = host == "localhost" || literal.is_some_and(|address| address.to_canonical().is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if loopback && is_here => {}
        other => return Err(RuleError::Scheme(other.to_owned())),
    }
    if let Some(address) = literal {
        address_check(address, loopback)?;
    }
    Ok(url)
}

/// Whether this address may be called.
pub(crate) fn address_check(address: IpAddr, loopback: bool) -> Result<(), RuleError> {
    let canonical = address.to_canonical();
    let is_fine = match canonical {
        _ if canonical.is_loopback() => loopback,
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    };
    if is_fine {
        Ok(())
    } else {
        Err(RuleError::Address(address))
    }
}

/// RFC 6890 and what came after it: everything with a purpose of its own is refused.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224;
    !special && !address.is_loopback()
}

/// Global unicast only, and where an address of version 4 is inside it decides.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inside = |high: u16, low: u16| {
        let [one, two] = high.to_be_bytes();
        let [three, four] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(one, two, three, four))
    };
    match (a, b) {
        // NAT64
        (0x64, 0xff9b) if [c, d, e, f] == [0, 0, 0, 0] => inside(g, h),
        // 6to4
        (0x2002, _) => inside(b, c),
        // Teredo, benchmarks, ORCHID, documentation
        (0x2001, 0..=0x01ff | 0x0db8) | (0x3fff, 0..=0x0fff) => false,
        _ => a & 0xe000 == 0x2000,
    }
}

/// The events that were asked for, in order and each once; `is_bot` may hear of what bots say alone.
pub(crate) fn events_check(events: Vec<String>, is_bot: bool) -> Result<Vec<String>, RuleError> {
    let mut events = events;
    events.sort_unstable();
    events.dedup();
    if !(1..=EVENTS_MAX).contains(&events.len()) {
        return Err(RuleError::Events(events.len()));
    }
    for event in &events {
        let kind = event
            .strip_prefix(CHANGE)
            .map(|rest| rest.strip_prefix(':').unwrap_or(rest));
        let is_known = event == BOT_MESSAGE || event == CHANGE || kind.is_some_and(|kind| is_kind(event, kind));
        if !is_known {
            return Err(RuleError::Event(event.chars().take(EVENT_LETTERS_MAX).collect()));
        }
        if is_bot && event != BOT_MESSAGE {
            return Err(RuleError::ForOperators);
        }
    }
    Ok(events)
}

fn is_kind(event: &str, kind: &str) -> bool {
    event.contains(':')
        && !kind.is_empty()
        && event.len() <= EVENT_LETTERS_MAX
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
}

/// Whether a change on this thing, such as `booking:12`, was asked for.
pub(crate) fn wants_change(events: &[String], on_what: &str) -> bool {
    let kind = on_what.split(':').next().unwrap_or_default();
    events.iter().any(|event| {
        let rest = event.strip_prefix(CHANGE);
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':') == Some(kind))
    })
}

/// The wait after so many failures in a row: doubled each time, up to a bound.
pub(crate) fn pause_after(failures: i32, first: Duration, most: Duration) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(31);
    first.saturating_mul(1_u32 << doublings).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_urls_that_lead_out_are_taken() {
        for good in [
            "https://example.org/hook",
            "https://example.org:8443/a?b=c",
            "https://9.9.9.9/",
            "https://[2606:4700::1111]/",
            &format!("https://example.org/{}", "x".repeat(480)),
        ] {
            assert!(url_check(good, false).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.org",
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "https://user@example.org/",
            "https://u:p@example.org/",
            "https://example.org/#x",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "https://localhost.:80@10.0.0.1/",
            "https://10.0.0.1/",
            "https://0x0a000001/",
            "https://169.254.169.254/latest/meta-data",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fe80::1]/",
            &format!("https://example.org/{}", "x".repeat(481)),
        ] {
            assert!(url_check(bad, false).is_err(), "{bad}");
        }
        for here in [
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "http://[::1]:9/",
            "https://127.0.0.1/",
        ] {
            assert!(url_check(here, true).is_ok(), "{here}");
        }
        for elsewhere in ["http://example.org/", "https://10.0.0.1/", "http://10.0.0.1/"] {
            assert!(url_check(elsewhere, true).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn addresses_with_a_purpose_of_their_own_are_not_called() {
        for bad in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:192.168.0.1",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:a00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(address_check(bad.parse().unwrap(), false).is_err(), "{bad}");
        }
        for good in [
            "1.1.1.1",
            "9.9.9.9",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00::1",
            "2001:4860::8888",
            "64:ff9b::909:909",
            "2002:909:909::",
            "::ffff:9.9.9.9",
        ] {
            assert_eq!(address_check(good.parse().unwrap(), false), Ok(()), "{good}");
        }
        assert!(address_check("127.0.0.1".parse().unwrap(), false).is_err());
        assert!(address_check("127.0.0.1".parse().unwrap(), true).is_ok());
        assert!(address_check("10.0.0.1".parse().unwrap(), true).is_err());
    }

    #[test]
    fn events_are_known_ones_each_once() {
        let asked = |names: &[&str], is_bot| events_check(names.iter().map(|&name| name.to_owned()).collect(), is_bot);
        assert_eq!(
            asked(&["change", "bot_message", "change"], false).unwrap(),
            ["bot_message", "change"]
        );
        assert!(asked(&["change:booking", "change:face-consent"], false).is_ok());
        assert!(asked(&["bot_message"], true).is_ok());
        assert_eq!(asked(&["change"], true), Err(RuleError::ForOperators));
        assert_eq!(asked(&[], false), Err(RuleError::Events(0)));
        for bad in [
            "",
            "changes",
            "change:",
            "change:A",
            "change:a b",
            "test",
            "message",
            "it's",
            &"c".repeat(300),
        ] {
            assert!(matches!(asked(&[bad], false), Err(RuleError::Event(_))), "{bad}");
        }
        let many: Vec<String> = (0..17_u8).map(|n| format!("change:{}", char::from(b'a' + n))).collect();
        assert_eq!(events_check(many.clone(), false), Err(RuleError::Events(17)));
        assert!(events_check(many.into_iter().take(16).collect(), false).is_ok());
    }

    #[test]
    fn a_change_is_for_those_who_asked_for_its_kind() {
        let events = |event: &str| vec![event.to_owned()];
        assert!(wants_change(&events("change"), "booking:12"));
        assert!(wants_change(&events("change:booking"), "booking:12"));
        assert!(!wants_change(&events("change:booking"), "bookings:12"));
        assert!(!wants_change(&events("bot_message"), "booking:12"));
        assert!(!wants_change(&events("change:car"), ""));
    }

    #[test]
    fn pauses_double_up_to_the_bound() {
        let (first, most) = (Duration::from_secs(5), Duration::from_secs(60));
        let pauses: Vec<u64> = (1..=6)
            .map(|failures| pause_after(failures, first, most).as_secs())
            .collect();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
        assert_eq!(pause_after(i32::MAX, first, most), most);
        assert_eq!(pause_after(0, first, most), first);
    }
}
