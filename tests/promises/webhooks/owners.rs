//! Whose webhooks they are: what each owner hears of, how many they have, and their secrets.

use serde_json::json;

use super::*;

#[test]
fn a_bot_hears_of_its_own_building_and_an_operator_who_is_none_any_more_of_nothing() {
    let server = impatient();
    let (ours, theirs) = (Receiver::start(Manner::Takes), Receiver::start(Manner::Takes));
    let (mut ada, mut mona, mut anna) = (server.as_user("ada"), server.as_user("mona"), server.as_user("anna"));
    let (_, mut lunch) = authorised(&server, &mut ada, "lunch", "canteen");
    let (_, mut news) = authorised(&server, &mut ada, "news", "library");
    let args = json!({"url": ours.url(), "events": ["bot_message"]});
    assert_eq!(anna.code_of("s.newwebhook", args.clone()), "forbidden");
    assert_eq!(anna.code_of("s.webhooks", json!({})), "forbidden");
    let all = json!({"url": ours.url(), "events": ["change"]});
    assert_eq!(lunch.code_of("s.newwebhook", all), "bad_arguments");
    for wrong in [
        json!([]),
        json!(["message"]),
        json!(["it's"]),
        json!(["change:", "bot_message"]),
    ] {
        let args = json!({"url": ours.url(), "events": wrong});
        assert_eq!(ada.code_of("s.newwebhook", args), "bad_arguments");
    }
    let (of_lunch, _) = hook(&mut lunch, &ours.url(), &["bot_message"]);
    let (of_mona, _) = hook(&mut mona, &theirs.url(), &["bot_message"]);
    for id in [of_lunch, of_mona] {
        assert_eq!(news.code_of("s.removewebhook", json!([id])), "not_found");
        assert_eq!(news.code_of("s.testwebhook", json!([id])), "not_found");
        assert_eq!(anna.code_of("s.newwebhooksecret", json!([id])), "forbidden");
    }
    news.call("s.botmessage", json!(["in the library"])).unwrap();
    lunch.call("s.botmessage", json!(["in the canteen"])).unwrap();
    assert_eq!(theirs.has(2).len(), 2);
    assert_eq!(ours.has(1)[0].json()["data"]["building"], "canteen");
    assert_eq!(ours.came().len(), 1);
    ada.call("s.setrole", json!(["mona", "customer"])).unwrap();
    ada.call("s.revokebot", json!(["lunch"])).unwrap();
    news.call("s.botmessage", json!(["again"])).unwrap();
    until("mona's to be disabled", || {
        (listed(&mut ada, of_mona)["enabled"] == false).then_some(())
    });
    assert_eq!(theirs.came().len(), 2);
}

#[test]
fn a_new_secret_signs_from_then_on_and_no_listing_shows_one() {
    let server = impatient();
    let receiver = Receiver::start(Manner::Takes);
    let mut ada = server.as_user("ada");
    let (id, old) = hook(&mut ada, &receiver.url(), &["bot_message"]);
    let made = ada.call("s.newwebhooksecret", json!([id])).unwrap();
    let new = made["secret"].as_str().unwrap().to_owned();
    ada.call("s.testwebhook", json!([id])).unwrap();
    let came = receiver.has(1);
    assert!(verifies(&came[0], &new) && !verifies(&came[0], &old));
    let shown = ada.call("s.webhooks", json!({})).unwrap().to_string();
    assert!(!shown.contains("whsec_"), "{shown}");
    let database = std::fs::read(server.folder().join("motorpool.db")).unwrap();
    for secret in [&old, &new] {
        let raw = BASE64.decode(&secret.as_bytes()["whsec_".len()..]).unwrap();
        assert!(
            !database.windows(raw.len()).any(|some| some == raw),
            "not in the database"
        );
        assert!(!database.windows(secret.len()).any(|some| some == secret.as_bytes()));
    }
}

#[test]
fn an_owner_has_so_many_webhooks_and_no_more() {
    let server = Server::with(&[
        ("MOTORPOOL_WEBHOOKS__HOOKS_PER_OWNER", "2"),
        ("MOTORPOOL_WEBHOOKS__HOOKS_MAX", "3"),
    ]);
    let (mut ada, mut mona) = (server.as_user("ada"), server.as_user("mona"));
    let args = json!({"url": "https://example.org/", "events": ["bot_message"]});
    for _ in 0..2 {
        ada.call("s.newwebhook", args.clone()).unwrap();
    }
    assert_eq!(ada.code_of("s.newwebhook", args.clone()), "not_now");
    mona.call("s.newwebhook", args.clone()).unwrap();
    assert_eq!(mona.code_of("s.newwebhook", args), "not_now");
}
