//! Groups of the operators' own: made, inherited, given to accounts, taken, removed; who may and who may not.

use serde_json::{Value, json};

use crate::harness::{Raw, Server, until};
use crate::users::{event, told};

fn permissions(raw: &mut Raw) -> Value {
    raw.call("s.whoami", json!([])).unwrap()["permissions"].clone()
}

fn group(raw: &mut Raw, name: &str) -> Value {
    let groups = raw.call("s.groups", json!([])).unwrap();
    let mut groups = groups.as_array().unwrap().iter();
    groups.find(|group| group["group"] == name).expect(name).clone()
}

#[test]
fn a_group_brings_its_whole_chain_to_an_account_at_once_and_after_a_restart() {
    let mut server = Server::start();
    let (mut ada, mut emil) = (server.as_user("ada"), server.as_user("emil"));
    assert_eq!(emil.code_of("s.newgroup", json!(["valet", "customer"])), "forbidden");
    let reply = ada.call("s.newgroup", json!(["valet", "customer"])).unwrap();
    assert_eq!(reply, "Group 'valet' inherits 'customer'");
    assert_eq!(event(&mut ada, "s.newgroup")["on_what"], "group:valet");
    assert_eq!(emil.code_of("s.book", json!([])), "forbidden");
    let reply = ada.call("s.grant", json!(["emil", "valet"])).unwrap();
    assert_eq!(reply, "Account 'emil' gained permission(s): valet");
    assert_eq!(told(&mut emil), "Your account gained permission(s): valet, by 'ada.0'");
    let wanted = json!(["user", "customer", "engineer", "valet"]);
    assert_eq!(permissions(&mut emil), wanted, "at once");
    assert_eq!(emil.code_of("s.book", json!([])), "bad_arguments");
    let granted = event(&mut ada, "s.grant");
    assert_eq!(
        (&granted["detail"], &granted["result"]),
        (&json!("gains valet"), &json!("ok"))
    );
    let shown = json!({"group": "valet", "inherits": "customer", "brings": ["valet", "customer", "user", "guest"],
        "built_in": false, "accounts": 1, "connected": 1});
    assert_eq!(group(&mut ada, "valet"), shown);
    let none = ada.call("s.grant", json!(["emil", "valet"])).unwrap();
    assert_eq!(none, "No new permissions added");
    server.restart();
    let mut emil = Raw::resume(server.address(), emil.token());
    assert_eq!(permissions(&mut emil), wanted, "after a restart");
    let mut ada = server.as_user("ada");
    let reply = ada.call("s.revoke", json!(["emil", "valet"])).unwrap();
    assert_eq!(reply, "Account 'emil' lost permission(s): valet");
    assert_eq!(told(&mut emil), "Your account lost permission(s): valet, by 'ada.1'");
    assert_eq!(permissions(&mut emil), json!(["user", "engineer"]));
    assert_eq!(emil.code_of("s.book", json!([])), "forbidden");
    assert_eq!(event(&mut ada, "s.revoke")["detail"], "loses valet");
}

#[test]
fn rights_are_given_to_the_account_of_a_client_and_taken_from_it() {
    let server = Server::start();
    let (mut ada, mut anna, mut guest) = (server.as_user("ada"), server.as_user("anna"), server.guest());
    let mut other = server.as_user("anna");
    let args = json!({"client": "anna.0", "permission": "manager", "account": true});
    assert_eq!(anna.code_of("s.getrights", args.clone()), "forbidden");
    assert_eq!(
        ada.call("s.getrights", args.clone()).unwrap(),
        "Account 'anna' gained permission(s): manager"
    );
    for raw in [&mut anna, &mut other] {
        assert_eq!(told(raw), "Your account gained permission(s): manager, by 'ada.0'");
        raw.call("s.clients", json!([])).unwrap();
    }
    anna.hang_up();
    let mut again = Raw::resume(server.address(), anna.token());
    again.call("s.clients", json!([])).expect("for good");
    assert_eq!(
        ada.call("s.removerights", args).unwrap(),
        "Account 'anna' lost permission(s): manager"
    );
    assert_eq!(told(&mut again), "Your account lost permission(s): manager, by 'ada.0'");
    assert_eq!(again.code_of("s.clients", json!([])), "forbidden");
    let of_role = json!({"client": "anna.0", "permission": ["customer"], "account": true});
    assert_eq!(ada.code_of("s.removerights", of_role), "not_now", "comes with the role");
    let nobody = json!({"client": guest.name(), "permission": ["manager"], "account": true});
    assert_eq!(ada.code_of("s.getrights", nobody), "not_now", "a guest has no account");
    assert!(guest.is_alive());
}

#[test]
fn nobody_gives_what_they_do_not_hold_nor_to_themselves_nor_touches_an_admin() {
    let server = Server::start();
    let (mut ada, mut mona, mut anna) = (server.as_user("ada"), server.as_user("mona"), server.as_user("anna"));
    ada.call("s.newgroup", json!(["boss", "admin"])).unwrap();
    ada.call("s.newgroup", json!(["valet", "user"])).unwrap();
    assert_eq!(anna.code_of("s.grant", json!(["bert", "user"])), "forbidden");
    for group in ["admin", "boss", "valet", "engineer"] {
        let refused = mona.call("s.grant", json!(["anna", group])).unwrap_err();
        assert_eq!(refused.code, "forbidden", "{group}");
        assert!(refused.message.contains(group), "{}", refused.message);
    }
    // A group that brings `admin` is not a way round, neither as a role nor in a new account.
    assert_eq!(mona.code_of("s.setrole", json!(["anna", "boss"])), "forbidden");
    assert_eq!(
        mona.code_of(
            "s.adduser",
            json!(["eve", "a long password", "E", "V", "e@example.org", "boss"])
        ),
        "forbidden"
    );
    assert_eq!(mona.code_of("s.grant", json!(["mona", "user"])), "forbidden");
    assert_eq!(ada.code_of("s.grant", json!(["ada", "engineer"])), "forbidden");
    assert_eq!(mona.code_of("s.grant", json!(["ada", "customer"])), "forbidden");
    assert_eq!(mona.code_of("s.revoke", json!(["ada", "customer"])), "forbidden");
    assert_eq!(
        ada.code_of("s.grant", json!(["anna", "car"])),
        "forbidden",
        "a car has a key"
    );
    assert_eq!(ada.code_of("s.grant", json!(["nobody", "valet"])), "not_found");
    assert_eq!(ada.code_of("s.grant", json!(["anna", "wizard"])), "bad_arguments");
    mona.call("s.grant", json!(["anna", "manager"])).expect("held by mona");
    assert_eq!(
        told(&mut anna),
        "Your account gained permission(s): manager, by 'mona.0'"
    );
    // An admin who is shut out is an admin all the same.
    ada.call("s.setrole", json!(["bert", "admin"])).unwrap();
    ada.call("s.disableuser", json!(["bert"])).unwrap();
    assert_eq!(mona.code_of("s.disableuser", json!(["bert", false])), "forbidden");
}

#[test]
fn a_group_given_for_the_session_brings_its_chain_and_takes_it_along() {
    let server = Server::start();
    let (mut ada, mut emil) = (server.as_user("ada"), server.as_user("emil"));
    ada.call("s.newgroup", json!(["valet", "customer"])).unwrap();
    let reply = ada.call("s.getrights", json!(["emil.0", "valet"])).unwrap();
    assert_eq!(reply, "User 'emil.0' gained permission(s): customer, valet");
    assert_eq!(permissions(&mut emil), json!(["user", "customer", "engineer", "valet"]));
    let reply = ada.call("s.removerights", json!(["emil.0", "valet"])).unwrap();
    assert_eq!(reply, "User 'emil.0' lost permission(s): customer, valet");
    assert_eq!(permissions(&mut emil), json!(["user", "engineer"]));
    ada.call("s.getrights", json!(["emil.0", "valet"])).unwrap();
    ada.call("s.removegroup", json!(["valet"])).unwrap();
    assert_eq!(
        permissions(&mut emil),
        json!(["user", "customer", "engineer"]),
        "gone with the group"
    );
}

#[test]
fn a_group_in_use_stays_and_a_built_in_one_always() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    ada.call("s.newgroup", json!(["valet", "customer"])).unwrap();
    ada.call("s.newgroup", json!(["senior", "valet"])).unwrap();
    ada.call("s.grant", json!(["anna", "senior"])).unwrap();
    let why = |ada: &mut Raw, name: &str| {
        let refused = ada.call("s.removegroup", json!([name])).unwrap_err();
        (refused.code, refused.message)
    };
    assert_eq!(why(&mut ada, "valet").1, "group `valet` stays: inherited by senior");
    assert_eq!(why(&mut ada, "senior").1, "group `senior` stays: 1 account(s) hold it");
    assert_eq!(why(&mut ada, "senior").0, "not_now");
    for built_in in ["guest", "customer", "admin", "car"] {
        assert_eq!(why(&mut ada, built_in).0, "forbidden", "{built_in}");
    }
    assert_eq!(why(&mut ada, "nobody").0, "not_found");
    ada.call("s.revoke", json!(["anna", "senior"])).unwrap();
    ada.call("s.setrole", json!(["anna", "senior"])).unwrap();
    assert_eq!(why(&mut ada, "senior").0, "not_now", "as a role");
    ada.call("s.setrole", json!(["anna", "customer"])).unwrap();
    ada.call("s.removegroup", json!(["senior"])).unwrap();
    assert_eq!(
        ada.call("s.removegroup", json!(["valet"])).unwrap(),
        "Group 'valet' is removed"
    );
    assert_eq!(
        ada.code_of("s.grant", json!(["anna", "valet"])),
        "bad_arguments",
        "no such permission any more"
    );
    ada.call("s.newgroup", json!(["valet", "user"]))
        .expect("its place waited");
    until("the group to be there", || {
        (group(&mut ada, "valet")["inherits"] == "user").then_some(())
    });
}

#[test]
fn names_circles_unknown_parents_and_the_group_past_the_bound_are_refused() {
    let server = Server::start();
    let mut ada = server.as_user("ada");
    let long = "x".repeat(300);
    for wrong in [
        "",
        "x",
        "ab",
        "Valet",
        "a,b",
        "a b",
        "a\u{7}b",
        "1ab",
        "zoë",
        "seventeen-letters",
        &long,
    ] {
        assert_eq!(
            ada.code_of("s.newgroup", json!([wrong, "user"])),
            "bad_arguments",
            "{wrong:?}"
        );
    }
    assert_eq!(
        ada.code_of("s.newgroup", json!(["valet", "valet"])),
        "bad_arguments",
        "a circle"
    );
    assert_eq!(ada.code_of("s.newgroup", json!(["valet", "wizard"])), "bad_arguments");
    assert_eq!(ada.code_of("s.newgroup", json!(["valet", "car"])), "bad_arguments");
    assert_eq!(ada.code_of("s.newgroup", json!(["customer", "user"])), "conflict");
    for number in 1..=20 {
        ada.call("s.newgroup", json!([format!("group-{number}"), "user"]))
            .unwrap();
    }
    let refused = ada.call("s.newgroup", json!(["one-more", "user"])).unwrap_err();
    assert_eq!(refused.code, "not_now");
    assert!(refused.message.contains("20"), "{}", refused.message);
    assert_eq!(ada.code_of("s.newgroup", json!(["group-1", "user"])), "conflict");
}
