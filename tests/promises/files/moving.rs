//! Sending, listing, fetching, renaming, removing; many at once on one connection.

use serde_json::{Value, json};

use super::sock::{FileSock, chunk};
use super::{content, on_disk, person, sha256};
use crate::examples::file_items;
use crate::harness::{Server, frame_of, metric};

#[test]
fn what_is_sent_is_kept_under_its_hash_and_given_back_byte_by_byte() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    for (id, bytes) in [(1, 0), (2, 1), (3, 262_144), (4, 1_500_001)] {
        let sent = content(id, bytes);
        let file = sock
            .put(id, json!({"name": format!("{id}.bin"), "type": "text/csv"}), &sent)
            .unwrap();
        assert_eq!((&file["size"], &file["sha256"]), (&json!(bytes), &json!(sha256(&sent))));
        assert_eq!(
            (&file["version"], &file["type"], &file["of"]),
            (&json!(1), &json!("text/csv"), &json!("user"))
        );
        assert_eq!(sock.get(id, json!({"file": file["file"]}), 0).unwrap(), sent);
        if bytes > 10 {
            assert_eq!(sock.get(id, json!({"file": file["file"]}), 7).unwrap(), sent[7..]);
        }
    }
    let listed = anna.call("s.files", json!({})).unwrap();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["4.bin", "3.bin", "2.bin", "1.bin"]);
    assert_eq!(sock.ask("list", json!({"id": 9})).unwrap().fields["files"], listed);
    assert_eq!(on_disk(&server).len(), 4);
    assert!((metric(server.http(), "motorpool_uploads_ended_total", &["finished"]) - 4.0).abs() < 0.5);
}

#[test]
fn nothing_is_overwritten_and_every_version_stays_what_it_was() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    let contents: Vec<Vec<u8>> = (0..3).map(|number| content(number, 1_000)).collect();
    let files: Vec<Value> = contents
        .iter()
        .map(|sent| sock.put(1, json!({"name": "1.csv"}), sent).unwrap())
        .collect();
    let versions: Vec<&Value> = files.iter().map(|file| &file["version"]).collect();
    assert_eq!(versions, [&json!(1), &json!(2), &json!(3)]);
    for (file, sent) in files.iter().zip(&contents) {
        assert_eq!(&sock.get(2, json!({"file": file["file"]}), 0).unwrap(), sent);
    }
    // A name that is taken is the next version of it as well.
    let other = sock.put(1, json!({"name": "2.csv"}), b"x").unwrap();
    let renamed = anna
        .call("s.renamefile", json!({"file": other["file"], "name": "1.csv"}))
        .unwrap();
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("1.csv"), &json!(4)));
    let listed = anna.call("s.files", json!({"name": "1.csv"})).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 4);
}

#[test]
fn a_removed_file_is_gone_from_lists_and_from_the_disk() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    let one = sock.put(1, json!({"name": "1"}), b"one").unwrap();
    let two = sock.put(2, json!({"name": "2"}), b"two").unwrap();
    let stat = sock.ask("stat", json!({"id": 3, "file": one["file"]})).unwrap();
    assert_eq!(stat.fields["file"], one);
    let renamed = sock
        .ask("rename", json!({"id": 4, "file": one["file"], "name": "uno"}))
        .unwrap();
    assert_eq!(renamed.fields["file"]["name"], "uno");
    assert_eq!(
        sock.ask("delete", json!({"id": 5, "file": one["file"]})).unwrap().kind,
        "deleted"
    );
    let removed = anna.call("s.removefile", json!({"file": two["file"]})).unwrap();
    assert_eq!(removed["size"], 3);
    for file in [&one, &two] {
        assert_eq!(anna.code_of("s.filestat", json!({"file": file["file"]})), "not_found");
        assert_eq!(
            sock.ask("get", json!({"id": 6, "file": file["file"]}))
                .unwrap_err()
                .code,
            "not_found"
        );
    }
    crate::harness::until("the contents are gone", || on_disk(&server).is_empty().then_some(()));
    // A retry of the end hears the first answer.
    let three = sock.put(1, json!({"name": "3"}), b"three").unwrap();
    let twice = json!({"file": three["file"], "request_id": "once"});
    let first = anna.call("s.removefile", twice.clone()).unwrap();
    assert_eq!(anna.call("s.removefile", twice).unwrap(), first);
}

#[test]
fn many_files_go_in_and_out_of_one_connection_at_once() {
    let server = Server::start();
    let (_anna, mut sock) = person(&server, "anna");
    let contents: Vec<Vec<u8>> = (0..24)
        .map(|number| content(number, 40_000 + 777 * usize::try_from(number).unwrap()))
        .collect();
    for (id, sent) in (0_u64..).zip(&contents) {
        sock.ask("put", json!({"id": id, "name": format!("{id}"), "size": sent.len()}))
            .unwrap();
    }
    // A piece of each in turn.
    let mut offset = 0;
    while contents.iter().any(|sent| offset < sent.len()) {
        for (id, sent) in (0_u64..).zip(&contents) {
            if offset < sent.len() {
                let data = &sent[offset..sent.len().min(offset + 9_000)];
                sock.chunk(id, u64::try_from(offset).unwrap(), data).unwrap();
            }
        }
        offset += 9_000;
    }
    let files: Vec<Value> = (0..24_u64)
        .map(|id| sock.ask("finish", json!({"id": id})).unwrap().fields["file"].clone())
        .collect();
    // Out again, twelve at a time, whatever the order of pieces.
    for half in [0..12_usize, 12..24] {
        let mut got: Vec<Vec<u8>> = vec![Vec::new(); 24];
        for id in half.clone() {
            sock.write(&frame_of(&json!({"get": {"id": id, "file": files[id]["file"]}})))
                .unwrap();
        }
        let mut ended = 0;
        while ended < half.len() {
            let heard = sock.answer().unwrap();
            let id = usize::try_from(heard.fields["id"].as_u64().unwrap()).unwrap();
            match heard.kind.as_str() {
                "chunk" => got[id].extend_from_slice(&heard.data),
                "end" => ended += 1,
                _ => {}
            }
        }
        for id in half {
            assert!(got[id] == contents[id], "file {id}");
        }
    }
}

#[test]
fn a_reader_that_stops_hears_where_and_one_that_is_slow_costs_nobody_anything() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    let sent = content(1, 24 << 20);
    let file = sock.put(1, json!({"name": "large"}), &sent).unwrap();
    let mut slow = FileSock::attach(&mut anna);
    slow.write(&frame_of(&json!({"get": {"id": 1, "file": file["file"]}})))
        .unwrap();
    assert_eq!(slow.hear().unwrap().kind, "get");
    // It takes nothing more; others are served, and it is, once it reads.
    assert_eq!(sock.get(2, json!({"file": file["file"]}), 0).unwrap().len(), sent.len());
    slow.write(&frame_of(&json!({"stop": {"id": 1}}))).unwrap();
    let mut got = Vec::new();
    let stopped = loop {
        let heard = slow.answer().unwrap();
        match heard.kind.as_str() {
            "chunk" => got.extend_from_slice(&heard.data),
            "stopped" => break heard,
            other => panic!("got {other}"),
        }
    };
    assert_eq!(stopped.fields["offset"], json!(got.len()));
    assert!(got.len() < sent.len() && sent.starts_with(&got));
    assert_eq!(slow.ask("stop", json!({"id": 1})).unwrap_err().code, "not_found");
}

#[test]
fn the_items_of_the_text_are_read_and_answered_as_it_says() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    sock.put(1, json!({"name": "1.csv"}), b"a,b\n").unwrap();
    let mut answered = 0;
    for example in file_items() {
        let name = example.line("id");
        if let Some(meaning) = example.lines.get("json") {
            let meaning: Value = serde_json::from_str(meaning).unwrap();
            assert_eq!(frame_of(&meaning), example.bytes, "{name}");
        } else {
            assert_eq!(
                chunk(1, 0, b"a,b\n", Some(super::refused::crc32(b"a,b\n"))),
                example.bytes,
                "{name}"
            );
        }
        let mut sock = FileSock::attach(&mut anna);
        sock.write(&example.bytes).unwrap();
        let heard = sock.hear().unwrap();
        assert_eq!(heard.kind, example.line("answer kind"), "{name}");
        if let Some(wanted) = example.lines.get("answer") {
            let wanted: Value = serde_json::from_str(wanted).unwrap();
            for (field, value) in wanted.as_object().unwrap() {
                assert_eq!(&heard.fields[field], value, "{name} {field}");
            }
        }
        answered += 1;
    }
    assert!(answered >= 5, "only {answered} items");
}
