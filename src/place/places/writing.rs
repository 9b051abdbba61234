//! What goes to the disk some moments after it was said: positions, and who went where.

use std::sync::Arc;

use super::Places;
use crate::booking::UserId;
use crate::place::rules::person::Movement;
use crate::place::store;
use crate::store::StoreError;

/// Rows of one commit: the writer is not held for long.
const ROWS_PER_COMMIT: usize = 1_000;

impl Places {
    /// Writes down who went where since the last time, tells the listeners, and gives it.
    pub(crate) async fn write_movements(&self) -> Result<Vec<Arc<Movement>>, StoreError> {
        let _one = self.0.writing.lock().await;
        let taken = self.write().take_movements(ROWS_PER_COMMIT);
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let movements: Vec<Arc<Movement>> = taken.into_iter().map(Arc::new).collect();
        let rows = movements.clone();
        let written = self.0.store.write(move |conn| {
            rows.iter()
                .try_for_each(|movement| store::movement_insert(conn, movement))
        });
        if let Err(err) = written.await {
            self.0.meters.unwritten("movement");
            self.write().give_back_movements(movements);
            return Err(err);
        }
        self.0.meters.moved(movements.len());
        for movement in &movements {
            // Nobody need listen.
            drop(self.0.movements.send(Arc::clone(movement)));
        }
        Ok(movements)
    }

    /// Writes down where people are; says whether more wait.
    pub(crate) async fn write_positions(&self) -> Result<bool, StoreError> {
        let _one = self.0.writing.lock().await;
        let said = self.write().take_unwritten(ROWS_PER_COMMIT);
        if said.is_empty() {
            return Ok(false);
        }
        let users: Vec<UserId> = said.iter().map(|said| said.user).collect();
        let is_full = said.len() >= ROWS_PER_COMMIT;
        let written = self
            .0
            .store
            .write(move |conn| said.iter().try_for_each(|said| store::position_put(conn, said)));
        if let Err(err) = written.await {
            self.0.meters.unwritten("position");
            self.write().give_back(users.into_iter());
            return Err(err);
        }
        self.0.meters.written(users.len());
        Ok(is_full)
    }

    /// Writes down everything, at the end of the server.
    pub(crate) async fn write_down(&self) {
        loop {
            let movements = self.write_movements().await.map(|written| !written.is_empty());
            let positions = self.write_positions().await;
            match (movements, positions) {
                (Ok(false), Ok(false)) => return,
                (Ok(_), Ok(_)) => {}
                (Err(err), _) | (_, Err(err)) => {
                    tracing::warn!(%err, "the latest positions could not be written down");
                    return;
                }
            }
        }
    }
}
