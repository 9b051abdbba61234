//! Where a sign-in comes from, as far as lock-out cares.
//!
//! A source the owner has signed in from before is counted apart from all others, so that a guesser
//! elsewhere cannot lock the owner out there. Nothing a peer merely claims may become a source: only
//! the address of the accepted socket, or the identity of a car that proved its key.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Where a sign-in comes from; its text is what `known_source` keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The peer address of the socket. IPv6 counts by its /64, which is one household or one machine.
    Address(IpAddr),
    /// A car that has signed in with its key.
    Car(i64),
    /// Such a car, when the account holds a live booking of it now: always counted apart, so that the
    /// rider who stands at a car for the first time is not locked out by a guesser elsewhere.
    BookedCar(i64),
}

impl Source {
    /// Whether it is counted apart even when the account has never signed in from it.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self, Self::BookedCar(_))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(addr) => match addr.to_canonical() {
                IpAddr::V4(v4) => write!(f, "ip:{v4}"),
                IpAddr::V6(v6) if v6.is_loopback() => write!(f, "ip:{v6}"),
                IpAddr::V6(v6) => {
                    let network = Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64));
                    write!(f, "ip:{network}/64")
                }
            },
            Self::Car(id) | Self::BookedCar(id) => write!(f, "car:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_the_same_text_however_it_was_reached() {
        for (given, text) in [
            ("192.0.2.7", "ip:192.0.2.7"),
            ("::ffff:192.0.2.7", "ip:192.0.2.7"),
            ("::1", "ip:::1"),
            ("2001:db8:1:2:aaaa::1", "ip:2001:db8:1:2::/64"),
            ("2001:db8:1:2:bbbb::9", "ip:2001:db8:1:2::/64"),
        ] {
            assert_eq!(Source::Address(given.parse().unwrap()).to_string(), text);
        }
        assert_eq!(Source::Car(3).to_string(), Source::BookedCar(3).to_string());
    }
}
