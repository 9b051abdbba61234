//! A command as a Rust value: its name, who may, its arguments by type, its work.

use std::future::Future;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::work::{self, Work};
use crate::command::arguments::{Parameter, parameters_of};
use crate::error::Error;

/// How long a command may run that says nothing.
const TIME_MAX: Duration = Duration::from_secs(60);

/// A command of your own. What it takes is a struct, what it gives anything that serde can write.
///
/// The doc comments of the struct's fields explain the parameters in `s.help`; an `Option` need not be given, a last
/// `Vec` takes all that follows. Panics are kept from everybody else: the caller hears `internal`.
///
/// ```
/// use motorpool::{Command, Context, Error};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Greet {
///     /// Whom to greet.
///     whom: Option<String>,
/// }
///
/// let greet = Command::new("s.greet")
///     .about("Greets somebody, or the caller.")
///     .category("demo")
///     .needs("user")
///     .run(|context: Context, args: Greet| async move {
///         let whom = args.whom.unwrap_or_else(|| context.name());
///         Ok::<_, Error>(format!("Hello, {whom}!"))
///     });
/// # motorpool::Server::builder().command(greet).build().unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a command does nothing until a server has it"]
pub struct Command {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) category: String,
    pub(super) needs: String,
    pub(super) changes: bool,
    pub(super) time_max: Duration,
    pub(super) replaces_builtin: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) work: Option<Work>,
}

impl Command {
    /// A command called `name`: `s.` and then small letters, digits and `_`, at most 64 bytes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            about: String::new(),
            category: "own".to_owned(),
            needs: "user".to_owned(),
            changes: false,
            time_max: TIME_MAX,
            replaces_builtin: false,
            parameters: Vec::new(),
            work: None,
        }
    }

    /// Its help text; the doc comment of its arguments unless said here.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Where help lists it; `own` unless said.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = category.into();
        self
    }

    /// The group whose permission a caller must hold; `user` unless said.
    pub fn needs(mut self, group: impl Into<String>) -> Self {
        self.needs = group.into();
        self
    }

    /// How long it may run; a minute unless said. It is given up then, as it is when somebody cancels it.
    pub fn time_max(mut self, time_max: Duration) -> Self {
        self.time_max = time_max;
        self
    }

    /// It changes something: it takes a `request_id`, runs to its end even when its caller goes, answers a retry with
    /// its first answer, and is an audit event. Not kept across the death of the process before its end.
    pub fn changes(mut self) -> Self {
        self.changes = true;
        self
    }

    /// It takes the place of a built-in command of the same name, which must be there.
    pub fn replaces_builtin(mut self) -> Self {
        self.replaces_builtin = true;
        self
    }

    /// Its work, on the event loop of its caller: it awaits and never blocks.
    pub fn run<A, R, F>(mut self, handler: impl Fn(Context, A) -> F + Send + Sync + 'static) -> Self
    where
        A: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + Send + 'static,
        F: Future<Output = Result<R, Error>> + Send + 'static,
    {
        self.explained::<A>();
        self.work = Some(work::awaiting(handler));
        self
    }

    /// Its work, which may block or compute for long: on a thread beside, at most 32 at a time in one process, further
    /// ones hear `busy`. The caller hears `timeout` at its deadline; [`Context::is_given_up`] then tells the work to end.
    pub fn run_blocking<A, R>(
        mut self,
        handler: impl Fn(Context, A) -> Result<R, Error> + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + Send + 'static,
    {
        self.explained::<A>();
        self.work = Some(work::blocking(handler));
        self
    }

    fn explained<A: JsonSchema>(&mut self) {
        let (about, parameters) = parameters_of::<A>();
        if self.about.is_empty() {
            self.about = about;
        }
        self.parameters = parameters;
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Command")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
