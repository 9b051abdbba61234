//! Clients of LocalThingsNetwork 1.0: their registration, their packets, their data sockets, on ports of their own.
//!
//! Each client has a session like any other, as the account that the configuration names. A data socket is attached by
//! the address of its client, as that system has it, and therefore only from the same machine, once, and for seconds.

mod packets;
mod rules;
mod serverdata;
mod speech;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::asking::told;
use super::door::{Guest, over, part};
use super::entering;
use super::line::{Line, Out};
use super::pickle::{self, Bounds, Extent, Pickle};
use crate::config::{DialectsConfig, LocalthingsConfig};
use crate::datasock::{MAINDATA, SERVERSOCK};
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::{About, Find};
use crate::requestable::builtin::server_info;
use crate::session::admission::Admitted;
use crate::session::handshake::Door;
use crate::session::named;
use crate::wire::{ErrorCode, Value};
use rules::{ClientData, Knock, Word, word};
use speech::{Attach, Manner, Speech, Stage};

/// The dialect.
pub(super) const NAME: &str = "localthings";
/// Its data port.
pub(super) const DATA: &str = "localthings-data";

/// Silence after which a text without an end of its own has ended.
const QUIET: Duration = Duration::from_millis(100);
/// Bytes of what a client says of itself.
const CLIENT_DATA_BYTES: usize = 4_096;
/// Values of an object.
const ITEMS_MAX: usize = 8_192;
/// Containers within each other.
const DEPTH_MAX: usize = 16;
/// Clients that were told of the data port and have not come; one more does not attach.
const EXPECTED_MAX: usize = 65_536;

/// What both ports share.
pub(super) struct Things {
    config: LocalthingsConfig,
    data: Option<SocketAddr>,
    /// Who may attach, by the address of its first connection, until when.
    expected: Arc<Mutex<HashMap<SocketAddr, (String, Instant)>>>,
}

impl Things {
    pub(super) fn new(config: &DialectsConfig, data: Option<SocketAddr>) -> Arc<Self> {
        Arc::new(Self {
            config: config.localthings.clone(),
            data,
            expected: Arc::default(),
        })
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            bytes: self.config.message_bytes,
            items: ITEMS_MAX,
            depth: DEPTH_MAX,
            memo: ITEMS_MAX,
        }
    }

    /// How a client that registered is spoken to.
    fn manner(&self, house: &House, main: SocketAddr, data: Option<SocketAddr>) -> Manner {
        let mut socks = vec![(SERVERSOCK, main.port())];
        socks.extend(data.map(|data| (MAINDATA, data.port())));
        Manner {
            server: house.config.server.name.clone(),
            packet_bytes: self.config.packet_bytes,
            socks,
            data: None,
        }
    }

    /// What is done when a client was told where to attach.
    fn expect(&self, address: SocketAddr, client_id: String) -> Box<dyn FnOnce() + Send> {
        let expected = Arc::clone(&self.expected);
        let attach_max = Duration::from_millis(self.config.attach_ms);
        Box::new(move || {
            let mut expected = expected.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            expected.retain(|_, (_, until)| *until > now);
            if expected.len() < EXPECTED_MAX {
                expected.insert(address, (client_id, now + attach_max));
            }
        })
    }

    /// Who attaches from there and says that its first connection is that one: once, and in time.
    fn attaching(&self, from: SocketAddr, claimed: SocketAddr) -> Option<String> {
        if from.ip() != claimed.ip() {
            return None;
        }
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let (client_id, until) = expected.remove(&claimed)?;
        (until > Instant::now()).then_some(client_id)
    }
}

/// Serves one connection until it is a session or refused.
pub(super) async fn serve(things: Arc<Things>, mut guest: Guest, is_data: bool) {
    let house = guest.house.clone();
    let deadline = Instant::now() + Duration::from_millis(things.config.handshake_ms);
    let (step, asked) = if is_data {
        (rules::DATA, "attach")
    } else {
        (rules::CLIENT, "registration")
    };
    let mut buffer = BytesMut::new();
    let shaking = async {
        greet(&mut guest.stream, &mut buffer, step).await?;
        if is_data {
            attach(&things, &house, &mut guest, &mut buffer).await.map(Shaken::Data)
        } else {
            register(&things, &house, &mut guest, &mut buffer).await
        }
    };
    let shaken = tokio::select! {
        shaken = timeout_at(deadline, shaking) => shaken,
        () = over(&house) => return,
    };
    let shaken =
        shaken.unwrap_or_else(|_| Err(Error::new(ErrorCode::Timeout, "no registration within the time for it")));
    told(NAME, guest.address, asked, &shaken);
    match shaken {
        Ok(Shaken::Client(data)) => enter(&things, guest, &data, buffer).await,
        Ok(Shaken::Data(admitted)) => enter_data(&things, guest, admitted, buffer).await,
        Ok(Shaken::Finder) => {}
        Err(err) if err.code() == ErrorCode::UnsupportedProtocol => {
            part(guest.stream, rules::UNSUITED.as_bytes()).await;
        }
        Err(_) => part(guest.stream, b"").await,
    }
}

/// Who came.
enum Shaken {
    Client(ClientData),
    Data(Admitted),
    Finder,
}

fn gone() -> Error {
    Error::new(ErrorCode::BadFrame, "the connection ended during the registration")
}

async fn more(stream: &mut TcpStream, buffer: &mut BytesMut) -> Result<(), Error> {
    match stream.read_buf(buffer).await {
        Ok(1..) => Ok(()),
        _ => Err(gone()),
    }
}

/// The first word, and its answer.
async fn greet(stream: &mut TcpStream, buffer: &mut BytesMut, wanted: &str) -> Result<(), Error> {
    loop {
        match word(buffer, wanted) {
            Word::Whole => break,
            Word::Part => more(stream, buffer).await?,
            Word::Other => return Err(Error::new(ErrorCode::UnsupportedProtocol, "an unsuited socket type")),
        }
    }
    buffer.advance(wanted.len());
    stream.write_all(rules::SUITED.as_bytes()).await.map_err(|_| gone())
}

/// Kind and version have no end of their own: it is where the client stops to wait for us.
async fn knock(stream: &mut TcpStream, buffer: &mut BytesMut) -> Result<Knock, Error> {
    if buffer.is_empty() {
        more(stream, buffer).await?;
    }
    while buffer.len() <= rules::CONNTYPE_BYTES_MAX {
        match timeout(QUIET, more(stream, buffer)).await {
            Ok(read) => read?,
            Err(_) => break,
        }
    }
    let bytes = buffer.split();
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let fits = text.len() <= rules::CONNTYPE_BYTES_MAX;
    let knock = if fits {
        rules::knock(text)
    } else {
        Err("a kind of connection that is too long")
    };
    knock.map_err(|why| Error::new(ErrorCode::BadFrame, why))
}

/// One pickle, alone in the stream.
async fn one(stream: &mut TcpStream, buffer: &mut BytesMut, bounds: &Bounds) -> Result<Pickle, Error> {
    let unfit = |err: pickle::PickleError| Error::new(ErrorCode::BadFrame, err.to_string());
    let mut extent = Extent::default();
    loop {
        if let Some(length) = extent.find(buffer, bounds).map_err(unfit)? {
            return pickle::read(&buffer.split_to(length), bounds).map_err(unfit);
        }
        more(stream, buffer).await?;
    }
}

async fn register(things: &Things, house: &House, guest: &mut Guest, buffer: &mut BytesMut) -> Result<Shaken, Error> {
    let stream = &mut guest.stream;
    if knock(stream, buffer).await? == Knock::Finder {
        return Ok(Shaken::Finder);
    }
    let main = stream.local_addr().map_err(|_| gone())?;
    let account = things.config.account.as_deref().unwrap_or_default();
    let standing = named::standing_of(house, account, guest.address.ip()).await?;
    let info = server_info(house, standing.permissions(), house.clock.now());
    let info = Value::serialized(&info).unwrap_or(Value::Null);
    let manner = things.manner(house, main, things.data);
    let data = serverdata::of(&info, &manner.socks, manner.packet_bytes);
    stream
        .write_all(&serverdata::registering(data))
        .await
        .map_err(|_| gone())?;
    let bounds = Bounds {
        bytes: CLIENT_DATA_BYTES,
        ..things.bounds()
    };
    let said = one(stream, buffer, &bounds).await?;
    let data = rules::client_data(&said).map_err(|why| Error::new(ErrorCode::BadArguments, why))?;
    Ok(Shaken::Client(data))
}

/// Makes the session of a client that registered.
async fn enter(things: &Arc<Things>, guest: Guest, data: &ClientData, buffer: BytesMut) {
    let (house, address) = (guest.house.clone(), guest.address);
    let account = things.config.account.as_deref().unwrap_or_default();
    let about = About {
        software: speech::software(&data.version),
        description: data.description.clone(),
        commands: data.commands.clone(),
        requestables: data.requestables.clone(),
    };
    // A client reads no more bytes of its name than it was told; a longer one it would take for something else.
    let wish = data
        .username
        .clone()
        .filter(|name| name.len() <= serverdata::NAME_BYTES_MAX);
    let mut admitted = match named::client_of(&house, account, wish, about, address.ip()).await {
        Ok(admitted) => admitted,
        Err(err) => return told(NAME, address, "admission", &Err::<(), _>(err)),
    };
    if data
        .username
        .as_ref()
        .is_some_and(|name| name.len() > serverdata::NAME_BYTES_MAX)
    {
        admitted.notices.push("Username is too long".to_owned());
    }
    let Ok(main) = guest.stream.local_addr() else { return };
    let mut manner = things.manner(&house, main, things.data);
    if let Some(data) = things.data {
        let ip = if data.ip().is_unspecified() {
            main.ip()
        } else {
            data.ip()
        };
        let client_id = admitted.standing.client_id.to_string();
        manner.data = Some(Attach {
            ip: ip.to_string(),
            port: data.port(),
            told: things.expect(address, client_id),
        });
    }
    let speech = Speech::registering(manner, things.bounds(), data);
    let out = Out {
        idle_max: Some(Duration::from_millis(things.config.handshake_ms)),
        ..Out::default()
    };
    let line = Line::new(speech, out);
    entering::enter(guest, Door::Dialect(NAME), admitted, line, buffer).await;
}

/// A client that is known attaches: it says the address of its first connection.
async fn attach(things: &Things, house: &House, guest: &mut Guest, buffer: &mut BytesMut) -> Result<Admitted, Error> {
    let bounds = Bounds {
        bytes: CLIENT_DATA_BYTES,
        ..things.bounds()
    };
    let said = one(&mut guest.stream, buffer, &bounds).await?;
    let claimed = match said.items() {
        Some([Pickle::Text(ip), Pickle::Int(port)]) => ip.parse().ok().zip(u16::try_from(*port).ok()),
        _ => None,
    };
    let claimed = claimed.map(|(ip, port)| SocketAddr::new(ip, port));
    let claimed =
        claimed.ok_or_else(|| Error::new(ErrorCode::BadArguments, "wanted the pair of an address and a port"))?;
    let client_id = things.attaching(guest.address, claimed);
    let client_id =
        client_id.ok_or_else(|| Error::new(ErrorCode::BadLogin, "no client of that address is expected"))?;
    let found = house.registry.ask(Find(client_id)).await?;
    let (standing, _) = found.ok_or_else(|| Error::new(ErrorCode::NotFound, "the client is no longer connected"))?;
    Ok(Admitted::again(standing))
}

/// Makes the session of a data socket.
async fn enter_data(things: &Arc<Things>, guest: Guest, admitted: Admitted, buffer: BytesMut) {
    let house = guest.house.clone();
    let socks = house.datasocks.all();
    let (Some(maindata), Ok(own)) = (socks.first(), guest.stream.local_addr()) else {
        return;
    };
    let manner = things.manner(&house, own, things.data);
    let speech = Speech::at(Stage::Open, manner, things.bounds());
    let line = Line::new(speech, Out::default());
    let door = Door::Datasock(Arc::clone(maindata));
    entering::enter(guest, door, admitted, line, buffer).await;
}
