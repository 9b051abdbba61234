//! From a conversation in an older language to a session like any other.

use bytes::BytesMut;

use super::door::Guest;
use super::line::{Ear, Line, Mouth, Tongue};
use crate::runtime::CloseReason;
use crate::session::admission::Admitted;
use crate::session::entering::enter_by;
use crate::session::handshake::Door;
use crate::tls;

/// Makes the session of a client that was let in. `heard` is what it has said and nobody has taken yet.
pub(super) async fn enter<T: Tongue>(guest: Guest, door: Door, admitted: Admitted, line: Line<T>, heard: BytesMut) {
    let Guest {
        house,
        stream,
        address,
        inside,
    } = guest;
    let (read, write) = tls::plain(stream);
    let (mouth, ended) = (Mouth(line.clone()), line.clone());
    drop(actix_rt::spawn(line.clone().write(write, inside)));
    let ear = move |room| Ear::new(line, read, heard, room, address);
    let ended = move |reason: &CloseReason| ended.ended(reason);
    enter_by(house, (door, false), address, admitted, ear, mouth, ended).await;
}
