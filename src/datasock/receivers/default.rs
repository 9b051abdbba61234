//! `default`: the protocol's own frames, read by a session through the same dispatcher as on the serversock.
//!
//! Only a name here: the session itself lives in `session`, which opens one where it sees this receiver.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::{Connection, Makings, Receiver};
use crate::error::Error;
use crate::wire::ErrorCode;

/// Frames, calls, requests.
struct Default;

pub(super) fn make(_: &Makings) -> Arc<dyn Receiver> {
    Arc::new(Default)
}

impl Receiver for Default {
    fn name(&self) -> &'static str {
        "default"
    }

    fn speaks_frames(&self) -> bool {
        true
    }

    fn serve<'a>(&'a self, _: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async { Err(Error::new(ErrorCode::Internal, "a session reads here, not a receiver")) })
    }
}
