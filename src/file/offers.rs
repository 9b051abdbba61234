//! What operators send: offered to a car or a person, who take it by reading it, or refuse.

use std::sync::Arc;

use super::disk::Content;
use super::rules::ids::{FileId, OfferId};
use super::rules::offer::OfferState;
use super::rules::owner::Owner;
use super::rules::rights::Act;
use super::store::{NewOffer, Offer, Stored, file_by_id, offer_by_id, offer_insert, offer_list, offer_set};
use super::{Asker, FileError, Files, Whose};
use crate::store::StoreError;
use crate::store::change::Change;

/// Longest note in bytes.
pub(crate) const NOTE_BYTES_MAX: usize = 500;

/// An offer that is being taken: how far it has come is written down when it is dropped.
pub(crate) struct Taking {
    /// What is read.
    pub(crate) file: Stored,
    /// Its bytes.
    pub(crate) content: Content,
    /// The offer, as it was when reading began.
    pub(crate) offer: Offer,
    files: Files,
    taken: Arc<std::sync::atomic::AtomicU64>,
}

impl Taking {
    /// The other side was given everything up to there.
    pub(crate) fn given(&self, bytes: u64) {
        self.taken.store(bytes, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        let taken = self.taken.load(std::sync::atomic::Ordering::Relaxed);
        let (id, at) = (self.offer.id, self.files.0.clock.now().as_microsecond());
        let noted = self.files.0.store.submit(move |conn| {
            // What was said to be whole meanwhile stays so.
            match offer_by_id(conn, id)? {
                Some(offer) if offer.state == OfferState::Taking => offer_set(conn, id, offer.state, taken, at),
                _ => Ok(()),
            }
        });
        // Lost when the store is busy: the other side knows better anyway how far it is.
        drop(noted);
    }
}

impl Files {
    /// Offers a file to a car or a person. Whoever offers must be allowed to read it.
    ///
    /// # Errors
    /// Nobody of that name, no such file.
    pub(crate) async fn offer(
        &self,
        asker: Asker,
        id: FileId,
        whom: Whose,
        note: Option<String>,
        change: Change,
        answer: impl FnOnce(&Offer) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<Offer, FileError> {
        self.is_on()?;
        if note.as_ref().is_some_and(|note| note.len() > NOTE_BYTES_MAX) {
            return Err(FileError::NoCheck(format!(
                "`note` has more than {NOTE_BYTES_MAX} bytes"
            )));
        }
        let days = i64::try_from(self.0.config.offer_days).unwrap_or(i64::MAX / 24);
        let expires_at = change
            .at
            .checked_add(jiff::SignedDuration::from_hours(days.saturating_mul(24)))
            .unwrap_or(jiff::Timestamp::MAX);
        let offered = self.0.store.write(move |conn| {
            let file = file_by_id(conn, id)?.ok_or_else(|| FileError::NoFile(id).carried())?;
            asker.may_with(conn, Act::Get, &file)?;
            let whom = match asker.owner(conn, &whom)? {
                whom @ (Owner::Person(_) | Owner::Car(_)) => whom,
                Owner::Booking(_) | Owner::Room(_) => return Err(FileError::Owners.carried()),
            };
            let new = NewOffer {
                file: id,
                whom: whom.to_string(),
                made_by: change.who.clone(),
                note,
                made_at: change.at.as_microsecond(),
                expires_at: expires_at.as_microsecond(),
            };
            let offer = offer_insert(conn, &new)?;
            let answer = answer(&offer);
            let detail = Some(format!("file:{id} for {whom}"));
            change.record(conn, &format!("offer:{}", offer.id), "ok", detail, answer.as_deref())?;
            Ok(offer)
        });
        Ok(offered.await?)
    }

    /// A page of offers: those for somebody, or all.
    pub(crate) async fn offers(
        &self,
        whom: Option<String>,
        before: Option<OfferId>,
        limit: i64,
    ) -> Result<Vec<Offer>, FileError> {
        self.is_on()?;
        let listed = self
            .0
            .store
            .read(move |conn| offer_list(conn, whom.as_deref(), before, limit));
        Ok(listed.await?)
    }

    /// Reads what was offered: that is the consent.
    ///
    /// # Errors
    /// No such offer for them, or they refused it.
    pub(crate) async fn take(&self, asker: &Asker, id: OfferId) -> Result<Taking, FileError> {
        self.is_on()?;
        let (who, now) = (asker.who.clone(), self.0.clock.now().as_microsecond());
        let begun = self.0.store.write(move |conn| {
            let offer = offer_of(conn, id, &who, now)?;
            let state = offer.state.take().map_err(|err| FileError::from(err).carried())?;
            offer_set(conn, id, state, offer.taken, now)?;
            let file = file_by_id(conn, offer.file)?.ok_or_else(|| FileError::NoOffer(id).carried())?;
            Ok((offer, file))
        });
        let (offer, file) = begun.await?;
        let content = self.content_of(&file).await?;
        Ok(Taking {
            taken: Arc::new(offer.taken.into()),
            files: self.clone(),
            file,
            content,
            offer,
        })
    }

    /// They have it whole, or do not want it. `answer` makes what a retry hears.
    ///
    /// # Errors
    /// No such offer for them, or it is decided.
    pub(crate) async fn decide(
        &self,
        asker: &Asker,
        id: OfferId,
        is_taken: bool,
        change: Change,
        answer: impl FnOnce(&Offer) -> Option<Vec<u8>> + Send + 'static,
    ) -> Result<Offer, FileError> {
        self.is_on()?;
        let who = asker.who.clone();
        let decided = self.0.store.write(move |conn| {
            let at = change.at.as_microsecond();
            let mut offer = offer_of(conn, id, &who, at)?;
            let decided = if is_taken {
                offer.state.taken()
            } else {
                offer.state.refuse()
            };
            offer.state = decided.map_err(|err| FileError::from(err).carried())?;
            offer.taken = if is_taken { offer.size } else { offer.taken };
            offer.changed_at = at;
            offer_set(conn, id, offer.state, offer.taken, at)?;
            let answer = answer(&offer);
            let detail = Some(offer.state.as_str().to_owned());
            change.record(conn, &format!("offer:{id}"), "ok", detail, answer.as_deref())?;
            Ok(offer)
        });
        Ok(decided.await?)
    }
}

/// An offer for them that lasts.
fn offer_of(conn: &mut crate::store::AnyConn, id: OfferId, who: &str, now: i64) -> Result<Offer, StoreError> {
    offer_by_id(conn, id)?
        .filter(|offer| offer.whom == who && offer.expires_at > now)
        .ok_or_else(|| FileError::NoOffer(id).carried())
}
