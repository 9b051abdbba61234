//! Buildings that change: written first, then put on the map, then everybody is in the building they are in.
//!
//! One edit at a time; who looks is never held up for long.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::{PlaceError, Places};
use crate::place::rules::building::Building;
use crate::place::store;
use crate::store::change::Change;

/// Longest wait for an edit before.
const EDIT_WAIT_MAX: Duration = Duration::from_secs(5);
/// People whose building is looked at again in one step.
const LOOK_AGAIN_STEP: usize = 2_048;
/// Pause while movements wait to be written.
const LOOK_AGAIN_PAUSE: Duration = Duration::from_millis(20);

impl Places {
    /// Puts a building in the place of the one with its id, and everybody into the building they are in then. Says whether
    /// there was one.
    pub(crate) async fn put_building(
        &self,
        building: Building,
        change: Change,
        keep: impl FnOnce(bool) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<bool, PlaceError> {
        self.loaded()?;
        let _edit = self.0.edits.enter(EDIT_WAIT_MAX).await.map_err(PlaceError::Editing)?;
        let (new, most) = (building.clone(), self.0.buildings_max);
        let written = self.0.store.write(move |conn| {
            let was_there = store::building_put(conn, &new, most, change.at.as_microsecond())?;
            let result = if was_there { "changed" } else { "added" };
            change.record(
                conn,
                &format!("building:{}", new.id),
                result,
                None,
                keep(was_there).as_deref(),
            )?;
            Ok(was_there)
        });
        let was_there = written.await?;
        drop(self.write().put_building(Arc::new(building)));
        self.look_again().await;
        Ok(was_there)
    }

    /// Removes a building; who was in it is in another one or in none then.
    pub(crate) async fn remove_building(
        &self,
        id: &str,
        change: Change,
        answer: Option<Vec<u8>>,
    ) -> Result<(), PlaceError> {
        self.loaded()?;
        let _edit = self.0.edits.enter(EDIT_WAIT_MAX).await.map_err(PlaceError::Editing)?;
        drop(self.building(id)?);
        let gone = id.to_owned();
        let written = self.0.store.write(move |conn| {
            store::building_delete(conn, &gone)?;
            change.record(conn, &format!("building:{gone}"), "removed", None, answer.as_deref())
        });
        written.await?;
        drop(self.write().remove_building(id));
        self.look_again().await;
        Ok(())
    }

    /// Everybody is in the building they are in, after buildings changed. In steps, so that nobody waits long for the map.
    pub(in crate::place) async fn look_again(&self) {
        let mut from = 0;
        loop {
            let step = self.write().look_again(from, LOOK_AGAIN_STEP, self.0.clock.now());
            match step {
                Ok(Some(next)) => {
                    from = next;
                    tokio::task::yield_now().await;
                }
                Ok(None) => return,
                Err(_) if self.0.store.failed() => return,
                Err(_) => tokio::time::sleep(LOOK_AGAIN_PAUSE).await,
            }
        }
    }

    /// Buildings were changed in the store by somebody else.
    pub(crate) async fn reload_buildings(&self) -> Result<(), PlaceError> {
        self.loaded()?;
        let _edit = self.0.edits.enter(EDIT_WAIT_MAX).await.map_err(PlaceError::Editing)?;
        let stored = self.0.store.read(store::building_list_all).await?;
        {
            let mut world = self.write();
            let ids: BTreeSet<Arc<str>> = stored.iter().map(|building| building.id.clone()).collect();
            let known = world.buildings().list(None, usize::MAX);
            for gone in known.iter().filter(|building| !ids.contains(&building.id)) {
                drop(world.remove_building(&gone.id));
            }
            for building in stored {
                drop(world.put_building(Arc::new(building)));
            }
        }
        self.look_again().await;
        Ok(())
    }
}
