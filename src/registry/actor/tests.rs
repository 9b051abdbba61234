//! What the registry promises about clients that left without a word.

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use super::telling::SWEEPS_CLOSED_MAX;
use super::*;
use crate::booking::UserId;
use crate::config::Limits;
use crate::registry::recent::{Asked, Recent};
use crate::runtime::clock::Clock;
use crate::runtime::{OutboxLimits, outbox};
use crate::wire::ClientKind;

fn join(number: u64) -> Join {
    let limits = OutboxLimits {
        soft_bytes: 4_096,
        hard_bytes: 65_536,
        stall_max: Duration::from_secs(3_600),
        flush_max: Duration::from_secs(1),
    };
    let (outbox, writer) = outbox(tokio::io::sink(), limits);
    actix_rt::spawn(writer);
    let name = format!("c{number}");
    let standing = Standing::new(
        Arc::from(name.as_str()),
        ClientKind::Client,
        Some((UserId(7), "anna".to_owned())),
        None,
        name.clone(),
        Permissions::NONE,
    );
    Join {
        standing: Arc::new(standing),
        wish: Some(name),
        peer: Peer::new(number, outbox),
        address: Ipv4Addr::LOCALHOST.into(),
        about: About::default(),
        at: Clock::system().now(),
    }
}

#[actix::test]
async fn a_client_that_left_without_a_word_is_let_go_and_its_person_with_it() {
    tokio::time::pause();
    let presence = Presence::new(&Limits::default(), &Clock::system());
    let registry = Registry::new(8, 2, Events::new("e".to_owned(), 8), presence.clone(), Memory::new(8)).start();
    let (stays, leaves) = (join(1), join(2));
    let gone = leaves.peer.clone();
    for join in [stays, leaves] {
        registry.send(join).await.unwrap().unwrap();
    }
    gone.close(CloseReason::Io);
    let clients = async || registry.send(Observe::new()).await.unwrap().clients;
    tokio::time::sleep(SWEEP_EVERY * SWEEPS_CLOSED_MAX).await;
    assert_eq!(clients().await, 2, "its session may still have something to say");
    tokio::time::sleep(SWEEP_EVERY * 2).await;
    assert_eq!(clients().await, 1);
    assert_eq!(presence.find(UserId(7)).map(|online| online.sessions), Some(1));
}

#[actix::test]
async fn who_finds_no_room_finds_its_old_answers_when_there_is_some() {
    let presence = Presence::new(&Limits::default(), &Clock::system());
    let events = Events::new("e".to_owned(), 8);
    let registry = Registry::new(1, 2, events, presence, Memory::new(8)).start();
    let asks = |recent: &Recent| {
        let said = watch::channel(Some(Ok(Bytes::from_static(b"\x01")))).1;
        Asked::on(recent, &None, 7)
            .changes(b"h", &said, false)
            .unwrap()
            .is_some()
    };
    let leave = |number: u64| Leave {
        client_id: Arc::from(format!("c{number}").as_str()),
        connection: number,
    };
    let joined = async |number: u64| registry.send(join(number)).await.unwrap();
    assert!(!asks(&joined(1).await.unwrap().recent), "the first time");
    registry.send(leave(1)).await.unwrap();
    joined(2).await.unwrap();
    assert!(matches!(joined(1).await, Err(JoinError::Full(1))));
    registry.send(leave(2)).await.unwrap();
    assert!(asks(&joined(1).await.unwrap().recent), "known again");
}
