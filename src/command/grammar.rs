//! The grammar of text calls: `s.name(a, "b, c", key=value)`.
//!
//! Pure. Quoted arguments may hold commas, brackets and the escapes `\"`, `\\`, `\n`, `\t`. Bare words
//! keep their spelling until the command's declared types say how to read them. `[a, b]` is a list, `{key: a}` a map.

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
            Argument::Position(_) => return Err(wanted("positions before names")),
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
    let value = alt((quoted, list, map, bare)).parse_next(input)?;
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

/// Lists and maps inside each other; beyond it a text is no call.
const DEPTH_MAX: usize = 8;

/// `[a, "b", 3]`.
fn list(input: &mut &str) -> Outcome<Value> {
    items(DEPTH_MAX).parse_next(input)
}

/// `{key: a, "another key": b}`.
fn map(input: &mut &str) -> Outcome<Value> {
    entries(DEPTH_MAX).parse_next(input)
}

fn items<'i>(depth: usize) -> impl FnMut(&mut &'i str) -> Outcome<Value> {
    move |input| {
        let items: Vec<Value> = delimited(
            ('[', multispace0),
            separated(0.., terminated(inner(depth), multispace0), (',', multispace0)),
            cut_err((multispace0, ']')).context(StrContext::Expected(StrContextValue::Description("`,` or `]`"))),
        )
        .parse_next(input)?;
        Ok(Value::Array(items))
    }
}

fn entries<'i>(depth: usize) -> impl FnMut(&mut &'i str) -> Outcome<Value> {
    move |input| {
        let key = alt((
            quoted,
            take_while(1.., |letter: char| letter.is_ascii_alphanumeric() || letter == '_')
                .map(|word: &str| Value::Text(word.to_owned())),
        ));
        let entry = (
            terminated(key, (multispace0, ':', multispace0)),
            terminated(inner(depth), multispace0),
        );
        let entries: Vec<(Value, Value)> = delimited(
            ('{', multispace0),
            separated(0.., entry, (',', multispace0)),
            cut_err((multispace0, '}')).context(StrContext::Expected(StrContextValue::Description(
                "`key: value`, `,` or `}`",
            ))),
        )
        .parse_next(input)?;
        for (at, (key, _)) in entries.iter().enumerate() {
            if entries.iter().skip(at + 1).any(|(other, _)| other == key) {
                return Err(wanted("each key once"));
            }
        }
        Ok(Value::Map(entries))
    }
}

/// A value inside a list or a map.
fn inner<'i>(depth: usize) -> impl FnMut(&mut &'i str) -> Outcome<Value> {
    move |input| {
        let Some(below) = depth.checked_sub(1) else {
            return Err(wanted("lists and maps at most 8 deep"));
        };
        match input.chars().next() {
            Some('[') => items(below).parse_next(input),
            Some('{') => entries(below).parse_next(input),
            _ => alt((quoted, word(&[',', ']', '}', '[', '{', '"']))).parse_next(input),
        }
    }
}

fn wanted(what: &'static str) -> ErrMode<ContextError> {
    let mut err = ContextError::new();
    err.extend([StrContext::Expected(StrContextValue::Description(what))]);
    ErrMode::Cut(err)
}

/// Anything up to a comma or the closing bracket, blanks inside kept, those around dropped.
fn bare(input: &mut &str) -> Outcome<Value> {
    word(&[',', ')', '(', '"', '=']).parse_next(input)
}

fn word<'i>(ends: &'static [char]) -> impl FnMut(&mut &'i str) -> Outcome<Value> {
    move |input| {
        let word: &str = take_while(1.., |letter: char| !ends.contains(&letter)).parse_next(input)?;
        Ok(Value::Tag(BARE_WORD, Box::new(Value::Text(word.trim_end().to_owned()))))
    }
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
    fn lists_and_maps_hold_words_texts_and_each_other() {
        let call = parse(r#"s.try(ada, [1, "b, c", [x y]], {at: 2026-01-01T10:00:00Z, "k k": []}, to=[])"#).unwrap();
        let words = |value: &Value| format!("{value:?}").replace(&format!("{BARE_WORD}"), "bare");
        assert_eq!(call.given.positions.len(), 3);
        let Value::Array(items) = &call.given.positions[1] else {
            panic!("a list, got {}", words(&call.given.positions[1]))
        };
        assert_eq!(plain(&items[0]), Value::Text("1".into()));
        assert_eq!(items[1], Value::Text("b, c".into()));
        let Value::Map(entries) = &call.given.positions[2] else {
            panic!("a map, got {}", words(&call.given.positions[2]))
        };
        assert_eq!(entries[0].0, Value::Text("at".into()));
        assert_eq!(plain(&entries[0].1), Value::Text("2026-01-01T10:00:00Z".into()));
        assert_eq!(entries[1], (Value::Text("k k".into()), Value::Array(Vec::new())));
        assert_eq!(call.given.names[0], ("to".into(), Value::Array(Vec::new())));
    }

    #[test]
    fn a_list_may_be_eight_deep_and_no_deeper() {
        let nested = |depth: usize| format!("s.try({}{})", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        let err = parse(&nested(DEPTH_MAX + 1)).unwrap_err();
        assert!(err.contains("8 deep"), "{err}");
        let err = parse(&nested(50_000)).unwrap_err();
        assert!(err.contains("8 deep"), "{err}");
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
            ("s.try([a, b)", "`,` or `]`"),
            ("s.try({a 1})", "`key: value`"),
            ("s.try({a: 1, a: 2})", "each key once"),
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

    #[test]
    fn whatever_text_comes_is_a_call_or_refused_by_its_column() {
        let samples = [
            r#"s.book(amber, "2026-01-01T10:00Z", end="2026-01-01T11:00Z")"#,
            r#"s.send("a, \"b\"\n", users=[anna, bert], more={key: [1, 2.5, -3], other: null})"#,
            "s.help()",
            "s.a(1e999, true, none, nan)",
            "s.b([[[[]]]])",
        ];
        let words: [&[u8]; 10] = [b"s.", b"(", b")", b"\"", b"\\", b"=", b"[", b"{a: ", b", ", b"}"];
        let samples = samples.map(|text| text.as_bytes().to_vec()).into();
        crate::runtime::fuzz::fuzz("calls", &words, samples, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            drop((looks_like_call(&text), read_bare(&text)));
            match parse(&text) {
                Ok(call) => {
                    assert!(text.trim().starts_with(&call.command), "{text:?}");
                    let (places, names) = (call.given.positions.len().min(3), call.given.names.len().min(3));
                    format!("a call {} {}", "x".repeat(places), "y".repeat(names))
                }
                Err(why) => why,
            }
        });
    }
}
