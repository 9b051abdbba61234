//! What the accounts promise, on a real store: guesses, keys, tokens, changes.
//!
//! One store in a folder of its own for each test; time is a clock moved by hand.

mod changing;
mod guessing;
mod rows;
mod sign_ups;
mod tokens;

use jiff::Timestamp;

use super::*;
use crate::runtime::clock::Clock;
use crate::store::change::Change;
use crate::store::{DatabaseUrl, Store, StoreOptions};

const PASSWORD: &str = "correct horse";
const HOME: Source = Source::Address(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)));
const ELSEWHERE: Source = Source::Address(std::net::IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 9)));

struct House {
    accounts: Accounts,
    store: Store,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("motorpool.db"));
        let store = Store::open(&url, StoreOptions::default()).unwrap();
        let clock = Clock::fixed(Timestamp::from_second(1_700_000_000).unwrap());
        let accounts = Accounts::with(store.clone(), clock.clone(), false);
        Self {
            accounts,
            store,
            clock,
            _folder: folder,
        }
    }

    /// With a customer named `ada`.
    async fn with_ada() -> (Self, User) {
        let house = Self::new();
        let ada = house.add("ada", "customer").await;
        (house, ada)
    }

    async fn add(&self, username: &str, role: &str) -> User {
        self.accounts
            .user_add(draft(username, role), self.change())
            .await
            .unwrap()
    }

    fn change(&self) -> Change {
        Change {
            at: self.clock.now(),
            who: "user:1".into(),
            what: "s.test".into(),
            request: None,
        }
    }

    fn runs(&self) -> u64 {
        self.accounts.inner.hasher.runs()
    }

    async fn guess(&self, username: &str, source: Source) -> SignInError {
        self.accounts
            .by_password(username, "wrong horse", &source)
            .await
            .unwrap_err()
    }
}

fn draft(username: &str, role: &str) -> UserDraft {
    UserDraft {
        username: username.into(),
        password: Some(PASSWORD.into()),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        email: "ada@example.org".into(),
        role: role.into(),
    }
}
