//! What can be written where the cursor stands: names of commands, of parameters, and values.
//!
//! Pure. It is given what is known and asks nobody.

use super::cursor::{Argument, quoted};

/// Most offered at once.
pub(super) const OFFERS_MAX: usize = 200;

/// One parameter of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) is_required: bool,
    pub(super) is_repeatable: bool,
    pub(super) types: Vec<String>,
}

/// A word that can be written, and what it stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) word: String,
    pub(super) about: String,
}

/// Something to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// What is written.
    pub(super) written: String,
    /// What the menu shows.
    pub(super) shown: String,
    pub(super) about: String,
    /// Where it begins in the line; it ends at the cursor.
    pub(super) begin: usize,
}

/// Lists of names that the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Bookings,
    Cars,
    Clients,
    Commands,
    Datasocks,
    Groups,
    Jobs,
    Repairs,
    Requestables,
    Services,
    Users,
}

/// What the values of a parameter are names of.
pub(super) fn source(command: &str, parameter: &str) -> Option<Source> {
    Some(match (command, parameter) {
        ("s.removegroup", "name") | (_, "group" | "groups" | "permission" | "inherits" | "role") => Source::Groups,
        ("s.runservice", "name") | (_, "service" | "service_name") => Source::Services,
        ("s.subscribe" | "s.request", "name") | (_, "requestable") => Source::Requestables,
        ("s.closedatasock", "names") | (_, "datasock" | "datasocks") => Source::Datasocks,
        ("s.help", "topic") | ("s.why" | "s.try", "command") => Source::Commands,
        (_, "client" | "clients") => Source::Clients,
        (_, "user" | "users" | "engineer") | ("s.unlockwith", "username") => Source::Users,
        (_, "car" | "cars") => Source::Cars,
        (_, "booking" | "bookings") => Source::Bookings,
        (_, "repair") => Source::Repairs,
        (_, "job" | "jobs") => Source::Jobs,
        _ => return None,
    })
}

/// The parameter under the cursor.
pub(super) fn parameter<'a>(argument: &Argument<'_>, parameters: &'a [Parameter]) -> Option<&'a Parameter> {
    match argument.name {
        Some(name) => parameters.iter().find(|parameter| parameter.name == name),
        None => {
            let repeatable = parameters
                .iter()
                .take(argument.position + 1)
                .find(|parameter| parameter.is_repeatable);
            repeatable.or_else(|| parameters.get(argument.position))
        }
    }
}

/// Commands that begin so; `calls`: with the bracket that calls them.
pub(super) fn commands(begin: usize, typed: &str, known: &[(String, String, String)], calls: bool) -> Vec<Offer> {
    let matching = known.iter().filter(|(name, _, _)| name.starts_with(typed));
    let offers = matching.take(OFFERS_MAX).map(|(name, signature, about)| {
        let brackets = match calls {
            false => "",
            true if signature.ends_with("()") => "()",
            true => "(",
        };
        Offer {
            written: format!("{name}{brackets}"),
            shown: signature.clone(),
            about: first_line(about),
            begin,
        }
    });
    offers.collect()
}

/// Words that begin so, as they are.
pub(super) fn words(begin: usize, typed: &str, words: &[Word]) -> Vec<Offer> {
    let matching = words.iter().filter(|word| begins(&word.word, typed));
    let offers = matching.take(OFFERS_MAX).map(|word| Offer {
        written: word.word.clone(),
        shown: word.word.clone(),
        about: first_line(&word.about),
        begin,
    });
    offers.collect()
}

/// Values for the parameter under the cursor, then the names of those that are still to be given.
pub(super) fn argument(argument: &Argument<'_>, parameters: &[Parameter], values: &[Word]) -> Vec<Offer> {
    let current = parameter(argument, parameters);
    let own = current.map(own_values).unwrap_or_default();
    let values = if values.is_empty() { own.as_slice() } else { values };
    let matching = values.iter().filter(|value| begins(&value.word, &argument.typed));
    let is_yes_or_no = current.is_some_and(is_yes_or_no);
    let mut offers: Vec<Offer> = matching
        .map(|value| Offer {
            written: match is_yes_or_no {
                true => value.word.clone(),
                false => quoted(&value.word, argument.is_quoted),
            },
            shown: value.word.clone(),
            about: first_line(&value.about),
            begin: argument.begin,
        })
        .collect();
    if argument.name.is_none() && !argument.is_quoted && !argument.is_item {
        offers.extend(names(argument, parameters));
    }
    offers.truncate(OFFERS_MAX);
    offers
}

fn names(argument: &Argument<'_>, parameters: &[Parameter]) -> Vec<Offer> {
    let is_open = |at: usize, name: &str| at >= argument.position && !argument.before.contains(&name);
    let open = parameters
        .iter()
        .enumerate()
        .filter(|(at, parameter)| is_open(*at, &parameter.name));
    let matching = open
        .map(|(_, parameter)| parameter)
        .filter(|parameter| parameter.name.starts_with(&argument.typed));
    let offers = matching.map(|parameter| Offer {
        written: format!("{}=", parameter.name),
        shown: format!(
            "{}={}",
            parameter.name,
            if parameter.is_repeatable { "..." } else { "" }
        ),
        about: match (parameter.is_required, first_line(&parameter.about)) {
            (true, about) => about,
            (false, about) if about.is_empty() => "may be left out".to_owned(),
            (false, about) => format!("may be left out; {about}"),
        },
        begin: argument.begin,
    });
    offers.collect()
}

/// What a parameter's own type or its help says that it may be.
fn own_values(parameter: &Parameter) -> Vec<Word> {
    let words = |words: &[&str]| {
        let words = words.iter().map(|word| Word {
            word: (*word).to_owned(),
            about: String::new(),
        });
        words.collect::<Vec<Word>>()
    };
    if is_yes_or_no(parameter) {
        return words(&["true", "false"]);
    }
    let told: Vec<&str> = parameter.about.split('`').skip(1).step_by(2).collect();
    let is_word = |word: &&str| {
        !word.is_empty()
            && word
                .chars()
                .all(|letter| letter.is_alphanumeric() || "_-".contains(letter))
    };
    if told.len() >= 2 && told.iter().all(is_word) {
        return words(&told);
    }
    Vec::new()
}

fn is_yes_or_no(parameter: &Parameter) -> bool {
    parameter.types.iter().any(|kind| kind == "boolean")
}

fn begins(word: &str, typed: &str) -> bool {
    word.to_lowercase().starts_with(&typed.to_lowercase())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The signature from the parameter under the cursor on: `reason?` and `, minutes?)`.
pub(super) fn rest<'a>(signature: &'a str, argument: &Argument<'_>) -> Option<(&'a str, &'a str)> {
    let inside = signature.split_once('(')?.1;
    let own = |parameter: &str| parameter.trim_end_matches(['?', '.', ')']).to_owned();
    let parameters: Vec<&str> = inside
        .trim_end_matches(')')
        .split(", ")
        .filter(|own| !own.is_empty())
        .collect();
    let at = match argument.name {
        Some(name) => parameters.iter().position(|parameter| own(parameter) == name)?,
        None => {
            let repeatable = parameters.iter().position(|parameter| parameter.ends_with("..."));
            repeatable.unwrap_or(argument.position).min(argument.position)
        }
    };
    let current = parameters.get(at)?;
    let begin = parameters
        .iter()
        .take(at)
        .map(|parameter| parameter.len() + 2)
        .sum::<usize>();
    Some((current, inside.get(begin + current.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::super::cursor::{Place, place};
    use super::*;

    fn given(name: &str, is_required: bool, about: &str) -> Parameter {
        Parameter {
            name: name.to_owned(),
            about: about.to_owned(),
            is_required,
            is_repeatable: name == "client",
            types: vec!["text".to_owned()],
        }
    }

    fn mute() -> Vec<Parameter> {
        vec![
            given("client", true, "Who."),
            given("reason", false, "Why."),
            given("minutes", false, ""),
        ]
    }

    fn offered(line: &str, parameters: &[Parameter], values: &[&str]) -> Vec<(String, usize)> {
        let Place::Argument(found) = place(line) else {
            panic!("{line}")
        };
        let values: Vec<Word> = values
            .iter()
            .map(|word| Word {
                word: (*word).to_owned(),
                about: String::new(),
            })
            .collect();
        let offers = argument(&found, parameters, &values);
        offers.into_iter().map(|offer| (offer.written, offer.begin)).collect()
    }

    #[test]
    fn values_come_first_and_then_the_names_that_are_still_open() {
        let people = ["anna", "Anna Berg", "bert"];
        for (line, wanted, begin) in [
            (
                "s.mute(",
                vec!["anna", "\"Anna Berg\"", "bert", "client=", "reason=", "minutes="],
                7,
            ),
            ("s.mute(an", vec!["anna", "\"Anna Berg\""], 7),
            ("s.mute(\"an", vec!["\"anna\"", "\"Anna Berg\""], 7),
            ("s.mute(anna, re", vec!["reason="], 13),
            ("s.mute(client=[anna, b", vec!["bert"], 21),
            ("s.mute(client=b", vec!["bert"], 14),
            ("s.mute(anna, reason=x, m", vec!["minutes="], 23),
            ("s.mute(zz", vec![], 7),
        ] {
            let offers = offered(line, &mute(), &people);
            let wanted: Vec<(String, usize)> = wanted.into_iter().map(|word| (word.to_owned(), begin)).collect();
            assert_eq!(offers, wanted, "{line}");
        }
    }

    #[test]
    fn a_repeatable_parameter_takes_every_position_from_its_own_on() {
        let parameters = mute();
        for (line, name) in [
            ("s.mute(", "client"),
            ("s.mute(anna, b", "client"),
            ("s.mute(anna, minutes=3", "minutes"),
        ] {
            let Place::Argument(found) = place(line) else {
                panic!("{line}")
            };
            assert_eq!(
                parameter(&found, &parameters).map(|parameter| parameter.name.as_str()),
                Some(name),
                "{line}"
            );
        }
    }

    #[test]
    fn the_help_of_a_parameter_tells_its_values() {
        let state = [given("state", false, "One of `open`, `taken` or `done`.")];
        assert_eq!(
            offered("s.x(state=", &state, &[]),
            [("open", 10), ("taken", 10), ("done", 10)].map(|(word, at)| (word.to_owned(), at))
        );
        let example = [given("at", false, "Such as `2026-01-01 10:00`, or `now`.")];
        assert_eq!(offered("s.x(at=", &example, &[]), []);
    }

    #[test]
    fn the_rest_of_the_signature_begins_at_the_cursor() {
        let signature = "s.ban(user?, reason?, minutes?)";
        for (line, wanted) in [
            ("s.ban(", Some(("user?", ", reason?, minutes?)"))),
            ("s.ban(anna, ", Some(("reason?", ", minutes?)"))),
            ("s.ban(minutes=", Some(("minutes?", ")"))),
            ("s.ban(a, b, c, d", None),
        ] {
            let Place::Argument(found) = place(line) else {
                panic!("{line}")
            };
            assert_eq!(rest(signature, &found), wanted, "{line}");
        }
        let Place::Argument(found) = place("s.mute(a, b") else {
            panic!()
        };
        assert_eq!(
            rest("s.mute(client..., reason?)", &found),
            Some(("client...", ", reason?)"))
        );
    }
}
