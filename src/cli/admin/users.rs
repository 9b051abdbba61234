//! `motorpool admin user`: people and what they hold.
//!
//! Only asks and shows; what may be changed is decided by `account`.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::secret::{PASSWORD_VARIABLE, PIN_VARIABLE, ask};
use super::{PAGE_ROWS, Place};
use crate::account::password::{password_check, pin_check, username_check};
use crate::account::{Accounts, User, UserDraft, UserId};
use crate::cli::Failure;
use crate::cli::import::is_email;
use crate::cli::table::table;
use crate::cli::tool::{Missing, Tool, change, note, say, say_json};
use crate::fleet::rules::{TEXT_CHARS_MAX, check_text};

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a person; the password is asked for, or read from MOTORPOOL_NEW_PASSWORD.
    Add(Add),
    /// List all people.
    List,
    /// Show one person.
    Show { username: String },
    /// Give a person another role.
    Role { username: String, role: String },
    /// Shut a person out; open connections lose their rights within a second.
    Disable { username: String },
    /// Let a person in again.
    Enable { username: String },
    /// Set a password: asked for, or read from MOTORPOOL_NEW_PASSWORD.
    Password { username: String },
    /// Set the PIN: asked for, or read from MOTORPOOL_NEW_PIN.
    Pin {
        username: String,
        /// Take the PIN away instead.
        #[arg(long)]
        remove: bool,
    },
}

/// A person to be added.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// Unique name: letters, digits, `.`, `_` and `-`.
    username: String,
    /// Role of the person.
    #[arg(long, default_value = "customer")]
    role: String,
    /// Given name.
    #[arg(long, value_name = "NAME", default_value = "")]
    first_name: String,
    /// Family name.
    #[arg(long, value_name = "NAME", default_value = "")]
    last_name: String,
    /// Where mail would go.
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    email: String,
    /// Ask for no password: the person cannot sign in until one is set.
    #[arg(long)]
    no_password: bool,
}

/// A person as shown; the hashes stay in the store.
#[derive(Debug, Serialize)]
struct UserView {
    user_id: i64,
    user: String,
    first_name: String,
    last_name: String,
    email: String,
    role: String,
    disabled: bool,
    has_password: bool,
    has_pin: bool,
    created_at: String,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id.0,
            user: user.username,
            first_name: user.first_name,
            last_name: user.last_name,
            email: user.email,
            role: user.role,
            disabled: user.disabled,
            has_password: user.has_password,
            has_pin: user.has_pin,
            created_at: user.created_at.to_string(),
        }
    }
}

impl UserCommand {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(place),
            Self::List => list(place),
            Self::Show { username } => show(place, &username),
            Self::Role { username, role } => People::open(place, &username)?.role(role),
            Self::Disable { username } => People::open(place, &username)?.disabled(true),
            Self::Enable { username } => People::open(place, &username)?.disabled(false),
            Self::Password { username } => People::open(place, &username)?.password(),
            Self::Pin { username, remove } => People::open(place, &username)?.pin(remove),
        }
    }
}

impl Add {
    fn run(self, place: &Place) -> Result<(), Failure> {
        // What can be seen to be wrong is said before anybody types a password.
        username_check(&self.username).map_err(Failure::failed)?;
        for (field, text) in [("first_name", &self.first_name), ("last_name", &self.last_name)] {
            check_text(field, text, 0, TEXT_CHARS_MAX).map_err(Failure::failed)?;
        }
        if !is_email(&self.email) {
            let got = crate::wire::names::shown(&self.email);
            return Err(Failure::failed(format!(
                "got the email {got:?}, wanted an address such as ada@example.org"
            )));
        }
        let password = if self.no_password { None } else { Some(new_password()?) };
        let tool = Tool::open(&place.store, Missing::Make)?;
        let draft = UserDraft {
            username: self.username,
            password,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            role: self.role,
        };
        let accounts = Accounts::beside(tool.store.clone());
        let user = tool.wait(accounts.user_add(draft, change("admin user add")))?;
        show_one(place, user)
    }
}

fn new_password() -> Result<String, Failure> {
    let password = ask("password", PASSWORD_VARIABLE)?;
    password_check(&password).map_err(Failure::failed)?;
    Ok(password)
}

/// One person and the way to change them.
struct People<'a> {
    place: &'a Place,
    tool: Tool,
    accounts: Accounts,
    user: User,
}

impl<'a> People<'a> {
    fn open(place: &'a Place, username: &str) -> Result<Self, Failure> {
        let tool = Tool::open(&place.store, Missing::Refuse)?;
        let accounts = Accounts::beside(tool.store.clone());
        let user = tool.wait(accounts.user_by_name(username))?;
        Ok(Self {
            place,
            tool,
            accounts,
            user,
        })
    }

    fn role(self, role: String) -> Result<(), Failure> {
        let done = self.accounts.set_role(self.user.id, role, change("admin user role"));
        self.tool.wait(done)?;
        self.shown()
    }

    fn disabled(self, disabled: bool) -> Result<(), Failure> {
        let what = if disabled {
            "admin user disable"
        } else {
            "admin user enable"
        };
        let done = self.accounts.set_disabled(self.user.id, disabled, change(what));
        self.tool.wait(done)?;
        self.shown()
    }

    fn password(self) -> Result<(), Failure> {
        let password = new_password()?;
        let done = self
            .accounts
            .set_password(self.user.id, password, change("admin user password"));
        self.tool.wait(done)?;
        self.shown()
    }

    fn pin(self, remove: bool) -> Result<(), Failure> {
        let pin = if remove { None } else { Some(ask("PIN", PIN_VARIABLE)?) };
        if let Some(pin) = &pin {
            pin_check(pin).map_err(Failure::failed)?;
        }
        let done = self.accounts.set_pin(self.user.id, pin, change("admin user pin"));
        self.tool.wait(done)?;
        self.shown()
    }

    /// The person as they are now.
    fn shown(self) -> Result<(), Failure> {
        let user = self.tool.wait(self.accounts.user_by_id(self.user.id))?;
        show_one(self.place, user)
    }
}

fn show(place: &Place, username: &str) -> Result<(), Failure> {
    let people = People::open(place, username)?;
    show_one(place, people.user)
}

fn show_one(place: &Place, user: User) -> Result<(), Failure> {
    let view = UserView::from(user);
    if place.json {
        return say_json(&view);
    }
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let rows = [
        ["user".to_owned(), view.user],
        ["id".to_owned(), view.user_id.to_string()],
        ["name".to_owned(), format!("{} {}", view.first_name, view.last_name)],
        ["email".to_owned(), view.email],
        ["role".to_owned(), view.role],
        ["disabled".to_owned(), yes(view.disabled)],
        ["password".to_owned(), yes(view.has_password)],
        ["PIN".to_owned(), yes(view.has_pin)],
        ["added".to_owned(), view.created_at],
    ];
    say(table(["", ""], rows))
}

fn list(place: &Place) -> Result<(), Failure> {
    let tool = Tool::open(&place.store, Missing::Refuse)?;
    let accounts = Accounts::beside(tool.store.clone());
    let mut views: Vec<UserView> = Vec::new();
    let mut after = UserId(0);
    loop {
        let page = tool.wait(accounts.user_list(after, PAGE_ROWS))?;
        let Some(last) = page.last() else { break };
        after = last.id;
        views.extend(page.into_iter().map(UserView::from));
    }
    if place.json {
        return say_json(&views);
    }
    let count = views.len();
    let rows = views.into_iter().map(|view| {
        let state = match (view.disabled, view.has_password) {
            (true, _) => "disabled",
            (false, false) => "no password",
            (false, true) => "",
        };
        let name = format!("{} {}", view.first_name, view.last_name);
        [
            view.user_id.to_string(),
            view.user,
            name,
            view.email,
            view.role,
            state.to_owned(),
        ]
    });
    say(table(["id", "user", "name", "email", "role", ""], rows))?;
    note(format!("{count} people"));
    Ok(())
}
