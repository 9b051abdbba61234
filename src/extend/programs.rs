//! From the configuration to declarations: each command, requestable and service that runs a program.
//!
//! They are declared as those of an embedding program are, and are checked and swapped with them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Map, Value as Json, json};

use super::context::Context;
use super::define::Definitions;
use super::work::{Reply, Work};
use super::{Command, Requestable, Service};
use crate::command::arguments::Parameter;
use crate::config::{ArgumentConfig, Bounds, Config};
use crate::error::Error;
use crate::program::{Given, Launcher, Program, rules};
use crate::wire::{ErrorCode, json};

/// Letters of what a service said that are kept.
const SAID_LETTERS_MAX: usize = 200;

/// Everything of the configuration that runs a program.
pub(super) fn of_config(config: &Config, launcher: Launcher) -> Definitions {
    let program = |name: &str, bounds: Bounds| Program::new(name, bounds, launcher, config.server.data.clone());
    let commands = config.command.iter().map(|one| Command {
        name: one.name.clone(),
        about: one.about.clone(),
        category: one.category.clone(),
        needs: one.needs.clone(),
        changes: one.changes,
        // The program has its own, shorter one.
        time_max: Duration::from_millis(one.timeout_ms).saturating_add(Duration::from_secs(1)),
        replaces_builtin: false,
        parameters: parameters(&one.args),
        work: Some(work(
            program(&one.name, one.bounds()),
            one.args.clone(),
            one.takes_dashes,
        )),
    });
    let requestables = config.requestable.iter().map(|one| Requestable {
        name: one.name.clone(),
        about: one.about.clone(),
        needs: one.needs.clone(),
        replaces_builtin: false,
        parameters: parameters(&one.args),
        work: Some(work(
            program(&one.name, one.bounds()),
            one.args.clone(),
            one.takes_dashes,
        )),
    });
    let services = config.service.iter().map(|one| {
        let program = program(&one.name, one.bounds());
        Service {
            name: one.name.clone(),
            every: Duration::from_millis(one.every_ms),
            // The program has its own, shorter one.
            time_max: Duration::from_millis(one.timeout_ms).saturating_add(Duration::from_secs(1)),
            work: Some(Arc::new(move |context| round(program.clone(), context).boxed())),
        }
    });
    Definitions {
        commands: commands.collect(),
        requestables: requestables.collect(),
        services: services.collect(),
        receivers: Vec::new(),
    }
}

fn parameters(args: &[ArgumentConfig]) -> Vec<Parameter> {
    let one = |argument: &ArgumentConfig| Parameter {
        name: argument.name.clone(),
        about: argument.about.clone(),
        required: !argument.optional,
        types: vec![argument.kind.as_str().to_owned()],
        repeatable: argument.repeatable,
        schema: serde_json::Value::Null,
    };
    args.iter().map(one).collect()
}

fn work(program: Program, args: Vec<ArgumentConfig>, takes_dashes: bool) -> Work {
    Arc::new(move |bound, context| {
        let named = match json::to_json(&bound) {
            Json::Object(named) => named,
            _ => Map::new(),
        };
        let arguments = rules::arguments(&args, &named, takes_dashes)?;
        let given = given(arguments, named, &context);
        let program = program.clone();
        Ok(Box::pin(async move {
            let output = program.run(given).await?;
            let reply = rules::reply(&output)
                .map_err(|why| Error::new(ErrorCode::Internal, format!("{} {why}", context.what())))?;
            Reply::of(&json::from_json(&reply))
        }))
    })
}

async fn round(program: Program, context: Context) -> Result<String, Error> {
    let output = program.run(given(Vec::new(), Map::new(), &context)).await?;
    let said = rules::first_line(&output);
    Ok(said.chars().take(SAID_LETTERS_MAX).collect())
}

/// The whole call, as the program reads it.
fn given(arguments: Vec<String>, named: Map<String, Json>, context: &Context) -> Given {
    let groups = context.permissions();
    let variables = vec![
        ("MOTORPOOL_COMMAND", context.what().to_owned()),
        ("MOTORPOOL_CALLER", context.name()),
        ("MOTORPOOL_CLIENT_ID", context.client_id().to_owned()),
        ("MOTORPOOL_USERNAME", context.username().unwrap_or_default().to_owned()),
        ("MOTORPOOL_GROUPS", groups.join(",")),
    ];
    let call = json!({
        "command": context.what(),
        "args": named,
        "caller": {
            "name": context.name(),
            "client_id": context.client_id(),
            "username": context.username(),
            "groups": groups,
        },
    });
    Given {
        arguments,
        input: call.to_string().into_bytes(),
        variables,
    }
}
