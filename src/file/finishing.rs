//! The end of an upload: compared, looked at, flushed, renamed, folder flushed, written down; then it is a file.

use std::io::BufReader;

use super::check::{Report, Wanted};
use super::lane::{Hold, LaneState};
use super::rules::rights::Act;
use super::rules::upload::Phase;
use super::store::{NewFile, Stored, file_by_content, file_insert, upload_delete};
use super::sums::digits_of;
use super::upload::Holder;
use super::{FileError, Whose, gone, name_of};
use crate::runtime::metrics::upload_ended;
use crate::runtime::planted::Planted;
use crate::store::change::Change;

/// A file and what its owner is called.
type Done = (Stored, Option<String>);

impl Holder {
    pub(super) async fn finish(&self, sha256: Option<String>, change: Change) -> Result<Done, FileError> {
        let wanted = sha256.map(|text| digits_of(&text)).transpose()?;
        let mut state = self.lane.state.lock().await;
        if state.course.phase() == Phase::Finished {
            return self.finished().await;
        }
        self.is_mine()?;
        state.course.may_finish(self.files.0.clock.now())?;
        let part = self.part(&mut state).await?;
        let (digits, size) = (part.hasher().digits(), part.held());
        state.hold = Hold::Open(part);
        // Once more: it may have come back shorter than it was.
        state.course.may_finish(self.files.0.clock.now())?;
        let report = match self.fitting(&digits, size, wanted).await {
            Ok(report) => report,
            Err(err) => {
                if matches!(err, FileError::Check(_) | FileError::Hash { .. }) {
                    self.let_go(&mut state, "unfit").await;
                }
                return Err(err);
            }
        };
        self.settle(&mut state).await?;
        match self.write_down(digits, size, report, change).await {
            Ok(done) => {
                state.course.finish();
                state.hold = Hold::Closed;
                self.files.lanes().remove(self.id());
                upload_ended("finished");
                Ok(done)
            }
            Err(err) => {
                // It is on its way as before; whoever comes again finds it so.
                let id = self.id().clone();
                drop(self.files.0.disk.run(move |disk| disk.unsettle(&id)).await);
                Err(err)
            }
        }
    }

    /// The file that it became, for who asks twice.
    async fn finished(&self) -> Result<Done, FileError> {
        let id = self.id().clone();
        let found = self.files.0.store.read(move |conn| {
            let file = file_by_content(conn, &id)?.ok_or_else(|| gone(&id))?;
            let owner = name_of(conn, file.owner)?;
            Ok((file, owner))
        });
        Ok(found.await?)
    }

    /// Whether it is what its sender says.
    async fn fitting(&self, digits: &str, size: u64, wanted: Option<String>) -> Result<Option<Report>, FileError> {
        for wanted in [wanted, self.lane.row.sha256.clone()].into_iter().flatten() {
            if wanted != digits && !Planted::HashUnchecked.is_here() {
                return Err(FileError::Hash {
                    what: "the SHA-256 of what came",
                    got: digits.to_owned(),
                    wanted,
                    expected: 0,
                });
            }
        }
        let wanted = self.lane.row.wanted.as_deref();
        let Some(wanted) = wanted.and_then(|text| serde_json::from_str::<Wanted>(text).ok()) else {
            return Ok(None);
        };
        let max = self.files.0.config.check_bytes;
        if size > max {
            return Err(FileError::NoCheck(format!(
                "the file has {size} bytes, at most {max} are checked; send it without `check`"
            )));
        }
        let (disk, id) = (self.files.0.disk.clone(), self.id().clone());
        let looked = self.files.0.checks.run(move || {
            let file = disk.open_part(&id)?;
            Ok::<_, FileError>(wanted.look(BufReader::new(file))?)
        });
        Ok(Some(looked.await??))
    }

    /// The part is content, for good.
    async fn settle(&self, state: &mut LaneState) -> Result<(), FileError> {
        let mut part = self.part(state).await?;
        let id = self.id().clone();
        let worked = self.files.0.disk.run(move |disk| {
            let settled = disk.settle(&mut part, &id);
            (part, settled)
        });
        let (part, settled) = worked.await?;
        state.hold = Hold::Open(part);
        Ok(settled?)
    }

    /// The row of the file in the place of that of the upload.
    async fn write_down(
        &self,
        sha256: String,
        size: u64,
        report: Option<Report>,
        change: Change,
    ) -> Result<Done, FileError> {
        let (row, asker) = (self.lane.row.clone(), self.asker.clone());
        let written = self.files.0.store.write(move |conn| {
            if !upload_delete(conn, &row.id)? {
                return Err(gone(&row.id));
            }
            // Rights may have been taken away since it began.
            asker.may(conn, Act::Put, row.owner, &Whose::default())?;
            let new = NewFile {
                owner: row.owner,
                name: row.name,
                content: row.id,
                size,
                sha256,
                kind: row.kind,
                report: report.and_then(|report| serde_json::to_string(&report).ok()),
                sender: row.sender,
                made_at: change.at.as_microsecond(),
            };
            let stored = file_insert(conn, &new)?;
            let detail = Some(format!("{} bytes for {}", stored.size, stored.owner));
            change.record(conn, &format!("file:{}", stored.id), "ok", detail, None)?;
            let owner = name_of(conn, stored.owner)?;
            Ok((stored, owner))
        });
        Ok(written.await?)
    }
}
