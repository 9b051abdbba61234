//! `s.exportlog(user?, building?, since?, until?, format?, texts?, after?, kinds?...)`: a log as a file, in pieces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asked, Look, look};
use crate::command::{Caller, Category, Command};
use crate::error::Error;
use crate::house::House;
use crate::journal::cursor::Cursor;
use crate::journal::lines::{Kind, Line};
use crate::journal::sheet::{Format, Piece, piece};
use crate::journal::timeline::{Wanted, of_building, of_person};
use crate::registry::permissions::Permission;
use crate::wire::ErrorCode;

/// Lines of one piece.
const LINES_MAX: usize = 500;

/// Writes the log of a person or of a building as CSV or JSON, newest first, in pieces: the contents of all pieces, put
/// together, are the file. Everything is as in `s.personlog` and `s.buildinglog`: who may, what is shown, and what is kept
/// in the audit log. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportLog {
    /// User name; you, when neither this nor a building is named.
    user: Option<String>,
    /// Id of a building, for operators.
    building: Option<String>,
    /// Only from this instant on, RFC 3339.
    since: Option<String>,
    /// Only before this instant, RFC 3339.
    until: Option<String>,
    /// `csv` or `json`; `csv` when left out.
    format: Option<Format>,
    /// Whether the texts of a person's messages are shown, as in `s.personlog`.
    texts: Option<bool>,
    /// The `next` of the piece before.
    after: Option<String>,
    /// Only these, as in `s.personlog` or `s.buildinglog`.
    kinds: Option<Vec<Kind>>,
}

/// A piece of the file.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LogPiece {
    /// What the whole file may be called.
    file: String,
    format: Format,
    lines: usize,
    content: String,
    /// Give it as `after` to go on; absent with the last piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Command for ExportLog {
    const NAME: &'static str = "s.exportlog";
    const CATEGORY: Category = Category::Account;
    const NEEDS: Permission = Permission::User;
    type Reply = LogPiece;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let (format, is_first) = (self.format.unwrap_or_default(), self.after.is_none());
        let asked = |known| Asked {
            since: self.since,
            until: self.until,
            after: self.after,
            kinds: self.kinds,
            known,
        };
        match (self.user, self.building) {
            (Some(_), Some(_)) => Err(Error::new(
                ErrorCode::BadArguments,
                "wanted a `user` or a `building`, got both",
            )),
            (named, None) => {
                let wanted = asked(&Kind::OF_PERSON).wanted(house, LINES_MAX)?;
                let (name, person) = look::at_person(
                    caller,
                    house,
                    Look {
                        named,
                        texts: self.texts,
                    },
                )
                .await?;
                let read = house.store.read(move |conn| of_person(conn, person, &wanted));
                written(&name, format, is_first, read.await?)
            }
            (None, Some(building)) => {
                let wanted: Wanted = asked(&Kind::OF_BUILDING).wanted(house, LINES_MAX)?;
                if !caller.is_operator() {
                    let message = "the log of a building is for operators";
                    return Err(Error::new(ErrorCode::Forbidden, message));
                }
                look::at_building(caller, house, &building, &wanted.kinds).await?;
                let name = building.clone();
                let read = house
                    .store
                    .read(move |conn| of_building(conn, &building, None, &wanted));
                written(&name, format, is_first, read.await?)
            }
        }
    }
}

fn written<L: Line>(
    name: &str,
    format: Format,
    is_first: bool,
    (lines, next): (Vec<L>, Option<Cursor>),
) -> Result<LogPiece, Error> {
    let which = Piece {
        is_first,
        is_last: next.is_none(),
    };
    let content = piece(&lines, format, which)
        .map_err(|err| Error::new(ErrorCode::Internal, "the log cannot be written").cause(err))?;
    Ok(LogPiece {
        file: file_name(name, format),
        format,
        lines: lines.len(),
        content,
        next: next.map(|next| next.to_string()),
    })
}

/// A name that every system takes.
fn file_name(of: &str, format: Format) -> String {
    /// Letters of the part that is somebody's choice.
    const LETTERS_MAX: usize = 64;
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() || letter == '-' {
            letter
        } else {
            '_'
        }
    };
    let of: String = of.chars().take(LETTERS_MAX).map(plain).collect();
    let ending = match format {
        Format::Csv => "csv",
        Format::Json => "json",
    };
    format!("log-{of}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_that_every_system_takes() {
        for (of, wanted) in [
            ("anna", "log-anna.csv"),
            ("../../etc/passwd", "log-______etc_passwd.csv"),
            ("o'neill \"hall\"\r\n", "log-o_neill__hall___.csv"),
            ("Pavilhão", "log-Pavilh_o.csv"),
            ("", "log-.csv"),
        ] {
            assert_eq!(file_name(of, Format::Csv), wanted);
        }
        assert_eq!(file_name(&"x".repeat(999), Format::Json).len(), 4 + 64 + 5);
    }
}
