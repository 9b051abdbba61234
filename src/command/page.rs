//! The page of commands in the documentation, written from the table so that it is never behind.

use super::table::Table;

/// All commands as Markdown, by category.
pub(crate) fn page(table: &Table) -> String {
    let mut page = String::from(
        "# Commands\n\nWritten from the command table; `MOTORPOOL_WRITE_DOCS=1 cargo test --lib the_page_of_commands` writes it anew.\n\
         A parameter with `?` may be left out. A command that changes something also takes `request_id`, a text of\n\
         your own: the same id with the same call gives the first answer again.\n",
    );
    let mut category = None;
    for entry in table.listed() {
        if category != Some(entry.category) {
            category = Some(entry.category);
            page.push_str(&format!("\n## {}\n", entry.category.title()));
        }
        let changes = if entry.changes { ", changes something" } else { "" };
        page.push_str(&format!(
            "\n### `{}`\n\nNeeds `{}`{changes}. {}\n",
            entry.signature(),
            entry.needs,
            entry.about
        ));
        if !entry.parameters.is_empty() {
            page.push_str("\n| parameter | type | |\n|---|---|---|\n");
        }
        for parameter in &entry.parameters {
            let mark = if parameter.required { "" } else { "?" };
            let types = parameter.types.join(" or ");
            page.push_str(&format!(
                "| `{}`{mark} | {types} | {} |\n",
                parameter.name, parameter.about
            ));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::command::builtin;

    #[test]
    fn the_page_of_commands_says_what_the_table_says() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md");
        let written = page(&builtin::table());
        if std::env::var_os("MOTORPOOL_WRITE_DOCS").is_some() {
            fs::write(file, &written).unwrap();
        }
        let there = fs::read_to_string(file).unwrap_or_default();
        assert!(
            there == written,
            "docs/commands.md is behind; write it anew with MOTORPOOL_WRITE_DOCS=1 cargo test --lib the_page_of_commands"
        );
    }

    #[test]
    fn every_command_and_parameter_is_explained() {
        for entry in builtin::table().listed() {
            assert!(!entry.about.is_empty(), "{} has no help", entry.name);
            for parameter in &entry.parameters {
                assert!(
                    !parameter.about.is_empty(),
                    "{}: `{}` is not explained",
                    entry.name,
                    parameter.name
                );
                assert!(
                    !parameter.types.is_empty(),
                    "{}: `{}` has no type",
                    entry.name,
                    parameter.name
                );
            }
        }
    }
}
