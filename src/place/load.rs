//! Reads the map from the store at the start: buildings, then people page by page.
//!
//! A large map takes seconds: the server serves meanwhile, and who asks for positions hears `unavailable`.

use std::sync::Arc;

use super::places::Places;
use super::rules::world::Full;
use super::store;
use crate::booking::UserId;
use crate::message::store::block_list_all;
use crate::store::StoreError;

/// People read at a time.
const PAGE: i64 = 4_096;

/// Why the map could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// More people than there is room for.
    #[error("{0}; raise limits.positions_max")]
    Full(#[from] Full),
}

impl Places {
    /// Reads everything, once.
    pub(crate) async fn load(&self) -> Result<(), LoadError> {
        let buildings = self.store().read(store::building_list_all).await?;
        for building in buildings {
            drop(self.write().put_building(Arc::new(building)));
        }
        self.load_cars().await?;
        self.load_blocks().await?;
        let mut after = UserId(i64::MIN);
        loop {
            let page = self
                .store()
                .read(move |conn| store::person_list(conn, after, PAGE))
                .await?;
            let Some(last) = page.last().map(|person| person.user) else {
                break;
            };
            after = last;
            let now = self.clock().now();
            for person in page {
                self.write().load(person, now)?;
            }
        }
        // Buildings may have changed while nobody served.
        self.look_again().await;
        self.set_loaded();
        Ok(())
    }

    /// Who blocks whom.
    async fn load_blocks(&self) -> Result<(), StoreError> {
        let mut after = (UserId(i64::MIN), UserId(i64::MIN));
        loop {
            let page = self.store().read(move |conn| block_list_all(conn, after, PAGE)).await?;
            let Some(last) = page.last().copied() else {
                return Ok(());
            };
            after = last;
            let mut world = self.write();
            for (by, blocked) in page {
                world.set_blocked(by, blocked, true);
            }
        }
    }
}
