//! A line about a person: each field checked, faults named by column, never with the password in them.
//!
//! What a name and a password must be is decided by `account::password`; which roles there are, by the
//! store.

use super::fault::{Faults, shown};
use super::sheet::Line;
use crate::account::UserDraft;
use crate::account::password::{password_check, username_check};
use crate::fleet::rules::{TEXT_CHARS_MAX, check_text};

/// The columns, as the protocol names them.
pub(super) const COLUMNS: &[&str] = &["username", "password", "first_name", "last_name", "email", "role"];
/// The roles of a store that is still to be made.
pub(super) const FIRST_ROLES: &[&str] = &[
    "guest",
    "user",
    "customer",
    "engineer",
    "manager",
    "admin",
    "face_search",
];
/// Longest address a mail can be sent to, in bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;

/// The person of a line, or nothing and the faults.
pub(super) fn user(line: &Line, roles: &[String], faults: &mut Faults) -> Option<UserDraft> {
    let before = faults.count();
    let mut wrong = |column: &'static str, message: String| faults.add(line.place.clone(), Some(column), message);
    let username = line.field(0);
    if let Err(error) = username_check(username) {
        wrong("username", error.to_string());
    }
    let password = line.exact(1);
    if let Err(error) = password_check(password) {
        wrong("password", error.to_string());
    }
    for (column, text) in [("first_name", line.field(2)), ("last_name", line.field(3))] {
        if let Err(error) = check_text(column, text, 0, TEXT_CHARS_MAX) {
            wrong(column, error.to_string());
        }
    }
    let email = line.field(4);
    if !is_email(email) {
        wrong(
            "email",
            format!(
                "got `{}`, wanted an address such as ada@example.org, or nothing",
                shown(email)
            ),
        );
    }
    let role = line.field(5);
    if !roles.iter().any(|known| known == role) {
        wrong(
            "role",
            format!("got `{}`, wanted one of {}", shown(role), roles.join(", ")),
        );
    }
    (faults.count() == before).then(|| UserDraft {
        username: username.to_owned(),
        password: Some(password.to_owned()),
        first_name: line.field(2).to_owned(),
        last_name: line.field(3).to_owned(),
        email: email.to_owned(),
        role: role.to_owned(),
    })
}

/// Whether mail could go there, as far as its look tells; nothing at all is fine too.
pub(in crate::cli) fn is_email(text: &str) -> bool {
    let odd = |letter: char| letter.is_control() || letter.is_whitespace();
    text.is_empty()
        || text.len() <= EMAIL_BYTES_MAX
            && !text.contains(odd)
            && text
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}
