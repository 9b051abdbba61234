//! What the store promises, on real SQLite files in folders of their own.

mod files;
mod readers;
mod rows;
mod sanctions;
mod settings;
mod writer;

use std::sync::mpsc;

use diesel::prelude::*;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::audit::{AuditEvent, audit_insert};
use super::schema::{audit_event, car, users};
use super::{AnyConn, DatabaseUrl, Store, StoreError, StoreOptions};

fn url(folder: &TempDir) -> DatabaseUrl {
    DatabaseUrl::sqlite(folder.path().join("m.db"))
}

fn open(folder: &TempDir) -> Store {
    open_with(folder, StoreOptions::default())
}

fn open_with(folder: &TempDir, options: StoreOptions) -> Store {
    Store::open(&url(folder), options).unwrap()
}

/// Stores one audit event by `who`.
fn note(conn: &mut AnyConn, who: &str) -> Result<(), StoreError> {
    let event = AuditEvent {
        at: 1,
        who: who.to_owned(),
        what: "test".to_owned(),
        on_what: String::new(),
        result: "ok".to_owned(),
        detail: None,
    };
    audit_insert(conn, &event)
}

/// Everybody who has stored an event, in order.
fn noted(conn: &mut AnyConn) -> Result<Vec<String>, StoreError> {
    Ok(audit_event::table
        .select(audit_event::who)
        .order(audit_event::id)
        .load(conn)?)
}

fn add_car(conn: &mut AnyConn, name: &str) -> Result<i64, StoreError> {
    Ok(diesel::insert_into(car::table)
        .values((
            car::name.eq(name),
            car::plate.eq(format!("{name}-1")),
            car::make.eq("Opel"),
            car::model.eq("Astra"),
            car::body_type.eq("estate"),
            car::colour.eq("grey"),
            car::seats.eq(5_i16),
            car::latitude.eq(48.2),
            car::longitude.eq(16.4),
            car::place.eq("yard"),
            car::rate_per_hour.eq(1_200_i64),
            car::currency.eq("EUR"),
            car::created_at.eq(0_i64),
        ))
        .returning(car::id)
        .get_result(conn)?)
}

fn add_user(conn: &mut AnyConn, name: &str) -> Result<i64, StoreError> {
    Ok(diesel::insert_into(users::table)
        .values((
            users::username.eq(name),
            users::first_name.eq("Ada"),
            users::last_name.eq("L"),
            users::email.eq("ada@example.org"),
            users::role.eq("customer"),
            users::created_at.eq(0_i64),
        ))
        .returning(users::id)
        .get_result(conn)?)
}

/// Keeps the writer busy with one job until `release` is used or dropped.
struct Held {
    release: mpsc::Sender<()>,
    ended: tokio::task::JoinHandle<Result<(), StoreError>>,
}

async fn hold(store: &Store) -> Held {
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = oneshot::channel();
    let held = store.clone();
    let ended = tokio::spawn(async move {
        held.write(move |_| {
            let _ = started.send(());
            let _ = released.recv();
            Ok(())
        })
        .await
    });
    has_started.await.unwrap();
    Held { release, ended }
}

impl Held {
    async fn release(self) -> Result<(), StoreError> {
        drop(self.release);
        self.ended.await.unwrap()
    }
}
