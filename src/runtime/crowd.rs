//! How many connections there are, in all and from one neighbourhood: the answer to whether one more may come in.
//!
//! Pure but for its lock. A neighbourhood is an IPv4 address, or the 64 bits of IPv6 that one customer of a provider has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Bits of an IPv6 address that somebody may choose at will.
const OWN_BITS: u32 = 64;

/// Those who are connected. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    there: Arc<Mutex<There>>,
    all_max: usize,
    per_address_max: usize,
}

/// Never more entries than connections.
#[derive(Debug, Default)]
struct There {
    all: usize,
    by_neighbourhood: HashMap<IpAddr, usize>,
}

/// Why one more is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// As many as may be.
    All,
    /// As many from there as may be.
    Address,
}

/// One that is in; dropping it makes place.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    neighbourhood: IpAddr,
}

impl Crowd {
    pub(crate) fn new(all_max: usize, per_address_max: usize) -> Self {
        Self {
            there: Arc::default(),
            all_max,
            per_address_max,
        }
    }

    /// A place for one more from that address.
    pub(crate) fn enter(&self, from: IpAddr) -> Result<Place, Crowded> {
        let neighbourhood = neighbourhood(from);
        let mut there = self.lock();
        if there.all >= self.all_max {
            return Err(Crowded::All);
        }
        let near = there.by_neighbourhood.entry(neighbourhood).or_default();
        if *near >= self.per_address_max {
            return Err(Crowded::Address);
        }
        *near += 1;
        there.all += 1;
        drop(there);
        Ok(Place {
            crowd: self.clone(),
            neighbourhood,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, There> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut there = self.crowd.lock();
        there.all = there.all.saturating_sub(1);
        if let Some(near) = there.by_neighbourhood.get_mut(&self.neighbourhood) {
            *near = near.saturating_sub(1);
            if *near == 0 {
                there.by_neighbourhood.remove(&self.neighbourhood);
            }
        }
    }
}

fn neighbourhood(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> OWN_BITS << OWN_BITS)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_most_come_in_from_one_address_and_in_all_and_one_more_does_not() {
        let crowd = Crowd::new(3, 2);
        let first = crowd.enter(address("10.0.0.1")).unwrap();
        // The same address, written as IPv6.
        let second = crowd.enter(address("::ffff:10.0.0.1")).unwrap();
        assert_eq!(crowd.enter(address("10.0.0.1")).unwrap_err(), Crowded::Address);
        let third = crowd.enter(address("10.0.0.2")).unwrap();
        assert_eq!(crowd.enter(address("10.0.0.3")).unwrap_err(), Crowded::All);
        drop(first);
        drop(crowd.enter(address("10.0.0.1")).unwrap());
        drop((second, third));
        assert!(crowd.lock().by_neighbourhood.is_empty());
        assert_eq!(crowd.lock().all, 0);
    }

    #[test]
    fn who_may_choose_the_end_of_an_address_is_one_neighbour() {
        assert_eq!(
            neighbourhood(address("2001:db8:1:2::1")),
            neighbourhood(address("2001:db8:1:2:ffff::9"))
        );
        assert_ne!(
            neighbourhood(address("2001:db8:1:2::1")),
            neighbourhood(address("2001:db8:1:3::1"))
        );
        assert_ne!(neighbourhood(address("10.0.0.1")), neighbourhood(address("10.0.0.2")));
    }
}
