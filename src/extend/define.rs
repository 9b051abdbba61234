//! From declarations to entries of the tables: every name, group and parameter is checked here, once.
//!
//! Nothing is added when anything is wrong.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::error::DefinitionError;
use super::receiver::Own;
use super::rules;
use super::service::Life;
use super::work::{Work, guarded};
use super::{Command, Context, Receiver, Requestable, Service};
use crate::command::Category;
use crate::command::arguments::Parameter;
use crate::command::table::{Declared, Entry, Table};
use crate::datasock::receivers;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::requestable;
use crate::runtime::intern::intern;
use crate::service::recipe::{Recipe, Rhythm, Round};

const COMMAND_NAMES: &str = "`s.` and then small letters, digits and `_`, at most 64 bytes";
const REQUESTABLE_NAMES: &str = "capital letters, digits and `_`, at most 64 bytes";
const SERVICE_NAMES: &str = "small letters, digits, `_` and `-`, at most 64 bytes";
const RECEIVER_NAMES: &str = "small letters, digits, `_` and `-`, at most 64 bytes";
const CATEGORY_NAMES: &str = "small letters, digits, `_` and `-`, at most 64 bytes";

/// Everything that is added to a server, as it was declared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Definitions {
    pub(crate) commands: Vec<Command>,
    pub(crate) requestables: Vec<Requestable>,
    pub(crate) services: Vec<Service>,
    pub(crate) receivers: Vec<Receiver>,
}

/// The tables with everything in them.
pub(crate) struct Defined {
    pub(crate) commands: Table,
    pub(crate) requestables: requestable::table::Table,
}

impl Definitions {
    /// Both tables, with these added; or what is wrong with the first wrong one.
    pub(crate) fn added_to(
        &self,
        commands: &Table,
        requestables: &requestable::table::Table,
    ) -> Result<Defined, DefinitionError> {
        let mut seen = HashSet::new();
        let mut more = Vec::new();
        for command in &self.commands {
            let there = commands.find(&command.name).is_some();
            free("command", &command.name, there, command.replaces_builtin, &mut seen)?;
            more.push(Arc::new(entry(command)?));
        }
        let mut also = Vec::new();
        for one in &self.requestables {
            let there = requestables.find(&one.name).is_some();
            free("requestable", &one.name, there, one.replaces_builtin, &mut seen)?;
            also.push(Arc::new(told(one)?));
        }
        for service in &self.services {
            free("service", &service.name, false, false, &mut seen)?;
            repeats(service)?;
        }
        for receiver in &self.receivers {
            let there = receivers::is_built_in(&receiver.name);
            free("receiver", &receiver.name, there, false, &mut seen)?;
            own(receiver)?;
        }
        Ok(Defined {
            commands: commands.and(more),
            requestables: requestables.and(also),
        })
    }

    /// Its receivers, ready for datasocks.
    ///
    /// # Errors
    /// As when they are checked.
    pub(crate) fn receivers(&self) -> Result<Vec<Arc<dyn receivers::Receiver>>, DefinitionError> {
        let ready = self.receivers.iter().map(own);
        ready.collect()
    }

    /// Its services, ready to be started; they were checked with the tables.
    pub(crate) fn recipes<'a>(&'a self, house: &'a House) -> impl Iterator<Item = Recipe> + 'a {
        self.services.iter().filter_map(move |service| {
            let (name, work) = (intern(&service.name)?, service.work.clone()?);
            let house = house.clone();
            let make = move || -> Box<dyn Round> {
                Box::new(Life {
                    context: Context::of_service(name, house.clone()),
                    work: Arc::clone(&work),
                })
            };
            Some(Recipe {
                name,
                rhythm: Rhythm {
                    every: service.every,
                    time_max: service.time_max,
                    is_enabled: true,
                },
                make: Arc::new(make),
            })
        })
    }

    /// Checks everything that can be known before the groups of the store are: all but free groups.
    pub(crate) fn check(&self) -> Result<(), DefinitionError> {
        let mut checked = self.clone();
        let commands = checked.commands.iter_mut().map(|one| &mut one.needs);
        let requestables = checked.requestables.iter_mut().map(|one| &mut one.needs);
        let receivers = checked.receivers.iter_mut().map(|one| &mut one.needs);
        for needs in commands.chain(requestables).chain(receivers) {
            if rules::is_category(needs) {
                "user".clone_into(needs);
            }
        }
        let builtin = (crate::command::builtin::table(), requestable::builtin::table());
        checked.added_to(&builtin.0, &builtin.1).map(drop)
    }
}

fn free<'a>(
    what: &'static str,
    name: &'a str,
    there: bool,
    replaces: bool,
    seen: &mut HashSet<&'a str>,
) -> Result<(), DefinitionError> {
    let name_text = shown(name);
    if !seen.insert(name) {
        let mend = "declare it once";
        return Err(DefinitionError::Taken {
            what,
            name: name_text,
            mend,
        });
    }
    match (there, replaces) {
        (true, false) => Err(DefinitionError::Taken {
            what,
            name: name_text,
            mend: "name it otherwise, or say that it replaces the built-in one",
        }),
        (false, true) => Err(DefinitionError::NothingToReplace { what, name: name_text }),
        _ => Ok(()),
    }
}

fn entry(command: &Command) -> Result<Entry, DefinitionError> {
    let what = "command";
    let name = named(what, &command.name, rules::is_command_name, COMMAND_NAMES)?;
    let category = named("category", &command.category, rules::is_category, CATEGORY_NAMES)?;
    let category = Category::BUILT_IN
        .into_iter()
        .find(|one| one.as_str() == category)
        .unwrap_or(Category::Own(category));
    let needs = group(what, name, &command.needs)?;
    let work = able(what, name, &command.parameters, command.work.as_ref())?;
    let changes = command.changes;
    Ok(Entry::declared(Declared {
        name,
        category,
        needs,
        changes,
        limit: command.time_max,
        about: command.about.clone(),
        parameters: command.parameters.clone(),
        run: Arc::new(move |bound, caller, house| guarded(&work, changes, bound, caller, house)),
    }))
}

fn told(one: &Requestable) -> Result<requestable::table::Entry, DefinitionError> {
    let what = "requestable";
    let name = named(what, &one.name, rules::is_requestable_name, REQUESTABLE_NAMES)?;
    let needs = group(what, name, &one.needs)?;
    let work = able(what, name, &one.parameters, one.work.as_ref())?;
    let run = move |bound, caller, house| guarded(&work, false, bound, caller, house);
    let (about, parameters) = (one.about.clone(), one.parameters.clone());
    Ok(requestable::table::Entry::declared(
        name,
        needs,
        about,
        parameters,
        Arc::new(run),
    ))
}

fn own(receiver: &Receiver) -> Result<Arc<dyn receivers::Receiver>, DefinitionError> {
    let what = "receiver";
    let name = named(what, &receiver.name, rules::is_category, RECEIVER_NAMES)?;
    let needs = group(what, name, &receiver.needs)?;
    let take = receiver.take.clone().ok_or_else(|| DefinitionError::NoWork {
        what,
        name: name.to_owned(),
    })?;
    Ok(Arc::new(Own::new(name, needs, receiver, take)))
}

fn repeats(service: &Service) -> Result<(), DefinitionError> {
    let what = "service";
    let name = named(what, &service.name, rules::is_category, SERVICE_NAMES)?;
    let name = name.to_owned();
    let (least, hour, month) = (
        Duration::from_millis(10),
        Duration::from_hours(1),
        Duration::from_hours(720),
    );
    for (key, got, most) in [("every", service.every, month), ("time_max", service.time_max, hour)] {
        if got < least || got > most {
            let wanted = format!("{least:?} to {most:?}");
            let got = format!("{got:?}");
            return Err(DefinitionError::Figure {
                what,
                name,
                key,
                got,
                wanted,
            });
        }
    }
    match service.work {
        Some(_) => Ok(()),
        None => Err(DefinitionError::NoWork { what, name }),
    }
}

fn named(
    what: &'static str,
    name: &str,
    fits: impl Fn(&str) -> bool,
    wanted: &'static str,
) -> Result<&'static str, DefinitionError> {
    let name_text = || shown(name);
    if !fits(name) {
        return Err(DefinitionError::Name {
            what,
            name: name_text(),
            wanted,
        });
    }
    intern(name).ok_or_else(|| DefinitionError::Full {
        what,
        name: name_text(),
    })
}

fn group(what: &'static str, name: &str, needs: &str) -> Result<Permission, DefinitionError> {
    Permission::named(needs).ok_or_else(|| DefinitionError::Group {
        what,
        name: name.to_owned(),
        needs: shown(needs),
        known: Permission::all().map(Permission::as_str).collect::<Vec<_>>().join(", "),
    })
}

fn able(
    what: &'static str,
    name: &str,
    parameters: &[Parameter],
    work: Option<&Work>,
) -> Result<Work, DefinitionError> {
    let name = || name.to_owned();
    if let Some(reason) = rules::misfit(parameters) {
        return Err(DefinitionError::Parameters {
            what,
            name: name(),
            reason,
        });
    }
    work.cloned()
        .ok_or_else(|| DefinitionError::NoWork { what, name: name() })
}

fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}
