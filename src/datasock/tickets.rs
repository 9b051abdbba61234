//! Rules of tickets: good once, for one client, for a short time, and not too many at once.
//!
//! Pure: time and the random text come in as arguments.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// Tickets that may be waiting to be used; at the bound the ones past their time go, then minting is refused.
pub(crate) const TICKETS_MAX: usize = 20_000;

/// Why a ticket was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TicketError {
    /// Never given out, used already, or past its time.
    #[error("the ticket is not known, was used, or is past its time")]
    NotGood,
    /// Given to another client.
    #[error("the ticket was given to another client")]
    OtherClient,
    /// The machine gave no random bytes.
    #[error("no random bytes for a ticket")]
    NoRandom,
    /// Too many wait to be used.
    #[error("{TICKETS_MAX} tickets wait to be used, which is the most")]
    Full,
}

struct Given {
    client_id: String,
    until: Timestamp,
}

/// The tickets of one datasock.
#[derive(Default)]
pub(crate) struct Tickets {
    given: HashMap<String, Given>,
}

impl Tickets {
    /// Gives out a ticket whose text is random.
    pub(crate) fn mint(
        &mut self,
        ticket: String,
        client_id: String,
        now: Timestamp,
        good_for: SignedDuration,
    ) -> Result<String, TicketError> {
        if self.given.len() >= TICKETS_MAX {
            self.given.retain(|_, given| given.until > now);
        }
        if self.given.len() >= TICKETS_MAX {
            return Err(TicketError::Full);
        }
        let until = now.checked_add(good_for).unwrap_or(Timestamp::MAX);
        self.given.insert(ticket.clone(), Given { client_id, until });
        Ok(ticket)
    }

    /// Takes a ticket; a wrong client does not spend it.
    pub(crate) fn redeem(&mut self, ticket: &str, client_id: &str, now: Timestamp) -> Result<(), TicketError> {
        match self.given.get(ticket) {
            Some(given) if given.until <= now => {
                self.given.remove(ticket);
                Err(TicketError::NotGood)
            }
            Some(given) if given.client_id != client_id => Err(TicketError::OtherClient),
            Some(_) => {
                self.given.remove(ticket);
                Ok(())
            }
            None => Err(TicketError::NotGood),
        }
    }

    /// How many wait to be used.
    pub(crate) fn waiting(&self) -> usize {
        self.given.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_secs(60);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_ticket_is_good_once_for_its_client_and_its_time() {
        let mut tickets = Tickets::default();
        tickets.mint("t1".into(), "ada".into(), at(0), MINUTE).unwrap();
        assert_eq!(tickets.redeem("t1", "eve", at(1)), Err(TicketError::OtherClient));
        assert_eq!(tickets.redeem("t1", "ada", at(59)), Ok(()));
        assert_eq!(tickets.redeem("t1", "ada", at(59)), Err(TicketError::NotGood));
        tickets.mint("t2".into(), "ada".into(), at(0), MINUTE).unwrap();
        assert_eq!(tickets.redeem("t2", "ada", at(60)), Err(TicketError::NotGood));
    }

    #[test]
    fn tickets_are_bounded_and_old_ones_make_room() {
        let mut tickets = Tickets::default();
        for number in 0..TICKETS_MAX {
            tickets.mint(number.to_string(), "ada".into(), at(0), MINUTE).unwrap();
        }
        let one_more = tickets.mint("more".into(), "ada".into(), at(59), MINUTE);
        assert_eq!(one_more, Err(TicketError::Full));
        assert!(tickets.mint("more".into(), "ada".into(), at(60), MINUTE).is_ok());
        assert_eq!(tickets.waiting(), 1);
    }
}
