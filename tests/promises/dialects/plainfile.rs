//! Senders of the file server against motorpool: stored whole, nowhere else and over nothing, or not at all.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{port_of, run};
use crate::files::content;
use crate::harness::{Raw, SOON, Server, metric, until};

const CONFIG: &str = "[dialect.plainfile]\nlisten = \"127.0.0.1:0\"\naccount = \"anna\"\nidle_ms = 1000\n";

fn files(anna: &mut Raw) -> Vec<Value> {
    let listed = anna.call("s.files", json!({})).unwrap();
    listed.as_array().unwrap_or_else(|| panic!("{listed}")).clone()
}

/// The files of that name there, once there are so many.
fn named(anna: &mut Raw, name: &str, count: usize) -> Vec<Value> {
    until(&format!("{count} of {name}"), || {
        let mut found = files(anna);
        found.retain(|file| file["name"] == name);
        (found.len() == count).then_some(found)
    })
}

/// Everything that lies where contents lie, by content.
fn contents(server: &Server) -> Vec<Vec<u8>> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.file_name().is_some_and(|name| name != "reserve") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&server.folder().join("files"), &mut found);
    found.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A sender by hand: these pieces, the end, and what is answered, which is nothing.
fn sent(address: SocketAddr, pieces: &[&[u8]]) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in pieces {
        // Whoever refuses early may have closed by now.
        drop(stream.write_all(piece));
    }
    drop(stream.shutdown(Shutdown::Write));
    let mut reply = Vec::new();
    drop(stream.read_to_end(&mut reply));
    assert_eq!(reply, b"");
}

/// How many senders heard that inside.
fn heard(server: &Server, outcome: &str) -> usize {
    let labels = ["dialect=\"plainfile\"".to_owned(), format!("outcome=\"{outcome}\"")];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let count = metric(server.http(), "motorpool_dialect_requests_total", &labels);
    format!("{count:.0}").parse().unwrap()
}

fn waits_for(server: &Server, outcome: &str, count: usize) {
    until(&format!("{count} of {outcome}"), || {
        (heard(server, outcome) == count).then_some(())
    });
}

#[test]
fn a_sender_in_python_has_its_files_stored_whole_however_it_sends() {
    let server = Server::configured(CONFIG);
    let mut anna = server.as_user("anna");
    let port = port_of(&server, "plainfile").port().to_string();
    let long = content(7, 400_000);
    for (number, (sent, step)) in [
        (b"latitude,longitude\n52.5,13.4\n".as_slice(), "4096"),
        (b"1,2,3\n4,5,6\n", "together"),
        (b"1234567890", "1"),
        (b"", "together"),
        (&long, "4096"),
        (&long, "together"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), sent).unwrap();
        let (name, path) = (format!("{number}.csv"), file.path().display().to_string());
        assert_eq!(run("plainfile", &[&port, &name, &path, step]), "b''");
        let listed = named(&mut anna, &name, 1);
        assert_eq!(listed[0]["size"], json!(sent.len()), "{step}");
        assert!(contents(&server).iter().any(|kept| kept == sent), "{number} {step}");
    }
    assert_eq!(contents(&server).len(), 6, "nothing else lies there");
}

#[test]
fn header_and_body_may_be_cut_at_every_byte() {
    let server = Server::configured(&CONFIG.replace("idle_ms = 1000", "idle_ms = 20000"));
    let mut anna = server.as_user("anna");
    let address = port_of(&server, "plainfile");
    let body = b"123,4 5\n67,8\n\0\xff\x20.";
    let transcript = [b"my 1.csv 17".as_slice(), body].concat();
    // All of them are inside, with the first piece there, before any second piece is sent.
    let begun: Vec<(usize, TcpStream)> = (1..transcript.len())
        .map(|cut| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&transcript[..cut]).unwrap();
            (cut, stream)
        })
        .collect();
    let open = || metric(server.http(), "motorpool_connections", &["sock=\"plainfile\""]);
    let all = f64::from(u32::try_from(begun.len()).unwrap()) - 0.5;
    until("all to be inside", || (open() > all).then_some(()));
    for (cut, mut stream) in begun {
        stream.write_all(&transcript[cut..]).unwrap();
    }
    let single: Vec<&[u8]> = transcript.chunks(1).collect();
    sent(address, &single);
    let kept = named(&mut anna, "my 1.csv", transcript.len());
    assert_eq!(files(&mut anna).len(), kept.len());
    let contents = contents(&server);
    assert_eq!(contents.len(), kept.len());
    assert!(contents.iter().all(|one| one.as_slice() == body), "{contents:?}");
}

#[test]
fn nothing_is_written_over_another_or_outside_the_folder() {
    let server = Server::configured(CONFIG);
    let mut anna = server.as_user("anna");
    let address = port_of(&server, "plainfile");
    sent(address, &[b"1.csv 5first"]);
    sent(address, &[b"1.csv 6second"]);
    let versions: Vec<Value> = named(&mut anna, "1.csv", 2)
        .iter()
        .map(|file| file["version"].clone())
        .collect();
    assert_eq!(versions, [json!(2), json!(1)]);
    let outside = server.folder().join("outside.csv");
    let absolute = format!("{} 7outside", outside.display());
    for name in [
        "../outside.csv 7outside",
        "../../outside.csv 7outside",
        absolute.as_str(),
        ".. 7outside",
        "a\\b/c 7outside",
    ] {
        sent(address, &[name.as_bytes()]);
    }
    until("all to be kept", || (files(&mut anna).len() == 7).then_some(()));
    let all = contents(&server);
    assert!(all.iter().any(|one| one == b"first") && all.iter().any(|one| one == b"second"));
    assert_eq!(all.iter().filter(|one| *one == b"outside").count(), 5);
    assert!(!outside.exists() && !server.folder().join("../outside.csv").exists());
    for file in files(&mut anna) {
        let name = file["name"].as_str().unwrap();
        assert!(!name.contains(['/', '\\']) && !name.starts_with('.'), "{name}");
    }
}

#[test]
fn what_is_not_what_was_declared_is_not_kept() {
    let server = Server::configured(CONFIG);
    let mut anna = server.as_user("anna");
    let address = port_of(&server, "plainfile");
    let long = [b"x".repeat(300), b" 3abc".to_vec()].concat();
    let wrong: [&[u8]; 9] = [
        b"a.csv 10 abc",
        b"a.csv 5abc",
        b"a.csv 2abc",
        b"my a.csv 5abc",
        b"noblank",
        b"a.csv ",
        b" 3abc",
        b"\xff 3abc",
        &long,
    ];
    for one in wrong {
        sent(address, &[one]);
    }
    sent(address, &[]);
    waits_for(&server, "bad_frame", wrong.len() + 1);
    // One that goes silent before its end, and one whose connection is lost.
    let mut silent = TcpStream::connect(address).unwrap();
    silent.set_read_timeout(Some(SOON)).unwrap();
    silent.write_all(b"silent.csv 3abc").unwrap();
    drop(silent.read(&mut [0; 1]));
    waits_for(&server, "timeout", 1);
    let mut lost = socket2::Socket::from(TcpStream::connect(address).unwrap());
    lost.write_all(b"lost.csv 3abc").unwrap();
    let open = || metric(server.http(), "motorpool_connections", &["sock=\"plainfile\""]);
    until("it to be inside", || (open() > 0.5).then_some(()));
    lost.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(lost);
    waits_for(&server, "bad_frame", wrong.len() + 2);
    sent(address, &[b"good.csv 5whole"]);
    named(&mut anna, "good.csv", 1);
    assert_eq!(files(&mut anna).len(), 1);
    assert_eq!(contents(&server), [b"whole"]);
}

#[test]
fn many_send_at_once_and_none_loses_a_byte() {
    let server = Server::configured(CONFIG);
    let mut anna = server.as_user("anna");
    let address = port_of(&server, "plainfile");
    let of = |number: u64| content(number, 100_000 + usize::try_from(number).unwrap() * 1_000);
    std::thread::scope(|scope| {
        for number in 0..32 {
            scope.spawn(move || {
                let body = of(number);
                let header = format!("1.bin {}", body.len());
                let mut pieces = vec![header.as_bytes()];
                pieces.extend(body.chunks(4_096));
                sent(address, &pieces);
            });
        }
    });
    named(&mut anna, "1.bin", 32);
    let mut kept = contents(&server);
    let mut wanted: Vec<Vec<u8>> = (0..32).map(of).collect();
    kept.sort();
    wanted.sort();
    assert!(kept == wanted);
}

#[test]
fn what_the_account_may_not_have_is_not_kept_and_its_room_is_free_again() {
    let bounds = "[files]\nfile_bytes = 100000\naccount_bytes = 150000\n";
    let server = Server::configured(&format!("{CONFIG}{bounds}"));
    let mut anna = server.as_user("anna");
    let address = port_of(&server, "plainfile");
    let send = |size: usize| {
        let header = format!("1.bin {size}");
        sent(address, &[header.as_bytes(), &content(1, size)]);
    };
    send(100_001);
    // Far too much: it is refused on its way.
    send(3_000_000);
    waits_for(&server, "too_large", 2);
    send(100_000);
    named(&mut anna, "1.bin", 1);
    send(60_000);
    waits_for(&server, "not_now", 1);
    send(50_000);
    let kept = named(&mut anna, "1.bin", 2);
    assert_eq!(
        anna.call("s.uploads", json!({})).unwrap(),
        json!([]),
        "nothing is left on its way"
    );
    assert_eq!(contents(&server).len(), kept.len());
    let mut ada = server.as_user("ada");
    ada.call("s.disableuser", json!({"user": "anna"})).unwrap();
    sent(address, &[b"1.csv 5first"]);
    waits_for(&server, "forbidden", 1);
}

#[test]
fn it_listens_only_where_files_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("motorpool.toml"),
        format!("{CONFIG}[files]\nenabled = false\n"),
    )
    .unwrap();
    let (code, said) = crate::harness::refused_start(&mut crate::harness::serve_command(folder.path(), &[]));
    assert_eq!(code, 1);
    assert!(
        said.contains("dialect.plainfile.listen") && said.contains("files.enabled"),
        "{said}"
    );
}
