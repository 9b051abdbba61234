//! Where something is held of a person, what of it they are shown, and what becomes of it when they are erased.
//!
//! Pure: a list. A table is either in [`HOLDINGS`] or under [`IMPERSONAL`]; a test compares both with the tables of the store,
//! so that whoever adds one decides.

mod list;

pub(crate) use list::HOLDINGS;

/// By what a row is a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A column with their number.
    Id(&'static str),
    /// A column that holds `user:7`.
    Who(&'static str),
    /// A column that holds their user name.
    Name(&'static str),
}

impl By {
    /// The column.
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::Id(column) | Self::Who(column) | Self::Name(column) => column,
        }
    }
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The rows go.
    Deleted,
    /// The rows stay, these columns are emptied.
    Emptied(&'static [&'static str]),
    /// The rows stay, this column holds `erased` instead.
    Renamed(&'static str),
    /// It stays, for this reason. A number leads to an account without a name.
    Kept(&'static str),
    /// Somebody else's work: of the vault of faces, or of the accounts.
    Elsewhere(&'static str),
}

impl Fate {
    /// For the receipt.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Emptied(_) => "emptied",
            Self::Renamed(_) => "renamed",
            Self::Kept(_) => "kept",
            Self::Elsewhere(_) => "elsewhere",
        }
    }

    /// Why it is so, where that is not plain.
    pub(crate) const fn why(self) -> Option<&'static str> {
        match self {
            Self::Kept(why) | Self::Elsewhere(why) => Some(why),
            Self::Deleted | Self::Emptied(_) | Self::Renamed(_) => None,
        }
    }
}

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The table.
    pub(crate) table: &'static str,
    /// Whose a row is.
    pub(crate) by: By,
    /// What the person is shown of it: never a hash, a key or what is another's.
    pub(crate) shown: &'static [&'static str],
    /// What becomes of it.
    pub(crate) fate: Fate,
}

/// Tables that hold nothing of a person, and why.
#[cfg(test)]
pub(crate) const IMPERSONAL: &[(&str, &str)] = &[
    ("role", "names of groups"),
    (
        "provider_grant",
        "sealed tokens of a session, which go with it; whose they are stands in provider_identity",
    ),
    (
        "car",
        "cars; where one stands is where its last rider left it, which the booking tells",
    ),
    (
        "outside_change",
        "that something was changed beside the server, by number",
    ),
    ("building", "where buildings are"),
    ("setting", "how operators left the server"),
    ("face_consent_text", "texts that are agreed to"),
    ("bot_message", "what bots said to everybody in a building"),
    ("webhook_delivery", "what waits for a webhook, and goes with it"),
];
