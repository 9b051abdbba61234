//! A server inside another program: what it adds is called like everything else, and hurts nobody when it fails.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use motorpool::{
    Arrival, Command, Config, Context, DefinitionError, Error, ErrorCode, Receiver, Requestable, Running, Server,
    Service,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::{Raw, metric, until};

#[path = "../../examples/local_things.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a program of its own")]
mod local_things;

fn config(folder: &Path) -> Config {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut config = Config::default();
    config.server.data = folder.to_owned();
    config.server.listen = Some(any);
    config.server.data_listen = Some(any);
    config.server.http = any;
    config
}

#[derive(Deserialize, JsonSchema)]
struct Words {
    /// The first.
    first: String,
    /// Any more.
    more: Option<Vec<String>>,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn join() -> Command {
    Command::new("s.join_words")
        .about("Joins words.")
        .category("demo")
        .run(|_: Context, words: Words| async move {
            let mut all = vec![words.first];
            all.extend(words.more.unwrap_or_default());
            Ok::<_, Error>(all.join("+"))
        })
}

fn started(folder: &Path, commands: Vec<Command>) -> Running {
    let builder = Server::builder().config(config(folder));
    let server = commands
        .into_iter()
        .fold(builder, motorpool::server::ServerBuilder::command);
    server.build().unwrap().start().unwrap()
}

fn admin(running: &Running) -> Raw {
    let mut admin = Raw::guest(running.serversock());
    admin.call("s.getadmin", json!([running.admin_key().unwrap()])).unwrap();
    admin
}

#[test]
fn the_original_demonstration_runs_to_its_end() {
    local_things::once().unwrap();
}

#[test]
fn an_added_command_is_called_listed_and_refused_like_a_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let secret = Command::new("s.secret")
        .about("For admins.")
        .needs("admin")
        .run(|context: Context, Nothing {}| async move { Ok::<_, Error>(context.permissions()) });
    let running = started(folder.path(), vec![join(), secret]);
    let mut guest = Raw::guest(running.serversock());
    assert_eq!(guest.call("s.join_words", json!(["a", "b", "c"])), Ok(json!("a+b+c")));
    assert_eq!(guest.call("s.join_words", json!({"first": "a"})), Ok(json!("a")));
    let refused = guest.call("s.join_words", json!([])).unwrap_err();
    assert_eq!(refused.code, "bad_arguments");
    assert!(refused.message.contains("s.join_words(first, more?...)"), "{refused:?}");
    assert_eq!(guest.code_of("s.secret", json!([])), "forbidden");
    let commands = guest.welcome["server"]["commands"].as_array().unwrap();
    assert!(commands.contains(&json!("s.join_words")) && !commands.contains(&json!("s.secret")));
    let held = admin(&running).call("s.secret", json!([])).unwrap();
    assert!(held.as_array().unwrap().contains(&json!("admin")), "{held}");
}

#[test]
fn a_panic_in_an_added_command_is_one_error_a_count_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let hurt = Command::new("s.hurt_itself")
        .about("Panics.")
        .run(|context: Context, Nothing {}| async move {
            assert!(context.name().is_empty(), "on purpose");
            Ok::<_, Error>(())
        });
    let thread = Command::new("s.hurt_thread")
        .about("Panics on a thread of its own.")
        .run_blocking(|context: Context, Nothing {}| {
            assert!(context.name().is_empty(), "on purpose");
            Ok::<_, Error>(())
        });
    let running = started(folder.path(), vec![hurt, thread, join()]);
    let mut guest = Raw::guest(running.serversock());
    for name in ["s.hurt_itself", "s.hurt_thread"] {
        let refused = guest.call(name, json!([])).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.message),
            ("internal", format!("{name} failed"))
        );
        assert!(metric(running.http(), "motorpool_handler_panics_total", &[name]) >= 1.0);
    }
    assert_eq!(guest.call("s.join_words", json!(["a"])), Ok(json!("a")));
}

#[test]
fn a_retry_of_an_added_change_hears_the_first_answer_and_the_change_is_an_audit_event() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let count = Command::new("s.count_up")
        .about("Counts up.")
        .changes()
        .run(move |_: Context, Nothing {}| {
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            std::future::ready(Ok::<_, Error>(number))
        });
    let running = started(folder.path(), vec![count]);
    let mut admin = admin(&running);
    for _ in 0..2 {
        assert_eq!(admin.call("s.count_up", json!({"request_id": "once"})), Ok(json!(1)));
    }
    assert_eq!(admin.call("s.count_up", json!({})), Ok(json!(2)));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    let audit = admin.call("s.audit", json!([])).unwrap();
    assert_eq!(audit.to_string().matches("s.count_up").count(), 2, "{audit}");
}

#[test]
fn blocking_work_holds_up_nobody_and_is_told_when_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let tells = Arc::clone(&ended);
    let wait = Command::new("s.wait_long")
        .about("Blocks until nobody waits for it.")
        .run_blocking(move |context: Context, Nothing {}| {
            while !context.is_given_up() {
                std::thread::yield_now();
            }
            tells.store(true, Ordering::Release);
            Ok::<_, Error>(())
        });
    let running = started(folder.path(), vec![wait, join()]);
    let mut guest = Raw::guest(running.serversock());
    guest.send(&json!({"call": {"id": 900, "command": "s.wait_long", "args": [], "deadline_ms": 300}}));
    assert_eq!(guest.call("s.join_words", json!(["beside"])), Ok(json!("beside")));
    assert_eq!(guest.result(900).unwrap_err().code, "timeout");
    until("the end of the work", || ended.load(Ordering::Acquire).then_some(()));
}

#[test]
fn added_work_reaches_clients_by_text_call_and_request() {
    let folder = tempfile::tempdir().unwrap();
    let reach = Command::new("s.reach_me")
        .about("Talks back.")
        .run(|context: Context, Nothing {}| async move {
            let me = context.client_id().to_owned();
            context.say(&me, "hello").await?;
            let soon = Duration::from_secs(10);
            let light = context.call_client(&me, "light", &json!(["red"]), soon).await?;
            let colour = context.request(&me, "COLOUR", &(), soon).await?;
            let car = context.call_client(&me, "unlock", &(), soon).await;
            assert_eq!(car.unwrap_err().code(), ErrorCode::Forbidden);
            let nobody = context.say("nobody", "hello").await;
            assert_eq!(nobody.unwrap_err().code(), ErrorCode::NotFound);
            Ok::<_, Error>((light, colour))
        });
    let running = started(folder.path(), vec![reach]);
    let hello = json!({"commands": ["light", "unlock"], "requestables": ["COLOUR"]});
    let mut lamp = Raw::hello(running.serversock(), hello).unwrap();
    let id = lamp.ask("s.reach_me", json!([]));
    let text = lamp.answer().unwrap();
    assert_eq!(text["text"]["body"], "hello");
    let call = lamp.answer().unwrap();
    assert_eq!(
        (&call["call"]["command"], &call["call"]["args"]),
        (&json!("light"), &json!(["red"]))
    );
    lamp.send(&json!({"result": {"id": call["call"]["id"], "ok": "lit"}}));
    let request = lamp.answer().unwrap();
    assert_eq!(request["request"]["name"], "COLOUR");
    lamp.send(&json!({"result": {"id": request["request"]["id"], "ok": "red"}}));
    assert_eq!(lamp.result(id), Ok(json!(["lit", "red"])));
}

#[test]
fn a_server_that_was_stopped_can_be_started_again_on_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let running = started(folder.path(), vec![join()]);
    let mut guest = Raw::guest(running.serversock());
    assert!(running.admin_key().is_some());
    running.stop();
    running.join().unwrap();
    while guest.read().is_some_and(|frame| frame.get("bye").is_none()) {}
    let again = started(folder.path(), vec![join()]);
    assert_eq!(again.admin_key(), None, "told once");
    let mut guest = Raw::guest(again.serversock());
    assert_eq!(guest.call("s.join_words", json!(["a"])), Ok(json!("a")));
}

fn refused(command: Command) -> DefinitionError {
    Server::builder().command(command).build().unwrap_err()
}

#[test]
fn wrong_declarations_are_found_when_the_server_is_built() {
    let named = |name: &str| join_as(name);
    for name in ["greet", "s.", "s.Greet", "s.a b", "s.a(", ""] {
        assert!(
            matches!(refused(named(name)), DefinitionError::Name { what: "command", .. }),
            "{name}"
        );
    }
    assert!(matches!(refused(named("s.help")), DefinitionError::Taken { .. }));
    assert!(
        Server::builder()
            .command(named("s.help").replaces_builtin())
            .build()
            .is_ok()
    );
    let nothing = refused(named("s.no_such").replaces_builtin());
    assert!(matches!(nothing, DefinitionError::NothingToReplace { .. }));
    assert!(matches!(
        refused(named("s.x").needs("No Group")),
        DefinitionError::Group { .. }
    ));
    assert!(matches!(
        refused(named("s.x").category("A B")),
        DefinitionError::Name { what: "category", .. }
    ));
    assert!(matches!(refused(Command::new("s.x")), DefinitionError::NoWork { .. }));
    let twice = Server::builder().command(named("s.x")).command(named("s.x")).build();
    assert!(matches!(twice.unwrap_err(), DefinitionError::Taken { .. }));
    let small = Server::builder()
        .requestable(Requestable::new("answer").value(1))
        .build();
    assert!(matches!(
        small.unwrap_err(),
        DefinitionError::Name {
            what: "requestable",
            ..
        }
    ));

    let service = |every: u64| {
        let service = Service::new("own").every(Duration::from_millis(every));
        let service = service.run(|_| std::future::ready(Ok::<_, Error>(String::new())));
        Server::builder().service(service).build()
    };
    assert!(service(10).is_ok());
    assert!(matches!(
        service(9).unwrap_err(),
        DefinitionError::Figure { key: "every", .. }
    ));

    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct TwoLists {
        one: Vec<String>,
        two: Vec<String>,
    }
    let lists = Command::new("s.x").run(|_: Context, _: TwoLists| std::future::ready(Ok::<_, Error>(())));
    assert!(matches!(refused(lists), DefinitionError::Parameters { .. }));
}

#[test]
fn a_group_that_the_store_does_not_know_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::builder()
        .config(config(folder.path()))
        .command(join().needs("no-such-group"));
    let refused = server.build().unwrap().start().unwrap_err().to_string();
    assert!(
        refused.contains("needs `no-such-group`, and there is no such group"),
        "{refused}"
    );
}

fn join_as(name: &str) -> Command {
    Command::new(name).run(|_: Context, words: Words| std::future::ready(Ok::<_, Error>(words.first)))
}

#[test]
fn the_answer_is_told_to_users_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::builder()
        .config(config(folder.path()))
        .requestable(Requestable::new("ANSWER").about("The answer.").value(42))
        .requestable(
            Requestable::new("SECRET")
                .about("For admins.")
                .needs("admin")
                .value("psst"),
        );
    let running = server.build().unwrap().start().unwrap();
    let mut guest = Raw::guest(running.serversock());
    let mut ask = |id: u64, name: &str| {
        guest.send(&json!({"request": {"id": id, "name": name}}));
        guest.result(id)
    };
    assert_eq!(ask(1, "ANSWER"), Ok(json!(42)));
    assert_eq!(ask(2, "SECRET").unwrap_err().code, "forbidden");
    let listed: Value = guest.welcome["server"]["requestables"].clone();
    assert!(listed.to_string().contains("ANSWER") && !listed.to_string().contains("SECRET"));
}

#[test]
fn a_receiver_that_cannot_be_is_found_when_the_server_is_built() {
    let receiver = |name: &str| Receiver::new(name).chunks(|_| std::future::ready(Ok::<_, Error>(None::<()>)));
    let build = |receiver: Receiver| Server::builder().receiver(receiver).build();
    assert!(build(receiver("sizes")).is_ok());
    for taken in ["bytes", "default", "lines", "telemetry"] {
        let refused = build(receiver(taken)).unwrap_err();
        assert!(
            matches!(refused, DefinitionError::Taken { what: "receiver", .. }),
            "{taken}"
        );
    }
    let nameless = build(receiver("A b")).unwrap_err();
    assert!(matches!(nameless, DefinitionError::Name { what: "receiver", .. }));
    let idle = build(Receiver::new("idle")).unwrap_err();
    assert!(matches!(idle, DefinitionError::NoWork { what: "receiver", .. }));
}

#[test]
fn an_added_receiver_loses_the_connection_it_refuses_or_panics_at_and_never_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let picky = Receiver::new("picky")
        .needs("manager")
        .items(16, |arrival: Arrival| async move {
            match &arrival.bytes[..] {
                b"panic" => panic!("on purpose"),
                b"refuse" => Err(Error::new(ErrorCode::BadArguments, "not this")),
                bytes => Ok(Some(bytes.len())),
            }
        });
    let builder = Server::builder().config(config(folder.path())).receiver(picky);
    let running = builder.build().unwrap().start().unwrap();
    let mut admin = admin(&running);
    let opened = admin
        .call(
            "s.newdatasock",
            json!({"name": "track", "receiver": "picky", "port": 0}),
        )
        .unwrap();
    let port = u16::try_from(opened["port"].as_u64().unwrap()).unwrap();
    let mut guest = Raw::guest(running.serversock());
    assert_eq!(guest.code_of("s.attach", json!(["track"])), "forbidden");
    let mut attach = |sent: &[u8]| {
        let ticket = admin.call("s.attach", json!(["track"])).unwrap()["ticket"].clone();
        let mut sock = Raw::connect(SocketAddr::from(([127, 0, 0, 1], port)));
        let attach = json!({"client_id": admin.client_id(), "datasock": "track", "ticket": ticket});
        sock.send(&json!({ "attach": attach }));
        assert_eq!(sock.read().unwrap(), json!({"attached": {"datasock": "track"}}));
        let length = u32::try_from(sent.len()).unwrap().to_be_bytes();
        sock.send_bytes(&[&length, sent].concat());
        let answer = sock.read();
        (answer, sock)
    };
    assert_eq!(attach(b"hello").0, Some(json!(5)));
    let (refused, mut sock) = attach(b"refuse");
    assert_eq!(refused.unwrap()["error"]["code"], "bad_arguments");
    assert_eq!(sock.read(), None);
    let (panicked, _sock) = attach(b"panic");
    assert!(panicked.is_none_or(|last| last.get("bye").or(last.get("error")).is_some()));
    let (long, _sock) = attach(b"seventeen letters");
    assert_eq!(long.unwrap()["error"]["code"], "too_large");
    assert_eq!(attach(b"still").0, Some(json!(5)), "the client and the datasock go on");
}
