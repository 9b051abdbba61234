//! Hostile input for each dialect: it loses its own connection, in time and within bounds, and the port goes on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use super::{exchange, port_of, run};
use crate::harness::{SOON, Server, metric, until};

const CONFIG: &str = r#"
[dialect.carshare]
listen = "127.0.0.1:0"
cars = { 5 = "amber" }
idle_ms = 400
connections_max = 8
connections_per_address = 8
[dialect.classroom]
listen = "127.0.0.1:0"
account = "anna"
idle_ms = 400
connections_per_address = 8
[dialect.localthings]
listen = "127.0.0.1:0"
data_listen = "127.0.0.1:0"
account = "anna"
handshake_ms = 500
connections_per_address = 8
"#;
const NAMES: [&str; 4] = ["carshare", "classroom", "localthings", "localthings-data"];

/// A client that is served as it should be.
fn is_served(server: &Server, name: &str) {
    let address = port_of(server, name);
    match name {
        "carshare" => assert_eq!(exchange(address, &[b"(d."]), b"\x80\x03\x89."),
        "classroom" => assert!(exchange(address, &[b"N."]).starts_with(b"\x80\x03}")),
        _ => assert_eq!(exchange(address, &[b"nobody"]), b"unsuited sockettype"),
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// Waits until the server has ended the connection.
fn ends(mut stream: TcpStream) {
    let mut scrap = [0; 4096];
    while !matches!(stream.read(&mut scrap), Ok(0) | Err(_)) {}
}

#[test]
fn pickles_that_call_are_refused_everywhere_and_nothing_is_run() {
    let server = Server::configured(CONFIG);
    let file = server.folder().join("owned");
    let call = format!("cos\nsystem\n(S'touch {}'\ntR.", file.display());
    for name in NAMES {
        let address = port_of(&server, name);
        exchange(address, &[call.as_bytes()]);
        exchange(address, &[b"datasocket", call.as_bytes()]);
        is_served(&server, name);
    }
    // Behind a registration, and as a packet of one that is registered.
    let mut stream = connect(port_of(&server, "localthings"));
    let mut scrap = [0; 4096];
    for step in ["clientsocket", "CLIENT|6.26.162", call.as_str()] {
        stream.write_all(step.as_bytes()).unwrap();
        drop(stream.read(&mut scrap));
    }
    ends(stream);
    let mut stream = connect(port_of(&server, "classroom"));
    drop(stream.read(&mut scrap));
    stream.write_all(b"(dVid_key\nVmallory\ns.").unwrap();
    drop(stream.read(&mut scrap));
    stream.write_all(call.as_bytes()).unwrap();
    ends(stream);
    assert!(!file.exists());
}

#[test]
fn silence_floods_and_garbage_cost_their_own_connection() {
    let server = Server::configured(CONFIG);
    for name in NAMES {
        let address = port_of(&server, name);
        let began = Instant::now();
        ends(connect(address));
        assert!(began.elapsed() < SOON, "{name}: silence");
        let mut slow = connect(address);
        for byte in b"\x80\x04\x95" {
            drop(slow.write_all(&[*byte]));
        }
        ends(slow);
        // A length of four gigabytes, a text that never ends, random bytes.
        exchange(address, &[b"X\xff\xff\xff\xff", &[b'x'; 4_096]]);
        let mut flood = connect(address);
        let block = [b'V'; 65_536];
        let mut blocks = 0..64;
        while blocks.next().is_some() && flood.write_all(&block).is_ok() {}
        ends(flood);
        for seed in 0..50_u32 {
            let noise: Vec<u8> = (0..200)
                .map(|at: u32| u8::try_from((seed * 7_919 + at * at * 31 + at) % 251).unwrap())
                .collect();
            drop(connect(address).write_all(&noise));
        }
        until("the port to have room again", || {
            let mut stream = TcpStream::connect(address).ok()?;
            stream.set_read_timeout(Some(SOON)).unwrap();
            stream.write_all(b"N.").ok()?;
            let mut reply = Vec::new();
            stream
                .read_to_end(&mut reply)
                .ok()
                .filter(|_| !reply.is_empty())
                .map(drop)
        });
        is_served(&server, name);
    }
    let (_, _, page) = crate::harness::get(server.http(), "/metrics").unwrap();
    let refused = page
        .lines()
        .any(|line| line.starts_with("motorpool_dialect_requests_total") && line.contains("bad_frame"));
    assert!(refused, "what was refused is counted");
}

#[test]
fn one_connection_past_the_bound_is_closed_and_counted_and_the_next_has_its_place() {
    let server = Server::configured(CONFIG.replace("idle_ms = 400", "idle_ms = 60000").as_str());
    for name in ["carshare", "classroom"] {
        let address = port_of(&server, name);
        let held: Vec<TcpStream> = (0..8).map(|_| connect(address)).collect();
        let open = || metric(server.http(), "motorpool_connections", &[&format!("sock=\"{name}\"")]);
        until("eight to be open", || (open() > 7.5).then_some(()));
        ends(connect(address));
        let cause = if name == "carshare" {
            "crowded"
        } else {
            "address_crowded"
        };
        let labels = [format!("dialect=\"{name}\""), format!("cause=\"{cause}\"")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let refused = || metric(server.http(), "motorpool_dialect_refused_total", &labels);
        until("one to be refused", || (refused() > 0.5).then_some(()));
        drop(held);
        until("room again", || (open() < 0.5).then_some(()));
        is_served(&server, name);
    }
}

#[test]
fn a_client_that_never_reads_is_cut_off() {
    let server = Server::configured(&CONFIG.replace("idle_ms = 400", "idle_ms = 60000"));
    let address = port_of(&server, "classroom");
    let mut stream = connect(address);
    stream
        .write_all(b"(dVstudent_name\nVa\nsVgithub_username\nVb\nsVsid\nI1\ns.")
        .unwrap();
    stream
        .set_write_timeout(Some(std::time::Duration::from_secs(2)))
        .unwrap();
    // Acknowledgements that nobody takes: the server stops reading, and gives up after a while.
    let block = b"N.".repeat(32_768);
    let mut sent = 0;
    while stream.write_all(&block).is_ok() {
        sent += block.len();
        assert!(sent < 64 * 1024 * 1024, "it reads on and on");
    }
    let open = || metric(server.http(), "motorpool_connections", &["sock=\"classroom\""]);
    until("it to be cut off", || (open() < 0.5).then_some(()));
    let port = address.port().to_string();
    assert_eq!(run("classroom", &[&port, "menu"]), "passed", "everybody else is served");
}

#[test]
fn an_address_off_loopback_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "[dialect.classroom]\nlisten = \"0.0.0.0:0\"\naccount = \"anna\"\n";
    std::fs::write(folder.path().join("motorpool.toml"), toml).unwrap();
    let (code, said) = crate::harness::refused_start(&mut crate::harness::serve_command(folder.path(), &[]));
    assert_eq!(code, 1);
    assert!(
        said.contains("dialect.classroom.listen") && said.contains("not encrypted"),
        "{said}"
    );
}
