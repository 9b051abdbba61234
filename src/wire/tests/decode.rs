//! Readable frames with wrong fields are named; secrets are not shown; results keep null apart from absent.

use super::hex;
use crate::wire::{
    Answer, Args, Attach, Call, ClientKind, ErrorCode, Frame, FrameError, Hello, Login, Target, Value, WireError,
    decode, json, to_cbor,
};

/// The bytes of a frame written as JSON.
fn item(text: &str) -> Vec<u8> {
    to_cbor(&json::from_json(&serde_json::from_str(text).unwrap())).unwrap()
}

fn refused(text: &str) -> (Option<u64>, Option<String>, String) {
    match decode(&item(text)) {
        Err(FrameError::Fields { id, kind, message }) => (id, kind, message),
        other => panic!("{text}: {other:?}"),
    }
}

/// A refused frame, the id of its answer, and how the message begins.
const REFUSED: &[(&str, Option<u64>, &str)] = &[
    (
        r#"{"shout": {"id": 7}}"#,
        Some(7),
        "unknown kind of frame `shout`, wanted one of hello, welcome",
    ),
    (r#"{"call": {"id": 7}}"#, Some(7), "`call`: missing field `command`"),
    (r#"{"call": {"command": "s.ping"}}"#, None, "`call`: missing field `id`"),
    (
        r#"{"call": {"id": 7, "command": "s.ping", "urgent": true}}"#,
        Some(7),
        "`call`: unknown field `urgent`, expected one of `id`, `command`, `args`, `deadline_ms`",
    ),
    (
        r#"{"call": {"id": "7", "command": "s.ping"}}"#,
        None,
        "`call`, field `id`: ",
    ),
    (
        r#"{"call": {"id": -1, "command": "s.ping"}}"#,
        None,
        "`call`, field `id`: ",
    ),
    (
        r#"{"call": {"id": 7, "command": 5}}"#,
        Some(7),
        "`call`, field `command`: ",
    ),
    (
        r#"{"call": {"id": 7, "command": "s.ping", "args": 5}}"#,
        Some(7),
        "`call`, field `args`: invalid type: integer `5`, expected arguments as an array or a map",
    ),
    (
        r#"{"call": [7, "s.ping"]}"#,
        None,
        "`call`: got no map, wanted a map of its fields",
    ),
    (
        r#"{"result": {"id": 7}}"#,
        Some(7),
        "`result`: got neither `ok` nor `error`",
    ),
    (
        r#"{"result": {"id": 7, "ok": 1, "error": {"code": "busy", "message": ""}}}"#,
        Some(7),
        "`result`: got both `ok` and `error`",
    ),
    (
        r#"{"result": {"id": 7, "error": {"code": "nope", "message": ""}}}"#,
        Some(7),
        "`result`, field `error`: unknown error code `nope`, wanted one of bad_frame",
    ),
    (
        r#"{"send": {"id": 7, "to": "client", "body": "b"}}"#,
        Some(7),
        "`send`, field `to`: ",
    ),
    (
        r#"{"send": {"id": 7, "to": "client"}}"#,
        Some(7),
        "`send`, field `to`: ",
    ),
    (
        r#"{"send": {"id": 7, "to": {"all": false}, "body": "b"}}"#,
        Some(7),
        "`send`, field `to`: got `all` false",
    ),
    (
        r#"{"send": {"id": 7, "to": {"client": "a", "user": "b"}, "body": "b"}}"#,
        Some(7),
        "`send`, field `to`: ",
    ),
    (
        r#"{"hello": {"protocol": 1, "kind": "boat"}}"#,
        None,
        "`hello`, field `kind`: unknown kind of client `boat`",
    ),
    (
        r#"{"hello": {"protocol": 1, "kind": {"car": 1}}}"#,
        None,
        "`hello`, field `kind`: ",
    ),
    (
        r#"{"hello": {"protocol": 1, "login": "key"}}"#,
        None,
        "`hello`, field `login`: ",
    ),
    (
        r#"{"hello": {"protocol": 1, "login": {"password": ["a", "b"]}}}"#,
        None,
        "`hello`, field `login`: ",
    ),
    (r#"{"hello": {}}"#, None, "`hello`: missing field `protocol`"),
    (
        r#""hello""#,
        None,
        "got an item that is no map, wanted a map with one key",
    ),
    ("{}", None, "got a map of another size, wanted a map with one key"),
    (
        r#"{"ping": {"id": 1}, "pong": {"id": 1}}"#,
        None,
        "got a map of another size",
    ),
    ("5", None, "got an item that is no map"),
];

#[test]
fn a_readable_frame_with_wrong_fields_says_which() {
    for (text, id, message) in REFUSED {
        let (got_id, _, got_message) = refused(text);
        assert!(
            got_message.starts_with(message),
            "{text}: got `{got_message}`, wanted `{message}`"
        );
        assert_eq!(got_id, *id, "{text}");
    }
}

#[test]
fn an_answer_to_a_refused_frame_is_short_whatever_the_peer_sent() {
    let long = "x".repeat(60_000);
    for text in [
        format!(r#"{{"{long}": {{"id": 7}}}}"#),
        format!(r#"{{"call": {{"id": 7, "{long}": 1}}}}"#),
        format!(r#"{{"call": {{"id": 7, "command": "s.ping", "args": "{long}"}}}}"#),
        format!(r#"{{"hello": {{"protocol": 1, "kind": "{long}"}}}}"#),
    ] {
        let (_, kind, message) = refused(&text);
        assert!(message.chars().count() <= 400, "{} characters", message.chars().count());
        assert!(kind.unwrap().len() < 100);
    }
}

#[test]
fn an_id_is_any_unsigned_integer_of_64_bits_and_no_other() {
    let (id, _, _) = refused(&format!(r#"{{"call": {{"id": {}}}}}"#, u64::MAX));
    assert_eq!(id, Some(u64::MAX));
    let half = hex("a1 6470696e67 a1 626964 f93c00");
    assert!(matches!(decode(&half), Err(FrameError::Fields { id: None, .. })));
}

#[test]
fn unreadable_bytes_close_and_wrong_fields_do_not() {
    let unreadable = decode(&hex("bfff")).unwrap_err();
    assert!(unreadable.closes());
    assert_eq!(
        unreadable.to_string(),
        "the frame cannot be read: got an indefinite length, wanted a definite one at byte 0"
    );
    let wrong = decode(&item(r#"{"ping": {}}"#)).unwrap_err();
    assert!(!wrong.closes());
    assert_eq!(wrong.code(), ErrorCode::BadFrame);
}

#[test]
fn ok_null_is_a_result_and_is_not_absent() {
    let answer = |outcome| Ok(Frame::Result(Answer { id: 7, outcome }));
    assert_eq!(
        decode(&item(r#"{"result": {"id": 7, "ok": null}}"#)),
        answer(Ok(Value::Null))
    );
    let error = WireError {
        code: ErrorCode::Busy,
        message: "m".into(),
        detail: None,
    };
    let text = r#"{"result": {"id": 7, "error": {"code": "busy", "message": "m"}}}"#;
    assert_eq!(decode(&item(text)), answer(Err(error)));
}

#[test]
fn absent_fields_have_their_defaults() {
    let hello = Hello {
        protocol: 1,
        ..Hello::default()
    };
    assert_eq!(decode(&item(r#"{"hello": {"protocol": 1}}"#)), Ok(Frame::Hello(hello)));
    let call = Call {
        id: 7,
        command: "s.ping".into(),
        args: Args::default(),
        deadline_ms: None,
    };
    assert_eq!(
        decode(&item(r#"{"call": {"id": 7, "command": "s.ping"}}"#)),
        Ok(Frame::Call(call))
    );
}

#[test]
fn a_hello_of_another_version_is_read_for_its_version() {
    let hello = Hello {
        protocol: 2,
        ..Hello::default()
    };
    let text = r#"{"hello": {"protocol": 2, "name": {"new": "shape"}, "colour": "red"}}"#;
    assert_eq!(decode(&item(text)), Ok(Frame::Hello(hello)));
    let (_, _, message) = refused(r#"{"hello": {"protocol": 1, "colour": "red"}}"#);
    assert!(message.starts_with("`hello`: unknown field `colour`"), "{message}");
}

#[test]
fn a_range_may_be_written_as_an_integer() {
    for (metres, expected) in [("50", 50.0), ("50.5", 50.5), ("-3", -3.0)] {
        let text = format!(r#"{{"send": {{"id": 7, "to": {{"range_m": {metres}}}, "body": "b"}}}}"#);
        match decode(&item(&text)) {
            Ok(Frame::Send(send)) => assert_eq!(send.to, Target::RangeM(expected)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn kinds_are_known_by_name_and_the_list_is_whole() {
    for kind in Frame::KINDS {
        let (_, got, message) = refused(&format!(r#"{{"{kind}": {{"surely_unknown": 1}}}}"#));
        assert_eq!(got.as_deref(), Some(*kind));
        assert!(message.contains("surely_unknown"), "{message}");
    }
    assert_eq!(ClientKind::ALL.len(), 5);
}

#[test]
fn secrets_are_not_shown() {
    let secret = "hunter2".to_owned();
    let logins = [
        Login::Password {
            username: "anna".into(),
            password: secret.clone(),
        },
        Login::Key(secret.clone()),
        Login::Resume(secret.clone()),
    ];
    for login in logins {
        let hello = Hello {
            login: Some(login),
            ..Hello::default()
        };
        let shown = format!("{:?}", Frame::Hello(hello));
        assert!(!shown.contains(&secret) && shown.contains("***"), "{shown}");
    }
    let attach = Attach {
        client_id: "c".into(),
        ticket: secret.clone(),
        datasock: "Maindata".into(),
    };
    assert!(!format!("{attach:?}").contains(&secret));
    let by_name = Args::Name(vec![("password".into(), Value::from(secret.clone()))]);
    let by_position = Args::Position(vec![Value::from(secret.clone())]);
    assert_eq!(
        format!("{by_name:?} {by_position:?}"),
        "{\"password\": ***} Position(1 values)"
    );
}
