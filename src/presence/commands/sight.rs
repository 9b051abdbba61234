//! Who may see whom, as far as presence asks.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::booking::UserId;
use crate::error::Error;
use crate::house::House;
use crate::presence::actor::Sight;

impl Sight for House {
    /// Everybody sees themselves, and nobody else: people have not been given a choice of who may see them yet.
    fn seen(&self, by: UserId, people: Vec<UserId>) -> BoxFuture<'static, Result<Vec<UserId>, Error>> {
        let seen = people.into_iter().filter(|user| *user == by).collect();
        std::future::ready(Ok(seen)).boxed()
    }
}
