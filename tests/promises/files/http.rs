//! Contents over HTTP: tus by its own words, ranges, tags, and headers that keep a browser from showing what it was sent.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use data_encoding::BASE64;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::sock::FileSock;
use super::{content, person, sha256};
use crate::harness::{Raw, SOON, Server, metric};

/// One answer, its body as bytes.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

fn open(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// One request on a connection of its own.
fn ask(address: SocketAddr, head: &str, token: &str, headers: &str, body: &[u8]) -> Reply {
    let mut stream = open(address);
    let length = if body.is_empty() && !head.starts_with("PATCH") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let request = format!(
        "{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{length}{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    // A refusal may come before the body is read.
    drop(stream.write_all(body));
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: bytes[at + 4..].to_vec(),
    }
}

const TUS: &str = "Tus-Resumable: 1.0.0\r\n";
const PATCH: &str = "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n";

/// Makes an upload; gives its path.
fn create(server: &Server, token: &str, size: usize) -> String {
    let name = BASE64.encode(b"1.csv");
    let headers = format!("{TUS}Upload-Length: {size}\r\nUpload-Metadata: filename {name}\r\n");
    let made = ask(server.http(), "POST /api/v1/tus", token, &headers, b"");
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("tus-resumable"), Some("1.0.0"));
    assert!(made.header("upload-expires").unwrap().ends_with("GMT"));
    made.header("location").unwrap().to_owned()
}

#[test]
fn a_server_of_tus_says_what_it_speaks() {
    let server = Server::start();
    let token = server.token_of("anna");
    for path in ["/api/v1/tus", "/api/v1/tus/u-00000000000000000000000000000000"] {
        let told = ask(server.http(), &format!("OPTIONS {path}"), token, "", b"");
        assert_eq!(told.status, 204);
        assert_eq!(told.header("tus-version"), Some("1.0.0"));
        assert_eq!(
            told.header("tus-extension"),
            Some("creation,checksum,expiration,termination")
        );
        assert_eq!(told.header("tus-checksum-algorithm"), Some("sha1,sha256,crc32"));
        assert_eq!(told.header("tus-max-size"), Some("4294967296"));
    }
    for (headers, status) in [
        ("Upload-Length: 1\r\n", 412),
        ("Tus-Resumable: 0.2.2\r\nUpload-Length: 1\r\n", 412),
        (TUS, 400),
        ("Tus-Resumable: 1.0.0\r\nUpload-Length: -1\r\n", 400),
        (
            "Tus-Resumable: 1.0.0\r\nUpload-Length: 1\r\nUpload-Metadata: filename ###\r\n",
            400,
        ),
        ("Tus-Resumable: 1.0.0\r\nUpload-Length: 10737418240\r\n", 413),
    ] {
        assert_eq!(
            ask(server.http(), "POST /api/v1/tus", token, headers, b"").status,
            status,
            "{headers}"
        );
    }
    let nobody = ask(
        server.http(),
        "POST /api/v1/tus",
        "mp_key_wrong",
        &format!("{TUS}Upload-Length: 1\r\n"),
        b"",
    );
    assert_eq!(nobody.status, 401);
    assert_eq!(ask(server.http(), "GET /api/v1/tus", token, TUS, b"").status, 405);
}

#[test]
fn an_upload_of_tus_is_filled_from_its_offset_and_becomes_a_file() {
    let server = Server::start();
    let token = server.token_of("anna");
    let sent = content(1, 700_000);
    let path = create(&server, token, sent.len());
    let patch = |offset: usize, more: &str, body: &[u8]| {
        let headers = format!("{PATCH}Upload-Offset: {offset}\r\n{more}");
        ask(server.http(), &format!("PATCH {path}"), token, &headers, body)
    };
    let first = patch(0, "", &sent[..300_000]);
    assert_eq!(
        (first.status, first.header("upload-offset")),
        (204, Some("300000")),
        "{first:?}"
    );
    let looked = ask(server.http(), &format!("HEAD {path}"), token, TUS, b"");
    assert_eq!((looked.status, looked.header("upload-offset")), (200, Some("300000")));
    assert_eq!(
        (looked.header("upload-length"), looked.header("cache-control")),
        (Some("700000"), Some("no-store"))
    );
    // Wrong in each way, and the offset stays.
    assert_eq!(patch(0, "", b"x").status, 409);
    assert_eq!(patch(300_000, "", &vec![0; 400_001]).status, 413);
    let no_type = format!("{TUS}Upload-Offset: 300000\r\n");
    assert_eq!(
        ask(server.http(), &format!("PATCH {path}"), token, &no_type, b"x").status,
        415
    );
    let bert = server.token_of("bert");
    assert_eq!(ask(server.http(), &format!("HEAD {path}"), bert, TUS, b"").status, 404);
    let wrong = format!(
        "Upload-Checksum: sha256 {}\r\n",
        BASE64.encode(&Sha256::digest(b"other"))
    );
    assert_eq!(patch(300_000, &wrong, &sent[300_000..]).status, 460);
    assert_eq!(patch(300_000, "Upload-Checksum: md5 AAAA\r\n", b"x").status, 400);
    let looked = ask(server.http(), &format!("HEAD {path}"), token, TUS, b"");
    assert_eq!(looked.header("upload-offset"), Some("300000"), "nothing of it counts");
    // The rest with a sum that fits, by a POST that stands for a PATCH.
    let sum = BASE64.encode(&Sha256::digest(&sent[300_000..]));
    let headers =
        format!("{PATCH}Upload-Offset: 300000\r\nUpload-Checksum: sha256 {sum}\r\nX-HTTP-Method-Override: PATCH\r\n");
    let last = ask(
        server.http(),
        &format!("POST {path}"),
        token,
        &headers,
        &sent[300_000..],
    );
    assert_eq!(
        (last.status, last.header("upload-offset")),
        (204, Some("700000")),
        "{last:?}"
    );
    let file = last.header("motorpool-file").unwrap();
    let got = ask(
        server.http(),
        &format!("GET /api/v1/files/{file}/content"),
        token,
        "",
        b"",
    );
    assert!(got.status == 200 && got.body == sent);
    let looked = ask(server.http(), &format!("HEAD {path}"), token, TUS, b"");
    assert_eq!(
        looked.header("upload-offset"),
        Some("700000"),
        "who asks afterwards hears that all has come"
    );
}

#[test]
fn an_upload_of_nothing_is_a_file_at_once() {
    let server = Server::start();
    let token = server.token_of("anna");
    let headers = format!("{TUS}Upload-Length: 0\r\n");
    let empty = ask(server.http(), "POST /api/v1/tus", token, &headers, b"");
    assert!(empty.status == 201 && empty.header("motorpool-file").is_some());
}

#[test]
fn what_came_of_a_body_before_a_cut_counts_unless_it_has_a_sum() {
    let server = Server::start();
    let token = server.token_of("anna");
    let sent = content(2, 600_000);
    for (more, wanted) in [
        ("", 350_000),
        ("Upload-Checksum: sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n", 0),
    ] {
        let path = create(&server, token, sent.len());
        let before = metric(server.http(), "motorpool_files_received_bytes_total", &[]);
        let mut stream = open(server.http());
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 600000\r\n{PATCH}Upload-Offset: 0\r\n{more}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&sent[..350_000]).unwrap();
        // All that was sent arrives before the end does.
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest));
        let came = || metric(server.http(), "motorpool_files_received_bytes_total", &[]);
        crate::harness::until("what was sent has come", || (came() - before > 349_999.0).then_some(()));
        let offset = crate::harness::until("the cut is noticed", || {
            let looked = ask(server.http(), &format!("HEAD {path}"), token, TUS, b"");
            let offset: usize = looked.header("upload-offset")?.parse().ok()?;
            (offset == wanted).then_some(offset)
        });
        let headers = format!("{PATCH}Upload-Offset: {offset}\r\n");
        let last = ask(
            server.http(),
            &format!("PATCH {path}"),
            token,
            &headers,
            &sent[offset..],
        );
        assert_eq!(last.status, 204);
        let file = last.header("motorpool-file").unwrap();
        let got = ask(
            server.http(),
            &format!("GET /api/v1/files/{file}/content"),
            token,
            "",
            b"",
        );
        assert!(got.body == sent, "byte by byte");
    }
}

#[test]
fn an_upload_of_tus_is_taken_back_and_gone() {
    let server = Server::start();
    let token = server.token_of("anna");
    let path = create(&server, token, 10);
    let bert = server.token_of("bert");
    assert_eq!(
        ask(server.http(), &format!("DELETE {path}"), bert, TUS, b"").status,
        404
    );
    assert_eq!(
        ask(server.http(), &format!("DELETE {path}"), token, TUS, b"").status,
        204
    );
    assert_eq!(ask(server.http(), &format!("HEAD {path}"), token, TUS, b"").status, 404);
    let headers = format!("{PATCH}Upload-Offset: 0\r\n");
    assert_eq!(
        ask(server.http(), &format!("PATCH {path}"), token, &headers, b"x").status,
        404
    );
}

#[test]
fn a_content_is_read_by_ranges_known_by_its_hash_and_saved_not_shown() {
    let server = Server::start();
    let (_anna, mut sock) = person(&server, "anna");
    let token = server.token_of("anna");
    let sent = content(3, 300_000);
    let wish = json!({"name": "Seite \"1\".html", "type": "text/html"});
    let file = sock.put(1, wish, &sent).unwrap();
    let path = format!("/api/v1/files/{}/content", file["file"]);
    let get = |headers: &str| ask(server.http(), &format!("GET {path}"), token, headers, b"");
    let whole = get("");
    assert!(whole.status == 200 && whole.body == sent);
    let tag = format!("\"{}\"", sha256(&sent));
    for (name, wanted) in [
        ("etag", &*tag),
        ("accept-ranges", "bytes"),
        ("content-length", "300000"),
        ("content-type", "text/html"),
        ("x-content-type-options", "nosniff"),
        (
            "content-disposition",
            "attachment; filename=\"Seite _1_.html\"; filename*=UTF-8''Seite%20%221%22.html",
        ),
    ] {
        assert_eq!(whole.header(name), Some(wanted));
    }
    assert!(
        whole
            .header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    let some = get("Range: bytes=100000-199999\r\n");
    assert_eq!(
        (some.status, some.header("content-range")),
        (206, Some("bytes 100000-199999/300000"))
    );
    assert!(some.body == sent[100_000..200_000]);
    assert!(get("Range: bytes=-5\r\n").body == sent[299_995..]);
    assert_eq!(get("Range: bytes=300000-\r\n").status, 416);
    assert_eq!(get(&format!("If-None-Match: {tag}\r\n")).status, 304);
    let other = get("Range: bytes=1-2\r\nIf-Range: \"other\"\r\n");
    assert!(
        other.status == 200 && other.body == sent,
        "a range of another content is of no use"
    );
    assert_eq!(get(&format!("Range: bytes=1-2\r\nIf-Range: {tag}\r\n")).status, 206);
    let head = ask(server.http(), &format!("HEAD {path}"), token, "", b"");
    assert_eq!(
        (head.status, head.body.len(), head.header("content-length")),
        (200, 0, Some("300000"))
    );
    assert_eq!(ask(server.http(), &format!("POST {path}"), token, "", b"").status, 405);
    assert_eq!(
        ask(server.http(), &format!("GET {path}"), server.token_of("bert"), "", b"").status,
        404
    );
    assert_eq!(
        ask(server.http(), "GET /api/v1/files/x/content", token, "", b"").status,
        422
    );
}

#[test]
fn the_bound_of_other_bodies_does_not_bind_files() {
    let server = Server::with(&[("MOTORPOOL_LIMITS__HTTP_BODY_BYTES", "1024")]);
    let token = server.token_of("anna");
    let sent = content(4, 3_000_000);
    let path = create(&server, token, sent.len());
    let headers = format!("{PATCH}Upload-Offset: 0\r\n");
    let last = ask(server.http(), &format!("PATCH {path}"), token, &headers, &sent);
    assert_eq!(
        (last.status, last.header("upload-offset")),
        (204, Some("3000000")),
        "{last:?}"
    );
    let mut raw = Raw::resume(server.address(), token);
    let mut sock = FileSock::attach(&mut raw);
    let file: i64 = last.header("motorpool-file").unwrap().parse().unwrap();
    assert!(sock.get(1, json!({"file": file}), 0).unwrap() == sent);
}
