//! Tells people and programs that the server is there: the banner on standard output, and the ready file.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use super::{Addresses, Embedded, ServerError};
use crate::account::SecretText;
use crate::datasock::MAINDATA;
use crate::house::House;
use crate::runtime::targets;

#[derive(Serialize)]
struct Ready {
    pid: u32,
    serversock: SocketAddr,
    datasocks: BTreeMap<&'static str, SocketAddr>,
    http: SocketAddr,
}

/// Everything listens: say where, on standard output or to the program that started the server.
pub(super) fn up(
    house: &House,
    addresses: &Addresses,
    admin_key: Option<&SecretText>,
    embedded: Option<&Embedded>,
) -> Result<(), ServerError> {
    match embedded {
        None => banner(addresses, admin_key),
        Some(embedded) => embedded.up(*addresses, admin_key.map(SecretText::reveal), house.stop.clone()),
    }
    tracing::info!(target: targets::STATUS, serversock = %addresses.serversock, maindata = %addresses.maindata, http = %addresses.http, "the server is ready");
    let Some(file) = &house.config.server.ready_file else {
        return Ok(());
    };
    let ready = Ready {
        pid: std::process::id(),
        serversock: addresses.serversock,
        datasocks: BTreeMap::from([(MAINDATA, addresses.maindata)]),
        http: addresses.http,
    };
    write_whole(file, &ready)
        .map_err(|err| ServerError(format!("cannot write the ready file {}: {err}", file.display())))
}

/// A closed standard output is no reason not to serve.
fn banner(addresses: &Addresses, admin_key: Option<&SecretText>) {
    let mut text = format!(
        "motorpool {} listens\n  clients   {}\n  {MAINDATA}  {}\n  http      http://{}/metrics and /health/ready\n",
        env!("CARGO_PKG_VERSION"),
        addresses.serversock,
        addresses.maindata,
        addresses.http,
    );
    if let Some(key) = admin_key {
        text.push_str(&format!(
            "  admin key {}\n            shown this once and kept only as a hash: write it down\n",
            key.reveal()
        ));
    }
    text.push_str(&format!(
        "next: motorpool console {}   then type s.help()\n",
        addresses.serversock
    ));
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
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
