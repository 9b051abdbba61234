//! What both sides promise each other, over real sockets on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::*;
use crate::runtime::Clock;

const PATIENCE: Duration = Duration::from_secs(10);

fn everywhere(folder: &std::path::Path) -> Tls {
    let source = Source::Made {
        file: folder.join("tls.pem"),
    };
    Tls::open(TlsMode::Everywhere, source, Clock::system()).unwrap()
}

/// A server that says back what it hears, until the client ends.
async fn echo(tls: &Tls) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let transport = tls.transport(address).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let transport = transport.clone();
            tokio::spawn(async move {
                if let Ok((mut read, mut write)) = transport.open(stream, Instant::now() + PATIENCE).await {
                    tokio::io::copy(&mut read, &mut write).await.unwrap();
                    write.shutdown().await.unwrap();
                }
            });
        }
    });
    address
}

async fn try_with(address: SocketAddr, trust: &Trust) -> Result<(), TlsRefusal> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut read, mut write) = connect(stream, &address.to_string(), trust).await?;
    let said = vec![7; 100_000];
    let (heard, _) = tokio::join!(
        async {
            let mut heard = Vec::new();
            read.read_to_end(&mut heard).await.unwrap();
            heard
        },
        async {
            write.write_all(&said).await.unwrap();
            write.shutdown().await.unwrap();
        }
    );
    assert_eq!(heard, said);
    Ok(())
}

fn given(fingerprint: Fingerprint) -> Trust {
    Trust {
        fingerprint: Some(fingerprint),
        ..Trust::default()
    }
}

fn with_pins(pins: Pins) -> Trust {
    Trust {
        pins: Some(pins),
        ..Trust::default()
    }
}

#[tokio::test]
async fn the_right_fingerprint_is_believed_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let tls = everywhere(folder.path());
    let address = echo(&tls).await;
    let right = tls.identity().unwrap().fingerprint;
    try_with(address, &given(right)).await.unwrap();
    let wrong = Fingerprint::of(b"somebody else");
    match try_with(address, &given(wrong)).await {
        Err(TlsRefusal::NotAsGiven { got, wanted }) => assert_eq!((got, wanted), (right, wrong)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nobody_is_believed_without_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let address = echo(&everywhere(folder.path())).await;
    let pins = with_pins(Pins::strict(folder.path().join("pins")));
    for trust in [Trust::default(), pins] {
        let refused = try_with(address, &trust).await;
        assert!(matches!(refused, Err(TlsRefusal::Unknown)), "{refused:?}");
    }
}

#[tokio::test]
async fn what_was_seen_first_is_kept_and_a_change_is_refused_until_it_is_accepted() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tls = everywhere(folder.path());
    let address = echo(&tls).await;
    let pins = Pins::believing_first(folder.path().join("pins"), |_| {});
    let trust = with_pins(pins.clone());
    for _ in 0..2 {
        try_with(address, &trust).await.unwrap();
    }
    let kept = tls.identity().unwrap().fingerprint;
    // Another certificate in the same place: new connections get it at once.
    let new = everywhere(other.path());
    assert!(matches!(new.transport(address), Ok(Transport::Tls(_))));
    std::fs::copy(other.path().join("tls.pem"), folder.path().join("tls.pem")).unwrap();
    let renewed = tls.reload().unwrap().unwrap();
    match try_with(address, &trust).await {
        Err(TlsRefusal::Changed { got, wanted }) => assert_eq!((got, wanted), (renewed, kept)),
        other => panic!("{other:?}"),
    }
    let accepting = Trust {
        fingerprint: Some(renewed),
        ..trust.clone()
    };
    try_with(address, &accepting).await.unwrap();
    try_with(address, &trust).await.unwrap();
}

#[tokio::test]
async fn an_authority_vouches_for_a_name_and_for_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let tls = everywhere(folder.path());
    let address = echo(&tls).await;
    // The certificate that the server made names 127.0.0.1, and is its own authority here.
    let authority = Authority::read(&folder.path().join("tls.pem")).unwrap();
    let trust = Trust {
        authority: Some(authority),
        ..Trust::default()
    };
    let secured = |name: &'static str| async move { (TcpStream::connect(address).await.unwrap(), name) };
    let (stream, name) = secured("127.0.0.1:1").await;
    connect(stream, name, &trust).await.unwrap();
    let (stream, name) = secured("other.example.org:1").await;
    let refused = connect(stream, name, &trust).await;
    assert!(matches!(refused, Err(TlsRefusal::NotVouched(_))), "{refused:?}");
}

#[tokio::test]
async fn a_failed_reload_leaves_the_certificate_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let tls = everywhere(folder.path());
    assert!(tls.reload().unwrap().is_none(), "nothing is in use yet");
    let address = echo(&tls).await;
    let before = tls.identity().unwrap().fingerprint;
    std::fs::write(folder.path().join("tls.pem"), "no certificate").unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::NotPem { .. })));
    try_with(address, &given(before)).await.unwrap();
}

#[tokio::test]
async fn each_failure_of_a_handshake_has_its_word() {
    let folder = tempfile::tempdir().unwrap();
    let tls = everywhere(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let transport = tls.transport(address).unwrap();
    let accept = |wait_max: Duration| {
        let (listener, transport) = (&listener, &transport);
        async move {
            let (stream, _) = listener.accept().await.unwrap();
            let opened = transport.open(stream, Instant::now() + wait_max).await;
            opened.map(|_| ()).unwrap_err()
        }
    };
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"\0\0\0\x05hello").await.unwrap();
    assert_eq!(accept(PATIENCE).await, HandshakeFailure::NotTls);
    let silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(accept(Duration::from_millis(50)).await, HandshakeFailure::Timeout);
    drop(silent);
    drop(TcpStream::connect(address).await.unwrap());
    assert_eq!(accept(PATIENCE).await, HandshakeFailure::Closed);
    let stream = TcpStream::connect(address).await.unwrap();
    let (name, wrong) = (address.to_string(), given(Fingerprint::of(b"other")));
    let (failure, refused) = tokio::join!(accept(PATIENCE), connect(stream, &name, &wrong));
    assert!(refused.is_err());
    assert_eq!(failure, HandshakeFailure::RefusedByPeer);
}
