//! `motorpool enroll USER FILES`: keeps a person's face from pictures on this machine, with their consent.
//!
//! Shows the text that is agreed to, sends the pictures, and says of each whether it was good enough. What pictures show is
//! the server's to judge. A person enrols themselves; an operator enrols one who agreed before, or who is there to type
//! their PIN.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::remote::{Remote, failure, runtime};
use super::tool::{note, say};
use super::trust::TrustFlags;
use super::{Failure, table};
use crate::client::{Client, ClientError, ConnectOptions, named, pictures};
use crate::wire::{Args as Arguments, ClientKind, ErrorCode, Login, Value};

/// Largest picture that is read; the server's bound is lower unless it was raised.
const PICTURE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most pictures of one enrolment, as the server takes them.
const PICTURES_MAX: usize = 10;
/// How often pictures are sent when the server had no time to look at them: loading its models takes a moment.
const TRIES: usize = 3;
/// How long the server may look at all of them.
const LOOK_MAX: Duration = Duration::from_secs(30);
/// Where the PIN of a person is read whom an operator enrols.
const PIN_VARIABLE: &str = "MOTORPOOL_PIN";

/// Flags of `motorpool enroll`.
#[derive(Debug, Args)]
pub(crate) struct Enroll {
    /// Whose face it is.
    #[arg(value_name = "USER")]
    user: String,
    /// 3 to 10 pictures (JPEG or PNG) of that person alone, sharp and lit, looking at the camera.
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
    /// Address of the server: host:port.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4000")]
    server: String,
    /// Sign in as this operator instead of USER; the password comes from MOTORPOOL_PASSWORD or is asked.
    #[arg(long, value_name = "NAME")]
    login: Option<String>,
    /// Agree to the text of this version without being asked. With --login, USER types their PIN, or it comes from MOTORPOOL_PIN.
    #[arg(long, value_name = "VERSION")]
    consent: Option<String>,
    #[command(flatten)]
    trust: TrustFlags,
}

/// The text as the server shows it.
#[derive(Deserialize)]
struct Text {
    version: String,
    text: String,
}

/// What is wrong with which picture.
#[derive(Default, Deserialize)]
struct Detail {
    #[serde(default)]
    pictures: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    picture: String,
    message: String,
}

impl Enroll {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.files.len() > PICTURES_MAX {
            let count = self.files.len();
            return Err(Failure::usage(format!("got {count} files, wanted 3 to {PICTURES_MAX}")));
        }
        let files = self
            .files
            .iter()
            .map(|file| read(file))
            .collect::<Result<Vec<_>, Failure>>()?;
        let login = self.login.clone().unwrap_or_else(|| self.user.clone());
        let remote = Remote::at(self.server.clone(), login, self.trust.clone());
        let mut options = remote.options(ClientKind::Client)?;
        options.incoming_max = 0;
        runtime()?.block_on(async {
            let connected = Client::connect(self.server.as_str(), options.clone()).await;
            let (client, _) = connected.map_err(|error| failure(&self.server, &error))?;
            let outcome = self.enroll(&client, &options, &files).await;
            client.bye().await;
            outcome
        })
    }

    async fn enroll(&self, client: &Client, options: &ConnectOptions, files: &[Vec<u8>]) -> Result<(), Failure> {
        let broken = |error: ClientError| failure(&self.server, &error);
        let text: Text = client.call_as("s.faceconsent", named([])).await.map_err(broken)?;
        let proof = self.proof(&text, options)?;
        let mut way = client.pictures(options).await.map_err(broken)?;
        let mut tries = 1;
        loop {
            let mut sent = Vec::with_capacity(files.len());
            for (file, data) in self.files.iter().zip(files) {
                let one = way.send(data, None).await;
                sent.push(one.map_err(|error| failure(&file.display().to_string(), &error))?);
            }
            let pictures = std::iter::once(("pictures", pictures::ids(&sent)));
            let arguments = proof.iter().cloned().chain(pictures);
            let arguments = arguments.map(|(name, value)| (name.to_owned(), value)).collect();
            let outcome = client
                .call_within("s.enrollface", Arguments::Name(arguments), LOOK_MAX)
                .await;
            match outcome {
                Ok(_) => return say(format!("{} pictures of {} are kept", sent.len(), self.user)),
                Err(ClientError::Refused(refusal)) if tries < TRIES && has_no_time(refusal.code) => {
                    note(format!("{}; sending them again", refusal.message));
                    tries += 1;
                }
                Err(error) => {
                    if let ClientError::Refused(refusal) = &error {
                        let detail = refusal.detail.as_ref().and_then(|detail| detail.deserialized().ok());
                        self.show(&detail.unwrap_or_default(), &sent)?;
                    }
                    return Err(broken(error));
                }
            }
        }
    }

    /// What proves that it is the person's will: their password where they signed in, or their PIN, or what they agreed to before.
    fn proof(&self, text: &Text, options: &ConnectOptions) -> Result<Vec<(&'static str, Value)>, Failure> {
        let operator = self.login.as_ref().filter(|login| **login != self.user);
        let mut arguments = vec![("user", Value::from(&*self.user))];
        match (operator, &self.consent, &options.login) {
            (None, agreed, Some(Login::Password { password, .. })) => {
                let version = agreed.clone().map_or_else(|| agree(text), Ok)?;
                arguments.push(("consent", Value::from(version)));
                arguments.push(("password", Value::from(&**password)));
            }
            (Some(_), Some(version), _) => {
                arguments.push(("consent", Value::from(&**version)));
                arguments.push(("pin", Value::from(pin(&self.user)?)));
            }
            // What the person agreed to before is the server's to know.
            _ => {}
        }
        Ok(arguments)
    }

    fn show(&self, detail: &Detail, sent: &[pictures::Sent]) -> Result<(), Failure> {
        if detail.pictures.is_empty() {
            return Ok(());
        }
        let verdict = |id: &str| {
            let fault = detail.pictures.iter().find(|fault| fault.picture == id);
            fault.map_or_else(|| "good".to_owned(), |fault| fault.message.clone())
        };
        let rows = self.files.iter().zip(sent);
        let rows = rows.map(|(file, sent)| [file.display().to_string(), verdict(&sent.id)]);
        say(table::table(["picture", "verdict"], rows))
    }
}

/// Whether the same may go well in a moment.
fn has_no_time(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Timeout | ErrorCode::Busy)
}

/// Shows the text and waits for a yes.
fn agree(text: &Text) -> Result<String, Failure> {
    note(format!("{}\n(version {})", text.text.trim_end(), text.version));
    if !std::io::stdin().is_terminal() {
        let version = &text.version;
        return Err(Failure::usage(format!(
            "nobody to ask for consent; who agrees says --consent {version}"
        )));
    }
    let mut out = std::io::stderr();
    drop(write!(out, "type yes to agree: ").and_then(|()| out.flush()));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::failed)?;
    if answer.trim() == "yes" {
        return Ok(text.version.clone());
    }
    Err(Failure::failed("without consent no face is kept"))
}

fn pin(user: &str) -> Result<String, Failure> {
    if let Some(pin) = std::env::var(PIN_VARIABLE).ok().filter(|pin| !pin.is_empty()) {
        return Ok(pin);
    }
    if !std::io::stderr().is_terminal() {
        return Err(Failure::usage(format!(
            "nobody to ask for the PIN of {user}; set {PIN_VARIABLE}"
        )));
    }
    rpassword::prompt_password(format!("PIN of {user}: ")).map_err(Failure::failed)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unread = |why: &dyn std::fmt::Display| Failure::failed(format!("cannot read {}: {why}", file.display()));
    let mut data = Vec::new();
    let opened = std::fs::File::open(file).map_err(|err| unread(&err))?;
    let mut bounded = opened.take(PICTURE_BYTES_MAX.saturating_add(1));
    bounded.read_to_end(&mut data).map_err(|err| unread(&err))?;
    if u64::try_from(data.len()).is_ok_and(|bytes| bytes > PICTURE_BYTES_MAX) {
        return Err(unread(&format!("it has more than {PICTURE_BYTES_MAX} bytes")));
    }
    Ok(data)
}
