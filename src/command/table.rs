//! The table itself: entries by name, made from each command's declaration.
//!
//! An entry knows how to bind arguments and run; it decides nothing about who may.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use schemars::{Schema, SchemaGenerator};

use super::arguments::{Given, Parameter, bind, parameters_of, signature};
use super::encoded::Reply as _;
use super::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::runtime::metrics::{CommandMeters, CommandTally};
use crate::wire::{ErrorCode, Value};

/// A call at work; its end is the CBOR of its reply.
pub(crate) type Work = BoxFuture<'static, Result<Bytes, Error>>;

/// Makes the work on arguments that were bound, or says why they do not fit. Nothing is done before its first step.
pub(crate) type Run = Arc<dyn Fn(Value, Caller, House) -> Result<Work, String> + Send + Sync>;

/// Puts the schema of a reply, and of what it is made of, into a document.
pub(crate) type Reply = fn(&mut SchemaGenerator) -> Schema;

/// One command as the dispatcher sees it.
pub struct Entry {
    /// `s.book`.
    pub name: &'static str,
    /// Where help lists it.
    pub category: Category,
    /// What a caller must hold.
    pub needs: Permission,
    /// Whether it changes something.
    pub changes: bool,
    /// Whether it keeps a deadline of its own.
    pub(super) ends_by_itself: bool,
    /// Whether its answer is true of a moment only.
    pub(super) fades: bool,
    /// How long it may run where a caller says nothing and the usual bound does not fit it.
    pub(super) limit: Option<Duration>,
    /// Whether it can be given up although it changes something.
    pub(super) cancellable: bool,
    /// First paragraph of its documentation.
    pub about: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// What it answers; unknown of one that is no type of this program.
    pub(crate) reply: Option<Reply>,
    pub(super) meters: CommandMeters,
    run: Run,
}

impl Entry {
    fn of<C: Command>() -> Self {
        let (about, parameters) = parameters_of::<C>();
        Self {
            name: C::NAME,
            category: C::CATEGORY,
            needs: C::NEEDS,
            changes: C::CHANGES,
            ends_by_itself: C::ENDS_BY_ITSELF,
            fades: C::FADES,
            limit: None,
            cancellable: !C::CHANGES,
            about,
            parameters,
            reply: Some(SchemaGenerator::subschema_for::<C::Reply>),
            meters: CommandMeters::new(C::NAME),
            run: Arc::new(run::<C>),
        }
    }

    /// A command that is no type of this program: what it is and what it does come as values.
    pub(crate) fn declared(declared: Declared) -> Self {
        let Declared {
            name,
            category,
            needs,
            changes,
            limit,
            about,
            parameters,
            run,
        } = declared;
        Self {
            name,
            category,
            needs,
            changes,
            ends_by_itself: true,
            fades: false,
            limit: Some(limit),
            cancellable: true,
            about,
            parameters,
            reply: None,
            meters: CommandMeters::new(name),
            run,
        }
    }

    /// How it is written in help and errors.
    #[must_use]
    pub fn signature(&self) -> String {
        signature(self.name, &self.parameters)
    }

    /// Puts the given values at the parameters.
    pub(super) fn bind(&self, given: Given) -> Result<Value, Error> {
        bind(&self.parameters, given).map_err(|err| self.misfit(&err))
    }

    /// Starts the work, or says why these arguments are not its own.
    pub(super) fn run(&self, bound: Value, caller: Caller, house: House) -> Work {
        (self.run)(bound, caller, house).unwrap_or_else(|why| Box::pin(std::future::ready(Err(self.misfit(&why)))))
    }

    /// Whether these arguments are its own; the work is made and let go of, before its first step.
    pub(super) fn fits(&self, bound: Value, caller: Caller, house: House) -> Result<(), Error> {
        (self.run)(bound, caller, house)
            .map(drop)
            .map_err(|why| self.misfit(&why))
    }

    /// Counts a run that ended, its time from the arrival of the call on, and logs why if the caller is not told.
    pub(super) fn ended(&self, arrived_at: Instant, outcome: &Result<Bytes, Error>) {
        let took = arrived_at.elapsed();
        let Err(err) = outcome else {
            self.meters.ok(took);
            return;
        };
        self.meters.failed(err.code().as_str(), took);
        if let Some(cause) = err.private_cause() {
            tracing::error!(command = self.name, code = %err.code(), %cause, "a command failed");
        }
    }

    pub(super) fn misfit(&self, why: &dyn std::fmt::Display) -> Error {
        Error::new(ErrorCode::BadArguments, format!("{}: {why}", self.signature()))
    }
}

/// What a command made at run time is.
pub(crate) struct Declared {
    /// `s.greet`.
    pub(crate) name: &'static str,
    /// Where help lists it.
    pub(crate) category: Category,
    /// What a caller must hold.
    pub(crate) needs: Permission,
    /// Whether it changes something.
    pub(crate) changes: bool,
    /// How long it may run; it is given up then, as it is when somebody cancels it.
    pub(crate) limit: Duration,
    /// Its help text.
    pub(crate) about: String,
    /// Its parameters, in order.
    pub(crate) parameters: Vec<Parameter>,
    /// Its work.
    pub(crate) run: Run,
}

fn run<C: Command>(bound: Value, caller: Caller, house: House) -> Result<Work, String> {
    let command = bound.deserialized::<C>().map_err(|err| shorten(&err))?;
    Ok(Box::pin(async move { command.run(&caller, &house).await?.into_cbor() }))
}

/// ciborium wraps the message of the refusing type; only that message is for people.
fn shorten(err: &ciborium::value::Error) -> String {
    let ciborium::value::Error::Custom(text) = err;
    text.clone()
}

/// Every command by name.
pub struct Table {
    entries: HashMap<&'static str, Arc<Entry>>,
    /// Names of this program that were declared more than once.
    pub(super) twice: Vec<&'static str>,
}

impl Table {
    pub(crate) fn builder() -> Self {
        Self {
            entries: HashMap::new(),
            twice: Vec::new(),
        }
    }

    /// Adds a command; no two of this program have one name, which a test looks at.
    #[must_use]
    pub(crate) fn with<C: Command>(mut self) -> Self {
        if self.entries.insert(C::NAME, Arc::new(Entry::of::<C>())).is_some() {
            self.twice.push(C::NAME);
        }
        self
    }

    /// The same commands and more; a later one of the same name replaces the earlier.
    #[must_use]
    pub(crate) fn and(&self, more: impl IntoIterator<Item = Arc<Entry>>) -> Self {
        let mut entries = self.entries.clone();
        entries.extend(more.into_iter().map(|entry| (entry.name, entry)));
        Self {
            entries,
            twice: self.twice.clone(),
        }
    }

    /// The entry of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.get(name)
    }

    /// All entries by category and name.
    #[must_use]
    pub fn listed(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.values().map(Arc::as_ref).collect();
        entries.sort_by_key(|entry| (entry.category, entry.name));
        entries
    }

    /// Names that a holder of these permissions may call, sorted.
    pub(crate) fn names_for(&self, may: impl Fn(Permission) -> bool) -> Vec<String> {
        let mut names: Vec<String> = self
            .entries
            .values()
            .filter(|entry| may(entry.needs))
            .map(|entry| entry.name.to_owned())
            .collect();
        names.sort_unstable();
        names
    }

    /// What became of all calls since the start.
    pub(crate) fn tally(&self) -> CommandTally {
        let tallies = self.entries.values().map(|entry| entry.meters.tally());
        tallies.fold(CommandTally::default(), CommandTally::and)
    }

    /// The name closest to a misspelt one, for the refusal.
    #[must_use]
    pub fn closest(&self, name: &str) -> Option<&'static str> {
        self.entries
            .keys()
            // Long names are not worth a suggestion, and cost the square of their length.
            .filter(|_| name.len() <= 64)
            .map(|known| (strsim::levenshtein(known, name), *known))
            .filter(|(edits, _)| *edits <= 2)
            .min()
            .map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use crate::command::builtin;

    #[test]
    fn no_two_commands_of_this_program_have_one_name() {
        assert_eq!(builtin::table().twice, [""; 0]);
    }
}
