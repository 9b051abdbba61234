//! Who may see whom, as far as presence asks.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::booking::UserId;
use crate::error::Error;
use crate::house::House;
use crate::presence::actor::Sight;

impl Sight for House {
    /// Whoever may see where somebody is may see that they are online; everybody sees themselves.
    fn seen(&self, by: UserId, people: Vec<UserId>) -> BoxFuture<'static, Result<Vec<UserId>, Error>> {
        let seen = people
            .into_iter()
            .filter(|user| self.places.may_see(by, *user))
            .collect();
        std::future::ready(Ok(seen)).boxed()
    }
}
