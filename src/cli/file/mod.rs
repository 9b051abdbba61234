//! `motorpool file put|get|take|ls|rm`: files to and from a server, with progress, gone on with after a cut.
//!
//! One line of what was done for each on standard output, progress on standard error where somebody looks.

mod bar;
mod get;
mod listing;
mod memory;
mod put;
mod queue;

use std::time::Duration;

use clap::{Args, Subcommand};

use super::Failure;
use super::remote::Remote;
use crate::client::{Client, ClientError, ConnectOptions, Files};
use crate::wire::{ClientKind, ErrorCode, Value};

/// How often a connection that broke is tried again in a row.
const TRIES: u32 = 6;
/// The first pause before that; each is twice the one before.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
/// How long the server may take for one answer: the end of a large file waits for its disk.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// Flags of `motorpool file`.
#[derive(Debug, Args)]
pub(crate) struct File {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Send files, or those of a folder as they come.
    Put(put::Put),
    /// Fetch a file.
    Get(get::Get),
    /// Fetch a file that was sent to you.
    Take(get::Take),
    /// List files.
    Ls(listing::Ls),
    /// Remove files.
    Rm(listing::Rm),
}

/// Whose files; one's own unless said.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
struct WhoseFlags {
    /// Of this person.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Of this car.
    #[arg(long, value_name = "CAR")]
    car: Option<String>,
    /// Of this booking.
    #[arg(long, value_name = "NUMBER")]
    booking: Option<i64>,
    /// Of this room.
    #[arg(long, value_name = "ROOM")]
    room: Option<String>,
}

impl WhoseFlags {
    /// As arguments of a command.
    fn arguments(&self) -> Vec<(String, Value)> {
        let text = |name: &str, text: &Option<String>| text.as_deref().map(|text| (name.to_owned(), Value::from(text)));
        let booking = self.booking.map(|booking| ("booking".to_owned(), Value::from(booking)));
        [
            text("user", &self.user),
            text("car", &self.car),
            booking,
            text("room", &self.room),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl File {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Put(put) => put.run(),
            What::Get(get) => get.run(),
            What::Take(take) => take.run(),
            What::Ls(ls) => ls.run(),
            What::Rm(rm) => rm.run(),
        }
    }
}

/// What a connection is opened with.
fn options(remote: &Remote) -> Result<ConnectOptions, Failure> {
    let mut options = remote.options(ClientKind::Client)?;
    options.call_timeout = ANSWER_MAX;
    options.incoming_max = 0;
    Ok(options)
}

/// A connection and its way for files.
async fn connect(remote: &Remote, options: &ConnectOptions) -> Result<(Client, Files), ClientError> {
    let (client, _) = Client::connect(remote.addr.as_str(), options.clone()).await?;
    let files = client.files(options).await?;
    Ok((client, files))
}

/// Whether the same may go well a moment later.
fn may_pass(error: &ClientError) -> bool {
    match error {
        ClientError::Closed { .. } | ClientError::Timeout { .. } | ClientError::NotReached { .. } => true,
        ClientError::Refused(refusal) => {
            matches!(
                refusal.code,
                ErrorCode::Busy | ErrorCode::ShuttingDown | ErrorCode::Unavailable
            )
        }
        ClientError::Untrusted { .. } | ClientError::Protocol(_) => false,
    }
}
