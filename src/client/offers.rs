//! What every client of ours tells when it is asked, without its program doing anything: `PING` and `CLIENTDATA`.
//!
//! A program that offers one of these itself answers it itself. Nothing else is answered here.

use jiff::Timestamp;

use super::ConnectOptions;
use crate::wire::Value;

/// What every client of ours can be asked for.
pub(crate) const TOLD_BY_ALL: [&str; 2] = ["PING", "CLIENTDATA"];

/// What the library says for the program.
#[derive(Debug)]
pub(super) struct Offers {
    description: String,
    software: String,
    commands: Vec<String>,
    /// What the program answers itself.
    own: Vec<String>,
}

impl Offers {
    pub(super) fn of(options: &ConnectOptions) -> Self {
        Self {
            description: options.description.clone().unwrap_or_default(),
            software: options.software.clone(),
            commands: options.commands.clone(),
            own: options.requestables.clone(),
        }
    }

    /// The answer, when it is the library's to give.
    pub(super) fn tell(&self, name: &str, now: Timestamp) -> Option<Value> {
        if self.own.iter().any(|own| own == name) {
            return None;
        }
        let texts = |names: &[String]| Value::Array(names.iter().map(|name| Value::from(name.as_str())).collect());
        let fields = match name {
            "PING" => vec![("at", Value::from(now.to_string()))],
            "CLIENTDATA" => vec![
                ("description", Value::from(self.description.as_str())),
                ("software", Value::from(self.software.as_str())),
                ("commands", texts(&self.commands)),
                ("requestables", texts(&offered(&self.own))),
            ],
            _ => return None,
        };
        let fields = fields.into_iter().map(|(name, value)| (Value::from(name), value));
        Some(Value::Map(fields.collect()))
    }
}

/// The program's own requestables, and what the library adds.
pub(super) fn offered(own: &[String]) -> Vec<String> {
    let added = TOLD_BY_ALL.iter().filter(|name| !own.iter().any(|own| own == *name));
    own.iter()
        .cloned()
        .chain(added.map(|name| (*name).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::to_json;

    #[test]
    fn a_client_tells_its_clock_and_itself_unless_its_program_does() {
        let now: Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
        let mut options = ConnectOptions {
            description: Some("a lamp".to_owned()),
            software: "lamp 1".to_owned(),
            commands: vec!["light".to_owned()],
            requestables: vec!["COLOUR".to_owned()],
            ..ConnectOptions::default()
        };
        let offers = Offers::of(&options);
        let told = |name| offers.tell(name, now).map(|value| to_json(&value));
        assert_eq!(told("PING").unwrap()["at"], "2026-05-01T12:00:00Z");
        let about = told("CLIENTDATA").unwrap();
        assert_eq!(about["description"], "a lamp");
        assert_eq!(about["commands"], serde_json::json!(["light"]));
        assert_eq!(
            about["requestables"],
            serde_json::json!(["COLOUR", "PING", "CLIENTDATA"])
        );
        assert_eq!(told("COLOUR"), None);
        options.requestables.push("PING".to_owned());
        assert_eq!(Offers::of(&options).tell("PING", now), None);
        assert_eq!(options.hello().requestables, ["COLOUR", "PING", "CLIENTDATA"]);
    }
}
