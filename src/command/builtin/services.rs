//! `s.services(enable, service_name?)`: switches repeating services on and off, one or all, also over a restart.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::service::set::{SETTING_ALL, SETTING_KIND, Switch};
use crate::store::setting::setting_put;
use crate::wire::Value;

/// Switches a repeating service on or off; without a name, the routine of all of them. A round that runs ends by
/// itself. One that gave up starts afresh when it is switched on. It stays so after a restart of the server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Services {
    /// Whether to switch on: true, 1, false or 0.
    enable: Wanted,
    /// The service, as `s.services_info` names it.
    service_name: Option<String>,
}

/// A boolean, however it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
struct Wanted(bool);

impl TryFrom<Value> for Wanted {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let is_on = match &value {
            Value::Bool(is_on) => Some(*is_on),
            Value::Integer(number) => match i128::from(*number) {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            Value::Text(word) => match word.trim() {
                "1" => Some(true),
                "0" => Some(false),
                word if word.eq_ignore_ascii_case("true") => Some(true),
                word if word.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            },
            _ => None,
        };
        is_on
            .map(Self)
            .ok_or_else(|| format!("Invalid argument '{}', boolean expected", shown(&value)))
    }
}

/// A value from outside, fit to be read.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Float(number) => number.to_string(),
        Value::Null => "null".to_owned(),
        _ => "neither text nor number".to_owned(),
    };
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

impl JsonSchema for Wanted {
    fn schema_name() -> Cow<'static, str> {
        "Wanted".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["boolean", "integer", "string"] })
    }
}

impl Command for Services {
    const NAME: &'static str = "s.services";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = String;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let Wanted(is_on) = self.enable;
        // Two who switch at once would leave the store and the memory apart.
        let _turn = house.services.turn().await;
        let Some(name) = self.service_name else {
            return all(caller, house, is_on).await;
        };
        house.services.may_switch(&name)?;
        let done = if is_on { "activated" } else { "deactivated" };
        let reply = format!("Service '{name}' is now {done}");
        keep(caller, house, format!("{SETTING_KIND}:{name}"), is_on, &reply).await?;
        house.services.enable(&name, is_on).await?;
        Ok(reply)
    }
}

async fn all(caller: &Caller, house: &House, is_on: bool) -> Result<String, Error> {
    if house.services.all_enabled() == is_on {
        let already = if is_on { "active" } else { "inactive" };
        return Ok(format!("Service is already {already}"));
    }
    let reply = if is_on {
        "Enabled the service function"
    } else {
        "Disabled service function."
    };
    keep(caller, house, SETTING_ALL.to_owned(), is_on, reply).await?;
    house.services.enable_all(is_on).await;
    Ok(reply.to_owned())
}

/// Writes how a switch is left, with its audit event.
async fn keep(caller: &Caller, house: &House, setting: String, is_on: bool, reply: &str) -> Result<(), Error> {
    let change = caller.change(house.clock.now());
    let answer = kept(Ok(reply));
    let detail = if is_on { "enabled" } else { "disabled" };
    let written = house.store.write(move |conn| {
        setting_put(conn, &setting, &Switch { enabled: is_on }, change.at)?;
        change.record(conn, &setting, "ok", Some(detail.to_owned()), answer.as_deref())
    });
    Ok(written.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_a_boolean_or_one_of_its_words_and_nothing_else() {
        let text = |word: &str| Value::Text(word.to_owned());
        for on in [Value::Bool(true), Value::from(1), text("true"), text("1"), text("True")] {
            assert_eq!(Wanted::try_from(on), Ok(Wanted(true)));
        }
        for off in [Value::Bool(false), Value::from(0), text("false"), text("0")] {
            assert_eq!(Wanted::try_from(off), Ok(Wanted(false)));
        }
        for (wrong, shown) in [
            (text("on"), "on"),
            (text(""), ""),
            (text("a\n"), "a\\n"),
            (Value::from(2), "2"),
            (Value::from(-1), "-1"),
            (Value::Float(1.0), "1"),
            (Value::Null, "null"),
            (Value::Array(Vec::new()), "neither text nor number"),
        ] {
            let expected = format!("Invalid argument '{shown}', boolean expected");
            assert_eq!(Wanted::try_from(wrong), Err(expected));
        }
    }
}
