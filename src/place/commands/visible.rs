//! What a person may choose of who sees them, as it travels.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::account::store::user_by_id;
use crate::booking::UserId;
use crate::place::VisibleTo;
use crate::place::rules::visibility::Choice;
use crate::place::rules::world::Standards;
use crate::place::store::Settings;
use crate::store::{AnyConn, StoreError};

/// The choice that is meant.
pub(super) fn choice(to: VisibleTo, named: BTreeSet<UserId>, blur_m: Option<u32>) -> Choice {
    Choice {
        same_building: matches!(to, VisibleTo::SameBuilding | VisibleTo::Near),
        within_range: matches!(to, VisibleTo::WithinRange | VisibleTo::Near),
        named,
        blur_m,
    }
}

/// What a choice is called.
fn called(choice: &Choice) -> VisibleTo {
    match (choice.same_building, choice.within_range) {
        (false, false) => VisibleTo::Nobody,
        (true, false) => VisibleTo::SameBuilding,
        (false, true) => VisibleTo::WithinRange,
        (true, true) => VisibleTo::Near,
    }
}

/// One choice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct ChoiceView {
    to: VisibleTo,
    /// People who see one wherever they are.
    people: Vec<String>,
    /// Shown is the middle of a square with this edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    blur_m: Option<u32>,
}

/// Everything somebody chose.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct VisibilityView {
    /// What holds now.
    now: ChoiceView,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// What holds then.
    #[serde(skip_serializing_if = "Option::is_none")]
    afterwards: Option<ChoiceView>,
    /// How far one looks, and from how far one is seen within range.
    range_m: f64,
}

impl VisibilityView {
    pub(super) fn read(
        conn: &mut AnyConn,
        chosen: &Settings,
        standards: &Standards,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let visibility = &chosen.visibility;
        let always = visibility.always.as_ref().unwrap_or(&standards.choice);
        let passing = visibility.passing.as_ref().filter(|(until, _)| now < *until);
        Ok(Self {
            now: view(conn, visibility.at(now, &standards.choice))?,
            until: passing.map(|(until, _)| until.to_string()),
            afterwards: passing.map(|_| view(conn, always)).transpose()?,
            range_m: chosen.range_m.unwrap_or(standards.range_m),
        })
    }
}

fn view(conn: &mut AnyConn, choice: &Choice) -> Result<ChoiceView, StoreError> {
    let mut people = Vec::with_capacity(choice.named.len());
    for user in &choice.named {
        people.extend(user_by_id(conn, *user)?.map(|user| user.username));
    }
    Ok(ChoiceView {
        to: called(choice),
        people,
        blur_m: choice.blur_m,
    })
}
