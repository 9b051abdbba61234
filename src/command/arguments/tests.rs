//! Arguments find their parameters, by position, by name and repeated; each misfit is named.

use super::*;
use serde::Deserialize;

/// Tries things.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "its schema is what matters")]
struct Trial {
    /// Which car.
    car: String,
    count: Option<i64>,
    share: Option<f64>,
}

fn parameters() -> Vec<Parameter> {
    parameters_of::<Trial>().1
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

#[test]
fn the_schema_gives_names_order_and_documentation() {
    let (about, parameters) = parameters_of::<Trial>();
    assert_eq!(about, "Tries things.");
    assert_eq!(signature("s.try", &parameters), "s.try(car, count?, share?)");
    assert_eq!(parameters[0].about, "Which car.");
    assert_eq!(parameters[0].types, ["text"]);
    assert_eq!(parameters[1].types, ["integer"]);
}

#[test]
fn positions_and_names_may_be_mixed_but_not_doubled() {
    let given = Given {
        positions: vec![text("ada")],
        names: vec![("share".to_owned(), Value::Integer(1.into()))],
        from_text: false,
    };
    let bound = bind(&parameters(), given).unwrap();
    assert_eq!(
        bound,
        Value::Map(vec![(text("car"), text("ada")), (text("share"), Value::Float(1.0))])
    );
    let given = Given {
        positions: vec![text("ada")],
        names: vec![("car".to_owned(), text("eve"))],
        from_text: false,
    };
    assert_eq!(bind(&parameters(), given), Err(BindError::Twice("car".to_owned())));
}

#[test]
fn a_whole_number_may_stand_where_a_fraction_is_wanted() {
    let share = |value, from_text| Given {
        names: vec![("car".to_owned(), text("ada")), ("share".to_owned(), value)],
        from_text,
        ..Given::default()
    };
    let typed = share(Value::Integer(3.into()), false);
    let bare = share(Value::Tag(BARE_WORD, Box::new(text("3"))), true);
    for given in [typed, bare] {
        let trial: Trial = bind(&parameters(), given).unwrap().deserialized().unwrap();
        assert_eq!(trial.share, Some(3.0));
    }
}

#[test]
fn every_misfit_is_named() {
    let many = Given {
        positions: vec![Value::Null; 4],
        ..Given::default()
    };
    assert_eq!(bind(&parameters(), many), Err(BindError::TooMany { got: 4, max: 3 }));
    assert_eq!(
        bind(&parameters(), Given::default()),
        Err(BindError::Missing("car".to_owned()))
    );
    let unknown = Given {
        names: vec![("cra".to_owned(), Value::Null)],
        ..Given::default()
    };
    assert_eq!(bind(&parameters(), unknown), Err(BindError::Unknown("cra".to_owned())));
}

/// Mutes several.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Repeated {
    /// Whom.
    client: Vec<String>,
    /// Why.
    reason: Option<String>,
    /// Marks.
    #[serde(default)]
    marks: Vec<i64>,
}

fn repeated(given: Given) -> Result<Repeated, BindError> {
    bind(&parameters_of::<Repeated>().1, given).map(|bound| bound.deserialized().unwrap())
}

#[test]
fn a_list_is_a_repeatable_parameter_and_its_signature_says_so() {
    let (_, parameters) = parameters_of::<Repeated>();
    assert_eq!(
        signature("s.mute", &parameters),
        "s.mute(client..., reason?, marks?...)"
    );
    assert_eq!(parameters[0].types, ["text"]);
    assert_eq!(parameters[2].types, ["integer"]);
}

#[test]
fn a_repeatable_parameter_takes_every_position_from_its_own_on() {
    let given = Given {
        positions: vec![text("ada"), text("eve"), Value::Tag(BARE_WORD, Box::new(text("007")))],
        names: vec![
            ("reason".to_owned(), text("spam")),
            ("marks".to_owned(), Value::Array(vec![Value::Integer(1.into())])),
        ],
        from_text: true,
    };
    let bound = repeated(given).unwrap();
    assert_eq!(bound.client, ["ada", "eve", "007"]);
    assert_eq!((bound.reason.as_deref(), bound.marks), (Some("spam"), vec![1]));
}

#[test]
fn a_list_by_name_or_alone_at_its_position_stands_for_its_values() {
    let list = || Value::Array(vec![text("ada"), text("eve")]);
    let by_name = Given {
        names: vec![("client".to_owned(), list())],
        ..Given::default()
    };
    let by_position = Given {
        positions: vec![list()],
        ..Given::default()
    };
    let alone = Given {
        names: vec![("client".to_owned(), text("ada"))],
        ..Given::default()
    };
    assert_eq!(repeated(by_name).unwrap().client, ["ada", "eve"]);
    assert_eq!(repeated(by_position).unwrap().client, ["ada", "eve"]);
    assert_eq!(repeated(alone).unwrap().client, ["ada"]);
}

#[test]
fn a_repeatable_parameter_that_is_required_wants_at_least_one() {
    let empty = Given {
        names: vec![("client".to_owned(), Value::Array(Vec::new()))],
        ..Given::default()
    };
    for given in [Given::default(), empty] {
        assert_eq!(repeated(given), Err(BindError::Missing("client".to_owned())));
    }
}

#[test]
fn an_empty_list_is_no_value_of_a_parameter_that_takes_one() {
    let given = Given {
        names: vec![("note".to_owned(), Value::Array(Vec::new()))],
        ..Given::default()
    };
    let parameter = Parameter {
        name: "note".to_owned(),
        about: String::new(),
        required: false,
        types: vec!["text".to_owned()],
        repeatable: false,
        schema: serde_json::Value::Null,
    };
    let bound = bind(&[parameter], given).unwrap();
    // It stays, so that the command refuses it by its type.
    assert_eq!(bound, Value::Map(vec![(text("note"), Value::Array(Vec::new()))]));
}
