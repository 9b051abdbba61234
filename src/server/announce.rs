//! Tells people and programs that the server is there: the banner on standard output, and the ready file.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::drain::Doors;
use super::{Addresses, Embedded, ServerError};
use crate::account::SecretText;
use crate::datasock::MAINDATA;
use crate::datasock::sock::Sock;
use crate::dialect::Opened;
use crate::house::House;
use crate::runtime::targets;

#[derive(Serialize)]
struct Ready {
    pid: u32,
    serversock: SocketAddr,
    datasocks: BTreeMap<String, SocketAddr>,
    http: SocketAddr,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dialects: BTreeMap<&'static str, SocketAddr>,
}

/// Everything listens: say where, on standard output or to the program that started the server.
pub(super) fn up(
    house: &House,
    addresses: &Addresses,
    doors: &Doors,
    admin_key: Option<&SecretText>,
    embedded: Option<&Embedded>,
) -> Result<(), ServerError> {
    match embedded {
        None => banner(house, addresses, &doors.dialects, admin_key),
        Some(embedded) => embedded.up(*addresses, admin_key.map(SecretText::reveal), house.stop.clone()),
    }
    tracing::info!(target: targets::STATUS, serversock = %addresses.serversock, maindata = %addresses.maindata, http = %addresses.http, "the server is ready");
    let Some(file) = &house.config.server.ready_file else {
        return Ok(());
    };
    let ready = Ready {
        pid: std::process::id(),
        serversock: addresses.serversock,
        datasocks: listening(house),
        http: addresses.http,
        dialects: doors.dialects.iter().map(|port| (port.name, port.address)).collect(),
    };
    write_whole(file, &ready)
        .map_err(|err| ServerError(format!("cannot write the ready file {}: {err}", file.display())))
}

/// Every datasock that listens, by name.
fn listening(house: &House) -> BTreeMap<String, SocketAddr> {
    let socks = house.datasocks.all();
    let up = |sock: &Arc<Sock>| Some((sock.name.to_string(), sock.up.as_ref()?.address));
    socks.iter().filter_map(up).collect()
}

/// A closed standard output is no reason not to serve.
fn banner(house: &House, addresses: &Addresses, dialects: &[Opened], admin_key: Option<&SecretText>) {
    let scheme = if house.tls.is_wanted_at(addresses.http.ip()) {
        "https"
    } else {
        "http"
    };
    let mut text = format!(
        "motorpool {} listens\n  clients   {}\n  {MAINDATA}  {}\n  http      {scheme}://{}/metrics and /health/ready\n",
        env!("CARGO_PKG_VERSION"),
        shown(house, addresses.serversock),
        shown(house, addresses.maindata),
        addresses.http,
    );
    for Opened { name, address, .. } in dialects {
        text.push_str(&format!("  dialect   {name} at {address}\n"));
    }
    if let Some(identity) = house.tls.identity() {
        text.push_str(&format!("  TLS       certificate sha256 {}\n", identity.fingerprint));
    }
    if let Some(key) = admin_key {
        text.push_str(&format!(
            "  admin key {}\n            shown this once and kept only as a hash: write it down\n",
            key.reveal()
        ));
    }
    text.push_str(&format!(
        "next: motorpool console {}{}   then type s.help()\n",
        addresses.serversock,
        flags(house, addresses.serversock)
    ));
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// An address, and what is spoken there where that is not what one expects.
fn shown(house: &House, address: SocketAddr) -> String {
    let is_loopback = address.ip().to_canonical().is_loopback();
    match (house.tls.is_wanted_at(address.ip()), is_loopback) {
        (true, _) => format!("{address} (TLS 1.3)"),
        (false, true) => address.to_string(),
        (false, false) => format!("{address} (NOT ENCRYPTED: tls.mode is insecure_nowhere)"),
    }
}

/// What a client on this machine must say besides the address.
fn flags(house: &House, address: SocketAddr) -> String {
    let is_loopback = address.ip().to_canonical().is_loopback();
    match (house.tls.is_wanted_at(address.ip()), house.tls.identity()) {
        (true, Some(identity)) => {
            let force = if is_loopback { " --tls" } else { "" };
            format!("{force} --fingerprint {}", identity.fingerprint)
        }
        (false, _) if !is_loopback => " --plain".to_owned(),
        _ => String::new(),
    }
}

/// Readers see the whole file or none: it is renamed into place.
fn write_whole(file: &Path, ready: &Ready) -> std::io::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut draft, ready)?;
    draft.write_all(b"\n")?;
    draft.persist(file)?;
    Ok(())
}
