//! The original demonstration of the local things network, as a server of your own.
//!
//! ```sh
//! cargo run --example local_things             # serves; motorpool console 127.0.0.1:4000 talks to it
//! cargo run --example local_things -- --once   # serves, is its own client once, and ends
//! ```
//!
//! Each thing of our own is a value given to the builder: a command that greets, an expensive command that does not hold
//! up anybody, the answer to everything, a receiver that prints sizes, and a service that comes around. What a client then
//! does with them is in `visit`.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use motorpool::client::{Client, ConnectOptions, named};
use motorpool::wire::{Args, Value};
use motorpool::{Arrival, Command, Config, Context, DefinitionError, Error, Receiver, Requestable, Server, Service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest item on the datasock.
const ITEM_BYTES_MAX: usize = 64 * 1024;

/// What `s.greet` takes: a struct; the comments of its fields are its help.
#[derive(Deserialize, JsonSchema)]
struct Greet {
    /// Whom to greet; the caller unless said.
    whom: Option<String>,
}

/// What `s.primes` takes.
#[derive(Deserialize, JsonSchema)]
struct Primes {
    /// Primes below this number are counted.
    below: u32,
}

/// What asks for nothing.
#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// What `s.primes` gives.
#[derive(Serialize)]
struct Counted {
    below: u32,
    primes: u32,
}

/// The server with everything of our own in it.
pub fn server(config: Config) -> Result<Server, DefinitionError> {
    let greet = Command::new("s.greet")
        .about("Greets somebody.")
        .category("demo")
        .needs("user")
        .run(|context: Context, args: Greet| async move {
            let whom = args.whom.unwrap_or_else(|| context.name());
            Ok::<_, Error>(format!("Hello, {whom}!"))
        });
    // `run_blocking`: on a thread beside, so that it may compute for as long as its deadline lets it.
    let primes = Command::new("s.primes")
        .about("Counts primes one by one, which takes a while.")
        .category("demo")
        .run_blocking(|context: Context, args: Primes| Ok::<_, Error>(count(&context, args.below)));
    let answer = Requestable::new("ANSWER").about("The answer to everything.").value(42);
    // What attached clients send on a datasock that names it; what it gives back they hear.
    let sizes = Receiver::new("sizes").items(ITEM_BYTES_MAX, |arrival: Arrival| async move {
        let bytes = arrival.bytes.len();
        println!("{}: {bytes} bytes", arrival.from);
        Ok::<_, Error>(Some(bytes))
    });
    // A service comes around by itself; operators see it in `s.services_info()` and switch it with `s.services`.
    let (count, told) = (Arc::new(AtomicU32::new(0)), Requestable::new("ROUNDS"));
    let counted = Arc::clone(&count);
    let ping = Service::new("demo-ping")
        .every(Duration::from_millis(50))
        .run(move |_| {
            let round = counted.fetch_add(1, Ordering::Relaxed) + 1;
            std::future::ready(Ok::<_, Error>(format!("round {round}")))
        });
    let rounds = told
        .about("Rounds of the service.")
        .run(move |_: Context, Nothing {}| std::future::ready(Ok::<_, Error>(count.load(Ordering::Relaxed))));
    Server::builder()
        .config(config)
        .command(greet)
        .command(primes)
        .requestable(answer)
        .requestable(rounds)
        .receiver(sizes)
        .service(ping)
        .build()
}

/// Slow on purpose. It looks whether anybody still waits, so that a caller who goes does not leave it running.
fn count(context: &Context, below: u32) -> Counted {
    let is_prime = |number: &u32| {
        (2..*number)
            .take_while(|by| by * by <= *number)
            .all(|by| !number.is_multiple_of(by))
    };
    let primes = (2..below)
        .take_while(|_| !context.is_given_up())
        .filter(is_prime)
        .count();
    let primes = u32::try_from(primes).unwrap_or(u32::MAX);
    Counted { below, primes }
}

/// Serves on any free ports in a folder that goes away, is a client of itself, and ends.
pub fn once() -> Result<(), Box<dyn StdError>> {
    let folder = tempfile::tempdir()?;
    let mut config = Config::default();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse()?;
    config.server.data = folder.path().to_owned();
    config.server.listen = Some(any);
    config.server.data_listen = Some(any);
    config.server.http = any;
    let running = server(config)?.start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let admin_key = running.admin_key().unwrap_or_default().to_owned();
    runtime.block_on(visit(running.serversock(), &admin_key))?;
    running.stop();
    Ok(running.join()?)
}

/// What a client does with it.
async fn visit(address: std::net::SocketAddr, admin_key: &str) -> Result<(), Box<dyn StdError>> {
    let options = ConnectOptions::default();
    let (client, welcome) = Client::connect(address, options.clone()).await?;
    println!("connected to {} as {}", welcome.server.name, welcome.name);

    let greeting: String = client
        .call_as("s.greet", named([("whom", Value::from("world"))]))
        .await?;
    println!("s.greet: {greeting}");

    // The expensive command runs beside: pings and other calls are answered in the meantime.
    let expensive = client.call_within(
        "s.primes",
        named([("below", Value::from(300_000))]),
        Duration::from_secs(30),
    );
    let beside = async {
        let mut pings = 0;
        while pings < 3 {
            client.ping().await?;
            pings += 1;
        }
        Ok::<_, motorpool::client::ClientError>(pings)
    };
    let (counted, pings) = tokio::join!(expensive, beside);
    println!("s.primes: {:?}, after {} pings", counted?, pings?);

    let answer = client.request("ANSWER", Args::default()).await?;
    println!("ANSWER: {answer:?}");
    if greeting != "Hello, world!" || answer != Value::from(42) {
        return Err("the server answered something else".into());
    }
    let mut look = tokio::time::interval(Duration::from_millis(20));
    let mut looks = 0;
    while client.request("ROUNDS", Args::default()).await? == Value::from(0) {
        looks += 1;
        if looks > 500 {
            return Err("the service does not come around".into());
        }
        look.tick().await;
    }
    println!("the service comes around");
    sizes(&client, &options, admin_key).await?;
    client.bye().await;
    Ok(())
}

/// Opens a datasock, which takes an admin, attaches to it, and is told the size of what it sends.
async fn sizes(client: &Client, options: &ConnectOptions, admin_key: &str) -> Result<(), Box<dyn StdError>> {
    client
        .call("s.getadmin", named([("key", Value::from(admin_key))]))
        .await?;
    let wish = [
        ("name", Value::from("track")),
        ("receiver", Value::from("sizes")),
        ("port", Value::from(0)),
    ];
    client.call("s.newdatasock", named(wish)).await?;
    let mut track = client.attach("track", options).await?;
    // Four bytes of length, then the item; the answer has the same form.
    track.send(&[0, 0, 0, 5, b'h', b'e', b'l', b'l', b'o']).await?;
    let answer = track.receive().await?.ok_or("the datasock ended")?;
    println!("the datasock counted: {answer:?}");
    // CBOR of 5, one byte long.
    if answer.as_ref() != [0, 0, 0, 1, 5] {
        return Err("the datasock counted something else".into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn StdError>> {
    if std::env::args().any(|argument| argument == "--once") {
        return once();
    }
    Ok(server(Config::default())?.run()?)
}
