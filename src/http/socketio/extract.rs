//! What socketioxide hands over, taken as it is: the socket, the text, the attachments, the wish for an answer.
//!
//! Its own handlers of events would run each in a task of its own, and lose the order.

use std::convert::Infallible;
use std::sync::Arc;

use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::{FromConnectParts, MessageHandler, Value};
use socketioxide::socket::Socket;

use super::incoming::Attachments;

/// A socket that is being connected, with the text of its `auth`.
pub(super) struct Arriving {
    pub(super) socket: Arc<Socket<LocalAdapter>>,
    pub(super) auth: Option<String>,
}

impl FromConnectParts<LocalAdapter> for Arriving {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket<LocalAdapter>>, auth: &Option<Value>) -> Result<Self, Infallible> {
        let text = auth.as_ref().and_then(Value::as_str);
        Ok(Self {
            socket: Arc::clone(socket),
            auth: text.map(|text| text.as_str().to_owned()),
        })
    }
}

/// Whoever is given each event as it came: its text, its attachments, and the number of the acknowledgement that is wanted.
pub(super) struct Hearer<F>(pub(super) F);

impl<F> MessageHandler<LocalAdapter, Attachments> for Hearer<F>
where
    F: Fn(&str, Attachments, Option<i64>) + Send + Sync + 'static,
{
    fn call(&self, _: Arc<Socket<LocalAdapter>>, value: Value, ack: Option<i64>) {
        match value {
            Value::Str(text, attachments) => (self.0)(text.as_str(), attachments, ack),
            // Only the parser of another format, which is not configured, makes one.
            Value::Bytes(_) => {}
        }
    }
}
