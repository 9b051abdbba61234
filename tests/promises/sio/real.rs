//! Clients of others: npm's socket.io-client 4 and 2, and PyPI's python-socketio, by polling, by WebSocket and from one
//! to the other.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::Server;

/// A client in a process of its own, driven line by line.
struct Driven {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Driven {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/setup.sh test brings what this runs");
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self {
            child,
            input,
            output: BufReader::new(output),
        }
    }

    fn javascript() -> Self {
        let package = root("target/tools/npm/clients/package.json");
        let mut command = Command::new("node");
        Self::start(
            command
                .arg(root("tests/clients/sio.mjs"))
                .env("CLIENTS_PACKAGE", package),
        )
    }

    fn python() -> Self {
        let mut command = Command::new(root("target/tools/sio/bin/python"));
        Self::start(command.arg(root("tests/clients/sio.py")))
    }

    fn tell(&mut self, order: &Value) -> Value {
        writeln!(self.input, "{order}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|err| panic!("{err}: {line:?} after {order}"));
        assert!(said.get("error").is_none(), "{said} after {order}");
        said["ok"].clone()
    }

    fn event(&mut self, name: &str) -> Value {
        self.tell(&json!({"do": "event", "name": name}))
    }

    fn emit(&mut self, name: &str, args: Value) -> Value {
        self.tell(&json!({"do": "emit", "name": name, "args": args}))
    }

    /// What the next message says; other events are passed over.
    fn message(&mut self) -> Value {
        self.told("message")["body"].clone()
    }

    /// What the next event of that name says; other events are passed over.
    fn told(&mut self, name: &str) -> Value {
        loop {
            let event = self.event("event");
            if event["name"] == name {
                return event["data"].clone();
            }
        }
    }

    /// Everything that a client does: calls, hears, is called, comes again.
    fn go_through(&mut self, server: &Server, user: &str) {
        let welcome = self.event("welcome");
        let whoami = self.emit("call", json!([{"command": "s.whoami"}]));
        assert_eq!(whoami["ok"]["user"], user);
        let refused = self.emit("call", json!([{"command": "s.clients"}]));
        assert_eq!(refused["error"]["code"], "forbidden");
        let mut ada = server.as_user("ada");
        let id = &welcome["client_id"];
        ada.call("s.tell", json!([id, "hello"])).unwrap();
        assert_eq!(self.message(), "hello");
        let did = ada.call("s.callclient", json!([id, "blink", [1, "a"]])).unwrap();
        assert!(did.to_string().contains("blink"), "{did}");
        self.tell(&json!({"do": "cut"}));
        let again = self.event("welcome");
        assert_ne!(again["client_id"], *id, "a session makes a client each time");
        assert_eq!(self.emit("call", json!([{"command": "s.whoami"}]))["ok"]["user"], user);
        ada.call(
            "s.kickuser",
            json!({"client": [again["client_id"]], "reason": "enough"}),
        )
        .unwrap();
        assert_eq!(self.told("kicked")["reason"], "enough");
        assert_eq!(self.event("bye")["reason"], "kicked");
    }

    /// It was sent away after it had been cut once before, and knows which was which.
    fn sent_away(&mut self, word: &str) {
        assert_ne!(self.event("disconnect"), word, "of the cut");
        assert_eq!(self.event("disconnect"), word);
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn url(server: &Server) -> String {
    format!("http://{}", server.http())
}

#[test]
fn npms_client_4_comes_by_polling_by_websocket_and_from_one_to_the_other() {
    let server = Server::start();
    for (transports, ends_as) in [
        (json!(["polling"]), "polling"),
        (json!(["websocket"]), "websocket"),
        (json!(["polling", "websocket"]), "websocket"),
    ] {
        let mut client = Driven::javascript();
        let auth = json!({"token": server.token_of("anna"), "commands": ["blink"]});
        let options = json!({"transports": transports, "auth": auth, "reconnectionDelay": 20, "forceNew": true});
        client.tell(&json!({"do": "open", "version": 4, "url": url(&server), "options": options}));
        let ends = || client.tell(&json!({"do": "transport"}));
        assert_eq!(settled(ends, ends_as), ends_as);
        client.go_through(&server, "anna");
        client.sent_away("io server disconnect");
    }
}

/// What a transport settles on: an upgrade takes a moment.
fn settled(mut transport: impl FnMut() -> Value, wanted: &str) -> Value {
    crate::harness::until(wanted, || {
        let now = transport();
        (now == wanted).then_some(now)
    })
}

#[test]
fn npms_client_2_comes_with_the_older_protocol() {
    let server = Server::start();
    for transports in [
        json!(["polling"]),
        json!(["websocket"]),
        json!(["polling", "websocket"]),
    ] {
        let mut client = Driven::javascript();
        let bearer = format!("Bearer {}", server.token_of("anna"));
        let each = json!({"extraHeaders": {"Authorization": bearer}});
        let options = json!({
            "transports": transports,
            "transportOptions": {"polling": each, "websocket": each},
            "reconnectionDelay": 20,
            "forceNew": true,
        });
        client.tell(&json!({"do": "open", "version": 2, "url": url(&server), "options": options}));
        let welcome = client.event("welcome");
        assert_eq!(client.emit("call", json!(["s.whoami"]))["ok"]["user"], "anna");
        let told = server
            .as_user("ada")
            .call("s.tell", json!([welcome["client_id"], "hello"]));
        told.unwrap();
        assert_eq!(client.message(), "hello");
        client.tell(&json!({"do": "cut"}));
        let again = client.event("welcome");
        assert_eq!(client.emit("call", json!(["s.whoami"]))["ok"]["user"], "anna");
        let kick = json!({"client": [again["client_id"]], "reason": "enough"});
        server.as_user("ada").call("s.kickuser", kick).unwrap();
        assert_eq!(client.event("bye")["reason"], "kicked");
        client.sent_away("io server disconnect");
    }
}

#[test]
fn the_first_systems_page_comes_as_it_came_there() {
    let server = Server::start();
    for version in [2, 4] {
        let mut page = Driven::javascript();
        let options = json!({"forceNew": true});
        page.tell(&json!({"do": "open", "version": version, "url": url(&server), "options": options}));
        page.event("welcome");
        // A guest up to now.
        let said = page.emit("new_client", json!([{"id": "anna", "token": server.token_of("anna")}]));
        assert_eq!(said, json!({"ok": null}));
        let name = page.event("welcome")["name"].clone();
        server.as_user("ada").call("s.tell", json!([name, "hello"])).unwrap();
        assert_eq!(page.event("new_message"), json!(["anna"]));
    }
}

#[test]
fn pypis_client_comes_by_polling_by_websocket_and_from_one_to_the_other() {
    let server = Server::start();
    for (transports, ends_as) in [
        (json!(["polling"]), "polling"),
        (json!(["websocket"]), "websocket"),
        (json!(null), "websocket"),
    ] {
        let mut client = Driven::python();
        let auth = json!({"token": server.token_of("bert"), "commands": ["blink"]});
        client.tell(&json!({"do": "open", "url": url(&server), "auth": auth, "transports": transports}));
        assert_eq!(client.tell(&json!({"do": "transport"})), ends_as);
        client.go_through(&server, "bert");
        client.sent_away("server disconnect");
    }
}

#[test]
fn others_hear_why_they_are_not_let_in_and_send_bytes() {
    let server = Server::start();
    let mut client = Driven::javascript();
    let options = json!({"auth": {"token": "mp_resume_nobodys"}, "reconnection": false});
    client.tell(&json!({"do": "open", "version": 4, "url": url(&server), "options": options}));
    let why = client.event("connect_error");
    assert!(why.as_str().unwrap().starts_with("bad_login: "), "{why}");
    let mut client = Driven::python();
    client.tell(&json!({"do": "open", "url": url(&server), "auth": {"key": "none"}}));
    client.event("connect_error");
    let mut client = Driven::javascript();
    let options = json!({"auth": {"token": server.token_of("anna")}, "transports": ["polling"]});
    client.tell(&json!({"do": "open", "version": 4, "url": url(&server), "options": options}));
    client.event("welcome");
    let refused = client.tell(&json!({"do": "bytes", "name": "call", "args": ["s.whoami"]}));
    assert_eq!(
        refused["error"]["code"], "bad_frame",
        "bytes are no arguments: {refused}"
    );
}
