//! The table of what the server can be asked for: entries by name, made from each one's declaration.
//!
//! An entry knows how to bind arguments and look up; it decides nothing about who may.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use schemars::SchemaGenerator;

use super::Requestable;
use crate::command::Caller;
use crate::command::arguments::{Given, Parameter, bind, parameters_of, signature};
use crate::command::table::Reply;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::registry::recent::Outcome;
use crate::runtime::metrics::RequestMeters;
use crate::wire::{self, ErrorCode, Value};

/// Starts the look-up on arguments that were bound, or says why they do not fit.
pub(crate) type Run = Arc<dyn Fn(Value, Caller, House) -> Result<BoxFuture<'static, Outcome>, String> + Send + Sync>;

/// One requestable as the door sees it.
pub(crate) struct Entry {
    /// `CLIENTS`.
    pub(crate) name: &'static str,
    /// What an asker must hold.
    pub(crate) needs: Permission,
    /// First paragraph of its documentation.
    pub(crate) about: String,
    /// Its parameters, in order.
    pub(crate) parameters: Vec<Parameter>,
    /// What it tells; unknown of one that is no type of this program.
    pub(crate) reply: Option<Reply>,
    pub(super) meters: RequestMeters,
    run: Run,
}

impl Entry {
    fn of<R: Requestable>() -> Self {
        let (about, parameters) = parameters_of::<R>();
        Self {
            reply: Some(SchemaGenerator::subschema_for::<R::Reply>),
            ..Self::declared(R::NAME, R::NEEDS, about, parameters, Arc::new(run::<R>))
        }
    }

    /// A requestable that is no type of this program: what it is and how it is looked up come as values.
    pub(crate) fn declared(
        name: &'static str,
        needs: Permission,
        about: String,
        parameters: Vec<Parameter>,
        run: Run,
    ) -> Self {
        Self {
            name,
            needs,
            about,
            parameters,
            reply: None,
            meters: RequestMeters::new(name),
            run,
        }
    }

    /// How it is written in help and errors.
    pub(crate) fn signature(&self) -> String {
        signature(self.name, &self.parameters)
    }

    /// Puts the given values at the parameters.
    pub(super) fn bind(&self, given: Given) -> Result<Value, Error> {
        bind(&self.parameters, given).map_err(|err| self.misfit(&err))
    }

    /// Starts the work, or says why these arguments are not its own.
    pub(super) fn run(&self, bound: Value, caller: Caller, house: House) -> BoxFuture<'static, Outcome> {
        (self.run)(bound, caller, house).unwrap_or_else(|why| Box::pin(std::future::ready(Err(self.misfit(&why)))))
    }

    /// Whether the arguments are its own. Nothing is looked up.
    pub(super) fn check(&self, bound: Value, caller: Caller, house: House) -> Result<(), Error> {
        (self.run)(bound, caller, house)
            .map(drop)
            .map_err(|why| self.misfit(&why))
    }

    /// Counts a request that ended.
    pub(super) fn ended(&self, outcome: &Outcome) {
        self.meters
            .ended(outcome.as_ref().map_or_else(|err| err.code().as_str(), |_| "ok"));
    }

    fn misfit(&self, why: &dyn Display) -> Error {
        let message = format!("{}: {why}", self.signature());
        Error::new(ErrorCode::BadArguments, message)
    }
}

fn run<R: Requestable>(bound: Value, caller: Caller, house: House) -> Result<BoxFuture<'static, Outcome>, String> {
    let asked = bound.deserialized::<R>().map_err(|err| {
        // ciborium wraps the message of the refusing type; only that message is for people.
        let ciborium::value::Error::Custom(text) = err;
        text
    })?;
    Ok(Box::pin(async move {
        let reply = asked.run(&caller, &house).await?;
        wire::to_cbor(&reply)
            .map(Bytes::from)
            .map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be encoded").cause(err))
    }))
}

/// Every requestable by name.
#[derive(Default)]
pub(crate) struct Table {
    entries: BTreeMap<&'static str, Arc<Entry>>,
}

impl Table {
    /// Adds a requestable; a later one of the same name replaces the earlier.
    #[must_use]
    pub(crate) fn with<R: Requestable>(mut self) -> Self {
        self.entries.insert(R::NAME, Arc::new(Entry::of::<R>()));
        self
    }

    /// The same requestables and more; a later one of the same name replaces the earlier.
    #[must_use]
    pub(crate) fn and(&self, more: impl IntoIterator<Item = Arc<Entry>>) -> Self {
        let mut entries = self.entries.clone();
        entries.extend(more.into_iter().map(|entry| (entry.name, entry)));
        Self { entries }
    }

    /// The entry of that name.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries.get(name).cloned()
    }

    /// Names that a holder of these permissions may ask for, sorted.
    pub(crate) fn names_for(&self, may: impl Fn(Permission) -> bool) -> Vec<String> {
        let entries = self.entries.values().filter(|entry| may(entry.needs));
        entries.map(|entry| entry.name.to_owned()).collect()
    }

    /// All entries by name.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use crate::requestable::builtin;

    #[test]
    fn every_requestable_and_parameter_is_explained() {
        let table = builtin::table();
        assert!(table.listed().count() >= 7);
        for entry in table.listed() {
            assert!(!entry.about.is_empty(), "{} has no help", entry.name);
            for parameter in &entry.parameters {
                assert!(!parameter.about.is_empty(), "{}: {}", entry.name, parameter.name);
            }
        }
    }
}
