//! The store serves actors too: on an arbiter that shares the multi-thread runtime, and on a plain one.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use actix_rt::{Arbiter, System};
use diesel::prelude::*;
use motorpool::store::schema::role;
use motorpool::store::{AnyConn, DatabaseUrl, Store, StoreError, StoreOptions};

async fn write_then_read(store: Store) -> Result<i64, StoreError> {
    let add = |conn: &mut AnyConn| {
        Ok(diesel::insert_into(role::table)
            .values(role::name.eq("valet"))
            .execute(conn)?)
    };
    store.write(add).await?;
    let valets = |conn: &mut AnyConn| {
        let valets = role::table.filter(role::name.eq("valet"));
        Ok(valets.count().get_result(conn)?)
    };
    store.read(valets).await
}

fn open(folder: &tempfile::TempDir) -> Store {
    let url = DatabaseUrl::sqlite(folder.path().join("m.db"));
    Store::open(&url, StoreOptions::default()).unwrap()
}

#[actix_rt::test]
async fn a_plain_actix_runtime_can_use_it() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(write_then_read(open(&folder)).await.unwrap(), 1);
}

#[test]
fn an_arbiter_on_the_shared_runtime_can_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let runtime = Arc::new(runtime);
    let system = System::with_tokio_rt({
        let runtime = Arc::clone(&runtime);
        move || runtime
    });
    let arbiter = Arbiter::with_tokio_rt(move || runtime);
    let (tell, told) = tokio::sync::oneshot::channel();
    arbiter.spawn(async move {
        tell.send(write_then_read(store).await).unwrap();
    });
    assert_eq!(system.block_on(told).unwrap().unwrap(), 1);
    arbiter.stop();
    arbiter.join().unwrap();
}
