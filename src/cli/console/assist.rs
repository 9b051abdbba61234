//! What the line editor shows while a line is typed: offers, the signature, and colours.

use nu_ansi_term::{Color, Style};
use reedline::{
    Completer, CompletionResult, DefaultHinter, Highlighter, Hinter, History, Span, StyledText, Suggestion,
};

use super::Shared;
use super::complete::{self, Offer, Source};
use super::cursor::{self, Place};
use super::knowledge::Knowledge;
use crate::cli::show;

/// Words of the console itself.
const OWN_WORDS: [(&str, &str); 6] = [
    ("help", "what can be typed, or what a command does"),
    ("exit", "leaves"),
    ("quit", "leaves"),
    ("clear", "empties the screen"),
    (
        "watch",
        "watch NAME [milliseconds]: tells a requestable at every change",
    ),
    ("unwatch", "unwatch [number]: ends what watch began"),
];

/// Completes and colours lines.
pub(super) struct Assist {
    pub(super) shared: Shared,
    pub(super) knowledge: Knowledge,
}

impl Assist {
    fn known(&self) -> Vec<(String, String, String)> {
        let standing = self.shared.lock();
        let known = standing.commands.iter();
        known
            .map(|known| (known.name().to_owned(), known.signature.clone(), known.about.clone()))
            .collect()
    }

    fn offers(&self, typed: &str) -> Vec<Offer> {
        match cursor::place(typed) {
            Place::Elsewhere => Vec::new(),
            Place::Name { begin, typed } => {
                let mut offers = complete::commands(begin, typed, &self.known(), true);
                let own = OWN_WORDS
                    .iter()
                    .filter(|(word, _)| !typed.is_empty() && word.starts_with(typed));
                offers.extend(own.map(|(word, about)| Offer {
                    written: (*word).to_owned(),
                    shown: (*word).to_owned(),
                    about: (*about).to_owned(),
                    begin,
                }));
                offers
            }
            Place::Help { begin, typed } => complete::commands(begin, typed, &self.known(), false),
            Place::Watch { begin, typed } => complete::words(begin, typed, &self.knowledge.words(Source::Requestables)),
            Place::Argument(argument) => {
                let parameters = self.knowledge.parameters(argument.command);
                let source = complete::parameter(&argument, &parameters)
                    .and_then(|parameter| complete::source(argument.command, &parameter.name));
                let words = source.map(|source| self.knowledge.words(source)).unwrap_or_default();
                complete::argument(&argument, &parameters, &words)
            }
        }
    }
}

impl Completer for Assist {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let typed = line.get(..pos).unwrap_or_default();
        let suggestions = self.offers(typed).into_iter().map(|offer| Suggestion {
            value: show::plain(&offer.written),
            display_override: Some(show::plain(&offer.shown)),
            description: Some(show::plain(&offer.about)).filter(|about| !about.is_empty()),
            span: Span::new(offer.begin.min(pos), pos),
            ..Suggestion::default()
        });
        CompletionResult::fresh(suggestions.collect::<Vec<_>>())
    }
}

impl Highlighter for Assist {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        let (name, rest) = line.split_at(line.find('(').unwrap_or(line.len()));
        let standing = self.shared.lock();
        let is_known = standing.commands.iter().any(|known| known.name() == name.trim());
        let style = if is_known {
            Style::new().fg(Color::Cyan)
        } else {
            Style::new()
        };
        let mut styled = StyledText::new();
        styled.push((style, name.to_owned()));
        styled.push((Style::new(), rest.to_owned()));
        styled
    }
}

/// Inside a call the signature from the cursor on, elsewhere what the history has.
pub(super) struct Hints {
    shared: Shared,
    history: DefaultHinter,
    is_signature: bool,
}

impl Hints {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            shared: shared.clone(),
            history: DefaultHinter::default().with_style(faint()),
            is_signature: false,
        }
    }

    /// The parameter under the cursor, and what follows it.
    fn signature(&self, line: &str) -> Option<(String, String)> {
        let Place::Argument(argument) = cursor::place(line) else {
            return None;
        };
        let standing = self.shared.lock();
        let known = standing
            .commands
            .iter()
            .find(|known| known.name() == argument.command)?;
        let (current, rest) = complete::rest(&known.signature, &argument)?;
        Some((show::plain(current), show::plain(rest)))
    }
}

fn faint() -> Style {
    Style::new().fg(Color::DarkGray)
}

impl Hinter for Hints {
    fn handle(&mut self, line: &str, pos: usize, history: &dyn History, has_colours: bool, cwd: &str) -> String {
        let signature = if pos == line.len() { self.signature(line) } else { None };
        self.is_signature = signature.is_some();
        match signature {
            Some((current, rest)) if has_colours => {
                format!("  {}{}", faint().bold().underline().paint(current), faint().paint(rest))
            }
            Some((current, rest)) => format!("  {current}{rest}"),
            None => self.history.handle(line, pos, history, has_colours, cwd),
        }
    }

    /// A signature is read and not taken over.
    fn complete_hint(&self) -> String {
        if self.is_signature {
            String::new()
        } else {
            self.history.complete_hint()
        }
    }

    fn next_hint_token(&self) -> String {
        if self.is_signature {
            String::new()
        } else {
            self.history.next_hint_token()
        }
    }
}
