//! Logs: what bots said in a building, for operators, newest first, in pages and by time.

use serde_json::{Value, json};

use crate::bots::authorised;
use crate::harness::Server;

fn bodies(listed: &Value) -> Vec<&str> {
    let rows = listed.as_array().unwrap().iter();
    rows.map(|row| row["body"].as_str().unwrap()).collect()
}

#[test]
fn the_last_ten_come_first_and_pages_go_back_to_the_beginning() {
    let server = Server::start();
    let (mut ada, mut anna) = (server.as_user("ada"), server.as_user("anna"));
    let (_, mut lunch) = authorised(&server, &mut ada, "lunch", "o'neill hall");
    let (_, mut news) = authorised(&server, &mut ada, "news", "o'neill hall");
    for number in 0..12 {
        lunch
            .call("s.botmessage", json!([format!("it's number {number}")]))
            .unwrap();
    }
    news.call("s.botmessage", json!(["news"])).unwrap();
    let ten = ada.call("s.buildinglog", json!(["o'neill hall"])).unwrap();
    assert_eq!(bodies(&ten).len(), 10);
    assert_eq!(bodies(&ten)[..2], ["news", "it's number 11"]);
    assert_eq!(
        (&ten[0]["bot"], &ten[0]["building"]),
        (&json!("news"), &json!("o'neill hall"))
    );
    let rest = json!({"building": "o'neill hall", "before": ten[9]["message"]});
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
    assert_eq!(ada.call("s.buildinglog", json!(["library"])).unwrap(), json!([]));
    assert_eq!(anna.code_of("s.buildinglog", json!(["library"])), "forbidden");
    for wrong in [
        json!({"limit": 0}),
        json!({"limit": 101}),
        json!({"since": "noon"}),
        json!({"until": "'"}),
    ] {
        let mut args = wrong.clone();
        args["building"] = json!("library");
        assert_eq!(ada.code_of("s.buildinglog", args), "bad_arguments", "{wrong}");
    }
}
