//! What a route of `/api/v1` is: method, path, what it ends in, and how its answer goes out.
//!
//! Pure: a few declarations, for the list in `routes.rs`.

use axum::http::Method;

/// What a route ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// A command of the one table.
    Command(&'static str),
    /// A command whose name is in the path as `name`.
    AnyCommand,
    /// Something the server tells, whose name is in the path as `name`.
    Requestable,
}

/// How an answer goes on: the parameter that begins the next page, and where its value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paged {
    /// Parameter of the command.
    pub(super) parameter: &'static str,
    /// What it takes.
    pub(super) from: From,
}

/// Where the value for the next page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// The answer is rows: in this field of the last one.
    LastRow(&'static str),
    /// The answer has rows in a field: in this field of the last one.
    LastOf(&'static str, &'static str),
    /// The answer is a page: in its field `next`, which the last page has not.
    Next,
}

/// A file that is made of pieces: the command's answers have `file`, `content` and `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct File {
    /// Its media type.
    pub(super) kind: &'static str,
    /// Arguments that the path stands for.
    pub(super) fixed: &'static [(&'static str, &'static str)],
}

/// As CSV.
pub(super) const CSV: File = File {
    kind: "text/csv; charset=utf-8; header=present",
    fixed: &[("format", "csv")],
};

/// As JSON.
pub(super) const JSON: File = File {
    kind: "application/json",
    fixed: &[("format", "json")],
};

/// Cars of the use of the fleet.
pub(super) const CARS_SHEET: File = File {
    kind: CSV.kind,
    fixed: &[("sheet", "cars")],
};

/// Days of the use of the fleet.
pub(super) const DAYS_SHEET: File = File {
    kind: CSV.kind,
    fixed: &[("sheet", "days")],
};

/// One route.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) method: Method,
    /// Below `/api/v1`.
    pub(super) path: &'static str,
    pub(super) does: Does,
    pub(super) paged: Option<Paged>,
    /// The field whose value, after this path, is where something made is found.
    pub(super) makes: Option<&'static str>,
    /// Whether an answer that is known already need not be sent again.
    pub(super) tagged: bool,
    /// Whether it is a file to be kept.
    pub(super) file: Option<File>,
    /// Whether it is there for those, too, who are not let in as guests: they have no account yet.
    pub(super) for_strangers: bool,
}

impl Route {
    pub(super) const fn new(method: Method, path: &'static str, does: Does) -> Self {
        Self {
            method,
            path,
            does,
            paged: None,
            makes: None,
            tagged: false,
            file: None,
            for_strangers: false,
        }
    }

    pub(super) const fn paged(mut self, parameter: &'static str, field: &'static str) -> Self {
        let from = From::LastRow(field);
        self.paged = Some(Paged { parameter, from });
        self
    }

    /// The rows are a part of the answer.
    pub(super) const fn paged_in(mut self, parameter: &'static str, list: &'static str, field: &'static str) -> Self {
        let from = From::LastOf(list, field);
        self.paged = Some(Paged { parameter, from });
        self
    }

    /// The answer says itself where the next page begins.
    pub(super) const fn pages(mut self, parameter: &'static str) -> Self {
        let from = From::Next;
        self.paged = Some(Paged { parameter, from });
        self
    }

    pub(super) const fn makes(mut self, field: &'static str) -> Self {
        self.makes = Some(field);
        self
    }

    pub(super) const fn file(mut self, file: File) -> Self {
        self.file = Some(file);
        self
    }

    pub(super) const fn for_strangers(mut self) -> Self {
        self.for_strangers = true;
        self
    }

    pub(super) const fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }
}
