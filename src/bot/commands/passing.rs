//! Passing on what a bot said: to everybody who is in its building and connected now.

use crate::bot::{BotMessage, speech};
use crate::error::Error;
use crate::house::House;
use crate::runtime::metrics::bot_said;

/// Passes on what is written down already, and writes to how many. `by` is for figures.
pub(crate) async fn pass_on(house: &House, said: &BotMessage, by: &'static str) -> Result<usize, Error> {
    let people = 0;
    speech::told(&house.store, said.id, people).await?;
    bot_said(by, people);
    Ok(people)
}
