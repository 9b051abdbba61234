//! `s.setvisibility(to, until?, blur_m?, people...?)`: who may see me.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::visible::{VisibilityView, choice};
use crate::account::store::user_by_name;
use crate::booking::UserId;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::place::rules::visibility::{BLUR_M_MAX, BLUR_M_MIN, NAMED_MAX};
use crate::place::{PlaceError, VisibleTo};
use crate::registry::permissions::Permission;
use crate::store::{AnyConn, StoreError};

/// Chooses who sees where you are, from now on. What is not said is not kept from before: no people named, nothing blurred, for good.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetVisibility {
    /// `nobody`, `same_building`, `within_range` (your own range, around what is shown of you) or `near`, which is both.
    to: VisibleTo,
    /// Until when, RFC 3339; then what held for good before holds again.
    until: Option<String>,
    /// Show the middle of a square of so many metres instead of where you are, 100 to 10000.
    blur_m: Option<u32>,
    /// People who see you wherever they are, besides.
    people: Option<Vec<String>>,
}

impl SetVisibility {
    fn checked(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        if let Some(got) = self.blur_m.filter(|edge| !(BLUR_M_MIN..=BLUR_M_MAX).contains(edge)) {
            let message = format!("`blur_m` is {got}, wanted {BLUR_M_MIN} to {BLUR_M_MAX} metres");
            return Err(super::bad(message));
        }
        let named = self.people.as_ref().map_or(0, Vec::len);
        if named > NAMED_MAX {
            return Err(super::bad(format!("got {named} `people`, wanted at most {NAMED_MAX}")));
        }
        let Some(text) = &self.until else { return Ok(None) };
        let until: Timestamp = text.parse().map_err(|_| {
            let got = crate::wire::names::shown(text);
            super::bad(format!(
                "`until` is {got:?}, wanted an RFC 3339 instant such as 2026-05-01T10:00:00Z"
            ))
        })?;
        if until <= now {
            return Err(super::bad(format!(
                "`until` is {until}, wanted an instant in the future"
            )));
        }
        Ok(Some(until))
    }
}

impl Command for SetVisibility {
    const NAME: &'static str = "s.setvisibility";
    const CATEGORY: Category = Category::Places;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    type Reply = VisibilityView;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user, now) = (caller.user()?, house.clock.now());
        let who = (user, caller.username());
        let until = self.checked(now)?;
        let standards = house.places.standards();
        let chosen = house.places.choose(who, caller.change(now), move |conn, chosen| {
            let named = named(conn, self.people.as_deref().unwrap_or_default())?;
            let before = std::mem::take(&mut chosen.visibility);
            chosen.visibility = before.with(choice(self.to, named, self.blur_m), until);
            let view = VisibilityView::read(conn, chosen, &standards, now)?;
            let answer = kept(Ok(view.clone()));
            Ok((view, answer))
        });
        let view = chosen.await?;
        // Who watches whether they are online may see it now, or no longer.
        house.presence.look_again(user);
        Ok(view)
    }
}

/// Who they are; one that nobody knows refuses the whole.
fn named(conn: &mut AnyConn, people: &[String]) -> Result<BTreeSet<UserId>, StoreError> {
    let mut named = BTreeSet::new();
    for name in people {
        let user = user_by_name(conn, name)?;
        let user = user.ok_or_else(|| StoreError::refused(PlaceError::NoUser(crate::wire::names::shown(name))))?;
        named.insert(user.id);
    }
    Ok(named)
}
