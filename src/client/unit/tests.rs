//! What the unit promises, against a server made of raw frames.

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;
use crate::client::peer::{PATIENCE, Peer, accept, welcome};
use crate::wire::{Args, Login};

struct Garage {
    listener: TcpListener,
    folder: tempfile::TempDir,
}

impl Garage {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            listener,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A unit and the server's end of its connection.
    async fn unit(&self) -> (Unit, Peer<TcpStream>) {
        let options = UnitOptions {
            state_dir: self.folder.path().to_owned(),
            simulate: false,
            first: Vehicle::parked(48.0, 11.0),
            tell: Arc::new(|_| ()),
        };
        let login = Some(Login::Key("k".to_owned()));
        let connect = ConnectOptions {
            login,
            ..ConnectOptions::default()
        };
        let pauses = Pauses {
            first: Duration::from_millis(1),
            max: Duration::from_millis(2),
        };
        let addr = self.listener.local_addr().unwrap().to_string();
        // The tasks of a unit before this one hold the folder until they are gone.
        let start = || Unit::start(addr.clone(), connect.clone(), pauses, options.clone());
        let mut started = start();
        for _ in 0..1_000 {
            if !matches!(started, Err(MemoryError::InUse(_))) {
                break;
            }
            tokio::task::yield_now().await;
            started = start();
        }
        let unit = started.unwrap();
        (unit, self.next().await)
    }

    async fn next(&self) -> Peer<TcpStream> {
        let mut peer = accept(&self.listener).await;
        let hello = peer.hello().await;
        assert_eq!(hello.kind, Some(ClientKind::Car));
        assert_eq!(hello.commands, COMMANDS);
        peer.say(&welcome("t")).await;
        peer
    }
}

/// The fake server's clock stands at 2026-05-01T12:00:00Z when it welcomes.
const SOON: &str = "2026-05-01T12:10:00Z";
const PAST: &str = "2026-05-01T11:59:59Z";

fn order(nonce: &str, expires_at: &str) -> Args {
    named([
        ("booking", Value::from(7)),
        ("nonce", Value::from(nonce)),
        ("expires_at", Value::from(expires_at)),
    ])
}

async fn outcome(peer: &mut Peer<TcpStream>, id: u64, args: Args) -> Result<Value, ErrorCode> {
    peer.ask(id, "unlock", args).await;
    let answer = timeout(PATIENCE, peer.answer()).await.unwrap();
    assert_eq!(answer.id, id);
    answer.outcome.map_err(|err| err.code)
}

#[tokio::test]
async fn an_expired_or_repeated_command_does_nothing() {
    let garage = Garage::new().await;
    let (unit, mut peer) = garage.unit().await;
    assert_eq!(outcome(&mut peer, 1, order("a", PAST)).await, Err(ErrorCode::Expired));
    assert!(unit.vehicle().locked);
    assert_eq!(outcome(&mut peer, 2, order("a", SOON)).await, Ok(Value::Null));
    assert!(!unit.vehicle().locked);
    assert_eq!(unit.open_booking(), Some(OpenBooking { booking: 7, user: None }));
    peer.ask(3, "lock", order("b", SOON)).await;
    assert_eq!(peer.answer().await.outcome, Ok(Value::Null));
    assert_eq!(outcome(&mut peer, 4, order("a", SOON)).await, Err(ErrorCode::Expired));
    assert!(unit.vehicle().locked);
}

#[tokio::test]
async fn a_restarted_unit_remembers_nonces_and_its_booking() {
    let garage = Garage::new().await;
    let (unit, mut peer) = garage.unit().await;
    assert_eq!(outcome(&mut peer, 1, order("a", SOON)).await, Ok(Value::Null));
    drop((unit, peer));
    let (unit, mut peer) = garage.unit().await;
    assert_eq!(unit.open_booking().map(|open| open.booking), Some(7));
    assert_eq!(outcome(&mut peer, 1, order("a", SOON)).await, Err(ErrorCode::Expired));
}

#[tokio::test]
async fn an_answer_that_the_cut_swallowed_comes_on_the_next_connection() {
    let garage = Garage::new().await;
    let (unit, mut peer) = garage.unit().await;
    peer.ask(77, "unlock", order("a", SOON)).await;
    drop(peer);
    let mut peer = garage.next().await;
    let late = timeout(PATIENCE, peer.answer()).await.unwrap();
    assert_eq!((late.id, late.outcome), (77, Ok(Value::Null)));
    assert!(!unit.vehicle().locked);
}

#[tokio::test]
async fn what_the_unit_is_asked_for_it_tells() {
    let garage = Garage::new().await;
    let (_unit, mut peer) = garage.unit().await;
    let request = crate::wire::Request {
        id: 9,
        name: "DOORS".to_owned(),
        args: Args::default(),
    };
    peer.say(&crate::wire::Frame::Request(request)).await;
    let told = timeout(PATIENCE, peer.answer()).await.unwrap();
    let doors = crate::wire::json::to_json(&told.outcome.unwrap());
    assert_eq!(doors, serde_json::json!({"locked": true, "open": []}));
}

#[tokio::test]
async fn a_return_that_was_cut_is_asked_for_again_under_the_same_request_id() {
    let garage = Garage::new().await;
    let (unit, mut peer) = garage.unit().await;
    assert_eq!(outcome(&mut peer, 1, order("a", SOON)).await, Ok(Value::Null));
    let (cut, first) = tokio::join!(unit.return_car(None), async {
        let call = peer.call().await;
        drop(peer);
        call
    });
    assert!(matches!(cut, Err(ClientError::Closed { .. })), "{cut:?}");
    assert!(unit.open_booking().is_some());
    let mut peer = garage.next().await;
    let (returned, second) = tokio::join!(unit.return_car(None), async {
        let call = peer.call().await;
        let answer = named([
            ("booking", Value::from(7)),
            ("state", Value::from("finished")),
            ("price", Value::from("13.00")),
            ("currency", Value::from("EUR")),
        ]);
        peer.result(call.id, Value::serialized(&answer).unwrap()).await;
        call
    });
    assert_eq!(first.command, "s.return");
    assert_eq!(first.args, second.args);
    assert_eq!(returned.unwrap().price, "13.00");
    assert_eq!(unit.open_booking(), None);
    assert!(unit.vehicle().locked);
}
