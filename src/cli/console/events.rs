//! Events in one line: those of the server's own kinds in words, others by name with compact JSON.
//!
//! It shows and decides nothing. Where to attach is for programs, and is not shown at all.

use crate::cli::look::Look;
use crate::cli::show;
use crate::wire::{Value, json};

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Talk,
    News,
    Warning,
    Well,
}

/// An event as a line no longer than `width`; talk is never cut.
pub(super) fn line(name: &str, data: &Value, width: usize) -> Option<(Tone, String)> {
    let field = |name: &str| field(data, name);
    let by = || field("by").map(|by| format!(" by {by}")).unwrap_or_default();
    let because = || field("reason").map(|reason| format!(": {reason}")).unwrap_or_default();
    let known = match name {
        "datasocks" => return None,
        "message" => match (field("from"), field("body")) {
            (Some(from), Some(body)) => return Some((Tone::Talk, format!("{from}: {body}"))),
            _ => None,
        },
        "muted" => {
            let until = field("until")
                .map(|until| format!(" until {until}"))
                .unwrap_or_default();
            Some((Tone::Warning, format!("you were muted{}{until}{}", by(), because())))
        }
        "unmuted" => Some((
            Tone::Well,
            format!("you may talk again, says{}", by().replacen(" by", "", 1)),
        )),
        "kicked" => Some((Tone::Warning, format!("you were sent away{}{}", by(), because()))),
        "rights" => field("permissions").map(|held| (Tone::News, format!("your rights were changed{}: {held}", by()))),
        "booking" => match (field("booking"), field("state")) {
            (Some(booking), Some(state)) => {
                let car = field("car").map(|car| format!(" of {car}")).unwrap_or_default();
                Some((Tone::News, format!("booking {booking}{car} is {state}")))
            }
            _ => None,
        },
        _ => field("subscription").map(|number| told(name, &number, data)),
    };
    let (tone, text) = known.unwrap_or_else(|| (Tone::News, format!("{}: {}", one_line(name), compact(data))));
    Some((tone, cut(&text, width)))
}

/// The push of a subscription.
fn told(name: &str, number: &str, data: &Value) -> (Tone, String) {
    let name = one_line(name);
    let found = |wanted: &str| find(data, wanted);
    match (found("value"), found("error")) {
        (_, Some(error)) => {
            let ended = if found("ended").is_some() { " ended" } else { "" };
            let said = (field(error, "code"), field(error, "message"));
            let said = match said {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                _ => compact(error),
            };
            (Tone::Warning, format!("{name} #{number}{ended}: {said}"))
        }
        (Some(value), None) => (Tone::News, format!("{name} #{number}: {}", compact(value))),
        (None, None) => (Tone::News, format!("{name} #{number}: {}", compact(data))),
    }
}

fn find<'a>(data: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = data.as_map()?;
    fields
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .map(|(_, value)| value)
}

fn field(data: &Value, name: &str) -> Option<String> {
    match find(data, name)? {
        Value::Null | Value::Map(_) => None,
        scalar => Some(one_line(&show::render_as(scalar, Look::default()))),
    }
}

/// JSON without blanks; texts stay bare.
fn compact(value: &Value) -> String {
    match value {
        Value::Text(text) => one_line(text),
        value => one_line(&json::to_json(value).to_string()),
    }
}

fn one_line(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(show::plain).collect();
    lines.join(" ").replace('\t', " ")
}

/// At most so many characters, the last an ellipsis when there were more.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, data: serde_json::Value, width: usize) -> Option<(Tone, String)> {
        line(name, &json::from_json(&data), width)
    }

    #[test]
    fn known_events_are_told_in_words() {
        let data = serde_json::json!({
            "by": "mona", "reason": "noise", "until": "2026-05-01T12:00:00Z", "booking": 7, "car": "ada",
            "state": "finished", "from": "anna", "body": "on my\u{1b}[2J way", "permissions": ["user", "admin"],
        });
        for (name, tone, text) in [
            ("message", Tone::Talk, "anna: on my[2J way"),
            (
                "muted",
                Tone::Warning,
                "you were muted by mona until 2026-05-01T12:00:00Z: noise",
            ),
            ("unmuted", Tone::Well, "you may talk again, says mona"),
            ("kicked", Tone::Warning, "you were sent away by mona: noise"),
            ("rights", Tone::News, "your rights were changed by mona: user admin"),
            ("booking", Tone::News, "booking 7 of ada is finished"),
        ] {
            assert_eq!(shown(name, data.clone(), 200), Some((tone, text.to_owned())), "{name}");
        }
        assert_eq!(shown("datasocks", data, 200), None);
    }

    #[test]
    fn pushes_and_unknown_events_are_compact_and_cut_at_the_width() {
        let push = serde_json::json!({"subscription": 3, "name": "STATISTICS", "value": {"clients": 2}});
        assert_eq!(
            shown("STATISTICS", push.clone(), 200).unwrap().1,
            "STATISTICS #3: {\"clients\":2}"
        );
        let over =
            serde_json::json!({"subscription": 3, "error": {"code": "timeout", "message": "too slow"}, "ended": true});
        let over = shown("POSITION", over, 200).unwrap();
        assert_eq!(over, (Tone::Warning, "POSITION #3 ended: timeout: too slow".to_owned()));
        let text = "STATISTICS #3: {\"clients\":2}";
        assert_eq!(shown("STATISTICS", push.clone(), text.len()).unwrap().1, text);
        let cut = shown("STATISTICS", push, text.len() - 1).unwrap().1;
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (text.len() - 1, true));
        assert_eq!(
            shown("noise", serde_json::json!({"a": "b\nc"}), 80).unwrap().1,
            "noise: {\"a\":\"b\\nc\"}"
        );
        // A known name with another shape is not understood, and shown as it is.
        assert_eq!(
            shown("message", serde_json::json!({"from": "anna"}), 80).unwrap().1,
            "message: {\"from\":\"anna\"}"
        );
    }
}
