//! Enrolling: templates of one person more, sealed under the person's key. Nobody else's are touched.
//!
//! The key is on the disk before the templates are in the database; what is in the database has its consent and its audit
//! event in the same transaction.

use std::sync::Arc;

use jiff::Timestamp;

use super::error::VaultError;
use super::open::{Missing, counted};
use super::records::{Consent, NewTemplate, Proof, TemplateAbout};
use super::sealing::Secret;
use super::template::{self, Belongs};
use super::{Keeping, Vault};
use crate::account::UserId;
use crate::account::store::user_by_id;
use crate::face::store::{
    consent_insert, consent_latest, template_count, template_delete, template_insert, template_list, template_reseal,
};
use crate::runtime::metrics::names;
use crate::store::change::Change;
use crate::store::{AnyConn, StoreError};

/// What there is of a person before.
struct Before {
    templates: Vec<TemplateAbout>,
    all: i64,
    may: bool,
    has_consent: bool,
}

/// The key of a person, and those of their templates that no key opens any more.
struct Held {
    key: i64,
    secret: Arc<Secret>,
    dead: Vec<i64>,
}

impl Vault {
    /// Keeps what a person agreed to, without keeping a face yet: an operator may enrol them then.
    ///
    /// # Errors
    /// [`VaultError::NoUser`], or the store's.
    pub async fn consent(
        &self,
        user: UserId,
        given: (String, String, Proof),
        change: Change,
        answer: Option<Vec<u8>>,
    ) -> Result<(), VaultError> {
        let (version, text, proof) = given;
        let written = self.0.store.write(move |conn| {
            let at = change.at.as_microsecond();
            consent_insert(conn, user, (&version, &text), (&change.who, proof), at)?;
            let detail = Some(format!("consent to text {version}"));
            change.record(conn, &format!("user:{user}"), "ok", detail, answer.as_deref())
        });
        Ok(written.await?)
    }

    /// Adds templates of a person. Answers after they are on the disk.
    ///
    /// # Errors
    /// [`VaultError::NoConsent`], [`VaultError::TooMany`], [`VaultError::Full`], [`VaultError::NoUser`],
    /// [`VaultError::Unavailable`] when the vault is shut, [`VaultError::Busy`], or the store's.
    pub async fn enrol<T: Into<NewTemplate>>(
        &self,
        user: UserId,
        templates: Vec<T>,
        consent: Consent,
        change: Change,
        keep: Keeping<Vec<TemplateAbout>>,
    ) -> Result<Vec<TemplateAbout>, VaultError> {
        let templates: Vec<NewTemplate> = templates.into_iter().map(Into::into).collect();
        let enrolled = self.enrol_all(user, templates, consent, change, keep).await;
        let outcome = match &enrolled {
            Ok(_) => Some("ok"),
            Err(VaultError::TooMany { .. } | VaultError::Full(_)) => Some("full"),
            Err(_) => None,
        };
        if let Some(outcome) = outcome {
            metrics::counter!(names::FACE_ENROLMENTS, "outcome" => outcome).increment(1);
        }
        enrolled
    }

    async fn enrol_all(
        &self,
        user: UserId,
        templates: Vec<NewTemplate>,
        consent: Consent,
        change: Change,
        keep: Keeping<Vec<TemplateAbout>>,
    ) -> Result<Vec<TemplateAbout>, VaultError> {
        let _pass = self.0.changes.enter(super::CHANGE_WAIT_MAX).await?;
        let before = self.0.store.read(move |conn| before(conn, user)).await?;
        if !before.may {
            return Err(VaultError::NoUser(user));
        }
        if consent == Consent::Standing && !before.has_consent {
            return Err(VaultError::NoConsent);
        }
        self.opened(Missing::Make, change.at).await?;
        self.finish_erasures(change.at).await?;
        let held = self
            .key_for(user, before.templates.clone(), templates.len(), change.at)
            .await?;
        let most = i64::try_from(self.0.settings.templates_max).unwrap_or(i64::MAX);
        let more = i64::try_from(templates.len()).unwrap_or(i64::MAX);
        if before.all.saturating_add(more) > most {
            return Err(VaultError::Full(format!(
                "{} templates are kept, which is the most",
                before.all
            )));
        }
        let templates = Arc::new(templates);
        let (dead, write) = (held.dead.clone(), Arc::clone(&templates));
        let written = self.0.store.write(move |conn| {
            let added = write_all(conn, user, &held, &write, &consent, &change)?;
            change.record(
                conn,
                &format!("user:{user}"),
                "ok",
                Some(told(&added)),
                keep(&added).as_deref(),
            )?;
            Ok((added, template_count(conn)?))
        });
        let (added, all) = written.await.map_err(carried)?;
        counted(all);
        self.0.gallery_drop(&dead);
        self.0.gallery_add(&added, &templates)?;
        Ok(added)
    }

    /// The key that the person's templates have, or one that nothing uses, or a new one.
    async fn key_for(
        &self,
        user: UserId,
        there: Vec<TemplateAbout>,
        more: usize,
        at: Timestamp,
    ) -> Result<Held, VaultError> {
        let vault = self.clone();
        let max = self.0.settings.templates_per_person;
        let work = move || {
            let mut keys = vault.0.keys();
            let keys = keys.as_mut().ok_or(VaultError::Busy)?;
            let (mut live, mut dead) = (Vec::new(), Vec::new());
            for template in &there {
                let opens = keys.secret(template.key, user.0)?.is_some();
                if opens { &mut live } else { &mut dead }.push(template);
            }
            if live.len().saturating_add(more) > max {
                return Err(VaultError::TooMany {
                    got: more,
                    there: live.len(),
                    max,
                });
            }
            let known = live.first().map(|template| template.key);
            let key = match known.or_else(|| keys.of(user.0).first().copied()) {
                Some(key) => key,
                None => keys.make(user.0, at.as_microsecond())?,
            };
            let secret = match keys.secret(key, user.0)? {
                Some(secret) => secret,
                None => {
                    return Err(VaultError::Unavailable(
                        "the key of this person does not open".to_owned(),
                    ));
                }
            };
            Ok(Held {
                key,
                secret: Arc::new(secret),
                dead: dead.iter().map(|template| template.id).collect(),
            })
        };
        self.0.aside.run(work).await?
    }
}

fn before(conn: &mut AnyConn, user: UserId) -> Result<Before, StoreError> {
    Ok(Before {
        templates: template_list(conn, user)?,
        all: template_count(conn)?,
        may: user_by_id(conn, user)?.is_some_and(|person| !person.disabled),
        has_consent: consent_latest(conn, user)?.is_some(),
    })
}

fn write_all(
    conn: &mut AnyConn,
    user: UserId,
    held: &Held,
    templates: &[NewTemplate],
    consent: &Consent,
    change: &Change,
) -> Result<Vec<TemplateAbout>, StoreError> {
    let at = change.at.as_microsecond();
    match consent {
        Consent::Given { version, text, proof } => {
            consent_insert(conn, user, (version, text), (&change.who, *proof), at)?;
        }
        // Looked at again where nobody can take it back in between.
        Consent::Standing if consent_latest(conn, user)?.is_none() => {
            return Err(StoreError::refused(VaultError::NoConsent));
        }
        Consent::Standing => {}
    }
    for dead in &held.dead {
        template_delete(conn, user, *dead)?;
    }
    let mut made = Vec::with_capacity(templates.len());
    for new in templates {
        let id = template_insert(conn, (user, held.key), new.seen, (&change.who, at))?;
        let belongs = Belongs {
            template: id,
            user: user.0,
            key: held.key,
        };
        let (nonce, sealed) = template::seal(&held.secret, belongs, &new.embedding).map_err(StoreError::refused)?;
        template_reseal(conn, id, held.key, &nonce, &sealed)?;
        made.push(id);
    }
    let all = template_list(conn, user)?;
    Ok(all.into_iter().filter(|template| made.contains(&template.id)).collect())
}

fn told(added: &[TemplateAbout]) -> String {
    let ids: Vec<String> = added.iter().map(|template| template.id.to_string()).collect();
    format!("templates {}", ids.join(", "))
}

/// A refusal of our own comes back out of the transaction as it went in.
pub(super) fn carried(error: StoreError) -> VaultError {
    match error {
        StoreError::Refused(refused) => refused
            .downcast::<VaultError>()
            .map_or_else(|other| VaultError::Store(StoreError::Refused(other)), |ours| *ours),
        other => VaultError::Store(other),
    }
}
