//! Admission: from a hello to a standing, or to the reason why not.
//!
//! A login is a password, a key, a token of an earlier welcome, or nothing: then the client is a guest.

use std::net::IpAddr;
use std::sync::Arc;

use super::bans;
use super::beginning::{Earlier, begun, issue};
use super::rights::{of_kind, rights_of_guests};
use crate::account::{KeyKind, Source};
use crate::booking::{CarId, UserId};
use crate::bot::roster;
use crate::config::Guests;
use crate::error::Error;
use crate::house::House;
use crate::registry::Standing;
use crate::registry::actor::{About, Joined, wants_maindata};
use crate::registry::permissions::Permissions;
use crate::requestable::builtin::server_info;
use crate::wire::{ClientKind, ErrorCode, Hello, Login, PROTOCOL, Welcome};

/// A client that may come in.
pub(crate) struct Admitted {
    /// What it is and may.
    pub(crate) standing: Arc<Standing>,
    /// The name it asks for; `None` when its name is settled.
    pub(crate) wish: Option<String>,
    /// What it says of itself.
    pub(crate) about: About,
    /// The token for coming again.
    pub(crate) resume: String,
    /// What it must know of its admission.
    pub(crate) notices: Vec<String>,
}

impl Admitted {
    /// A client that came in before, on another socket.
    pub(crate) fn again(standing: Arc<Standing>) -> Self {
        Self {
            standing,
            wish: None,
            about: About::default(),
            resume: String::new(),
            notices: Vec::new(),
        }
    }

    /// Where its guesses are counted: a car's unit for the car, everybody else for the address.
    pub(crate) fn source(&self, address: IpAddr) -> Source {
        self.standing
            .car
            .map_or(Source::Address(address), |car| Source::Car(car.0))
    }

    /// Whether it does background traffic.
    pub(crate) fn wants_maindata(&self) -> bool {
        wants_maindata(self.standing.kind, &self.about.commands, &self.about.requestables)
    }
}

/// How somebody who wants in proves who they are.
pub(crate) enum Proof {
    /// As a hello says it.
    Login(Option<Login>),
    /// By the token of a session that goes on elsewhere: this is another client of the same account.
    Session(String),
}

/// Decides on a hello.
pub(crate) async fn admit(house: &House, mut hello: Hello, address: IpAddr) -> Result<Admitted, Error> {
    let proof = Proof::Login(hello.login.take());
    admit_by(house, hello, proof, address).await
}

/// Decides on a hello whose login was shown in another way.
pub(crate) async fn admit_by(house: &House, hello: Hello, proof: Proof, address: IpAddr) -> Result<Admitted, Error> {
    if hello.protocol != PROTOCOL {
        let message = format!("got protocol {}, this server speaks {PROTOCOL}", hello.protocol);
        return Err(Error::new(ErrorCode::UnsupportedProtocol, message));
    }
    if house.is_draining() {
        return Err(Error::new(ErrorCode::ShuttingDown, "the server is shutting down"));
    }
    let Hello {
        name,
        kind,
        software,
        description,
        commands,
        requestables,
        ..
    } = hello;
    let offers_max = house.config.limits.offers_per_client;
    if commands.len() > offers_max || requestables.len() > offers_max {
        let message = format!(
            "got {} commands and {} requestables, at most {offers_max} of each may be offered",
            commands.len(),
            requestables.len()
        );
        return Err(Error::new(ErrorCode::TooLarge, message));
    }
    let known = match proof {
        Proof::Login(login) => by_login(house, kind, login, address).await?,
        Proof::Session(token) => beside(by_token(house, &token).await?),
    };
    let about = About {
        software: software.unwrap_or_default(),
        description: description.unwrap_or_default(),
        commands,
        requestables,
    };
    if let Some((user, _)) = &known.user {
        bans::account(house, *user)?;
    }
    let (wish, notices) = wish(house, &known, name)?;
    let standing = Arc::new(known.standing());
    let resume = match known.resume {
        Some(token) => token,
        None => {
            let begun = begun(&standing, about.software.clone(), address, known.begun_from.as_ref());
            issue(house, &standing, wish.as_deref(), begun).await?
        }
    };
    Ok(Admitted {
        standing,
        wish,
        about,
        resume,
        notices,
    })
}

/// What a login proves, if it does.
async fn by_login(
    house: &House,
    kind: Option<ClientKind>,
    login: Option<Login>,
    address: IpAddr,
) -> Result<Known, Error> {
    match login {
        None => guest(house, kind, address),
        Some(Login::Password { username, password }) => by_password(house, kind, &username, &password, address).await,
        Some(Login::Key(key)) => by_key(house, kind, &key).await,
        Some(Login::Resume(token)) => by_token(house, &token).await,
    }
}

/// The same account as another client: with an id and a token of its own, and the name it asks for. The name of a
/// key stays the key's.
fn beside(known: Known) -> Known {
    let username = known.user.as_ref().map(|(_, username)| username.clone());
    Known {
        client_id: new_client_id(),
        is_named: known.key.is_some(),
        begun_from: known.session.clone(),
        name: username.unwrap_or(known.name),
        resume: None,
        ..known
    }
}

/// Who is behind a login, for a door where nobody stays: nothing is issued, and nobody is told. Bans hold there too.
pub(crate) async fn prove(house: &House, login: Option<Login>, address: IpAddr) -> Result<Arc<Standing>, Error> {
    bans::address(house, address)?;
    let standing = by_login(house, None, login, address).await?.standing();
    bans::still_welcome(house, &standing, address)?;
    Ok(Arc::new(standing))
}

/// Whether anybody may knock from there.
pub(crate) fn may_knock(house: &House, address: IpAddr) -> Result<(), Error> {
    bans::address(house, address)
}

/// Whether somebody who was proved a moment ago is still let in from there.
pub(crate) fn still_welcome(house: &House, standing: &Standing, address: IpAddr) -> Result<(), Error> {
    bans::still_welcome(house, standing, address)
}

/// The name it asks for, if that is not settled, and what it must know of it. Who would bear a banned name gets
/// another; a key, which has but the one, is refused.
fn wish(house: &House, known: &Known, name: Option<String>) -> Result<(Option<String>, Vec<String>), Error> {
    let wish = (!known.is_named).then(|| name.unwrap_or_else(|| known.name.clone()));
    let Some(ban) = bans::of_this_name(house, wish.as_ref().unwrap_or(&known.name)) else {
        return Ok((wish, Vec::new()));
    };
    if known.key.is_some() {
        return Err(bans::refusal(&ban, "your name"));
    }
    let given = crate::registry::names::substitute(&known.client_id);
    let notice = format!("name `{}` is banned until {}; you are `{given}`", ban.name, ban.until);
    Ok((Some(given), vec![notice]))
}

/// What a login proved.
struct Known {
    client_id: Arc<str>,
    kind: ClientKind,
    user: Option<(UserId, String)>,
    key: Option<(i64, Option<CarId>)>,
    name: String,
    is_named: bool,
    permissions: Permissions,
    resume: Option<String>,
    /// The session of that token.
    session: Option<Earlier>,
    /// The session that a client beside it is begun from.
    begun_from: Option<Earlier>,
}

impl Known {
    fn standing(&self) -> Standing {
        let standing = Standing::new(
            self.client_id.clone(),
            self.kind,
            self.user.clone(),
            self.key,
            self.name.clone(),
            self.permissions,
        );
        match &self.begun_from {
            Some(earlier) => standing.beside(Arc::clone(&earlier.client_id)),
            None => standing,
        }
    }
}

pub(super) fn new_client_id() -> Arc<str> {
    Arc::from(uuid::Uuid::new_v4().to_string())
}

/// Cars and servers prove what they are by a key.
fn without_key(kind: Option<ClientKind>) -> Result<ClientKind, Error> {
    match kind.unwrap_or(ClientKind::Client) {
        kind @ (ClientKind::Car | ClientKind::Server) => {
            let message = format!("kind `{kind}` needs a {kind}'s key");
            Err(Error::new(ErrorCode::BadLogin, message))
        }
        kind => Ok(kind),
    }
}

fn guest(house: &House, kind: Option<ClientKind>, address: IpAddr) -> Result<Known, Error> {
    let kind = without_key(kind)?;
    let is_let_in = match house.config.server.guests {
        Guests::Loopback => address.to_canonical().is_loopback(),
        Guests::Nobody => false,
        Guests::Everybody => true,
    };
    if !is_let_in {
        return Err(Error::new(
            ErrorCode::Unauthenticated,
            "guests are not let in from here: sign in with a password, a key or a resume token",
        ));
    }
    let client_id = new_client_id();
    Ok(Known {
        name: crate::registry::names::substitute(&client_id),
        client_id,
        kind,
        user: None,
        key: None,
        // A guest that names nobody is given a name and needs no notice about it.
        is_named: false,
        permissions: rights_of_guests(house, address),
        resume: None,
        session: None,
        begun_from: None,
    })
}

async fn by_password(
    house: &House,
    kind: Option<ClientKind>,
    username: &str,
    password: &str,
    address: IpAddr,
) -> Result<Known, Error> {
    let kind = without_key(kind)?;
    let source = Source::Address(address);
    let user = house.accounts.by_password(username, password, &source).await?;
    let permissions = house.accounts.permissions_of(user.id).await?;
    Ok(Known {
        client_id: new_client_id(),
        kind,
        user: Some((user.id, user.username.clone())),
        key: None,
        name: user.username,
        is_named: false,
        permissions: Permissions::from_roles(permissions.iter().map(String::as_str)),
        resume: None,
        session: None,
        begun_from: None,
    })
}

async fn by_key(house: &House, kind: Option<ClientKind>, key: &str) -> Result<Known, Error> {
    let key = house.accounts.by_key(key).await?;
    let proved = match key.kind {
        KeyKind::Car => ClientKind::Car,
        KeyKind::Bot => ClientKind::Bot,
        KeyKind::Server => ClientKind::Server,
        KeyKind::Admin => {
            let message = "the admin key is no login: sign in, then call s.getadmin(key)";
            return Err(Error::new(ErrorCode::BadLogin, message));
        }
    };
    if kind.is_some_and(|kind| kind != proved) {
        let message = format!("this is a {proved}'s key, it cannot sign in another kind of client");
        return Err(Error::new(ErrorCode::BadLogin, message));
    }
    bot_may_come(house, proved, Some(key.id)).await?;
    Ok(Known {
        client_id: new_client_id(),
        kind: proved,
        user: None,
        key: Some((key.id, key.car_id.map(CarId))),
        name: key.name,
        is_named: true,
        permissions: of_kind(proved),
        resume: None,
        session: None,
        begun_from: None,
    })
}

/// Whether a bot that has just come in would still be let in: it may have been shut out in between.
pub(super) async fn bot_still_welcome(house: &House, standing: &Standing) -> Result<(), Error> {
    if let Some(key) = standing.key_id.filter(|_| standing.kind == ClientKind::Bot) {
        house.accounts.key_by_id(key).await?;
        bot_may_come(house, standing.kind, Some(key)).await?;
    }
    Ok(())
}

/// A registered bot comes in while an operator lets it.
async fn bot_may_come(house: &House, kind: ClientKind, key: Option<i64>) -> Result<(), Error> {
    match key {
        Some(key) if kind == ClientKind::Bot => Ok(roster::may_come(&house.store, key).await?),
        _ => Ok(()),
    }
}

/// The same client id, name and rights as before; rights as they are now.
async fn by_token(house: &House, token: &str) -> Result<Known, Error> {
    let found = house.accounts.by_token(token).await?;
    let kind = found.kind.parse().unwrap_or(ClientKind::Client);
    bot_may_come(house, kind, found.key_id).await?;
    let (user, permissions) = match found.user_id {
        Some(id) => {
            let user = house.accounts.user_by_id(id).await?;
            let roles = house.accounts.permissions_of(id).await?;
            let permissions = Permissions::from_roles(roles.iter().map(String::as_str));
            (Some((id, user.username)), permissions)
        }
        None => (None, of_kind(kind)),
    };
    let client_id: Arc<str> = Arc::from(found.client_id);
    let session = Earlier {
        session: found.session,
        ends_at: found.ends_at,
        client_id: Arc::clone(&client_id),
    };
    Ok(Known {
        client_id,
        kind,
        user,
        key: found.key_id.map(|id| (id, found.car_id.map(CarId))),
        name: found.name,
        is_named: true,
        permissions,
        resume: Some(token.to_owned()),
        session: Some(session),
        begun_from: None,
    })
}

/// The welcome of an admitted and registered client.
pub(crate) fn welcome(house: &House, admitted: &Admitted, joined: &Joined) -> Welcome {
    let permissions = admitted.standing.permissions();
    Welcome {
        client_id: admitted.standing.client_id.to_string(),
        name: joined.name.to_string(),
        permissions: permissions.names(),
        resume: admitted.resume.clone(),
        server: server_info(house, permissions, house.clock.now()),
        notices: admitted.notices.iter().chain(&joined.notice).cloned().collect(),
    }
}
