//! Bad input: flipped bits, wrong offsets, hostile names, too much of everything. Each has its typed answer and harms nothing else.

use serde_json::{Value, json};

use super::sock::{FileSock, cbor, chunk, item};
use super::{content, on_disk, person, sha256};
use crate::harness::{Server, until};

/// CRC-32 as zlib has it, bit by bit.
pub(super) fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}

#[test]
fn a_flipped_bit_is_refused_and_the_offset_stays() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    let sent = content(1, 3_000);
    sock.ask("put", json!({"id": 1, "name": "one", "size": 3_000})).unwrap();
    sock.write(&chunk(1, 0, &sent[..1_000], Some(crc32(&sent[..1_000]))))
        .unwrap();
    assert_eq!(sock.answer().unwrap().fields["offset"], 1_000);
    let mut flipped = sent[1_000..2_000].to_vec();
    flipped[500] ^= 4;
    sock.write(&chunk(1, 1_000, &flipped, Some(crc32(&sent[1_000..2_000]))))
        .unwrap();
    let refused = sock.answer().unwrap_err();
    assert_eq!(
        (&*refused.code, &refused.detail["expected"]),
        ("bad_arguments", &json!(1_000))
    );
    sock.write(&chunk(1, 1_000, &sent[1_000..], Some(crc32(&sent[1_000..]))))
        .unwrap();
    assert_eq!(sock.answer().unwrap().fields["offset"], 3_000);
    let file = sock.ask("finish", json!({"id": 1, "sha256": sha256(&sent)})).unwrap();
    assert_eq!(file.fields["file"]["sha256"], json!(sha256(&sent)));
    // Without sums of chunks the hash of the whole tells: such a file never is one, and its room is free again.
    for wish in [json!({"sha256": sha256(&sent)}), json!({})] {
        let mut put = wish.clone();
        put["id"] = json!(2);
        put["name"] = json!("two");
        put["size"] = json!(1_000);
        sock.ask("put", put).unwrap();
        sock.chunk(2, 0, &flipped).unwrap();
        let finish = json!({"id": 2, "sha256": sha256(&sent[1_000..2_000])});
        assert_eq!(sock.ask("finish", finish).unwrap_err().code, "bad_arguments");
        assert_eq!(
            sock.ask("abort", json!({"id": 2}))
                .map(|heard| heard.kind)
                .unwrap_or_default(),
            "aborted"
        );
    }
    assert_eq!(anna.call("s.uploads", json!({})).unwrap(), json!([]));
    assert_eq!(anna.call("s.files", json!({"name": "two"})).unwrap(), json!([]));
    until("nothing of it is left", || (on_disk(&server).len() == 1).then_some(()));
}

#[test]
fn a_wrong_offset_is_a_conflict_that_says_where() {
    let server = Server::start();
    let (_anna, mut sock) = person(&server, "anna");
    sock.ask("put", json!({"id": 1, "name": "one", "size": 10})).unwrap();
    sock.chunk(1, 0, b"01234").unwrap();
    for offset in [0, 4, 6, u64::MAX] {
        let refused = sock.chunk(1, offset, b"x").unwrap_err();
        assert_eq!(
            (&*refused.code, &refused.detail["expected"]),
            ("conflict", &json!(5)),
            "{offset}"
        );
    }
    assert_eq!(sock.chunk(1, 5, b"567890").unwrap_err().code, "too_large");
    let short = sock.ask("finish", json!({"id": 1})).unwrap_err();
    assert_eq!((&*short.code, &short.detail["expected"]), ("conflict", &json!(5)));
    sock.chunk(1, 5, b"56789").unwrap();
    assert_eq!(sock.ask("finish", json!({"id": 1})).unwrap().kind, "finished");
    // It is a file: nothing is open under this id any more.
    assert_eq!(sock.chunk(1, 10, b"").unwrap_err().code, "not_found");
}

#[test]
fn hostile_names_are_shown_harmlessly_and_never_are_paths() {
    let server = Server::start();
    let (_anna, mut sock) = person(&server, "anna");
    let before: Vec<_> = std::fs::read_dir(server.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    for (id, (name, wanted)) in (1_u64..).zip([
        ("../../motorpool.db", "_._.._motorpool.db"),
        ("/etc/passwd", "_etc_passwd"),
        ("..", "_."),
        ("a/b\\c", "a_b_c"),
        ("nul\0\nx", "nul__x"),
        ("O'Brien; DROP TABLE file;--", "O'Brien; DROP TABLE file;--"),
        ("gpj.\u{202e}exe", "gpj._exe"),
    ]) {
        let file = sock.put(id, json!({"name": name}), b"x").unwrap();
        assert_eq!(file["name"], wanted);
    }
    for (name, code) in [
        ("", "bad_arguments"),
        ("  \t", "bad_arguments"),
        (&*"x".repeat(256), "too_large"),
    ] {
        assert_eq!(
            sock.ask("put", json!({"id": 99, "name": name, "size": 1}))
                .unwrap_err()
                .code,
            code
        );
    }
    for path in on_disk(&server) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            name.len() == 32 && name.bytes().all(|digit| digit.is_ascii_hexdigit()),
            "{name}"
        );
    }
    let after: Vec<_> = std::fs::read_dir(server.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(after.len(), before.len());
}

#[test]
fn what_is_too_much_is_refused_before_its_first_byte() {
    let server = Server::with(&[
        ("MOTORPOOL_FILES__FILE_BYTES", "5000"),
        ("MOTORPOOL_FILES__ACCOUNT_BYTES", "12000"),
        ("MOTORPOOL_FILES__TOTAL_BYTES", "20000"),
        ("MOTORPOOL_FILES__UPLOADS_PER_ACCOUNT", "3"),
    ]);
    let (mut anna, mut sock) = person(&server, "anna");
    // Ten gigabytes are only said, not sent.
    let huge = sock
        .ask("put", json!({"id": 1, "name": "huge", "size": 10_737_418_240_u64}))
        .unwrap_err();
    assert_eq!((&*huge.code, &huge.detail["limit"]), ("too_large", &json!(5_000)));
    assert_eq!(
        sock.ask("put", json!({"id": 1, "name": "huge", "size": u64::MAX}))
            .unwrap_err()
            .code,
        "too_large"
    );
    // Room is reserved at the start: what is on its way counts as if it had come.
    for id in 1..3 {
        sock.ask("put", json!({"id": id, "name": "large", "size": 5_000}))
            .unwrap();
    }
    let full = sock
        .ask("put", json!({"id": 3, "name": "large", "size": 2_001}))
        .unwrap_err();
    assert_eq!((&*full.code, &full.detail["limit"]), ("not_now", &json!(12_000)));
    sock.ask("put", json!({"id": 3, "name": "fits", "size": 2_000}))
        .unwrap();
    assert_eq!(
        sock.ask("put", json!({"id": 4, "name": "fourth", "size": 0}))
            .unwrap_err()
            .code,
        "not_now"
    );
    // Everybody's together.
    let (_bert, mut other) = person(&server, "bert");
    other
        .ask("put", json!({"id": 1, "name": "large", "size": 5_000}))
        .unwrap();
    assert_eq!(
        other
            .ask("put", json!({"id": 2, "name": "large", "size": 5_000}))
            .unwrap_err()
            .code,
        "storage_full"
    );
    // What is let go is free again.
    let listed = anna.call("s.uploads", json!({})).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let upload = &listed[0]["upload"];
    assert_eq!(
        server
            .as_user("bert")
            .code_of("s.abortupload", json!({"upload": upload})),
        "not_found"
    );
    anna.call("s.abortupload", json!({"upload": upload})).unwrap();
    assert_eq!(anna.code_of("s.abortupload", json!({"upload": upload})), "not_found");
    sock.ask("abort", json!({"id": 2})).unwrap();
    sock.ask("put", json!({"id": 9, "name": "again", "size": 5_000}))
        .unwrap();
    // Whose upload was let go under its hands hears so.
    assert!(matches!(
        &*sock.chunk(1, 0, b"x").unwrap_err().code,
        "conflict" | "expired"
    ));
}

#[test]
fn items_of_another_shape_are_refused_and_bytes_that_are_none_end_the_connection() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    for (kind, fields, code) in [
        ("put", json!({"id": 1}), "bad_arguments"),
        ("put", json!({"id": 1, "name": 7}), "bad_arguments"),
        ("put", json!({"id": 1, "name": "x", "size": -1}), "bad_arguments"),
        ("put", json!({"id": 1, "name": "x", "mode": 7}), "bad_arguments"),
        ("put", json!({"id": 1, "name": "x", "sha256": "zz"}), "bad_arguments"),
        ("put", json!({"id": 1, "name": "x", "type": "a\nb"}), "bad_arguments"),
        (
            "put",
            json!({"id": 1, "name": "x", "check": {"as": "exe"}}),
            "bad_arguments",
        ),
        ("execute", json!({"id": 1}), "bad_arguments"),
        ("chunk", json!({"id": 1, "offset": 0, "data": "text"}), "bad_arguments"),
        ("finish", json!({"id": 1}), "not_found"),
        ("get", json!({"id": 1}), "bad_arguments"),
        ("get", json!({"id": 1, "file": 1, "offer": 1}), "bad_arguments"),
        ("get", json!({"id": 1, "file": 4_242}), "not_found"),
        ("get", json!({"id": 1, "offer": 4_242}), "not_found"),
        ("resume", json!({"id": 1, "upload": "../../etc/passwd"}), "not_found"),
        (
            "resume",
            json!({"id": 1, "upload": "u-00000000000000000000000000000000"}),
            "not_found",
        ),
        ("rename", json!({"id": 1, "file": 4_242, "name": "x"}), "not_found"),
        ("delete", json!({"id": 1, "file": 4_242}), "not_found"),
        (
            "list",
            json!({"id": 1, "user": "anna", "car": "amber"}),
            "bad_arguments",
        ),
    ] {
        sock.write(&item(kind, cbor(&fields))).unwrap();
        let heard = sock.hear().unwrap();
        assert_eq!(
            (&*heard.kind, &heard.fields["code"]),
            ("error", &json!(code)),
            "{kind} {fields}"
        );
        assert_eq!(heard.fields["id"], 1, "{kind} {fields}");
    }
    sock.ask("put", json!({"id": 1, "name": "x", "size": 1})).unwrap();
    assert_eq!(
        sock.ask("put", json!({"id": 1, "name": "y", "size": 1}))
            .unwrap_err()
            .code,
        "conflict"
    );
    sock.write(&[0, 0, 0, 1, 0xff]).unwrap();
    assert_eq!(sock.hear().unwrap().fields["code"], "bad_frame");
    assert_eq!(sock.hear(), None);
    // A length that nobody may announce ends the connection before anything of it is read.
    let mut sock = FileSock::attach(&mut anna);
    sock.write(&0x7fff_ffff_u32.to_be_bytes()).unwrap();
    assert_eq!(sock.hear().unwrap().fields["code"], "too_large");
    assert_eq!(sock.hear(), None);
    assert!(anna.is_alive(), "the client stays");
}

#[test]
fn what_is_declared_to_be_checked_is_and_the_refusal_says_where() {
    let server = Server::start();
    let (mut anna, mut sock) = person(&server, "anna");
    let csv = json!({"name": "1.csv", "check": {"as": "csv", "delimiter": ";", "columns": 2}});
    let file = sock.put(1, csv.clone(), b"a;b\n1;2\n").unwrap();
    assert_eq!(file["report"], json!({"as": "csv", "rows": 2, "columns": 2}));
    let refused = sock.put(2, csv, b"a;b\n1;2;3\n").unwrap_err();
    assert_eq!((&*refused.code, &refused.detail["row"]), ("bad_arguments", &json!(2)));
    let json_text = json!({"name": "1.json", "check": {"as": "json"}});
    assert!(sock.put(3, json_text.clone(), br#"{"a": [1]}"#).is_ok());
    let refused = sock.put(4, json_text, b"{\n\"a\": }").unwrap_err();
    assert_eq!(
        refused.detail,
        json!({"as": "json", "reason": refused.detail["reason"], "row": 2})
    );
    let picture = json!({"name": "1.png", "check": {"as": "image"}});
    assert!(sock.put(5, picture, b"<html>").is_err());
    let listed = anna.call("s.files", json!({})).unwrap();
    let names: Vec<&Value> = listed.as_array().unwrap().iter().map(|file| &file["name"]).collect();
    assert_eq!(
        names,
        [&json!("1.json"), &json!("1.csv")],
        "what is not what it was said to be is no file"
    );
    assert_eq!(anna.call("s.uploads", json!({})).unwrap(), json!([]));
}

#[test]
fn guests_and_bots_have_nothing_to_do_with_files_and_where_they_are_off_there_is_no_such_datasock() {
    let server = Server::start();
    let mut guest = server.guest();
    assert_eq!(guest.code_of("s.attach", json!(["files"])), "unauthenticated");
    assert_eq!(guest.code_of("s.files", json!({})), "unauthenticated");
    let off = Server::with(&[("MOTORPOOL_FILES__ENABLED", "false")]);
    let mut anna = off.as_user("anna");
    assert_eq!(anna.code_of("s.attach", json!(["files"])), "not_found");
    assert_eq!(anna.code_of("s.files", json!({})), "unavailable");
}
