//! What can be wrong with a declaration, found before the server starts or a reload takes effect.

/// A command, requestable, service or receiver that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// A name that cannot be called.
    #[error("{what} `{name}`: wanted {wanted}")]
    Name {
        /// `command`, `requestable`, `service`, `receiver` or `category`.
        what: &'static str,
        /// As it was given, made readable.
        name: String,
        /// How such names are written.
        wanted: &'static str,
    },
    /// The name is taken.
    #[error("{what} `{name}` is there already; {mend}")]
    Taken {
        /// `command`, `requestable`, `service` or `receiver`.
        what: &'static str,
        /// The name.
        name: String,
        /// What can be done.
        mend: &'static str,
    },
    /// It replaces something that is not there.
    #[error("{what} `{name}` says that it replaces a built-in one, and there is none")]
    NothingToReplace {
        /// `command` or `requestable`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// It does nothing.
    #[error("{what} `{name}` has no work; give it one with `run`")]
    NoWork {
        /// `command`, `requestable` or `service`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Its parameters do not fit together.
    #[error("{what} `{name}` {reason}")]
    Parameters {
        /// `command` or `requestable`.
        what: &'static str,
        /// The name.
        name: String,
        /// What was got and what is wanted.
        reason: String,
    },
    /// It needs a permission that nobody can hold.
    #[error("{what} `{name}` needs `{needs}`, and there is no such group; there are {known}")]
    Group {
        /// `command` or `requestable`.
        what: &'static str,
        /// The name.
        name: String,
        /// The permission that was named.
        needs: String,
        /// Those there are.
        known: String,
    },
    /// More names than one process keeps.
    #[error("{what} `{name}`: no more names fit into this process; start it again")]
    Full {
        /// `command`, `requestable`, `service` or `receiver`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An interval or a bound out of its range.
    #[error("{what} `{name}`: `{key}` is {got}, wanted {wanted}")]
    Figure {
        /// `command`, `requestable` or `service`.
        what: &'static str,
        /// The name.
        name: String,
        /// Which figure.
        key: &'static str,
        /// As it was given.
        got: String,
        /// Its range.
        wanted: String,
    },
}
