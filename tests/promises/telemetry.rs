//! Telemetry over real sockets: what is taken, what is refused by its place, who may send, what operators see.

use serde_json::{Value, json};

use crate::datasocks::{attach, figures};
use crate::examples::items;
use crate::harness::{Raw, Refused, Server, frame_of, in_seconds, metric};

/// A server with a datasock for telemetry.
fn server(limits: &[(&str, &str)]) -> Server {
    let server = Server::with(limits);
    let wish = json!({"name": "track", "receiver": "telemetry", "port": 0});
    server.as_user("ada").call("s.newdatasock", wish).unwrap();
    server
}

fn bot(server: &Server) -> Raw {
    let login = json!({"key": server.key("bot")});
    Raw::hello(server.address(), json!({"kind": "bot", "login": login})).unwrap()
}

fn fix(latitude: f64, at: i64) -> Value {
    json!({"at": in_seconds(at), "latitude": latitude, "longitude": 13.4, "speed_kmh": 50, "heading_deg": 90.5})
}

/// Sends a batch and gives what became of it.
fn send(sock: &mut Raw, batch: &Value) -> Value {
    sock.send(batch);
    let answer = sock.read().expect("an answer to a batch");
    assert!(answer.get("batch").or(answer.get("error")).is_some(), "{answer}");
    answer
}

fn telemetry(raw: &mut Raw, args: Value) -> Result<Value, Refused> {
    raw.send(&json!({"request": {"id": 90_001, "name": "TELEMETRY", "args": args}}));
    raw.result(90_001)
}

#[test]
fn fixes_and_readings_of_a_unit_are_acknowledged_and_operators_see_the_latest() {
    let server = server(&[]);
    let (mut unit, mut mona) = (server.unit("amber"), server.as_user("mona"));
    let mut sock = attach(&mut unit, "track");
    let first = json!({"fixes": [fix(52.0, -60), fix(52.2, -20)], "readings": [{"at": in_seconds(-20), "odometer_km": 12_000, "fuel_percent": 55.5}]});
    assert_eq!(
        send(&mut sock, &first),
        json!({"batch": {"number": 1, "fixes": 2, "readings": 1}})
    );
    // It was late on its way: kept, but not the latest.
    let late = json!({"fixes": [fix(52.1, -40)]});
    assert_eq!(
        send(&mut sock, &late),
        json!({"batch": {"number": 2, "fixes": 1, "readings": 0}})
    );
    let told = telemetry(&mut mona, json!({"car": "amber"})).unwrap();
    let told = &told[0];
    assert_eq!(
        (&told["fix"]["latitude"], &told["fix"]["longitude"]),
        (&json!(52.2), &json!(13.4))
    );
    assert_eq!(
        (&told["fix"]["speed_kmh"], &told["fix"]["heading_deg"]),
        (&json!(50.0), &json!(90.5))
    );
    assert_eq!(
        (&told["reading"]["odometer_km"], &told["reading"]["fuel_percent"]),
        (&json!(12_000.0), &json!(55.5))
    );
    assert_eq!((&told["fixes"], &told["readings"]), (&json!(3), &json!(1)));
    let trail: Vec<&Value> = told["trail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fix| &fix["latitude"])
        .collect();
    assert_eq!(trail, [&json!(52.0), &json!(52.2), &json!(52.1)]);
    let all = telemetry(&mut mona, json!([])).unwrap();
    assert_eq!((all.as_array().unwrap().len(), &all[0]["trail"]), (1, &Value::Null));
    assert_eq!(
        telemetry(&mut mona, json!({"after": all[0]["car_id"]})).unwrap(),
        json!([])
    );
    assert_eq!(
        telemetry(&mut mona, json!({"car": "nothing"})).unwrap_err().code,
        "not_found"
    );
    assert_eq!(
        telemetry(&mut server.as_user("anna"), json!([])).unwrap_err().code,
        "forbidden"
    );
    assert_eq!(figures(&mut mona, "track")["frames"], json!(2));
    assert_eq!(
        metric(server.http(), "motorpool_telemetry_rows_total", &["fix", "taken"]),
        3.0
    );
    assert_eq!(metric(server.http(), "motorpool_telemetry_cars", &[]), 1.0);
}

#[test]
fn bad_rows_are_refused_by_their_place_and_cost_nothing_else() {
    let server = server(&[("MOTORPOOL_LIMITS__TELEMETRY_BATCH_ROWS", "20")]);
    let mut unit = server.unit("amber");
    let mut sock = attach(&mut unit, "track");
    let batch = json!({
        "fixes": [fix(52.0, 0), fix(91.0, 0), "no map", fix(52.0, 90), fix(52.0, -8 * 86_400), fix(53.0, 0)],
        "readings": [{"at": in_seconds(0)}, {"at": in_seconds(0), "fuel_percent": 101}, {"at": in_seconds(0), "fuel_percent": 1}, {"car": 99, "at": in_seconds(0), "fuel_percent": 1}],
    });
    let answer = send(&mut sock, &batch);
    let taken = &answer["batch"];
    assert_eq!(
        (&taken["fixes"], &taken["readings"]),
        (&json!(2), &json!(1)),
        "{answer}"
    );
    assert_eq!(taken["refused_fixes"], json!([1, 2, 3, 4]));
    assert_eq!(taken["refused_readings"], json!([0, 1, 3]));
    let faults = taken["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 7);
    let said = json!({"list": "fixes", "index": 1, "code": "bad_arguments", "message": "got latitude 91, wanted -90 to 90 degrees"});
    assert_eq!(faults[0], said);
    assert_eq!(faults[6]["code"], "forbidden");
    // At the bound, with more faults than are explained; one row more is refused whole, and the socket goes on.
    let answer = send(&mut sock, &json!({"fixes": vec![fix(99.0, 0); 20]}));
    assert_eq!(answer["batch"]["refused_fixes"].as_array().unwrap().len(), 20);
    assert_eq!(answer["batch"]["faults"].as_array().unwrap().len(), 16);
    let answer = send(&mut sock, &json!({"fixes": vec![fix(52.0, 0); 21]}));
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["id"]),
        (&json!("too_large"), &json!(3))
    );
    for (number, bad) in [json!([]), json!({"fxes": []}), json!({"fixes": 5})].iter().enumerate() {
        let answer = send(&mut sock, bad);
        assert_eq!(
            (&answer["error"]["code"], &answer["error"]["id"]),
            (&json!("bad_arguments"), &json!(number + 4))
        );
    }
    assert_eq!(
        send(&mut sock, &json!({"fixes": [fix(52.0, 0)]}))["batch"]["number"],
        json!(7)
    );
    // Bytes that are no item end it; the unit stays.
    sock.send_bytes(&[0, 0, 0, 1, 0xff]);
    let refused = sock.read().unwrap();
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["id"]),
        (&json!("bad_frame"), &Value::Null)
    );
    assert_eq!(sock.read(), None);
    let mut sock = attach(&mut unit, "track");
    sock.send_bytes(&[0x7f, 0, 0, 0]);
    assert_eq!(sock.read().unwrap()["error"]["code"], "too_large");
    assert_eq!(sock.read(), None);
    assert!(unit.is_alive());
    assert_eq!(
        metric(server.http(), "motorpool_telemetry_rows_total", &["refused"]),
        27.0
    );
}

#[test]
fn units_send_and_bots_that_an_operator_allows_and_nobody_else() {
    let server = server(&[("MOTORPOOL_LIMITS__TELEMETRY_CARS", "1")]);
    let (mut ada, mut bot) = (server.as_user("ada"), bot(&server));
    for raw in [&mut ada, &mut server.as_user("anna"), &mut server.guest(), &mut bot] {
        assert_eq!(raw.code_of("s.attach", json!(["track"])), "forbidden");
    }
    ada.call("s.getrights", json!({"client": bot.name(), "permission": "customer"}))
        .unwrap();
    let mut sock = attach(&mut bot, "track");
    let of = |car: i64| {
        let mut fix = fix(52.0, 0);
        fix["car"] = json!(car);
        fix
    };
    let answer = send(
        &mut sock,
        &json!({"fixes": [of(1), fix(52.0, 0), of(4_242), of(-1), of(2), of(1)]}),
    );
    let taken = &answer["batch"];
    assert_eq!(
        (&taken["fixes"], &taken["refused_fixes"]),
        (&json!(2), &json!([1, 2, 3, 4])),
        "{answer}"
    );
    let mut codes: Vec<(u64, &str)> = taken["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["index"].as_u64().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            (1, "bad_arguments"),
            (2, "not_found"),
            (3, "bad_arguments"),
            (4, "not_now")
        ]
    );
    // The right is looked at with each batch.
    ada.call(
        "s.removerights",
        json!({"client": bot.name(), "permission": "customer"}),
    )
    .unwrap();
    assert_eq!(
        send(&mut sock, &json!({"fixes": [of(1)]}))["error"]["code"],
        "forbidden"
    );
    assert_eq!(sock.read(), None);
    assert!(bot.is_alive());
}

#[test]
fn every_item_of_the_text_means_what_it_says_and_is_answered_so() {
    let server = server(&[]);
    let mut unit = server.unit("amber");
    let mut answered = 0;
    for example in items() {
        let name = example.line("id");
        let meaning: Value = serde_json::from_str(example.line("json")).unwrap();
        assert_eq!(frame_of(&meaning), example.bytes, "{name}");
        let Some(answer) = example.lines.get("answer") else {
            continue;
        };
        let mut sock = attach(&mut unit, "track");
        sock.send_bytes(&example.bytes);
        let wanted: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(sock.read().unwrap(), wanted, "{name}");
        answered += 1;
    }
    assert!(answered >= 3, "only {answered} items are answered");
}
