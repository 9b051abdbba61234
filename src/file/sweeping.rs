//! What is let go by itself: uploads nobody went on with, offers past their end, files of rooms that are gone, and, at a start,
//! contents that no row tells of.

use super::rules::ids::UploadId;
use super::store::{
    content_list, offer_delete_expired, room_files_delete, upload_delete, upload_ids, upload_list_expired,
};
use super::{FileError, Files};
use crate::runtime::metrics::{files_swept, upload_ended};

/// Rows let go in one commit.
const ROWS_MAX: i64 = 256;

impl Files {
    /// Lets go of what has had its time; says of how much.
    pub(crate) async fn expire(&self) -> Result<usize, FileError> {
        let now = self.0.clock.now();
        let due = self
            .0
            .store
            .read(move |conn| upload_list_expired(conn, now.as_microsecond(), ROWS_MAX));
        let mut over = Vec::new();
        for id in due.await? {
            let lane = self.lanes().get(&id).cloned();
            // One that is being written to lives on, whatever was written down last.
            let is_over = match lane {
                Some(lane) => match lane.state.try_lock() {
                    Ok(mut state) => state.course.expire(now),
                    Err(_) => false,
                },
                None => true,
            };
            if is_over {
                over.push(id);
            }
        }
        let (gone, rooms, offers) = self
            .0
            .store
            .write(move |conn| {
                let mut gone = Vec::new();
                for id in over {
                    if upload_delete(conn, &id)? {
                        gone.push(id);
                    }
                }
                let rooms = room_files_delete(conn, ROWS_MAX)?;
                let offers = offer_delete_expired(conn, now.as_microsecond(), ROWS_MAX)?;
                Ok((gone, rooms, offers))
            })
            .await?;
        gone.iter().for_each(|_| upload_ended("expired"));
        let count = gone.len() + rooms.len() + offers;
        self.forget_contents(gone.into_iter().chain(rooms).collect());
        Ok(count)
    }

    /// Removes contents and parts that no row tells of; says how many. What is there is listed first and asked about afterwards,
    /// so that nothing that comes meanwhile is taken for left over.
    pub(crate) async fn sweep(&self) -> Result<u64, FileError> {
        let leaves = self.0.disk.run(|disk| disk.leaves()).await??;
        let mut swept = 0;
        for leaf in leaves {
            let folder = leaf.clone();
            let found = self.0.disk.run(move |disk| disk.found_in(&folder)).await??;
            if found.is_empty() {
                continue;
            }
            let known = self
                .0
                .store
                .read(move |conn| Ok((content_list(conn, &leaf)?, upload_ids(conn, &leaf)?)));
            let (files, uploads) = known.await?;
            let is_known = |id: &UploadId| {
                let has = |ids: &[String]| ids.iter().any(|known| known == id.digits());
                has(&files) || has(&uploads)
            };
            let left: Vec<UploadId> = found.into_iter().map(|one| one.id).filter(|id| !is_known(id)).collect();
            if left.is_empty() {
                continue;
            }
            let count = u64::try_from(left.len()).unwrap_or(u64::MAX);
            self.0
                .disk
                .run(move |disk| left.iter().for_each(|id| disk.remove(id)))
                .await?;
            swept += count;
            files_swept(count);
        }
        Ok(swept)
    }
}
