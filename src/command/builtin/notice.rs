//! What a client is told when somebody else does something to it: an event that comes again until it is acknowledged.
//!
//! Beside the text for people that it gets at once. Not a command of its own.

use serde::Serialize;

use crate::command::Caller;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::Whom;

/// The particulars; what does not belong to the event is absent.
#[derive(Debug, Default, Serialize)]
pub(super) struct Notice {
    pub(super) by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions: Option<Vec<String>>,
}

impl Notice {
    /// That the caller did it.
    pub(super) fn by(caller: &Caller) -> Self {
        Self {
            by: caller.standing.name().to_string(),
            ..Self::default()
        }
    }

    /// Tells those who are meant, now or when they are back.
    pub(super) async fn tell(&self, house: &House, whom: Whom, name: &'static str) {
        house.events.mention(&house.registry, whom, name, self).await;
    }
}

/// Tells a client which rights it has now.
pub(super) async fn rights(house: &House, caller: &Caller, standing: &Standing) {
    let notice = Notice {
        permissions: Some(standing.permissions().names()),
        ..Notice::by(caller)
    };
    notice
        .tell(house, Whom::Client(standing.client_id.clone()), "rights")
        .await;
}
