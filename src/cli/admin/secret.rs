//! Asks for a new password or PIN: twice at the terminal, or once from the environment.
//!
//! Never from the command line, where every user of the machine could read it, and never echoed.

use std::io::IsTerminal as _;

use crate::cli::Failure;

/// Where a new password comes from when there is nobody to ask.
pub(super) const PASSWORD_VARIABLE: &str = "MOTORPOOL_NEW_PASSWORD";
/// Where a new PIN comes from when there is nobody to ask.
pub(super) const PIN_VARIABLE: &str = "MOTORPOOL_NEW_PIN";

/// The new `what`, from the variable or the terminal.
pub(super) fn ask(what: &str, variable: &str) -> Result<String, Failure> {
    match std::env::var(variable) {
        Ok(secret) => return Ok(secret),
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(Failure::failed(format!("{variable} is not UTF-8")));
        }
        Err(std::env::VarError::NotPresent) => {}
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::failed(format!(
            "there is no terminal to ask for the new {what} at; set {variable}"
        )));
    }
    let first = prompt(&format!("New {what}: "))?;
    let again = prompt(&format!("New {what} again: "))?;
    if first == again {
        Ok(first)
    } else {
        Err(Failure::failed(format!(
            "the two {what}s are not the same; nothing was changed"
        )))
    }
}

fn prompt(text: &str) -> Result<String, Failure> {
    rpassword::prompt_password(text).map_err(|error| Failure::failed(format!("cannot ask at the terminal: {error}")))
}
