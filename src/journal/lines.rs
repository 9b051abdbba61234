//! Lines of the logs as they are told: of a person, and of a building.
//!
//! Pure. What a line never has: the text of a message, unless whoever asks may read it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Somebody signed in.
    SignIn,
    /// A session ended.
    SignOut,
    /// Somebody used the name and was not let in.
    SignInRefused,
    /// Somebody went from one building to another, in or out.
    Movement,
    /// A message: sent by a person, or said by a bot.
    Message,
    /// Somebody came into the building.
    Entry,
    /// Somebody left the building.
    Exit,
}

impl Kind {
    /// Those of the log of a person.
    pub(crate) const OF_PERSON: [Self; 5] = [
        Self::SignIn,
        Self::SignOut,
        Self::SignInRefused,
        Self::Movement,
        Self::Message,
    ];
    /// Those of the log of a building.
    pub(crate) const OF_BUILDING: [Self; 3] = [Self::Message, Self::Entry, Self::Exit];

    /// As it is written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::SignInRefused => "sign_in_refused",
            Self::Movement => "movement",
            Self::Message => "message",
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }
}

/// A kind that a log does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no kind of this log, wanted {}", got.as_str(), names(wanted))]
pub(crate) struct OtherKind {
    got: Kind,
    wanted: &'static [Kind],
}

fn names(kinds: &[Kind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    names.join(", ")
}

/// The kinds that are asked for of those a log has; all of them where none is named.
pub(crate) fn kinds(asked: Option<Vec<Kind>>, known: &'static [Kind]) -> Result<Vec<Kind>, OtherKind> {
    let asked = asked.unwrap_or_default();
    if asked.is_empty() {
        return Ok(known.to_vec());
    }
    match asked.iter().find(|kind| !known.contains(kind)) {
        Some(got) => Err(OtherKind {
            got: *got,
            wanted: known,
        }),
        None => Ok(asked),
    }
}

/// A line that can stand in a table.
pub(crate) trait Line: Serialize {
    /// What the columns are called.
    const COLUMNS: &'static [&'static str];

    /// As many cells, empty where there is nothing.
    fn cells(&self) -> Vec<String>;
}

/// A line of the log of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct PersonLine {
    pub(crate) at: String,
    pub(crate) kind: Kind,
    /// By what somebody signed in, or by whom a session was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) how: Option<String>,
    /// Where from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    /// Why a sign-in was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<String>,
    /// The id of the building they were in when they signed in; absent outside of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) building: Option<String>,
    /// The id of the building they left; absent where they were in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// The id of the building they went into; absent where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// The number of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<i64>,
    /// Whom it was for: `user`, `building`, `range_m`, `room`, `whisper` or `everybody`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    /// The building or the room it was for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    /// For how many people it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipients: Option<i64>,
    /// How long it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) characters: Option<i64>,
    /// What it says, for those who may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
}

impl PersonLine {
    /// A line that tells nothing but that something was.
    pub(crate) fn new(at: String, kind: Kind) -> Self {
        Self {
            at,
            kind,
            how: None,
            address: None,
            outcome: None,
            building: None,
            from: None,
            to: None,
            message: None,
            target: None,
            place: None,
            recipients: None,
            characters: None,
            body: None,
        }
    }
}

impl Line for PersonLine {
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "kind",
        "how",
        "address",
        "outcome",
        "building",
        "from",
        "to",
        "message",
        "target",
        "place",
        "recipients",
        "characters",
        "body",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.at.clone(),
            self.kind.as_str().to_owned(),
            text(self.how.as_ref()),
            text(self.address.as_ref()),
            text(self.outcome.as_ref()),
            text(self.building.as_ref()),
            text(self.from.as_ref()),
            text(self.to.as_ref()),
            text(self.message),
            text(self.target.as_ref()),
            text(self.place.as_ref()),
            text(self.recipients),
            text(self.characters),
            text(self.body.as_ref()),
        ]
    }
}

/// A line of the log of a building.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct BuildingLine {
    pub(crate) at: String,
    pub(crate) kind: Kind,
    /// The number of what a bot said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<i64>,
    /// The bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot: Option<String>,
    /// What it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// The schedule that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<i64>,
    /// How many people it was passed on to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) told: Option<i64>,
    /// Who came or left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<i64>,
    /// The id of the building they came from; absent where it was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// The id of the building they went to; absent where it was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

impl BuildingLine {
    /// A line that tells nothing but that something was.
    pub(crate) fn new(at: String, kind: Kind) -> Self {
        Self {
            at,
            kind,
            message: None,
            bot: None,
            body: None,
            schedule: None,
            told: None,
            user: None,
            user_id: None,
            from: None,
            to: None,
        }
    }
}

impl Line for BuildingLine {
    const COLUMNS: &'static [&'static str] = &[
        "at", "kind", "message", "bot", "body", "schedule", "told", "user", "user_id", "from", "to",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.at.clone(),
            self.kind.as_str().to_owned(),
            text(self.message),
            text(self.bot.as_ref()),
            text(self.body.as_ref()),
            text(self.schedule),
            text(self.told),
            text(self.user.as_ref()),
            text(self.user_id),
            text(self.from.as_ref()),
            text(self.to.as_ref()),
        ]
    }
}

fn text(cell: Option<impl ToString>) -> String {
    cell.map_or_else(String::new, |cell| cell.to_string())
}
