//! How output looks where it goes: the width of the terminal, and whether colours are wanted there.

use std::ffi::OsStr;
use std::io::IsTerminal as _;

/// How output looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns of the terminal; lines are as long as they are without one.
    pub(crate) width: Option<u16>,
    pub(crate) has_colours: bool,
}

impl Look {
    /// As a pipe gets it: no width, no colours.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        width: None,
        has_colours: false,
    };

    /// Of standard output as it is now.
    pub(crate) fn of_stdout() -> Self {
        let wanted = wants_colours(
            std::env::var_os("NO_COLOR").as_deref(),
            std::env::var_os("TERM").as_deref(),
        );
        Self {
            width: comfy_table::Table::new().width(),
            has_colours: std::io::stdout().is_terminal() && wanted,
        }
    }

    /// Text in a style, where there are colours.
    pub(crate) fn paint(self, style: nu_ansi_term::Style, text: &str) -> String {
        if self.has_colours {
            style.paint(text).to_string()
        } else {
            text.to_owned()
        }
    }
}

/// `NO_COLOR` with any text in it, or a terminal that knows none.
fn wants_colours(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_and_dumb_terminals_have_no_colours() {
        for (no_color, term, wanted) in [
            (None, Some("xterm"), true),
            (None, None, true),
            (Some(""), Some("xterm"), true),
            (Some("1"), Some("xterm"), false),
            (None, Some("dumb"), false),
        ] {
            assert_eq!(wants_colours(no_color.map(OsStr::new), term.map(OsStr::new)), wanted);
        }
    }

    #[test]
    fn plain_output_is_left_as_it_is() {
        let red = nu_ansi_term::Style::new().fg(nu_ansi_term::Color::Red);
        assert_eq!(Look::PLAIN.paint(red, "no"), "no");
        let coloured = Look {
            has_colours: true,
            ..Look::PLAIN
        };
        assert_eq!(coloured.paint(red, "no"), "\u{1b}[31mno\u{1b}[0m");
    }
}
