//! When a session takes what its peer has sent: not while too many of its calls are open, nor while the peer does
//! not read what it was sent.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use crate::runtime::Outbox;

/// Frames handled in one turn.
const BATCH_FRAMES_MAX: usize = 64;

/// Calls of one session that have not ended; both ends live on one arbiter.
#[derive(Debug)]
pub(crate) struct Budget {
    open: Cell<usize>,
    max: usize,
    waiting: RefCell<Option<Waker>>,
}

impl Budget {
    /// Room for so many calls.
    pub(crate) fn new(max: usize) -> Rc<Self> {
        Rc::new(Self {
            open: Cell::new(0),
            max,
            waiting: RefCell::new(None),
        })
    }

    /// Counts a call until the spending is dropped.
    pub(crate) fn spend(self: &Rc<Self>) -> Spending {
        self.open.set(self.open.get() + 1);
        Spending(Rc::clone(self))
    }

    fn left(&self) -> usize {
        self.max.saturating_sub(self.open.get())
    }
}

/// One open call.
#[derive(Debug)]
pub(crate) struct Spending(Rc<Budget>);

impl Drop for Spending {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
        if let Some(waker) = self.0.waiting.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// Says how many frames may be taken; before the handshake is done nothing is in the way.
#[derive(Default)]
pub(crate) struct Room {
    gates: Option<(Outbox, Rc<Budget>)>,
    draining: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Room {
    /// The room of a session.
    pub(crate) fn new(outbox: Outbox, budget: Rc<Budget>) -> Self {
        Self {
            gates: Some((outbox, budget)),
            draining: None,
        }
    }

    /// How many frames may be taken now; waits while the peer owes us reading or we owe it answers.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        let Some((outbox, budget)) = &self.gates else {
            return Poll::Ready(BATCH_FRAMES_MAX);
        };
        if let Some(draining) = &mut self.draining {
            ready!(draining.as_mut().poll(cx));
            self.draining = None;
        } else if outbox.is_over_soft_limit() {
            let outbox = outbox.clone();
            let mut draining: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move { outbox.drained().await });
            if draining.as_mut().poll(cx).is_pending() {
                self.draining = Some(draining);
                return Poll::Pending;
            }
        }
        match budget.left() {
            0 => {
                *budget.waiting.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
            left => Poll::Ready(left.min(BATCH_FRAMES_MAX)),
        }
    }
}
