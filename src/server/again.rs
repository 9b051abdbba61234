//! A restart: what the next life of the server takes over from the one before.
//!
//! The configuration is read again; one with a fault is not taken, so that a restart does not end in nothing.
//! Addresses stay where the configuration says nothing else of them.

use std::net::SocketAddr;

use super::Addresses;
use super::embed::Plan;
use crate::config::Config;
use crate::extend::Extensions;

/// Addresses of the life before, for those doors whose keys did not change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kept {
    pub(super) serversock: Option<SocketAddr>,
    pub(super) maindata: Option<SocketAddr>,
    pub(super) http: Option<SocketAddr>,
}

/// The plan of the next life.
pub(super) fn plan(mut plan: Plan, bound: Addresses) -> Plan {
    let fresh = fresh(&plan).unwrap_or_else(|| plan.config.clone());
    let (before, after) = (&plan.config.server, &fresh.server);
    plan.kept = Kept {
        serversock: (before.listen == after.listen).then_some(bound.serversock),
        maindata: (before.data_listen == after.data_listen).then_some(bound.maindata),
        http: (before.http == after.http).then_some(bound.http),
    };
    plan.config = fresh;
    plan
}

/// The configuration as it is now, if there is one and it would do.
fn fresh(plan: &Plan) -> Option<Config> {
    let source = plan.source.as_ref()?;
    let fresh = match source.read() {
        Ok(fresh) => fresh,
        Err(err) => {
            tracing::error!(%err, "the configuration was not taken over; the restart goes on with the one before");
            return None;
        }
    };
    match Extensions::new(plan.definitions.clone(), &fresh, plan.launcher, None) {
        Ok(_) => Some(fresh),
        Err(err) => {
            tracing::error!(%err, "the configuration was not taken over; the restart goes on with the one before");
            None
        }
    }
}
