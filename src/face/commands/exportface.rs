//! `s.exportface()`: all there is of one's own face, numbers too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::view::{ConsentView, ReceiptView, TemplateView};
use crate::account::UserId;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::face::Embedding;
use crate::house::House;
use crate::registry::permissions::Permission;

/// Gives you all there is of your face: consents with their texts, templates with their numbers, receipts. Nobody else gets it, and no copy is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportFace {}

/// Everything.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Exported {
    user: String,
    user_id: UserId,
    consents: Vec<ConsentView>,
    texts: Vec<AgreedText>,
    templates: Vec<WithNumbers>,
    unreadable: usize,
    receipts: Vec<ReceiptView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AgreedText {
    version: String,
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WithNumbers {
    template: TemplateView,
    #[schemars(with = "Vec<f32>")]
    numbers: Numbers,
}

/// Wipes itself.
#[derive(Debug)]
struct Numbers(Embedding);

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.floats())
    }
}

impl Command for ExportFace {
    const NAME: &'static str = "s.exportface";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = Exported;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (user_id, user) = (caller.user()?, caller.username());
        let export = house.faces.vault().export(user_id).await?;
        let change = caller.change(house.clock.now());
        let detail = format!("{} templates", export.templates.len());
        let on_what = format!("user:{user_id}");
        let written = house
            .store
            .write(move |conn| change.record(conn, &on_what, "ok", Some(detail), None));
        written.await?;
        let texts = export.texts.into_iter();
        let templates = export.templates.into_iter();
        Ok(Exported {
            user,
            user_id,
            consents: export.consents.into_iter().map(ConsentView::from).collect(),
            texts: texts.map(|(version, text)| AgreedText { version, text }).collect(),
            templates: templates
                .map(|(about, embedding)| WithNumbers {
                    template: TemplateView::from(&about),
                    numbers: Numbers(embedding),
                })
                .collect(),
            unreadable: export.unreadable,
            receipts: export.receipts.iter().map(ReceiptView::from).collect(),
        })
    }
}
