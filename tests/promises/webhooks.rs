//! Webhooks: signed, in order, again after a failure, given up after too many, and never to where they should not go.

mod owners;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use data_encoding::BASE64;
use ring::hmac;
use serde_json::{Value, json};

use crate::bots::authorised;
use crate::harness::{Raw, SOON, Server, metric, until};

/// How a receiver behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Manner {
    /// Takes it.
    Takes,
    /// Answers with this status.
    Answers(u16),
    /// Sends the caller elsewhere.
    Redirects(SocketAddr),
    /// Says nothing.
    Hangs,
    /// Takes it and never stops answering.
    Endless,
    /// Never stops with the head of the answer.
    EndlessHead,
}

/// One request as it came.
#[derive(Debug, Clone)]
struct Came {
    head: String,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        let line = self
            .head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A receiver of one's own.
struct Receiver {
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (manner, came) = (Arc::new(Mutex::new(manner)), Arc::new(Mutex::new(Vec::new())));
        let (how, into) = (manner.clone(), came.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (how, into) = (how.clone(), into.clone());
                std::thread::spawn(move || {
                    // A caller that goes away is the point of some of these.
                    drop(serve(stream, &how, &into));
                });
            }
        });
        Self { address, manner, came }
    }

    fn url(&self) -> String {
        format!("http://{}/hook?of=tests", self.address)
    }

    fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// Waits for so many.
    fn has(&self, count: usize) -> Vec<Came> {
        until("deliveries", || {
            let came = self.came();
            (came.len() >= count).then_some(came)
        })
    }
}

fn serve(mut stream: TcpStream, how: &Mutex<Manner>, into: &Mutex<Vec<Came>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(SOON))?;
    let mut bytes = Vec::new();
    let (mut end, mut length) = (0, 0);
    while end == 0 || bytes.len() < end + length {
        let mut some = [0; 4_096];
        let read = stream.read(&mut some)?;
        if read == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&some[..read]);
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            end = at + 4;
            let head = String::from_utf8_lossy(&bytes[..at]).to_lowercase();
            let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            length = line.unwrap().parse().unwrap();
        }
    }
    let came = Came {
        head: String::from_utf8(bytes[..end].to_vec()).unwrap(),
        body: String::from_utf8(bytes[end..].to_vec()).unwrap(),
    };
    into.lock().unwrap().push(came);
    let manner = how.lock().unwrap().clone();
    let answer = match manner {
        Manner::Takes => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
        Manner::Answers(status) => format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
        Manner::Redirects(to) => {
            format!("HTTP/1.1 302 Found\r\nlocation: http://{to}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Manner::Hangs => {
            // Until the caller has had enough.
            stream.read_exact(&mut [0])?;
            return Ok(());
        }
        Manner::Endless => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(),
        Manner::EndlessHead => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    stream.write_all(answer.as_bytes())?;
    let more: &[u8] = match manner {
        Manner::Endless => b"4\r\nmore\r\n",
        Manner::EndlessHead => b"x-more: and more and more\r\n",
        _ => return Ok(()),
    };
    loop {
        stream.write_all(more)?;
    }
}

/// A server that delivers to this machine, often and impatiently.
fn impatient() -> Server {
    forgiving("3")
}

/// As impatient, with so many failures forgiven.
fn forgiving(failures: &str) -> Server {
    Server::with(&[
        ("MOTORPOOL_WEBHOOKS__LOOPBACK", "true"),
        ("MOTORPOOL_WEBHOOKS__LOOK_MS", "50"),
        ("MOTORPOOL_WEBHOOKS__TIMEOUT_MS", "400"),
        ("MOTORPOOL_WEBHOOKS__PAUSE_MS_FIRST", "50"),
        ("MOTORPOOL_WEBHOOKS__PAUSE_MS_MAX", "100"),
        ("MOTORPOOL_WEBHOOKS__FAILURES_MAX", failures),
    ])
}

fn hook(raw: &mut Raw, url: &str, events: &[&str]) -> (i64, String) {
    let made = raw.call("s.newwebhook", json!({"url": url, "events": events})).unwrap();
    (
        made["webhook"].as_i64().unwrap(),
        made["secret"].as_str().unwrap().to_owned(),
    )
}

fn listed(raw: &mut Raw, id: i64) -> Value {
    let hooks = raw.call("s.webhooks", json!({})).unwrap();
    let found = hooks.as_array().unwrap().iter().find(|hook| hook["webhook"] == id);
    found.cloned().unwrap_or_default()
}

/// As a receiver verifies what came: see docs/operating.md.
fn verifies(came: &Came, secret: &str) -> bool {
    let key = BASE64
        .decode(secret.strip_prefix("whsec_").unwrap().as_bytes())
        .unwrap();
    let signed = format!(
        "{}.{}.{}",
        came.header("webhook-id"),
        came.header("webhook-timestamp"),
        came.body
    );
    let given = came.header("webhook-signature").strip_prefix("v1,").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    hmac::verify(&key, signed.as_bytes(), &BASE64.decode(given.as_bytes()).unwrap()).is_ok()
}

#[test]
fn what_a_bot_says_and_what_is_changed_is_delivered_signed_and_in_order() {
    let server = impatient();
    let receiver = Receiver::start(Manner::Takes);
    let (mut ada, mut mona) = (server.as_user("ada"), server.as_user("mona"));
    let (_, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    let (id, secret) = hook(&mut mona, &receiver.url(), &["bot_message", "change:bot"]);
    for body in ["it's soup", "it's cake"] {
        bot.call("s.botmessage", json!([body])).unwrap();
    }
    let came = receiver.has(4);
    assert!(came.iter().all(|came| verifies(came, &secret)), "{came:?}");
    assert!(!verifies(&came[0], &format!("whsec_{}", BASE64.encode(&[1; 32]))));
    let said: Vec<Value> = came
        .iter()
        .map(Came::json)
        .filter(|event| event["type"] == "bot_message")
        .collect();
    let bodies: Vec<&str> = said
        .iter()
        .map(|event| event["data"]["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies, ["it's soup", "it's cake"]);
    assert_eq!(said[0]["data"]["building"], "canteen");
    let change = came
        .iter()
        .map(Came::json)
        .find(|event| event["type"] == "change")
        .unwrap();
    assert_eq!(
        (&change["data"]["on_what"], &change["data"]["what"]),
        (&json!("bot:lunch"), &json!("s.botmessage"))
    );
    assert!(change["data"].get("detail").is_none());
    assert!(
        came[0].head.starts_with("POST /hook?of=tests HTTP/1.1\r\n"),
        "{}",
        came[0].head
    );
    assert_eq!(came[0].header("content-type"), "application/json");
    assert_eq!(listed(&mut mona, id)["failures"], 0);
    let taken = metric(server.http(), "motorpool_webhook_deliveries_total", &["outcome=\"ok\""]);
    assert!(taken >= 4.0, "{taken}");
}

#[test]
fn a_failure_is_tried_again_with_the_same_id_and_nothing_overtakes_it() {
    let server = forgiving("1000");
    let receiver = Receiver::start(Manner::Answers(503));
    let mut ada = server.as_user("ada");
    let (id, _) = hook(&mut ada, &receiver.url(), &["change:webhook"]);
    ada.call("s.testwebhook", json!([id])).unwrap();
    ada.call("s.testwebhook", json!([id])).unwrap();
    receiver.has(2);
    receiver.behave(Manner::Takes);
    let came = until("both to arrive", || {
        let came = receiver.came();
        let mut ids: Vec<String> = came.iter().map(|came| came.header("webhook-id").to_owned()).collect();
        ids.dedup();
        (ids.len() >= 4).then_some(came)
    });
    let tests = came.iter().filter(|came| came.json()["type"] == "test").count();
    assert!(tests >= 3, "the first at least twice");
    until("the failures to be forgotten", || {
        (listed(&mut ada, id)["failures"] == 0).then_some(())
    });
}

#[test]
fn a_receiver_that_never_takes_anything_is_given_up_and_its_owner_hears_why() {
    let server = impatient();
    let receiver = Receiver::start(Manner::Takes);
    let elsewhere = Receiver::start(Manner::Takes);
    for (manner, why) in [
        (Manner::Answers(500), "it answered 500"),
        (Manner::Hangs, "in time"),
        (Manner::Redirects(elsewhere.address), "it answered 302"),
        (Manner::EndlessHead, ""),
    ] {
        receiver.behave(manner.clone());
        let mut ada = server.as_user("ada");
        let (id, _) = hook(&mut ada, &receiver.url(), &["bot_message"]);
        ada.call("s.testwebhook", json!([id])).unwrap();
        let event = std::iter::from_fn(|| ada.read())
            .find(|frame| frame["event"]["name"] == "webhook")
            .unwrap();
        let told = &event["event"]["data"];
        assert_eq!(
            (&told["webhook"], &told["enabled"]),
            (&json!(id), &json!(false)),
            "{manner:?}"
        );
        let reason = told["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("4 deliveries in a row failed") && reason.contains(why),
            "{manner:?}: {reason}"
        );
        assert_eq!(ada.code_of("s.testwebhook", json!([id])), "not_now");
        receiver.behave(Manner::Takes);
        let before = receiver.came().len();
        assert_eq!(ada.call("s.enablewebhook", json!([id])).unwrap()["enabled"], true);
        receiver.has(before + 1);
        ada.call("s.removewebhook", json!([id])).unwrap();
        ada.hang_up();
    }
    assert!(elsewhere.came().is_empty(), "nobody is sent elsewhere");
}

#[test]
fn an_endless_answer_is_not_read_and_410_ends_it_at_once() {
    let server = impatient();
    let receiver = Receiver::start(Manner::Endless);
    let mut ada = server.as_user("ada");
    let (id, _) = hook(&mut ada, &receiver.url(), &["bot_message"]);
    ada.call("s.testwebhook", json!([id])).unwrap();
    receiver.has(1);
    ada.call("s.testwebhook", json!([id])).unwrap();
    receiver.has(2);
    assert_eq!(listed(&mut ada, id)["enabled"], true);
    receiver.behave(Manner::Answers(410));
    ada.call("s.testwebhook", json!([id])).unwrap();
    let gone = until("the end", || {
        let hook = listed(&mut ada, id);
        (hook["enabled"] == false).then_some(hook)
    });
    assert!(gone["reason"].as_str().unwrap().contains("410"), "{gone}");
}

#[test]
fn what_waits_outlives_the_end_of_the_process() {
    let mut server = forgiving("1000");
    let receiver = Receiver::start(Manner::Answers(500));
    let mut ada = server.as_user("ada");
    let (_, mut bot) = authorised(&server, &mut ada, "lunch", "canteen");
    let (_, secret) = hook(&mut ada, &receiver.url(), &["bot_message"]);
    bot.call("s.botmessage", json!(["soup"])).unwrap();
    server.kill();
    receiver.behave(Manner::Takes);
    let before = receiver.came().len();
    server.start_again();
    let came = receiver.has(before + 1);
    assert!(verifies(came.last().unwrap(), &secret), "by the same secret");
    assert_eq!(came.last().unwrap().json()["data"]["body"], "soup");
}

#[test]
fn nothing_is_delivered_inside_the_house_unless_the_operator_says_so() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    for url in [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:192.168.1.1]/",
        "http://example.org/",
        "https://u:p@example.org/",
        "file:///etc/passwd",
        "it's no URL",
        "",
    ] {
        let args = json!({"url": url, "events": ["bot_message"]});
        assert_eq!(ada.code_of("s.newwebhook", args), "bad_arguments", "{url}");
    }
    let long = format!("https://example.org/{}", "x".repeat(481));
    assert_eq!(
        ada.code_of("s.newwebhook", json!({"url": long, "events": ["bot_message"]})),
        "bad_arguments"
    );
    // A name that leads inside is found out when it is resolved.
    let inside = impatient_without_loopback();
    let mut ada = inside.as_user("ada");
    let (id, _) = hook(&mut ada, "https://localhost:9/", &["bot_message"]);
    ada.call("s.testwebhook", json!([id])).unwrap();
    let given_up = until("the end", || {
        let hook = listed(&mut ada, id);
        (hook["enabled"] == false).then_some(hook)
    });
    assert!(
        given_up["reason"].as_str().unwrap().contains("public internet"),
        "{given_up}"
    );
}

fn impatient_without_loopback() -> Server {
    Server::with(&[
        ("MOTORPOOL_WEBHOOKS__LOOK_MS", "50"),
        ("MOTORPOOL_WEBHOOKS__PAUSE_MS_FIRST", "10"),
        ("MOTORPOOL_WEBHOOKS__FAILURES_MAX", "0"),
    ])
}
