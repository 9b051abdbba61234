//! A connection that comes again: growing, jittered pauses between tries, and the same client afterwards.
//!
//! It resumes with the token of the last welcome and falls back to the original login when that is refused. It
//! re-sends no question; answers to the server's questions are kept until they are known to have arrived.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::answers::Answers;
use super::connection::{self, Link};
use super::{Client, ClientError, ConnectOptions, Incoming};
use crate::wire::{Args, ErrorCode, Login, Value, Welcome, WireError};

/// A quiet connection is tried this often.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A server that does not answer a ping for so long is given up.
const HEARTBEAT_WAIT_MAX: Duration = Duration::from_secs(10);
/// A connection that lived this long makes the failures before it forgotten.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// The longest absence that a server can ask for.
const ABSENCE_MAX: Duration = Duration::from_secs(600);

/// An answer of ours.
type Outcome = Result<Value, WireError>;

/// How long to wait between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pauses {
    /// After the first failure; doubled after each further one.
    pub first: Duration,
    /// No pause is longer.
    pub max: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            max: Duration::from_secs(60),
        }
    }
}

impl Pauses {
    /// The pause after so many failures in a row: somewhere in the upper half of what doubling gives, by the dice, so
    /// that many clients of a server that fell do not come back at one moment.
    #[must_use]
    pub fn after(self, failures: u32, dice: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let half = self.first.saturating_mul(doubled).min(self.max) / 2;
        half + half.mul_f64(f64::from(dice) / f64::from(u32::MAX))
    }
}

/// How the connection is.
#[derive(Debug, Clone)]
pub enum LinkState {
    /// The first try is under way.
    Connecting,
    /// Connected.
    Up {
        /// The connection.
        client: Client,
        /// What the server said to it.
        welcome: Arc<Welcome>,
        /// Whether it is the client it was before.
        resumed: bool,
    },
    /// Cut or not reached; the next try follows.
    Down {
        /// What went wrong.
        why: ClientError,
        /// When the next try is.
        retry_in: Duration,
    },
    /// Trying again makes no sense: the login was refused, or another connection has taken this client's place.
    Ended {
        /// What went wrong.
        why: ClientError,
    },
}

/// A connection that comes again; clones share it. It ends when the last one is dropped.
#[derive(Clone)]
pub struct Reconnecting(Arc<Handle>);

struct Handle {
    inner: Arc<Inner>,
    driver: AbortHandle,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

struct Inner {
    link: Link,
    state: watch::Sender<LinkState>,
    answers: Mutex<Answers<Outcome>>,
    /// There is an answer to send.
    answered: Notify,
    /// There is an answer on its way.
    sent: Notify,
    call_timeout: Duration,
}

impl Reconnecting {
    /// Starts connecting to `addr` (`host:port`) and keeps doing so.
    #[must_use]
    pub fn start(addr: impl Into<String>, options: ConnectOptions, pauses: Pauses) -> Self {
        let inner = Arc::new(Inner {
            link: Link::new(&options),
            state: watch::Sender::new(LinkState::Connecting),
            answers: Mutex::default(),
            answered: Notify::new(),
            sent: Notify::new(),
            call_timeout: options.call_timeout,
        });
        let driver = Driver {
            inner: inner.clone(),
            addr: addr.into(),
            pauses,
            original: options.login.clone(),
            options,
        };
        let driver = tokio::spawn(driver.run()).abort_handle();
        Self(Arc::new(Handle { inner, driver }))
    }

    /// How the connection is now, and a way to wait for its changes.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<LinkState> {
        self.0.inner.state.subscribe()
    }

    /// The connection, waiting at most `wait_max` for one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn client(&self, wait_max: Duration) -> Result<Client, ClientError> {
        let mut states = self.states();
        let settled = |state: &LinkState| matches!(state, LinkState::Up { .. } | LinkState::Ended { .. });
        let waited = timeout(wait_max, states.wait_for(settled)).await.is_ok();
        let state = self.0.inner.state.borrow().clone();
        match state {
            LinkState::Up { client, .. } => Ok(client),
            LinkState::Down { why, .. } | LinkState::Ended { why } => Err(why),
            LinkState::Connecting if waited => Err(ClientError::gone()),
            LinkState::Connecting => Err(ClientError::Timeout { waited: wait_max }),
        }
    }

    /// Runs a command, once, on the connection there is or will be soon.
    ///
    /// # Errors
    /// As [`Client::call`]; after [`ClientError::Closed`] and [`ClientError::Timeout`] it may have been done.
    pub async fn call(&self, command: &str, args: Args) -> Result<Value, ClientError> {
        self.client(self.0.inner.call_timeout).await?.call(command, args).await
    }

    /// What the server sends by itself, over all connections; see [`Client::incoming`].
    #[must_use]
    pub fn incoming(&self) -> Option<mpsc::Receiver<Incoming>> {
        self.0.inner.link.inbox.take()
    }

    /// Answers a question of the server, now or as soon as there is a connection.
    pub fn answer(&self, id: u64, outcome: Result<Value, WireError>) {
        self.0.inner.answers().keep(id, outcome);
        self.0.inner.answered.notify_one();
    }

    /// How many answers were given up because too many waited for a connection.
    #[must_use]
    pub fn answers_lost(&self) -> u64 {
        self.0.inner.answers().lost()
    }

    /// The server's time, as near as it is known here.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        self.0.inner.link.clock.now()
    }

    /// Says good-bye and stops coming again.
    pub async fn bye(&self) {
        self.0.driver.abort();
        let state = self.0.inner.state.borrow().clone();
        if let LinkState::Up { client, .. } = state {
            client.bye().await;
        }
    }
}

impl std::fmt::Debug for Reconnecting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reconnecting")
            .field(&*self.0.inner.state.borrow())
            .finish()
    }
}

impl Inner {
    /// The answers are valid after every statement, so a panic of another holder does not matter.
    fn answers(&self) -> MutexGuard<'_, Answers<Outcome>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that connects, watches and connects again.
struct Driver {
    inner: Arc<Inner>,
    addr: String,
    options: ConnectOptions,
    original: Option<Login>,
    pauses: Pauses,
}

impl Driver {
    async fn run(mut self) {
        let mut token: Option<String> = None;
        let mut failures = 0_u32;
        loop {
            let resumes = token.is_some();
            self.options.login = token.clone().map(Login::Resume).or_else(|| self.original.clone());
            let opened = connection::connect(self.addr.as_str(), &self.options, self.inner.link.clone()).await;
            let (why, absence) = match opened {
                Ok((client, welcome)) => {
                    let since = Instant::now();
                    token = Some(welcome.resume.clone()).filter(|token| !token.is_empty());
                    self.up(&client, welcome, resumes);
                    let end = self.keep(&client).await;
                    if since.elapsed() >= STABLE_AFTER {
                        failures = 0;
                    }
                    end
                }
                Err(why) if resumes && refuses_token(&why) => {
                    token = None;
                    continue;
                }
                Err(why) => (why, Duration::ZERO),
            };
            self.inner.answers().cut();
            if is_final(&why) {
                self.inner.state.send_replace(LinkState::Ended { why });
                return;
            }
            failures = failures.saturating_add(1);
            // Without randomness all come back together, which is still better than not at all.
            let pause = self.pauses.after(failures, getrandom::u32().unwrap_or_default());
            let retry_in = pause.saturating_add(absence.min(ABSENCE_MAX));
            self.inner.state.send_replace(LinkState::Down { why, retry_in });
            sleep(retry_in).await;
        }
    }

    fn up(&self, client: &Client, welcome: Welcome, resumed: bool) {
        let (client, welcome) = (client.clone(), Arc::new(welcome));
        self.inner.state.send_replace(LinkState::Up {
            client,
            welcome,
            resumed,
        });
    }

    /// Stays with a connection to its end: sends answers, looks whether the server lives.
    async fn keep(&self, client: &Client) -> (ClientError, Duration) {
        tokio::select! {
            () = self.send_answers(client) => {}
            () = self.beat(client) => client.give_up(),
            _ = client.closing() => {}
        }
        let why = client.closing().await;
        (why, client.absence())
    }

    /// Ends when the connection does not take answers any more.
    async fn send_answers(&self, client: &Client) {
        loop {
            let next = self.inner.answers().next();
            let Some(kept) = next else {
                self.inner.answered.notified().await;
                continue;
            };
            let number = kept.number();
            if let Err(ClientError::Closed { .. }) = client.answer(kept.id, kept.outcome).await {
                return;
            }
            self.inner.answers().sent(number);
            self.inner.sent.notify_one();
        }
    }

    /// Ends when the server does not answer.
    async fn beat(&self, client: &Client) {
        loop {
            tokio::select! {
                () = self.inner.sent.notified() => {}
                () = sleep(HEARTBEAT) => {}
            }
            let newest = self.inner.answers().newest_sent();
            match timeout(HEARTBEAT_WAIT_MAX, client.ping()).await {
                Ok(Ok(_)) => self.inner.answers().confirm(newest),
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }
}

/// Whether the token is to blame, so that the original login may still do.
fn refuses_token(why: &ClientError) -> bool {
    use ErrorCode::{BadLogin, Expired, Forbidden, NotFound, Unauthenticated};
    let code = why.code();
    code.is_some_and(|code| matches!(code, BadLogin | Expired | Forbidden | NotFound | Unauthenticated))
}

/// Whether trying again would only be refused again, or would push another connection of this client out.
fn is_final(why: &ClientError) -> bool {
    use ErrorCode::{BadArguments, BadFrame, BadLogin, Forbidden, TooLarge, Unauthenticated, UnsupportedProtocol};
    match why {
        ClientError::Refused(err) => matches!(
            err.code,
            BadArguments | BadFrame | BadLogin | Forbidden | TooLarge | Unauthenticated | UnsupportedProtocol
        ),
        ClientError::Closed { reason } => reason == crate::runtime::CloseReason::Replaced.as_str(),
        // Somebody else in the server's place may go away again.
        ClientError::Untrusted { .. }
        | ClientError::Timeout { .. }
        | ClientError::NotReached { .. }
        | ClientError::Protocol(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::peer::pair;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stops_answering_is_given_up() {
        let options = ConnectOptions::default();
        let (client, mut peer) = pair(&options).await;
        let inner = Arc::new(Inner {
            link: Link::new(&options),
            state: watch::Sender::new(LinkState::Connecting),
            answers: Mutex::default(),
            answered: Notify::new(),
            sent: Notify::new(),
            call_timeout: options.call_timeout,
        });
        let driver = Driver {
            inner,
            addr: String::new(),
            pauses: Pauses::default(),
            original: None,
            options,
        };
        let started = Instant::now();
        // The peer reads the ping and keeps silent.
        let (end, _) = tokio::join!(driver.keep(&client), peer.next_raw());
        assert!(matches!(end.0, ClientError::Closed { .. }), "{end:?}");
        assert!(started.elapsed() >= HEARTBEAT + HEARTBEAT_WAIT_MAX);
        assert!(started.elapsed() < HEARTBEAT + HEARTBEAT_WAIT_MAX + Duration::from_secs(5));
    }
}
