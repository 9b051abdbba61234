//! What every subcommand that talks to a server shares: how it signs in, and what its failures mean.
//!
//! Passwords and keys come from the environment or are asked, never from a place where `ps` or a history shows them
//! unless the caller insists on `--key`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::trust::TrustFlags;
use crate::client::{ClientError, ConnectOptions};
use crate::runtime::CloseReason;
use crate::wire::{ClientKind, Login};

/// Where a password is read before anybody is asked.
const PASSWORD_VARIABLE: &str = "MOTORPOOL_PASSWORD";
/// Where a key is read when the flags name neither a key nor a user.
const KEY_VARIABLE: &str = "MOTORPOOL_KEY";

/// Which server, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// Address of the server: host:port.
    #[arg(value_name = "ADDR")]
    pub(crate) addr: String,
    /// Sign in as this user; the password comes from MOTORPOOL_PASSWORD or is asked.
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    login: Option<String>,
    /// Sign in with a device, bot or server key; also from MOTORPOOL_KEY.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    trust: TrustFlags,
}

impl Remote {
    /// That server, as that user.
    pub(crate) fn at(addr: String, login: String, trust: TrustFlags) -> Self {
        Self {
            addr,
            login: Some(login),
            key: None,
            trust,
        }
    }

    /// What a connection is opened with; may ask for the password.
    pub(crate) fn options(&self, kind: ClientKind) -> Result<ConnectOptions, Failure> {
        let mut options = ConnectOptions {
            kind,
            login: self.proof()?,
            ..ConnectOptions::default()
        };
        self.trust.apply(&mut options)?;
        Ok(options)
    }

    /// The name to sign in with, if any.
    pub(crate) fn user(&self) -> Option<&str> {
        self.login.as_deref()
    }

    /// A failure on the way to this server or of it.
    pub(crate) fn failure(&self, error: &ClientError) -> Failure {
        failure(&self.addr, error)
    }

    fn proof(&self) -> Result<Option<Login>, Failure> {
        if let Some(username) = &self.login {
            let password = password(username)?;
            return Ok(Some(Login::Password {
                username: username.clone(),
                password,
            }));
        }
        Ok(key(self.key.clone()).map(Login::Key))
    }
}

/// The key of the flag, or of the environment.
pub(crate) fn key(flag: Option<String>) -> Option<String> {
    let key = flag.or_else(|| variable(KEY_VARIABLE));
    key.map(|key| key.trim().to_owned())
}

/// Where this user's programs keep what they remember.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("motorpool"))
}

/// What an error of the client library means for the exit code.
pub(crate) fn failure(addr: &str, error: &ClientError) -> Failure {
    match error {
        ClientError::Refused(refusal) => Failure::refused(refusal.code, &refusal.message),
        ClientError::Untrusted { why, .. } => Failure::failed(format!("{addr} is not trusted: {why}")),
        ClientError::NotReached { why, .. } => Failure::unreached(addr, why),
        ClientError::Timeout { .. } => Failure::unreached(addr, error),
        ClientError::Closed { reason } if reason == CloseReason::Replaced.as_str() => {
            Failure::failed(format!("another connection to {addr} has taken this one's place"))
        }
        ClientError::Closed { .. } | ClientError::Protocol(_) => Failure::failed(format!("{addr}: {error}")),
    }
}

/// The runtime of a subcommand that waits for a server.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the runtime: {error}")))
}

fn password(username: &str) -> Result<String, Failure> {
    if let Some(password) = variable(PASSWORD_VARIABLE) {
        return Ok(password);
    }
    let asked = std::io::stderr()
        .is_terminal()
        .then(|| rpassword::prompt_password(format!("password of {username}: ")));
    match asked {
        Some(Ok(password)) => Ok(password),
        Some(Err(error)) => Err(Failure::usage(format!(
            "cannot ask for the password: {error}; set {PASSWORD_VARIABLE}"
        ))),
        None => Err(Failure::usage(format!(
            "nobody to ask for the password of {username}; set {PASSWORD_VARIABLE}"
        ))),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
