//! Rules for groups that operators make: what one may be called and include, and when it may go.
//!
//! Pure. The groups there are come in as rows; a group includes at most one other, and through it a chain.

use crate::registry::groups::GROUPS_MAX;
use crate::registry::permissions::Permission;

/// Fewest characters of a name.
pub const GROUP_LETTERS_MIN: usize = 3;
/// Most characters of a name.
pub const GROUP_LETTERS_MAX: usize = 16;
/// Groups looked at above a group. A longer chain can only be a circle.
pub const GROUP_DEPTH_MAX: usize = 16;

/// A group as it is stored; the roles that are built in are groups too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, which is its permission.
    pub name: String,
    /// The group whose permissions it brings too.
    pub inherits: Option<String>,
}

/// Why a group was not made or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The name is not one.
    #[error(
        "group name is `{0}`, wanted {GROUP_LETTERS_MIN} to {GROUP_LETTERS_MAX} of a to z, 0 to 9, `_` and `-`, a letter first"
    )]
    Name(String),
    /// There is one of that name.
    #[error("there is a group `{0}` already")]
    Exists(String),
    /// No such group.
    #[error("there is no group `{0}`")]
    Unknown(String),
    /// What it would inherit is not there.
    #[error("there is no group `{got}` to inherit, there are {}", .there.join(", "))]
    UnknownParent {
        /// The name given.
        got: String,
        /// The names there are.
        there: Vec<String>,
    },
    /// It would include itself.
    #[error("group `{0}` would inherit itself")]
    Circle(String),
    /// The chain is as long as it may be.
    #[error("group `{0}` is the end of a chain of {GROUP_DEPTH_MAX}, which is the longest")]
    TooDeep(String),
    /// There is no room for one more.
    #[error(
        "there are {GROUPS_MAX} groups besides the built-in ones, which is the most; names given up since the start count too"
    )]
    Full,
    /// It is part of the program.
    #[error("group `{0}` is built in and stays")]
    BuiltIn(String),
    /// Somebody or something depends on it.
    #[error("group `{name}` stays: {why}")]
    InUse {
        /// Its name.
        name: String,
        /// Who or what.
        why: String,
    },
}

/// Whether a name is part of the program.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    Permission::BUILT_IN
        .iter()
        .any(|permission| permission.as_str() == name)
}

/// The group and those it includes, nearest first; empty for an unknown one. A circle ends where it closes, a
/// chain at [`GROUP_DEPTH_MAX`].
#[must_use]
pub fn chain(groups: &[Group], name: &str) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    let mut next = Some(name);
    while let Some(group) = next.and_then(|name| groups.iter().find(|group| group.name == name))
        && chain.len() < GROUP_DEPTH_MAX
        && !chain.contains(&group.name)
    {
        chain.push(group.name.clone());
        next = group.inherits.as_deref();
    }
    chain
}

/// Whether a group may be made.
pub fn may_make(groups: &[Group], name: &str, inherits: &str) -> Result<(), GroupError> {
    name_check(name)?;
    if name == inherits {
        return Err(GroupError::Circle(name.to_owned()));
    }
    if is_built_in(name) || groups.iter().any(|group| group.name == name) {
        return Err(GroupError::Exists(name.to_owned()));
    }
    let above = chain(groups, inherits);
    if above.is_empty() {
        return Err(GroupError::UnknownParent {
            got: shown(inherits),
            there: groups.iter().map(|group| group.name.clone()).collect(),
        });
    }
    if above.len() >= GROUP_DEPTH_MAX {
        return Err(GroupError::TooDeep(inherits.to_owned()));
    }
    let own = groups.iter().filter(|group| !is_built_in(&group.name)).count();
    if u32::try_from(own).is_ok_and(|own| own < GROUPS_MAX) {
        Ok(())
    } else {
        Err(GroupError::Full)
    }
}

/// Whether a group may go, that so many accounts hold and that these commands need.
pub fn may_remove(groups: &[Group], name: &str, accounts: i64, needed_by: &[String]) -> Result<(), GroupError> {
    if is_built_in(name) {
        return Err(GroupError::BuiltIn(name.to_owned()));
    }
    if !groups.iter().any(|group| group.name == name) {
        return Err(GroupError::Unknown(shown(name)));
    }
    let heirs: Vec<&str> = groups
        .iter()
        .filter(|group| group.inherits.as_deref() == Some(name))
        .map(|group| group.name.as_str())
        .collect();
    let why = if accounts > 0 {
        format!("{accounts} account(s) hold it")
    } else if !heirs.is_empty() {
        format!("inherited by {}", heirs.join(", "))
    } else if !needed_by.is_empty() {
        format!("needed by {}", needed_by.join(", "))
    } else {
        return Ok(());
    };
    Err(GroupError::InUse {
        name: name.to_owned(),
        why,
    })
}

fn name_check(name: &str) -> Result<(), GroupError> {
    let is_long_enough = (GROUP_LETTERS_MIN..=GROUP_LETTERS_MAX).contains(&name.len());
    let is_plain = name
        .bytes()
        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, b'_' | b'-'));
    let begins_well = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if is_long_enough && is_plain && begins_well {
        Ok(())
    } else {
        Err(GroupError::Name(shown(name)))
    }
}

/// The beginning of what was given, safe to be shown back.
fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(rows: &[(&str, &str)]) -> Vec<Group> {
        let group = |(name, inherits): &(&str, &str)| Group {
            name: (*name).to_owned(),
            inherits: (!inherits.is_empty()).then(|| (*inherits).to_owned()),
        };
        rows.iter().map(group).collect()
    }

    const ROLES: [(&str, &str); 4] = [
        ("guest", ""),
        ("user", "guest"),
        ("customer", "user"),
        ("manager", "customer"),
    ];

    #[test]
    fn a_group_brings_its_whole_chain_and_a_circle_ends() {
        let mut there = groups(&ROLES);
        there.extend(groups(&[("valet", "customer"), ("one", "two"), ("two", "one")]));
        assert_eq!(chain(&there, "valet"), ["valet", "customer", "user", "guest"]);
        assert_eq!(chain(&there, "one"), ["one", "two"]);
        assert_eq!(chain(&there, "nobody"), [""; 0]);
    }

    #[test]
    fn names_are_plain_and_short() {
        let there = groups(&ROLES);
        for good in ["abc", "valet", "night-shift_2", "sixteen-letters-"] {
            assert_eq!(may_make(&there, good, "user"), Ok(()), "{good}");
        }
        let long = "x".repeat(300);
        for bad in [
            "",
            "ab",
            "seventeen-letters",
            "Valet",
            "a b c",
            "a,b,c",
            "a\u{7}bc",
            "1abc",
            "zoë",
            &long,
        ] {
            assert!(
                matches!(may_make(&there, bad, "user"), Err(GroupError::Name(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_cannot_be_inherited_is_refused_by_name() {
        let mut there = groups(&ROLES);
        assert_eq!(
            may_make(&there, "valet", "valet"),
            Err(GroupError::Circle("valet".to_owned()))
        );
        assert_eq!(
            may_make(&there, "user", "guest"),
            Err(GroupError::Exists("user".to_owned()))
        );
        assert_eq!(
            may_make(&there, "car", "guest"),
            Err(GroupError::Exists("car".to_owned()))
        );
        let refused = may_make(&there, "valet", "wizard").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "there is no group `wizard` to inherit, there are guest, user, customer, manager"
        );
        for level in 5..=GROUP_DEPTH_MAX {
            let above = there.last().unwrap().name.clone();
            there.extend(groups(&[(&format!("level-{level}"), &above)]));
        }
        let refused = may_make(&there, "deeper", "level-16");
        assert_eq!(refused, Err(GroupError::TooDeep("level-16".to_owned())));
        assert_eq!(may_make(&there, "deeper", "level-15"), Ok(()));
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut there = groups(&ROLES);
        for number in 1..GROUPS_MAX {
            there.extend(groups(&[(&format!("group-{number}"), "user")]));
        }
        assert_eq!(may_make(&there, "last", "user"), Ok(()));
        there.extend(groups(&[("last", "user")]));
        assert_eq!(may_make(&there, "more", "user"), Err(GroupError::Full));
    }

    #[test]
    fn what_is_in_use_stays() {
        let mut there = groups(&ROLES);
        there.extend(groups(&[("valet", "customer"), ("senior", "valet")]));
        let why = |name: &str, accounts, needed: &[&str]| {
            let needed: Vec<String> = needed.iter().map(|one| (*one).to_owned()).collect();
            may_remove(&there, name, accounts, &needed).unwrap_err()
        };
        assert_eq!(why("manager", 0, &[]), GroupError::BuiltIn("manager".to_owned()));
        assert_eq!(why("nobody", 0, &[]), GroupError::Unknown("nobody".to_owned()));
        assert_eq!(
            why("valet", 0, &[]).to_string(),
            "group `valet` stays: inherited by senior"
        );
        assert_eq!(
            why("senior", 2, &[]).to_string(),
            "group `senior` stays: 2 account(s) hold it"
        );
        assert_eq!(
            why("senior", 0, &["s.wash"]).to_string(),
            "group `senior` stays: needed by s.wash"
        );
        assert_eq!(may_remove(&there, "senior", 0, &[]), Ok(()));
    }
}
