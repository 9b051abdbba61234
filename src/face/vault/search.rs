//! The gallery: all templates in clear, one after the other in locked memory, from the first search on.
//!
//! It follows every enrolment and erasure. Whether somebody may search is not decided here.

use std::sync::{PoisonError, RwLockWriteGuard};

use super::error::VaultError;
use super::gallery;
use super::locked::Locked;
use super::open::Missing;
use super::records::{NewTemplate, TemplateAbout};
use super::{Inner, Vault, template};
use crate::booking::UserId;
use crate::face::embedding::{EMBEDDING_FLOATS, Embedding};
use crate::face::store::{SealedRow, template_page};
use crate::runtime::metrics::names;

/// Templates read at once.
const PAGE_ROWS: i64 = 1_000;
/// Templates that the memory has room for at first; it doubles when it is full.
const ROOM_MIN: usize = 1_024;
const FLOAT_BYTES: usize = 4;

/// Somebody found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Who.
    pub user: UserId,
    /// Their template that is nearest.
    pub template: i64,
    /// Euclidean distance.
    pub distance: f32,
}

/// All templates in clear.
pub(super) struct Gallery {
    floats: Locked,
    /// Of which template each place is, and whose.
    whose: Vec<(i64, UserId)>,
}

impl Gallery {
    pub(super) fn new() -> Result<Self, VaultError> {
        Ok(Self {
            floats: room(ROOM_MIN)?,
            whose: Vec::new(),
        })
    }

    /// A place for one more, to be filled.
    fn place(&mut self) -> Result<&mut [f32], VaultError> {
        let start = self.whose.len().saturating_mul(EMBEDDING_FLOATS);
        if self.floats.floats().len() < start.saturating_add(EMBEDDING_FLOATS) {
            let mut larger = room(self.whose.len().saturating_mul(2).max(ROOM_MIN))?;
            for (to, from) in larger.floats_mut().iter_mut().zip(self.floats.floats()) {
                *to = *from;
            }
            self.floats = larger;
        }
        let end = start.saturating_add(EMBEDDING_FLOATS);
        let place = self.floats.floats_mut().get_mut(start..end);
        place.ok_or_else(|| VaultError::Full("no memory for the gallery".to_owned()))
    }

    fn push(&mut self, template: i64, user: UserId, embedding: &Embedding) -> Result<(), VaultError> {
        self.place()?.copy_from_slice(embedding.floats());
        self.whose.push((template, user));
        Ok(())
    }

    fn push_opened(&mut self, row: SealedRow, secret: &super::sealing::Secret) -> Result<(), VaultError> {
        let about = (row.id, UserId(row.user_id));
        if template::open_into(secret, row, self.place()?).is_some() {
            self.whose.push(about);
        }
        Ok(())
    }

    /// The last one takes the place of one that goes.
    fn remove(&mut self, template: i64) {
        let Some(place) = self.whose.iter().position(|(id, _)| *id == template) else {
            return;
        };
        let last = self.whose.len() - 1;
        let (chunks, _) = self.floats.floats_mut().as_chunks_mut::<EMBEDDING_FLOATS>();
        if place != last
            && let Ok([here, moved]) = chunks.get_disjoint_mut([place, last])
        {
            here.copy_from_slice(moved);
        }
        if let Some(emptied) = chunks.get_mut(last) {
            emptied.fill(0.0);
        }
        self.whose.swap_remove(place);
    }

    fn nearest(&self, wanted: &Embedding, people: usize, per_person: usize) -> Vec<Hit> {
        let filled = self.whose.len().saturating_mul(EMBEDDING_FLOATS);
        let floats = self.floats.floats().get(..filled).unwrap_or_default();
        // So many templates are of at least so many people.
        let near = gallery::nearest(floats, wanted.floats(), people.saturating_mul(per_person));
        let mut hits: Vec<Hit> = Vec::new();
        for near in near {
            let Some((template, user)) = self.whose.get(near.place).copied() else {
                continue;
            };
            if hits.len() < people && !hits.iter().any(|hit| hit.user == user) {
                hits.push(Hit {
                    user,
                    template,
                    distance: near.squared.sqrt(),
                });
            }
        }
        hits
    }
}

fn room(templates: usize) -> Result<Locked, VaultError> {
    Ok(Locked::new(templates.saturating_mul(EMBEDDING_FLOATS * FLOAT_BYTES))?)
}

impl Vault {
    /// The `people` whose nearest template is nearest to a face, nearest first: whoever is enrolled.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] when the vault is shut, [`VaultError::Busy`], or the store's.
    pub async fn search(&self, wanted: Embedding, people: usize) -> Result<Vec<Hit>, VaultError> {
        self.load_gallery().await?;
        metrics::counter!(names::FACE_SEARCHES).increment(1);
        let vault = self.clone();
        let per_person = self.0.settings.templates_per_person;
        let work = move || {
            let gallery = vault.0.gallery.read().unwrap_or_else(PoisonError::into_inner);
            let found = gallery
                .as_ref()
                .map(|gallery| gallery.nearest(&wanted, people, per_person));
            super::sealing::scrub_stack();
            found.unwrap_or_default()
        };
        Ok(self.0.searches.run(work).await?)
    }

    /// Opens every template into locked memory, unless that was done. No change happens meanwhile.
    async fn load_gallery(&self) -> Result<(), VaultError> {
        if self.0.gallery().is_some() {
            return Ok(());
        }
        let _pass = self.0.changes.enter(super::CHANGE_WAIT_MAX).await?;
        if self.0.gallery().is_some() {
            return Ok(());
        }
        self.opened(Missing::Leave, crate::runtime::clock::now()).await?;
        let mut gallery = Gallery::new()?;
        let mut after = 0;
        loop {
            let page = self
                .0
                .store
                .read(move |conn| template_page(conn, after, PAGE_ROWS))
                .await?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.id;
            let vault = self.clone();
            gallery = self.0.aside.run(move || vault.0.fill(gallery, page)).await??;
        }
        *self.0.gallery() = Some(gallery);
        Ok(())
    }
}

impl Inner {
    fn gallery(&self) -> RwLockWriteGuard<'_, Option<Gallery>> {
        self.gallery.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, mut gallery: Gallery, page: Vec<SealedRow>) -> Result<Gallery, VaultError> {
        let keys = self.keys();
        if let Some(keys) = keys.as_ref() {
            for row in page {
                if let Some(secret) = keys.secret(row.key_id, row.user_id)? {
                    gallery.push_opened(row, &secret)?;
                }
            }
        }
        Ok(gallery)
    }

    pub(super) fn gallery_add(&self, added: &[TemplateAbout], new: &[NewTemplate]) -> Result<(), VaultError> {
        let mut gallery = self.gallery();
        let mut whole = Ok(());
        if let Some(open) = gallery.as_mut() {
            for (about, new) in added.iter().zip(new) {
                whole = whole.and_then(|()| open.push(about.id, about.user, &new.embedding));
            }
        }
        if whole.is_err() {
            // It is filled again at the next search.
            *gallery = None;
        }
        whole
    }

    pub(super) fn gallery_drop(&self, gone: &[i64]) {
        if let Some(gallery) = self.gallery().as_mut() {
            gone.iter().for_each(|template| gallery.remove(*template));
        }
    }
}
