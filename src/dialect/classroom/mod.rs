//! The classroom: a number for each client, its introduction, acknowledgements; and the menu of the course project on the
//! mailboxes and rooms of everybody.
//!
//! Each client has a session like any other, as the account that the configuration names for it. Numbers are never given
//! twice and prove nothing.

mod chat;
mod desk;
mod mailbox;
mod roster;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::asking::told;
use super::door::{Guest, over, part};
use super::entering::enter;
use super::line::{Line, Out};
use super::pickle::{self, Extent, Pickle, dict};
use crate::config::ClassroomConfig;
use crate::error::Error;
use crate::registry::actor::About;
use crate::session::handshake::Door;
use crate::session::named;
use crate::wire::ErrorCode;
use desk::Desk;
pub(in crate::dialect) use roster::Classroom;
use roster::Seat;
use rules::Introduction;

/// The dialect.
pub(super) const NAME: &str = "classroom";

/// Serves one connection until it is a session or refused.
pub(super) async fn serve(classroom: Arc<Classroom>, mut guest: Guest) {
    let house = guest.house.clone();
    let config = &house.config.dialect.classroom;
    let introduced = tokio::select! {
        introduced = introduce(&classroom, &mut guest, config) => introduced,
        () = over(&house) => return,
    };
    told(NAME, guest.address, "introduction", &introduced);
    match introduced {
        Ok((id, introduction, rest)) => sit_down(classroom, guest, id, &introduction, rest).await,
        Err(err) => {
            part(guest.stream, &pickle::write(&dict([("error", err.message().into())]))).await;
        }
    }
}

/// Gives a number and hears who it is; what came behind stays.
async fn introduce(
    classroom: &Classroom,
    guest: &mut Guest,
    config: &ClassroomConfig,
) -> Result<(i64, Introduction, BytesMut), Error> {
    let id = classroom.next_id(&guest.house).await?;
    let bounds = desk::bounds(config);
    let unfit = |err: pickle::PickleError| Error::new(ErrorCode::BadFrame, err.to_string());
    let hearing = async {
        let gone = || Error::new(ErrorCode::BadFrame, "the introduction ends before it is whole");
        let greeting = pickle::write(&dict([("clientid", Pickle::Int(id))]));
        guest.stream.write_all(&greeting).await.map_err(|_| gone())?;
        let (mut buffer, mut extent) = (BytesMut::new(), Extent::default());
        loop {
            if !matches!(guest.stream.read_buf(&mut buffer).await, Ok(1..)) {
                return Err(gone());
            }
            if let Some(length) = extent.find(&buffer, &bounds).map_err(unfit)? {
                let said = buffer.split_to(length);
                let said = pickle::read(&said, &bounds).map_err(unfit)?;
                let introduction =
                    rules::introduction(&said).map_err(|why| Error::new(ErrorCode::BadArguments, why))?;
                return Ok((id, introduction, buffer));
            }
        }
    };
    let heard = timeout(Duration::from_millis(config.idle_ms), hearing).await;
    heard.unwrap_or_else(|_| Err(Error::new(ErrorCode::Timeout, "no introduction within the time for it")))
}

/// Makes its session.
async fn sit_down(classroom: Arc<Classroom>, guest: Guest, id: i64, introduction: &Introduction, rest: BytesMut) {
    let (house, address) = (guest.house.clone(), guest.address);
    let config = &house.config.dialect.classroom;
    let name = introduction.name();
    let account = config.accounts.get(name).or(config.account.as_ref());
    let account = account.cloned().unwrap_or_default();
    let about = About {
        software: NAME.to_owned(),
        description: match introduction {
            Introduction::Student { name, about } => format!("Student: {name}, {about}"),
            Introduction::Named(name) => name.clone(),
        },
        ..About::default()
    };
    let wish = Some(rules::client_name(name));
    let admitted = named::client_of(&house, &account, wish, about, address.ip()).await;
    told(NAME, address, "admission", &admitted);
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(err) => {
            part(guest.stream, &pickle::write(&dict([("error", err.message().into())]))).await;
            return;
        }
    };
    let desk = Desk::new(id, introduction, &account, &classroom, config);
    let mut out = Out {
        idle_max: Some(Duration::from_millis(config.idle_ms)),
        ..Out::default()
    };
    out.bytes.extend_from_slice(&pickle::write(&desk.welcome()));
    let line = Line::new(desk, out);
    classroom.sit(
        id,
        Seat {
            name: name.to_owned(),
            account,
            client_id: admitted.standing.client_id.to_string(),
            room: None,
            line: line.clone(),
        },
    );
    enter(guest, Door::Dialect(NAME), admitted, line, rest).await;
}
