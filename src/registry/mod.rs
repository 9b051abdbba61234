//! Who is connected: client ids, names, kinds, permissions, and how to reach each one.
//!
//! The registry actor owns the lists; a [`Standing`] is shared with the client's sessions, so that rights
//! withdrawn by the registry are gone at the session's next call.

pub(crate) mod actor;
pub(crate) mod events;
pub mod groups;
pub mod names;
pub(crate) mod peer;
pub mod permissions;
pub(crate) mod recent;
pub(crate) mod repeats;
pub(crate) mod rights;
pub(crate) mod sanctions;
pub(crate) mod undelivered;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::booking::{CarId, UserId};
use crate::wire::ClientKind;
use events::Mailbag;
use permissions::Permissions;
use recent::Recent;
use rights::Rights;

/// What one client is and may, kept alive across its reconnects.
#[derive(Debug)]
pub struct Standing {
    /// Made by the server, never reused.
    pub client_id: Arc<str>,
    /// What it said it is, checked against its key.
    pub kind: ClientKind,
    /// The account it signed in with.
    pub user: Option<UserId>,
    /// The name of that account, which stays when the client changes its own.
    pub username: Option<String>,
    /// The device key it signed in with.
    pub key_id: Option<i64>,
    /// The car it is the unit of.
    pub car: Option<CarId>,
    /// Under which id its pictures wait: its own, or that of the session that it was begun beside. So a page sends
    /// pictures over HTTP and names them over its socket.
    pub album: Arc<str>,
    name: ArcSwap<String>,
    rights: Rights,
    recent: Mutex<Option<Recent>>,
    mail: Mutex<Mailbag>,
}

impl Standing {
    /// A client as it was admitted.
    #[must_use]
    pub(crate) fn new(
        client_id: Arc<str>,
        kind: ClientKind,
        user: Option<(UserId, String)>,
        key: Option<(i64, Option<CarId>)>,
        name: String,
        permissions: Permissions,
    ) -> Self {
        let (user, username) = user.unzip();
        Self {
            album: Arc::clone(&client_id),
            client_id,
            kind,
            user,
            username,
            key_id: key.map(|(id, _)| id),
            car: key.and_then(|(_, car)| car),
            name: ArcSwap::from_pointee(name),
            rights: Rights::new(permissions),
            recent: Mutex::default(),
            mail: Mutex::default(),
        }
    }

    /// The same beside a session of the same account, which has this client id.
    #[must_use]
    pub(crate) fn beside(self, session: Arc<str>) -> Self {
        Self { album: session, ..self }
    }

    /// The unit of a car that came in by a port which is the car's, without a key of its own.
    #[must_use]
    pub(crate) fn unit_without_key(client_id: Arc<str>, car: CarId, name: String, permissions: Permissions) -> Self {
        Self {
            car: Some(car),
            ..Self::new(client_id, ClientKind::Car, None, None, name, permissions)
        }
    }

    /// Its present name.
    #[must_use]
    pub fn name(&self) -> Arc<String> {
        self.name.load_full()
    }

    pub(crate) fn rename(&self, name: String) {
        self.name.store(Arc::new(name));
    }

    /// What it may do at this moment.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.rights.held()
    }

    /// Its rights, to be changed.
    pub(crate) fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The latest changes it asked for; of who is not connected, `None`.
    pub(crate) fn recent(&self) -> Option<Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_recent(&self, recent: Recent) {
        *self.recent.lock().unwrap_or_else(PoisonError::into_inner) = Some(recent);
    }

    /// Events it has not acknowledged.
    pub(crate) fn mail(&self) -> MutexGuard<'_, Mailbag> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// They go with the client that leaves.
    pub(crate) fn take_mail(&self) -> Mailbag {
        self.mail().leave()
    }

    /// Who it is in audit events and for request ids: `user:7`, `car:3`, `key:2` or `client:<id>`.
    #[must_use]
    pub fn who(&self) -> String {
        match (self.user, self.car, self.key_id) {
            (Some(user), _, _) => format!("user:{user}"),
            (None, Some(car), _) => format!("car:{car}"),
            (None, None, Some(key)) => format!("key:{key}"),
            (None, None, None) => format!("client:{}", self.client_id),
        }
    }
}
