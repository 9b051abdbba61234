//! R5: cuts and kills at random offsets. Finished files are byte-identical, unfinished ones invisible, resume loses a chunk at most.
//!
//! The seed is printed; `PROMISES_SEED` runs the same again, as far as the machine's timing allows.

use serde_json::json;

use super::sock::{FileSock, chunk};
use super::{content, on_disk, person, sha256};
use crate::harness::{Dice, Raw, Server, until};

/// Bytes of a chunk.
const CHUNK: usize = 50_000;

/// A place below `end`.
fn place(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(u64::try_from(end).unwrap())).unwrap()
}

/// The stream of chunks from `offset` on, as it travels.
fn stream(id: u64, sent: &[u8], offset: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, data) in sent[offset..].chunks(CHUNK).enumerate() {
        let at = u64::try_from(offset + number * CHUNK).unwrap();
        bytes.extend_from_slice(&chunk(id, at, data, None));
    }
    bytes
}

/// Goes on with an upload; gives up to where everything has come.
fn resume(sock: &mut FileSock, id: u64, upload: &str) -> usize {
    let begun = sock.ask("resume", json!({"id": id, "upload": upload})).unwrap();
    usize::try_from(begun.fields["offset"].as_u64().unwrap()).unwrap()
}

/// Finishes from where it is, and compares every byte.
fn finish(sock: &mut FileSock, upload: &str, sent: &[u8]) {
    let held = resume(sock, 7, upload);
    let mut offset = held;
    for data in sent[held..].chunks(CHUNK) {
        sock.chunk(7, u64::try_from(offset).unwrap(), data).unwrap();
        offset += data.len();
    }
    let file = sock.ask("finish", json!({"id": 7, "sha256": sha256(sent)})).unwrap();
    let file = file.fields["file"].clone();
    assert_eq!(file["sha256"], json!(sha256(sent)));
    assert!(
        sock.get(8, json!({"file": file["file"]}), 0).unwrap() == sent,
        "byte by byte"
    );
}

#[test]
fn an_upload_that_is_cut_anywhere_goes_on_with_a_chunk_less_at_most() {
    let server = Server::start();
    let mut dice = Dice::thrown();
    let sent = content(1, 900_000);
    for round in 0..12 {
        let (mut anna, mut sock) = person_again(&server);
        let begun = sock
            .ask("put", json!({"id": 1, "name": format!("{round}"), "size": sent.len()}))
            .unwrap();
        let upload = begun.fields["upload"].as_str().unwrap().to_owned();
        let mut offset = 0;
        for _ in 0..3 {
            let bytes = stream(1, &sent, offset);
            let cut = place(&mut dice, bytes.len());
            sock.write(&bytes[..cut]).unwrap();
            // Chunks that were sent whole.
            let mut whole = 0;
            let mut at = 0;
            while let Some(length) = bytes[at..cut.max(at)].first_chunk::<4>() {
                at += 4 + usize::try_from(u32::from_be_bytes(*length)).unwrap();
                if at <= cut {
                    whole += 1;
                }
                if at >= cut {
                    break;
                }
            }
            let sure = (offset + whole * CHUNK).min(sent.len());
            // What was sent whole comes, in its time: the system still has it.
            let mut heard = offset;
            while heard < sure {
                heard = usize::try_from(sock.answer().unwrap().fields["offset"].as_u64().unwrap()).unwrap();
            }
            sock.cut();
            sock = FileSock::attach(&mut anna);
            offset = resume(&mut sock, 1, &upload);
            assert_eq!(
                offset, sure,
                "no more than a part of a chunk is lost, and no part of one counts"
            );
            let listed = anna.call("s.files", json!({"name": format!("{round}")})).unwrap();
            assert_eq!(listed, json!([]), "unfinished ones are invisible");
        }
        drop(sock);
        sock = FileSock::attach(&mut anna);
        finish(&mut sock, &upload, &sent);
    }
}

/// Tokens of a person are few; the same one serves again.
fn person_again(server: &Server) -> (Raw, FileSock) {
    use std::sync::OnceLock;
    static TOKEN: OnceLock<&'static str> = OnceLock::new();
    let token = TOKEN.get_or_init(|| server.token_of("anna"));
    let mut raw = Raw::resume(server.address(), token);
    let sock = FileSock::attach(&mut raw);
    (raw, sock)
}

#[test]
fn a_server_that_is_killed_in_the_middle_goes_on_where_its_disk_is_and_finished_files_are_whole() {
    let mut server = Server::start();
    let mut dice = Dice::thrown();
    let token = server.token_of("bert");
    let sent = content(2, 1_200_000);
    let mut finished = Vec::new();
    for round in 0..6 {
        let mut bert = Raw::resume(server.address(), token);
        let mut sock = FileSock::attach(&mut bert);
        let name = format!("{round}");
        let begun = sock
            .ask("put", json!({"id": 1, "name": name, "size": sent.len()}))
            .unwrap();
        let upload = begun.fields["upload"].as_str().unwrap().to_owned();
        let bytes = stream(1, &sent, 0);
        let cut = place(&mut dice, bytes.len());
        sock.write(&bytes[..cut]).unwrap();
        // Some of it is acknowledged before the kill; that counts whatever happens.
        let mut acknowledged = 0;
        let wanted = place(&mut dice, cut / (CHUNK + 100) + 1);
        for _ in 0..wanted {
            acknowledged = usize::try_from(sock.answer().unwrap().fields["offset"].as_u64().unwrap()).unwrap();
        }
        server.kill();
        server.start_again();
        let mut bert = Raw::resume(server.address(), token);
        let mut sock = FileSock::attach(&mut bert);
        let held = resume(&mut sock, 1, &upload);
        assert!(held >= acknowledged, "acknowledged {acknowledged}, held {held}");
        assert!(
            held <= cut && held.is_multiple_of(CHUNK) || held == sent.len(),
            "whole chunks only: {held}"
        );
        let names = bert.call("s.files", json!({"name": name})).unwrap();
        assert_eq!(names, json!([]), "unfinished ones are invisible");
        drop(sock);
        let mut sock = FileSock::attach(&mut bert);
        finish(&mut sock, &upload, &sent);
        finished.push(upload);
    }
    server.kill();
    server.start_again();
    let mut bert = Raw::resume(server.address(), token);
    let mut sock = FileSock::attach(&mut bert);
    let listed = bert.call("s.files", json!({})).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), finished.len());
    for file in listed.as_array().unwrap() {
        assert!(sock.get(1, json!({"file": file["file"]}), 0).unwrap() == sent);
    }
    // The answer to an end may be lost: who comes again hears that it is a file.
    let again = sock.ask("resume", json!({"id": 2, "upload": finished[0]})).unwrap();
    assert_eq!(again.fields["file"]["size"], json!(sent.len()));
}

#[test]
fn of_two_who_go_on_with_one_upload_the_later_does_and_the_earlier_hears_so() {
    let server = Server::start();
    let (mut anna, mut first) = person(&server, "anna");
    let sent = content(3, 100_000);
    let begun = first
        .ask("put", json!({"id": 1, "name": "one", "size": sent.len()}))
        .unwrap();
    let upload = begun.fields["upload"].as_str().unwrap().to_owned();
    assert_eq!(first.chunk(1, 0, &sent[..40_000]).unwrap(), 40_000);
    let mut second = FileSock::attach(&mut anna);
    assert_eq!(resume(&mut second, 5, &upload), 40_000);
    assert_eq!(second.chunk(5, 40_000, &sent[40_000..80_000]).unwrap(), 80_000);
    for (kind, fields) in [("finish", json!({"id": 1})), ("abort", json!({"id": 1}))] {
        assert_eq!(first.ask(kind, fields).unwrap_err().code, "conflict");
    }
    assert_eq!(first.chunk(1, 80_000, &sent[80_000..]).unwrap_err().code, "conflict");
    assert_eq!(second.chunk(5, 80_000, &sent[80_000..]).unwrap(), 100_000);
    let file = second.ask("finish", json!({"id": 5})).unwrap().fields["file"].clone();
    assert_eq!(file["sha256"], json!(sha256(&sent)));
    // Two who send the same name at once: two files.
    for (sock, id) in [(&mut first, 10), (&mut second, 11)] {
        sock.ask("put", json!({"id": id, "name": "same", "size": 4})).unwrap();
    }
    first.chunk(10, 0, b"left").unwrap();
    second.chunk(11, 0, b"then").unwrap();
    let left = first.ask("finish", json!({"id": 10})).unwrap().fields["file"].clone();
    let then = second.ask("finish", json!({"id": 11})).unwrap().fields["file"].clone();
    assert_eq!((&left["version"], &then["version"]), (&json!(1), &json!(2)));
    assert_eq!(first.get(12, json!({"file": left["file"]}), 0).unwrap(), b"left");
    assert_eq!(first.get(13, json!({"file": then["file"]}), 0).unwrap(), b"then");
}

#[test]
fn what_no_row_tells_of_is_swept_at_the_start_and_what_is_on_its_way_is_not() {
    let mut server = Server::start();
    let token = server.token_of("anna");
    let mut anna = Raw::resume(server.address(), token);
    let mut sock = FileSock::attach(&mut anna);
    let kept = sock.put(1, json!({"name": "kept"}), b"kept").unwrap();
    let begun = sock.ask("put", json!({"id": 2, "name": "coming", "size": 10})).unwrap();
    sock.chunk(2, 0, b"12345").unwrap();
    let orphans = [
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdee.part",
    ];
    let folder = server.folder().join("files/01/23");
    std::fs::create_dir_all(&folder).unwrap();
    for orphan in orphans {
        std::fs::write(folder.join(orphan), "nobody's").unwrap();
    }
    std::fs::write(folder.join("README"), "not ours").unwrap();
    server.kill();
    server.start_again();
    until("the orphans are swept", || {
        let found = on_disk(&server);
        let is_there = |name: &str| found.iter().any(|path| path.file_name().unwrap() == name);
        (!orphans.into_iter().any(is_there)).then_some(())
    });
    assert!(folder.join("README").exists(), "what is no content is left alone");
    let mut anna = Raw::resume(server.address(), token);
    let mut sock = FileSock::attach(&mut anna);
    assert_eq!(sock.get(1, json!({"file": kept["file"]}), 0).unwrap(), b"kept");
    assert_eq!(resume(&mut sock, 2, begun.fields["upload"].as_str().unwrap()), 5);
}
