//! `s.enrollface(pictures, consent?, user?, password?, pin?)`: a face is kept, with its person's consent.
//!
//! Never compares with anybody else. Pictures are used up, whether or not they are good enough.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::{self, Secrets};
use super::shown;
use super::view::TemplateView;
use crate::account::UserId;
use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::vault::{NewTemplate, TemplateAbout};
use crate::house::House;
use crate::registry::permissions::Permission;

/// Fewest pictures of one call.
const PICTURES_MIN: usize = 3;
/// Most pictures of one call.
const PICTURES_MAX: usize = 10;

/// Keeps your face, or that of a person who agreed, from three pictures or more; what was kept before stays. You agree to the text of s.faceconsent() by giving its version.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EnrollFace {
    /// Ids of 3 to 10 pictures of one person, as the datasock `pictures` or `POST /pictures` gave them.
    pictures: Vec<String>,
    /// The version of the text that is agreed to; an operator leaves it out for a person who agreed before.
    consent: Option<String>,
    /// Their user name, for operators; you unless said.
    user: Option<String>,
    /// The person's password, as proof that it is their will.
    password: Option<String>,
    /// Or their PIN.
    pin: Option<String>,
}

/// What was added.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Enrolled {
    user: String,
    user_id: UserId,
    templates: Vec<TemplateView>,
}

impl Command for EnrollFace {
    const NAME: &'static str = "s.enrollface";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    const CHANGES: bool = true;
    const ENDS_BY_ITSELF: bool = true;
    type Reply = Enrolled;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        super::are_enabled(house)?;
        let count = self.pictures.len();
        if !(PICTURES_MIN..=PICTURES_MAX).contains(&count) {
            let message = format!("got {count} pictures, wanted {PICTURES_MIN} to {PICTURES_MAX}");
            return Err(person::bad(message));
        }
        let vault = house.faces.vault();
        vault.check(house.clock.now()).await?;
        let person = person::named(caller, house, self.user.as_deref()).await?;
        let secrets = Secrets {
            password: self.password,
            pin: self.pin,
        };
        let consent = person::consent(caller, house, &person, self.consent.as_deref(), &secrets).await?;
        let new = shown::faces(caller, house, &self.pictures).await?;
        let user = person.user.id;
        let before = vault.templates_of(&[user]).await?.pop();
        shown::are_alike(&new, &before.map(|(_, faces)| faces).unwrap_or_default())?;
        let templates: Vec<NewTemplate> = new.into_iter().map(|(_, new)| new).collect();
        let reply = move |added: &Vec<TemplateAbout>| Enrolled {
            user: person.user.username.clone(),
            user_id: user,
            templates: added.iter().map(TemplateView::from).collect(),
        };
        let keeping = reply.clone();
        let keep = Box::new(move |added: &Vec<TemplateAbout>| kept(Ok(keeping(added))));
        let change = caller.change(house.clock.now());
        let added = vault.enrol(user, templates, consent, change, keep).await?;
        Ok(reply(&added))
    }
}
