//! The consoles of admins and bots as programs against a real server: each ability, and a mistake with each.

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::bots::{registered, signed_in};
use crate::harness::{Server, until};
use crate::places::{HERE, circle, go, north};

fn motorpool(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motorpool"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOTORPOOL_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

fn admin(server: &Server, arguments: &[&str]) -> Output {
    let folder = server.folder();
    motorpool(&[&["admin", "--data", folder.to_str().unwrap()], arguments].concat())
        .output()
        .unwrap()
}

/// What it writes to standard output and to standard error.
fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn done(server: &Server, arguments: &[&str]) -> (String, String) {
    let output = admin(server, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    said(&output)
}

fn json_of(server: &Server, arguments: &[&str]) -> Value {
    let (out, _) = done(server, &[arguments, &["--json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|err| panic!("{err}: {out}"))
}

/// A mistake: nothing on standard output, one line that says what.
fn refused(output: &Output, code: i32, wanted: &str) {
    let (out, err) = said(output);
    assert_eq!((output.status.code(), out.as_str()), (Some(code), ""), "{err}");
    assert!(err.lines().count() == 1 && err.contains(wanted), "{wanted}: {err}");
}

#[test]
fn an_admin_sees_who_is_online_and_who_of_them_is_in_a_building() {
    let mut server = Server::with(&[("MOTORPOOL_LIMITS__PRESENCE_WRITE_MS", "100")]);
    let mut mona = server.as_user("mona");
    for building in [circle("civil", HERE, 54.0), circle("torre", north(500.0), 54.0)] {
        mona.call("s.addbuilding", building).unwrap();
    }
    drop(mona);
    let (mut anna, mut bert) = (server.as_user("anna"), server.as_user("bert"));
    go(&mut anna, HERE);
    go(&mut bert, north(500.0));
    let users = |arguments: &[&str]| -> Vec<String> {
        let rows = json_of(&server, arguments);
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["user"].as_str().unwrap().to_owned()).collect()
    };
    until("both are online", || {
        (users(&["online"]) == ["anna", "bert"]).then_some(())
    });
    until("anna's place is written", || {
        (users(&["building", "people", "civil"]) == ["anna"]).then_some(())
    });
    let (table, err) = done(&server, &["online"]);
    assert!(table.contains("anna") && table.contains("civil"), "{table}");
    assert_eq!(err, "2 online\n");
    let buildings = json_of(&server, &["building", "list"]);
    assert_eq!(
        (&buildings[0]["building"], &buildings[1]["radius_m"]),
        (&json!("civil"), &json!(54.0))
    );
    refused(
        &admin(&server, &["building", "people", "o'neill"]),
        1,
        "there is no building \"o'neill\"",
    );
    refused(&admin(&server, &["online", "anna"]), 2, "unexpected argument 'anna'");
    anna.hang_up();
    until("anna has left", || {
        (users(&["building", "people", "civil"]).is_empty()).then_some(())
    });
    let (out, err) = done(&server, &["building", "people", "civil"]);
    assert_eq!((out.as_str(), err.as_str()), ("", "nobody who is online is in civil\n"));
    // That somebody looked is kept.
    let mut ada = server.as_user("ada");
    let looks = ada.call("s.audit", json!({"on_what": "building:civil"})).unwrap();
    assert_eq!(
        (&looks[0]["what"], &looks[0]["result"]),
        (&json!("admin building people"), &json!("looked"))
    );
    drop((ada, bert));
    until("nobody is online", || users(&["online"]).is_empty().then_some(()));
    server.terminate();
    assert!(server.ended().success());
    assert_eq!(
        done(&server, &["online"]),
        (String::new(), "nobody is online\n".to_owned())
    );
}

#[test]
fn an_admin_reads_the_log_of_a_person_and_of_a_building_in_every_form() {
    let server = Server::start();
    let mut mona = server.as_user("mona");
    mona.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    let (mut anna, mut reader) = (server.as_user("anna"), server.as_user("anna"));
    let (out, err) = done(&server, &["log", "--person", "anna"]);
    assert_eq!(
        (out.as_str(), err.as_str()),
        ("", "nothing is in the log of anna for that time\n")
    );
    assert_eq!(json_of(&server, &["log", "--person", "anna"]), json!([]));
    go(&mut anna, HERE);
    until("that is written", || {
        let page = reader.call("s.personlog", json!({})).unwrap();
        (page["lines"].as_array().unwrap().len() == 1).then_some(())
    });
    anna.call("s.send", json!({"body": "=1+1", "users": ["bert"]})).unwrap();
    let (table, err) = done(&server, &["log", "--person", "anna"]);
    assert!(
        table.contains("4 characters to 1 people") && !table.contains("=1+1"),
        "{table}"
    );
    assert!(table.contains("from outside of all buildings to civil"), "{table}");
    assert_eq!(err, "2 lines\n");
    let lines = json_of(&server, &["log", "--person", "anna", "--texts"]);
    assert_eq!((&lines[0]["body"], &lines[1]["to"]), (&json!("=1+1"), &json!("civil")));
    let (csv, _) = done(&server, &["log", "--person", "anna", "--texts", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 3);
    assert!(
        csv.starts_with("at,kind,how,") && csv.lines().nth(1).unwrap().ends_with(",'=1+1"),
        "{csv}"
    );
    let newest = json_of(&server, &["log", "--person", "anna", "--limit", "1"]);
    assert_eq!(newest.as_array().unwrap().len(), 1);
    let until_now = lines[0]["at"].as_str().unwrap();
    let older = json_of(&server, &["log", "--person", "anna", "--until", until_now]);
    assert_eq!(older.as_array().unwrap(), &lines.as_array().unwrap()[1..]);
    assert_eq!(
        json_of(&server, &["log", "--person", "anna", "--since", until_now])[0]["kind"],
        "message"
    );
    let entry = json_of(&server, &["log", "--building", "civil"]);
    assert_eq!(
        (&entry[0]["kind"], &entry[0]["user"]),
        (&json!("entry"), &json!("anna"))
    );
    let (table, _) = done(&server, &["log", "--building", "civil"]);
    assert!(table.contains("entry") && table.contains("anna"), "{table}");
}

#[test]
fn a_log_that_cannot_be_shown_is_refused_and_a_look_at_one_is_kept() {
    let server = Server::start();
    for (arguments, code, wanted) in [
        (&["log", "--person", "o'neill"][..], 1, "there is no user \"o'neill\""),
        (&["log"], 2, "--person <USERNAME>|--building <ID>"),
        (
            &["log", "--person", "anna", "--since", "noon"],
            2,
            "invalid value 'noon'",
        ),
        (
            &["log", "--person", "anna", "--format", "xml"],
            2,
            "invalid value 'xml'",
        ),
        (&["log", "--person", "anna", "--limit", "0"], 2, "invalid value '0'"),
        (&["log", "--building", "civil", "--texts"], 2, "cannot be used with"),
        (
            &["log", "--person", "anna", "--building", "civil"],
            2,
            "cannot be used with",
        ),
    ] {
        refused(&admin(&server, arguments), code, wanted);
    }
    json_of(&server, &["log", "--person", "anna"]);
    json_of(&server, &["log", "--person", "anna", "--texts"]);
    json_of(&server, &["log", "--building", "civil"]);
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let user = format!("user:{}", anna.call("s.personlog", json!({})).unwrap()["user_id"]);
    for (on_what, details) in [
        (user.as_str(), &[json!("texts"), Value::Null][..]),
        ("building:civil", &[Value::Null]),
    ] {
        let looks = ada.call("s.audit", json!({"on_what": on_what})).unwrap();
        let looks = looks
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["what"] == "admin log");
        let told: Vec<Value> = looks.map(|event| event["detail"].clone()).collect();
        assert_eq!(told, details, "{on_what}");
    }
}

#[test]
fn an_admin_lets_a_bot_speak_and_shuts_it_out_beside_the_server() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    ada.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    let key = registered(&mut ada, "lunch", "civil");
    let waiting = json_of(&server, &["bot", "list", "--waiting"]);
    assert_eq!(
        (&waiting[0]["bot"], &waiting[0]["clearance"]),
        (&json!("lunch"), &json!("waiting"))
    );
    let (_, err) = done(&server, &["bot", "authorise", "lunch"]);
    assert_eq!(err, "bot lunch may speak\n");
    assert_eq!(json_of(&server, &["bot", "list", "--waiting"]), json!([]));
    let mut bot = signed_in(&server, &key).expect("let");
    bot.call("s.botmessage", json!(["it's noon"])).unwrap();
    let (_, err) = done(&server, &["bot", "disallow", "lunch"]);
    assert_eq!(err, "bot lunch may not speak any more\n");
    let bye = std::iter::from_fn(|| bot.read()).last().expect("a last word");
    assert_eq!(bye["bye"]["reason"], "signed_out", "{bye}");
    assert_eq!(signed_in(&server, &key).err().unwrap(), "forbidden");
    let (table, _) = done(&server, &["bot", "list"]);
    assert!(table.contains("lunch") && table.contains("revoked"), "{table}");
    let said = json_of(&server, &["log", "--building", "civil"]);
    assert_eq!(said[0]["body"], "it's noon");
    for command in ["authorise", "disallow"] {
        refused(&admin(&server, &["bot", command, "dinner"]), 1, "Bot does not exist.");
    }
    refused(&admin(&server, &["bot", "shout"]), 2, "unrecognized subcommand 'shout'");
}

fn bot_command(server: &Server, key: Option<&str>, arguments: &[&str]) -> Command {
    let address = server.address().to_string();
    let mut command = motorpool(&[&["bot", "-b", "lunch", "--server", &address], arguments].concat());
    if let Some(key) = key {
        command.env("MOTORPOOL_KEY", key);
    }
    command
}

#[test]
fn a_bot_is_registered_asked_how_it_is_and_speaks_once() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    ada.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    let run = |key: Option<&str>, arguments: &[&str]| bot_command(&server, key, arguments).output().unwrap();
    let state = || said(&run(None, &["-s"])).0;
    assert_eq!(state(), "Bot does not exist.\n");
    let made = run(None, &["-r", "--building", "civil"]);
    let (key, told) = said(&made);
    assert!(
        told.contains("Bot successfully registered. Wait for admin authorization..."),
        "{told}"
    );
    let key = key.trim().to_owned();
    assert_eq!(state(), "Bot has not been authorized yet.\n");
    refused(&run(None, &["-r", "--building", "civil"]), 3, "Bot already exists");
    refused(&run(None, &["-r"]), 2, "name one with --building");
    refused(&run(Some(&key), &["-m", "noon"]), 3, "Bot has not been authorized yet.");
    done(&server, &["bot", "authorise", "lunch"]);
    assert_eq!(state(), "Bot available.\n");
    assert_eq!(said(&run(Some(&key), &["-m", "it's", "noon"])).0, "Message sent\n");
    let page = ada.call("s.buildinglog", json!(["civil"])).unwrap();
    assert_eq!(page["lines"][0]["body"], "it's noon");
    refused(&run(Some("mp_bot_made_up"), &["-m", "noon"]), 3, "Wrong password!");
    refused(&run(None, &["-m", "noon"]), 2, "set MOTORPOOL_KEY");
    refused(&run(Some(&key), &["-m", ""]), 3, "`body` is empty");
    refused(&run(None, &[]), 2, "--state|--register|--message");
    refused(&run(None, &["-m", "noon", "-i", "0"]), 2, "0 is not in 1..=86400");
    let nowhere = motorpool(&["bot", "-b", "lunch", "-s", "--server", "127.0.0.1:1"])
        .output()
        .unwrap();
    refused(&nowhere, 4, "no server reached");
}

/// Ends with its test.
struct Speaker(Child);

impl Drop for Speaker {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_bot_speaks_again_and_again_until_enter_or_until_it_is_shut_out() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    ada.call("s.addbuilding", circle("civil", HERE, 54.0)).unwrap();
    let key = registered(&mut ada, "lunch", "civil");
    ada.call("s.authorisebot", json!(["lunch"])).unwrap();
    let speaker = || {
        let mut command = bot_command(&server, Some(&key), &["-m", "noon", "-i", "1"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Speaker(command.spawn().unwrap())
    };
    let mut times = 0;
    let mut hears = |more: usize| {
        times += more;
        until("it has spoken", || {
            let page = ada
                .call("s.buildinglog", json!({"building": "civil", "limit": 100}))
                .unwrap();
            (page["lines"].as_array().unwrap().len() >= times).then_some(())
        });
    };
    let mut first = speaker();
    hears(2);
    first.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    let ended = until("it ends by Enter", || first.0.try_wait().unwrap());
    assert_eq!(ended.code(), Some(0));
    let mut second = speaker();
    hears(2);
    done(&server, &["bot", "disallow", "lunch"]);
    let ended = until("it ends by itself", || second.0.try_wait().unwrap());
    assert_eq!(ended.code(), Some(3));
    let why = std::io::read_to_string(second.0.stderr.take().unwrap()).unwrap();
    assert!(why.contains("Bot has been disallowed"), "{why}");
}
