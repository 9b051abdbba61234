//! The log of a building: what bots said, who came and left, for operators, newest first, in pages and by time.

use serde_json::{Value, json};

use crate::bots::authorised;
use crate::harness::{Raw, Server, until};
use crate::places::{HERE, circle, go, north};

fn bodies(page: &Value) -> Vec<&str> {
    let rows = page["lines"].as_array().unwrap().iter();
    rows.map(|row| row["body"].as_str().unwrap()).collect()
}

#[test]
fn the_last_ten_come_first_and_pages_go_back_to_the_beginning() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    ada.call("s.addbuilding", circle("o'neill hall", HERE, 50.0)).unwrap();
    let (_, mut lunch) = authorised(&server, &mut ada, "lunch", "o'neill hall");
    let (_, mut news) = authorised(&server, &mut ada, "news", "o'neill hall");
    for number in 0..12 {
        lunch
            .call("s.botmessage", json!([format!("it's number {number}")]))
            .unwrap();
    }
    news.call("s.botmessage", json!(["news"])).unwrap();
    let page = ada.call("s.buildinglog", json!(["o'neill hall"])).unwrap();
    assert_eq!(bodies(&page).len(), 10);
    assert_eq!(bodies(&page)[..2], ["news", "it's number 11"]);
    let ten = &page["lines"];
    assert_eq!(
        (&ten[0]["bot"], &ten[0]["kind"], &page["building"]),
        (&json!("news"), &json!("message"), &json!("o'neill hall"))
    );
    let rest = json!({"building": "o'neill hall", "after": page["next"]});
    assert_eq!(
        bodies(&ada.call("s.buildinglog", rest).unwrap()),
        ["it's number 2", "it's number 1", "it's number 0"]
    );
    let since = json!({"building": "o'neill hall", "since": ten[1]["at"], "limit": 100});
    assert_eq!(
        bodies(&ada.call("s.buildinglog", since).unwrap()),
        ["news", "it's number 11"]
    );
    let until = json!({"building": "o'neill hall", "until": ten[0]["at"], "limit": 1});
    assert_eq!(bodies(&ada.call("s.buildinglog", until).unwrap()), ["it's number 11"]);
    let of_news = json!({"building": "o'neill hall", "bot": "news"});
    assert_eq!(bodies(&ada.call("s.buildinglog", of_news).unwrap()), ["news"]);
    let none = json!({"building": "library", "lines": []});
    assert_eq!(ada.call("s.buildinglog", json!(["library"])).unwrap(), none);
    assert_eq!(anna.code_of("s.buildinglog", json!(["library"])), "forbidden");
    for wrong in [
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"since": "noon"}),
        json!({"until": "'"}),
        json!({"after": "12"}),
        json!({"kinds": ["sign_in"]}),
    ] {
        let mut args = wrong.clone();
        args["building"] = json!("library");
        assert_eq!(ada.code_of("s.buildinglog", args), "bad_arguments", "{wrong}");
    }
}

#[test]
fn who_came_and_left_is_for_operators_who_are_seen_to_look() {
    let server = Server::start();
    let (mut mona, mut anna, mut bert) = (server.as_user("mona"), server.as_user("anna"), server.as_user("bert"));
    for building in [circle("civil", HERE, 54.0), circle("torre", north(500.0), 54.0)] {
        mona.call("s.addbuilding", building).unwrap();
    }
    // Whatever people chose.
    anna.call("s.setvisibility", json!(["nobody"])).unwrap();
    // A movement is noted some moments later than it was; the next is to come behind it.
    let moves = |raw: &mut Raw, to: (f64, f64), times: usize| {
        go(raw, to);
        until("the movement is noted", || {
            let page = raw.call("s.personlog", json!({"kinds": ["movement"]})).unwrap();
            (page["lines"].as_array().unwrap().len() == times).then_some(())
        });
    };
    moves(&mut anna, HERE, 1);
    moves(&mut bert, HERE, 1);
    moves(&mut anna, north(500.0), 2);
    moves(&mut bert, north(5_000.0), 2);
    let page = mona.call("s.buildinglog", json!(["civil"])).unwrap();
    let lines = page["lines"].as_array().unwrap();
    let seen: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["user"].as_str().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [("exit", "bert"), ("exit", "anna"), ("entry", "bert"), ("entry", "anna")]
    );
    assert_eq!((lines[0].get("to"), &lines[1]["to"]), (None, &json!("torre")));
    assert_eq!((lines[0].get("from"), lines[3].get("from")), (None, None));
    let of_torre = json!({"building": "torre", "kinds": ["entry"]});
    assert_eq!(
        mona.call("s.buildinglog", of_torre).unwrap()["lines"][0]["from"],
        "civil"
    );
    assert_eq!(anna.code_of("s.buildinglog", json!(["civil"])), "forbidden");
    let looks = |raw: &mut Raw| {
        let looks = raw.call("s.audit", json!({"on_what": "building:civil"})).unwrap();
        let looks = looks.as_array().unwrap().iter();
        looks.filter(|event| event["what"] == "s.buildinglog").count()
    };
    assert_eq!(looks(&mut mona), 1);
    // What bots said is for everybody there anyway.
    mona.call("s.buildinglog", json!({"building": "civil", "kinds": ["message"]}))
        .unwrap();
    assert_eq!(looks(&mut mona), 1);
    mona.call("s.exportlog", json!({"building": "civil"})).unwrap();
    let noted = mona.call("s.audit", json!({"on_what": "building:civil"})).unwrap();
    assert_eq!(
        (&noted[0]["what"], &noted[0]["result"]),
        (&json!("s.exportlog"), &json!("looked"))
    );
}
