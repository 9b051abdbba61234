//! `s.faces(user?)`: what is kept of a face, without its numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person;
use super::view::{ConsentView, TemplateView};
use crate::account::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Lists what is kept of your face, or of another person's for operators: consent, templates, dates, quality; never the numbers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListFaces {
    /// Their user name; you unless said.
    user: Option<String>,
}

/// What is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Kept {
    user: String,
    user_id: UserId,
    consent: Option<ConsentView>,
    templates: Vec<TemplateView>,
    templates_max: usize,
    /// Templates whose key is gone: nobody can open them.
    unreadable: usize,
}

impl Command for ListFaces {
    const NAME: &'static str = "s.faces";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = Kept;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let person = person::named(caller, house, self.user.as_deref()).await?;
        let listed = house.faces.vault().list(person.user.id, house.clock.now()).await?;
        Ok(Kept {
            user: person.user.username,
            user_id: person.user.id,
            consent: listed.consent.map(ConsentView::from),
            templates: listed.templates.iter().map(TemplateView::from).collect(),
            templates_max: house.config.face.templates_per_person,
            unreadable: listed.unreadable,
        })
    }
}
