//! What others, or the time, did to a booking, for whoever tells its rider.
//!
//! Told after the commit; whoever listens must not wait.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::booking::store::NamedBooking;

/// What is recorded of a booking that got another end, which is no other state.
pub(super) const EXTENDED: &str = "extended";

type Tell = dyn Fn(&NamedBooking, Timestamp) + Send + Sync;

/// Where changes of bookings are told; cheap to clone.
#[derive(Clone)]
pub(crate) struct News(Arc<Tell>);

impl News {
    /// Tells them so; `tell` must not block.
    pub(crate) fn new(tell: impl Fn(&NamedBooking, Timestamp) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// A booking came to another state by `who`; it is news unless that is its rider.
    pub(super) fn of(&self, named: &NamedBooking, who: &str, at: Timestamp) {
        if who != format!("user:{}", named.booking.user) {
            (self.0)(named, at);
        }
    }
}

impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("News")
    }
}
