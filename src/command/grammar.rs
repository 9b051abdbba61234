//! The grammar of text calls: `s.name(a, "b, c", key=value)`.
//!
//! Pure. Quoted arguments may hold commas, brackets and the escapes `\"`, `\\`, `\n`, `\t`. Bare words
//! keep their spelling until the command's declared types say how to read them.

use winnow::ascii::multispace0;
use winnow::combinator::{alt, cut_err, delimited, opt, preceded, repeat, separated, terminated};
use winnow::error::{ContextError, ErrMode, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{any, none_of, take_while};

use super::arguments::{BARE_WORD, Given};
use crate::wire::Value;

/// A call as it was typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TextCall {
    /// `s.book`.
    pub command: String,
    /// What stood between the brackets.
    pub given: Given,
}

/// Whether a text is meant as a call at all; other text is talk.
#[must_use]
pub(crate) fn looks_like_call(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("s.") && text.ends_with(')') && text.contains('(')
}

/// Reads a call, or says where it stopped making sense.
pub(crate) fn parse(text: &str) -> Result<TextCall, String> {
    call.parse(text.trim())
        .map_err(|err| format!("{} at column {}", reason(err.inner()), err.offset() + 1))
}

/// What a bare word means where no type says otherwise.
#[must_use]
pub(crate) fn read_bare(word: &str) -> Value {
    match word {
        "null" | "none" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => word
            .parse::<i64>()
            .map(|whole| Value::Integer(whole.into()))
            .or_else(|_| {
                word.parse::<f64>()
                    .ok()
                    .filter(|fraction| fraction.is_finite())
                    .map(Value::Float)
                    .ok_or(())
            })
            .unwrap_or_else(|()| Value::Text(word.to_owned())),
    }
}

fn reason(err: &ContextError) -> String {
    let text = err.to_string().replace('\n', ", ");
    if text.is_empty() { "not a call".to_owned() } else { text }
}

enum Argument {
    Position(Value),
    Name(String, Value),
}

type Outcome<T> = Result<T, ErrMode<ContextError>>;

fn call(input: &mut &str) -> Outcome<TextCall> {
    let command = (
        "s.",
        take_while(1.., |letter: char| letter.is_ascii_alphanumeric() || letter == '_'),
    )
        .take()
        .parse_next(input)?;
    let arguments: Vec<Argument> = delimited(
        (multispace0, '(', multispace0),
        separated(0.., terminated(argument, multispace0), (',', multispace0)),
        cut_err((multispace0, ')')).context(StrContext::Expected(StrContextValue::Description("`,` or `)`"))),
    )
    .parse_next(input)?;
    let mut given = Given {
        from_text: true,
        ..Given::default()
    };
    for argument in arguments {
        match argument {
            Argument::Name(name, value) => given.names.push((name, value)),
            Argument::Position(value) if given.names.is_empty() => given.positions.push(value),
            Argument::Position(_) => {
                let mut err = ContextError::new();
                err.extend([StrContext::Expected(StrContextValue::Description(
                    "positions before names",
                ))]);
                return Err(ErrMode::Cut(err));
            }
        }
    }
    Ok(TextCall {
        command: command.to_owned(),
        given,
    })
}

fn argument(input: &mut &str) -> Outcome<Argument> {
    let name = opt(terminated(
        take_while(1.., |letter: char| letter.is_ascii_alphanumeric() || letter == '_'),
        (multispace0, '=', multispace0),
    ))
    .parse_next(input)?;
    let value = alt((quoted, bare)).parse_next(input)?;
    Ok(match name {
        Some(name) => Argument::Name(name.to_owned(), value),
        None => Argument::Position(value),
    })
}

fn quoted(input: &mut &str) -> Outcome<Value> {
    let letter = alt((
        none_of(['"', '\\']),
        preceded(
            '\\',
            cut_err(any.verify_map(|letter| match letter {
                '"' | '\\' => Some(letter),
                'n' => Some('\n'),
                't' => Some('\t'),
                _ => None,
            }))
            .context(StrContext::Expected(StrContextValue::Description(
                "one of the escapes \\\" \\\\ \\n \\t",
            ))),
        ),
    ));
    let text: String = delimited(
        '"',
        repeat(0.., letter),
        cut_err('"').context(StrContext::Expected(StrContextValue::Description("a closing quote"))),
    )
    .parse_next(input)?;
    Ok(Value::Text(text))
}

/// Anything up to a comma or the closing bracket, blanks inside kept, those around dropped.
fn bare(input: &mut &str) -> Outcome<Value> {
    let word: &str =
        take_while(1.., |letter: char| !matches!(letter, ',' | ')' | '(' | '"' | '=')).parse_next(input)?;
    Ok(Value::Tag(BARE_WORD, Box::new(Value::Text(word.trim_end().to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(value: &Value) -> Value {
        match value {
            Value::Tag(BARE_WORD, inner) => (**inner).clone(),
            other => other.clone(),
        }
    }

    #[test]
    fn commas_and_brackets_may_stand_in_quotes() {
        let call = parse(r#"s.try(ada, "b, (c)", 3, key="v\"w", other=2026-01-01T10:00:00Z)"#).unwrap();
        let positions: Vec<Value> = call.given.positions.iter().map(plain).collect();
        assert_eq!(
            positions,
            [
                Value::Text("ada".into()),
                Value::Text("b, (c)".into()),
                Value::Text("3".into())
            ]
        );
        assert_eq!(call.given.names[0], ("key".into(), Value::Text("v\"w".into())));
        assert_eq!(
            plain(&call.given.names[1].1),
            Value::Text("2026-01-01T10:00:00Z".into())
        );
    }

    #[test]
    fn an_empty_call_has_no_arguments() {
        for text in ["s.info()", " s.info( ) ", "s.info ()"] {
            let call = parse(text).unwrap();
            assert_eq!(call.command, "s.info");
            assert!(call.given.positions.is_empty() && call.given.names.is_empty());
        }
    }

    #[test]
    fn a_broken_call_says_where() {
        for (text, part) in [
            (r#"s.try("open)"#, "closing quote"),
            (r#"s.try("a\q")"#, "escapes"),
            ("s.try(a=1, b)", "positions before names"),
            ("s.try(a b", "`,` or `)`"),
        ] {
            let err = parse(text).unwrap_err();
            assert!(err.contains(part), "{text}: {err}");
        }
    }

    #[test]
    fn bare_words_read_as_what_they_look_like() {
        assert_eq!(read_bare("12"), Value::Integer(12.into()));
        assert_eq!(read_bare("-1.5"), Value::Float(-1.5));
        assert_eq!(read_bare("true"), Value::Bool(true));
        assert_eq!(read_bare("nan"), Value::Text("nan".into()));
        assert_eq!(read_bare("ada"), Value::Text("ada".into()));
    }

    proptest! {
        #[test]
        fn any_text_survives_quoting(text in "\\PC{0,40}") {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            let call = parse(&format!("s.say(\"{quoted}\")")).unwrap();
            prop_assert_eq!(&call.given.positions[0], &Value::Text(text));
        }

        #[test]
        fn nothing_typed_can_panic_the_grammar(text in "\\PC{0,60}") {
            drop(parse(&text));
        }
    }
}
