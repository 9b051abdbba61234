//! One question every service answers: how are you? The answer is a small serialisable struct.
//!
//! Tests assert on it, the metrics and the console show it. Asking never changes anything.

use std::fmt;
use std::marker::PhantomData;

use actix::Message;

/// Asks a service for its state `S`.
pub struct Observe<S>(PhantomData<fn() -> S>);

impl<S> Observe<S> {
    /// The question.
    #[must_use]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S> Default for Observe<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Clone for Observe<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Observe<S> {}

impl<S> fmt::Debug for Observe<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observe")
    }
}

impl<S: 'static> Message for Observe<S> {
    type Result = S;
}
