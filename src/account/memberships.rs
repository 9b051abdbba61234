//! What people hold: their role, the groups they are in besides, and all that these bring.
//!
//! Every change goes with its audit event in one transaction. Whether the caller may was decided by the command.

use super::groups::{self as rules, Group, GroupError};
use super::sign_in::Accounts;
use super::store::{self, role_exists};
use super::{AccountError, UserId};
use crate::registry::groups;
use crate::registry::permissions::Permission;
use crate::store::StoreError;
use crate::store::change::Change;

impl Accounts {
    /// The groups a person holds now, their role first, with all that these bring; none for who is disabled or gone.
    pub async fn permissions_of(&self, id: UserId) -> Result<Vec<String>, AccountError> {
        let read = self.inner.store.read(move |conn| match store::user_by_id(conn, id)? {
            Some(person) if !person.disabled => store::user_chains(conn, id, &person.role),
            _ => Ok(Vec::new()),
        });
        Ok(read.await?)
    }

    /// The same for somebody who may be disabled: what stands above whoever wants to manage them.
    pub async fn standing_of(&self, id: UserId) -> Result<Vec<String>, AccountError> {
        let read = self.inner.store.read(move |conn| match store::user_by_id(conn, id)? {
            Some(person) => store::user_chains(conn, id, &person.role),
            None => Ok(Vec::new()),
        });
        Ok(read.await?)
    }

    /// All that these groups bring, themselves included; unknown ones bring nothing.
    pub async fn chains(&self, named: Vec<String>) -> Result<Vec<String>, AccountError> {
        let read = self.inner.store.read(move |conn| store::chains(conn, &named));
        Ok(read.await?)
    }

    /// The groups a person is in besides their role.
    pub async fn groups_of(&self, id: UserId) -> Result<Vec<String>, AccountError> {
        let read = self.inner.store.read(move |conn| store::user_group_list(conn, id));
        Ok(read.await?)
    }

    /// Every group, with how many accounts hold it directly.
    pub async fn group_list(&self) -> Result<Vec<(Group, i64)>, AccountError> {
        let read = self.inner.store.read(|conn| {
            let groups = store::group_list(conn)?;
            let counted = groups.into_iter().map(|group| {
                let accounts = store::group_accounts(conn, &group.name)?;
                Ok((group, accounts))
            });
            counted.collect()
        });
        Ok(read.await?)
    }

    /// Makes the groups there are known as permissions; says which found no room.
    pub async fn groups_load(&self) -> Result<Vec<String>, AccountError> {
        let mut names = self.inner.store.read(store::role_names).await?;
        names.retain(|name| Permission::named(name).is_none() && groups::define(name).is_none());
        Ok(names)
    }

    /// Makes a group.
    pub async fn group_add(&self, group: Group, change: Change, answer: Option<Vec<u8>>) -> Result<(), AccountError> {
        let written = self.inner.store.write(move |conn| {
            let inherits = group.inherits.as_deref().unwrap_or_default();
            let refused = |err: GroupError| StoreError::refused(AccountError::from(err));
            rules::may_make(&store::group_list(conn)?, &group.name, inherits).map_err(refused)?;
            store::group_insert(conn, &group)?;
            let detail = format!("inherits {inherits}");
            let on_what = format!("group:{}", group.name);
            change.record(conn, &on_what, "ok", Some(detail), answer.as_deref())?;
            // Its place comes last, so that a refusal leaves none behind.
            groups::define(&group.name)
                .map(drop)
                .ok_or_else(|| refused(GroupError::Full))
        });
        Ok(written.await?)
    }

    /// Removes a group that nothing depends on; `needed_by` names the commands that need it.
    pub async fn group_remove(
        &self,
        name: String,
        needed_by: Vec<String>,
        change: Change,
        answer: Option<Vec<u8>>,
    ) -> Result<(), AccountError> {
        let gone = name.clone();
        let written = self.inner.store.write(move |conn| {
            let accounts = store::group_accounts(conn, &name)?;
            rules::may_remove(&store::group_list(conn)?, &name, accounts, &needed_by)
                .map_err(|err| StoreError::refused(AccountError::from(err)))?;
            store::group_delete(conn, &name)?;
            change.record(conn, &format!("group:{name}"), "ok", None, answer.as_deref())
        });
        written.await?;
        groups::retire(&gone);
        Ok(())
    }

    /// Puts a person into groups.
    pub async fn grant(
        &self,
        id: UserId,
        names: Vec<String>,
        change: Change,
        answer: Option<Vec<u8>>,
    ) -> Result<(), AccountError> {
        let written = self.inner.store.write(move |conn| {
            for name in &names {
                if !role_exists(conn, name)? {
                    return Err(StoreError::refused(AccountError::UnknownRole { got: name.clone() }));
                }
                store::user_group_insert(conn, id, name, &change.who, change.at.as_microsecond())?;
            }
            let detail = format!("gains {}", names.join(", "));
            change.record(conn, &format!("user:{id}"), "ok", Some(detail), answer.as_deref())
        });
        written.await?;
        self.standings_changed();
        Ok(())
    }

    /// Takes a person out of groups.
    pub async fn revoke(
        &self,
        id: UserId,
        names: Vec<String>,
        change: Change,
        answer: Option<Vec<u8>>,
    ) -> Result<(), AccountError> {
        let written = self.inner.store.write(move |conn| {
            for name in &names {
                store::user_group_delete(conn, id, name)?;
            }
            let detail = format!("loses {}", names.join(", "));
            change.record(conn, &format!("user:{id}"), "ok", Some(detail), answer.as_deref())
        });
        written.await?;
        self.standings_changed();
        Ok(())
    }
}
