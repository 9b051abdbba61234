//! A requestable as a Rust value: something the server tells when it is asked.

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::Context;
use super::work::{self, Work};
use crate::command::arguments::{Parameter, parameters_of};
use crate::error::Error;

/// A requestable of your own. It tells and changes nothing.
///
/// ```
/// use motorpool::Requestable;
///
/// let answer = Requestable::new("ANSWER").about("The answer to everything.").value(42);
/// # motorpool::Server::builder().requestable(answer).build().unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a requestable tells nothing until a server has it"]
pub struct Requestable {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) needs: String,
    pub(super) replaces_builtin: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) work: Option<Work>,
}

/// No arguments.
#[derive(serde::Deserialize, JsonSchema)]
struct Nothing {}

impl Requestable {
    /// A requestable called `name`: capital letters, digits and `_`, at most 64 bytes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            about: String::new(),
            needs: "user".to_owned(),
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

    /// The group whose permission an asker must hold; `user` unless said.
    pub fn needs(mut self, group: impl Into<String>) -> Self {
        self.needs = group.into();
        self
    }

    /// It takes the place of a built-in requestable of the same name, which must be there.
    pub fn replaces_builtin(mut self) -> Self {
        self.replaces_builtin = true;
        self
    }

    /// Always tells this.
    pub fn value<R: Serialize + Clone + Send + Sync + 'static>(self, value: R) -> Self {
        self.run(move |_: Context, Nothing {}| std::future::ready(Ok::<_, Error>(value.clone())))
    }

    /// Looks it up at each request, on the event loop of the asker: it awaits and never blocks.
    pub fn run<A, R, F>(mut self, handler: impl Fn(Context, A) -> F + Send + Sync + 'static) -> Self
    where
        A: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + Send + 'static,
        F: Future<Output = Result<R, Error>> + Send + 'static,
    {
        let (about, parameters) = parameters_of::<A>();
        if self.about.is_empty() {
            self.about = about;
        }
        self.parameters = parameters;
        self.work = Some(work::awaiting(handler));
        self
    }
}

impl std::fmt::Debug for Requestable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requestable")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
