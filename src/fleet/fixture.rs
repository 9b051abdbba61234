//! What the tests of the fleet share: a store in a folder of its own, a car, people, a booking.

use iso_currency::Currency;
use jiff::Timestamp;
use tempfile::TempDir;

use super::NewCar;
use super::store::car_insert;
use crate::account::UserId;
use crate::account::store::{NewUser, user_insert};
use crate::booking::{CarId, Money};
use crate::place::Position;
use crate::store::audit::{AuditFilter, AuditRow, audit_list};
use crate::store::change::Change;
use crate::store::request::RequestKey;
use crate::store::{AnyConn, DatabaseUrl, Store, StoreError, StoreOptions};

/// When the tests happen.
pub(crate) fn noon() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

pub(crate) fn new_car(name: &str) -> NewCar {
    NewCar {
        name: name.to_owned(),
        plate: format!("P-{name}"),
        make: "Trabant".to_owned(),
        model: "601".to_owned(),
        body_type: "sedan".to_owned(),
        colour: "blue".to_owned(),
        seats: 4,
        position: Position::new(52.5, 13.4).unwrap(),
        place: "Mitte".to_owned(),
        rate_per_hour: Money::new(650, Currency::EUR),
    }
}

/// A store with the cars `a` and `b`.
pub(crate) struct Yard {
    pub(crate) store: Store,
    pub(crate) a: CarId,
    pub(crate) b: CarId,
    _folder: TempDir,
}

impl Yard {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("m.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let at = noon().as_microsecond();
        let (a, b) = store
            .write(move |conn| {
                Ok((
                    car_insert(conn, &new_car("a"), at)?,
                    car_insert(conn, &new_car("b"), at)?,
                ))
            })
            .await
            .unwrap();
        Self {
            store,
            a,
            b,
            _folder: folder,
        }
    }

    pub(crate) async fn user(&self, name: &str, role: &str) -> UserId {
        let new = NewUser {
            username: name.to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            role: role.to_owned(),
            password_hash: None,
        };
        self.write(move |conn| user_insert(conn, &new, 0)).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(job).await.unwrap()
    }

    /// Audit events on something, newest first.
    pub(crate) async fn audited(&self, on_what: &str) -> Vec<AuditRow> {
        let filter = AuditFilter {
            on_what: Some(on_what.to_owned()),
            ..AuditFilter::default()
        };
        self.write(move |conn| audit_list(conn, &filter, 100)).await
    }
}

/// A change by user 7, under a request id or none.
pub(crate) fn change(request: Option<&str>) -> Change {
    Change {
        at: noon(),
        who: "user:7".to_owned(),
        what: "s.test".to_owned(),
        request: request.map(|request_id| RequestKey {
            who: "user:7".to_owned(),
            request_id: request_id.to_owned(),
            call_hash: vec![1],
        }),
    }
}
