//! A message on its way into the store: checked and handed to the writer in one step, acknowledged after its commit.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::super::refusal;
use super::super::rules;
use super::super::store::{Draft, Posted, SenderKind, To, letter_post};
use super::Mail;
use super::handing::check_room;
use crate::account::UserId;
use crate::error::Error;
use crate::store::StoreError;
use crate::store::request::{RequestKey, request_insert};
use crate::wire::ErrorCode;

/// What an event holds beside the body, with the longest names.
const EVENT_HEAD_BYTES_MAX: usize = 768;

/// A message as somebody wants it sent.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// What sends it.
    pub(crate) kind: SenderKind,
    /// The person who does.
    pub(crate) sender: Option<UserId>,
    /// As receivers read it.
    pub(crate) sender_name: String,
    /// Whom it is for.
    pub(crate) to: To,
    /// What is said.
    pub(crate) body: String,
    /// For how many seconds it is kept; as long as all unless said.
    pub(crate) expires_in_s: Option<u64>,
    /// What makes it say this, if that must not say it twice.
    pub(crate) origin: Option<String>,
    /// Under which request the answer is kept, and the bytes of it.
    pub(crate) keep: Option<(RequestKey, Keep)>,
}

/// Makes the answer that is kept for a retry.
pub(crate) type Keep = fn(Sent) -> Option<Vec<u8>>;

/// What the sender hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The number of the message.
    pub(crate) message: u64,
    /// For how many it is, as far as the sender may know.
    pub(crate) recipients: usize,
}

/// A message that the writer has; dropping it does not call the message off.
#[derive(Debug)]
pub(crate) struct Pending(oneshot::Receiver<Result<Sent, Error>>);

impl Pending {
    /// Waits until it is on the disk.
    pub(crate) async fn sent(self) -> Result<Sent, Error> {
        self.0.await.unwrap_or_else(|_| {
            let message = "the message ended without an answer";
            Err(Error::new(ErrorCode::Internal, message))
        })
    }
}

impl Mail {
    /// Checks a message and hands it to the writer. Messages are stored in the order of these calls, so what one
    /// sender says keeps its order whoever waits for it.
    pub(crate) fn post(&self, letter: Letter) -> Result<Pending, Error> {
        rules::check(&letter.body, self.body_bytes_max()).map_err(|err| refusal::of(&err))?;
        let life = rules::life(letter.expires_in_s, self.limits().life_max).map_err(|err| refusal::of(&err))?;
        check_room(&letter.to, self.limits().recipients_max, self.waiting())?;
        self.take(&allowance_of(&letter))?;
        let message = self.number();
        let at = self.0.clock.now().as_microsecond();
        let draft = Draft {
            id: i64::try_from(message).unwrap_or(i64::MAX),
            kind: letter.kind,
            sender: letter.sender,
            sender_name: letter.sender_name,
            to: letter.to,
            body: letter.body,
            at,
            expires_at: at.saturating_add(micros(life)),
            recipients_max: self.limits().recipients_max,
            origin: letter.origin,
        };
        let keep = letter.keep;
        let stored = self.0.store.submit(move |conn| {
            let posted = letter_post(conn, &draft)?;
            if let Some((key, keep)) = keep
                && let Some(answer) = keep(Sent {
                    message,
                    recipients: posted.recipients,
                })
            {
                request_insert(conn, &key, &answer, at)?;
            }
            Ok(posted)
        })?;
        Ok(self.hand_out(message, stored))
    }

    /// Longest body that fits into an event every peer takes.
    fn body_bytes_max(&self) -> usize {
        let fits = self.limits().frame_bytes.saturating_sub(EVENT_HEAD_BYTES_MAX);
        fits.min(rules::BODY_BYTES_MAX)
    }

    /// Tells those it is for once it is stored, whether its sender still waits or not.
    fn hand_out(
        &self,
        message: u64,
        stored: impl Future<Output = Result<Posted, StoreError>> + Send + 'static,
    ) -> Pending {
        let (tell, told) = oneshot::channel();
        let mail = Self(Arc::clone(&self.0));
        drop(tokio::spawn(async move {
            let posted = stored.await;
            let waiting = posted.as_ref().map_or(0, |posted| posted.waiting);
            let sent = posted.map_err(refusal::of_store).map(|posted| {
                mail.0.meters.stored();
                mail.told(posted.told.as_deref());
                Sent {
                    message,
                    recipients: posted.recipients,
                }
            });
            // A sender that went away does not want to know.
            drop(tell.send(sent));
            if waiting > 0 {
                mail.wait_for(waiting).await;
            }
        }));
        Pending(told)
    }
}

/// Whose allowance a message is taken from.
fn allowance_of(letter: &Letter) -> String {
    match letter.sender {
        Some(user) => format!("user:{user}"),
        None => format!("{}:{}", letter.kind.as_str(), letter.sender_name),
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
