//! `bytes`: counts what comes and keeps none of it.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::{Connection, Makings, Receiver};
use crate::error::Error;

/// Any bytes.
struct Bytes;

pub(super) fn make(_: &Makings) -> Arc<dyn Receiver> {
    Arc::new(Bytes)
}

impl Receiver for Bytes {
    fn name(&self) -> &'static str {
        "bytes"
    }

    fn serve<'a>(&'a self, connection: &'a mut Connection) -> LocalBoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            while connection.more().await? {
                // Each read counts as one; its bytes are counted where they are read.
                connection.count(1);
                connection.buffer().clear();
            }
            Ok(())
        })
    }
}
