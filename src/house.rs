//! The house as everybody inside it sees it: handles on the services, the store, the table, the settings.
//!
//! Made once by `server`, shared by clone. It holds no state of its own but whether it is draining.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::account::Accounts;
use crate::booking::engine::Bookings;
use crate::booking::offers::Offers;
use crate::command::confirm::Confirmations;
use crate::command::jobs::Jobs;
use crate::command::repeat::InFlight;
use crate::command::table::Table;
use crate::config::Config;
use crate::datasock::Datasocks;
use crate::extend::Extensions;
use crate::face::Faces;
use crate::file::Files;
use crate::fleet::operator::Operator;
use crate::message::Mail;
use crate::network::Network;
use crate::place::Places;
use crate::presence::Presence;
use crate::registry::actor::Registry;
use crate::registry::events::Events;
use crate::registry::sanctions::Sanctions;
use crate::requestable;
use crate::runtime::clock::Clock;
use crate::runtime::{Arbiters, Aside, Gate, Log, Service};
use crate::service::Services;
use crate::session::count::Connections;
use crate::shard::Shards;
use crate::signin::Providers;
use crate::store::Store;
use crate::subscription::actor::Subscriptions;
use crate::tls::Tls;
use crate::vicinity::{Glimpses, Watches};
use crate::webhook::Hooks;

/// Where the server goes from here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Course {
    /// On.
    #[default]
    Serve,
    /// To its end.
    End,
    /// To its end, and then it begins anew.
    Restart,
}

/// Handles on everything; cheap to clone.
#[derive(Clone)]
pub(crate) struct House(Arc<Holder>);

/// One count of holders.
struct Holder(Arc<Rooms>);

/// What the house is made of.
pub(crate) struct Rooms {
    /// As configured.
    pub(crate) config: Config,
    /// Every command; replaced as a whole.
    pub(crate) commands: ArcSwap<Table>,
    /// Everything the server can be asked for; replaced as a whole.
    pub(crate) requestables: ArcSwap<requestable::table::Table>,
    /// What was added, and how the configuration is read again.
    pub(crate) extensions: Extensions,
    /// Every service, to be looked at; the repeating ones to be switched.
    pub(crate) services: Services,
    /// Who wants to hear of what; set once it is started.
    pub(crate) subscriptions: OnceLock<Service<Subscriptions>>,
    /// Changing calls that run now.
    pub(crate) in_flight: InFlight,
    /// Calls that take time and have not ended.
    pub(crate) jobs: Jobs,
    /// Changing calls that have not ended, for the drain.
    pub(crate) changes_running: AtomicUsize,
    /// Who must say a dangerous thing twice.
    pub(crate) confirmations: Confirmations,
    /// The database.
    pub(crate) store: Store,
    /// People and keys.
    pub(crate) accounts: Accounts,
    /// Whom people sign in with besides.
    pub(crate) providers: Providers,
    /// Who is connected.
    pub(crate) registry: Service<Registry>,
    /// Which people are online.
    pub(crate) presence: Presence,
    /// Fan-out and pings, one shard an arbiter.
    pub(crate) shards: Shards,
    /// Messages that are kept, and the numbers of all.
    pub(crate) mail: Mail,
    /// Who may not talk.
    pub(crate) mutes: Sanctions,
    /// Who may not come in.
    pub(crate) bans: Sanctions,
    /// The servers above and below.
    pub(crate) network: Network,
    /// Where new clients say hello.
    pub(crate) serversock: SocketAddr,
    /// The booking engine.
    pub(crate) bookings: Service<Bookings>,
    /// What it found free lately.
    pub(crate) offers: Offers,
    /// Commands to cars.
    pub(crate) operator: Service<Operator>,
    /// All that has to do with faces.
    pub(crate) faces: Faces,
    /// Files of people, cars, bookings and rooms.
    pub(crate) files: Files,
    /// Where events are delivered to.
    pub(crate) hooks: Hooks,
    /// Where people and cars are, and the buildings.
    pub(crate) places: Places,
    /// Who watches their range; set once it is started.
    pub(crate) watches: OnceLock<Service<Watches>>,
    /// Who hears that somebody came or went without watching them.
    pub(crate) glimpses: Glimpses,
    /// Datasocks and their tickets.
    pub(crate) datasocks: Datasocks,
    /// What was said lately, and where it is written.
    pub(crate) log: Log,
    /// Short work that blocks.
    pub(crate) aside: Aside,
    /// Open connections, at whatever door.
    pub(crate) open_sockets: Connections,
    /// Bounds the connections whose first frame is awaited.
    pub(crate) handshakes: Gate,
    /// What doors speak, and the certificate.
    pub(crate) tls: Tls,
    /// Where sessions live.
    pub(crate) arbiters: Arc<Arbiters>,
    /// The time.
    pub(crate) clock: Clock,
    /// When this process began to serve.
    pub(crate) started_at: Timestamp,
    /// The way to tell clients what happened.
    pub(crate) events: Events,
    /// Where this life of the server goes; outlives it.
    pub(crate) stop: watch::Sender<Course>,
    /// Whether no new work is taken.
    pub(crate) draining: AtomicBool,
    /// The next connection's number.
    pub(crate) connections: AtomicU64,
}

impl House {
    pub(crate) fn new(rooms: Rooms) -> Self {
        Self(Arc::new(Holder(Arc::new(rooms))))
    }

    /// The same house with a count of its own, for a holder that clones it at every call: a count that all threads
    /// change travels between the cores.
    pub(crate) fn counted_apart(&self) -> Self {
        Self(Arc::new(Holder(Arc::clone(&self.0.0))))
    }

    /// Every command at this moment; not to be held for long.
    pub(crate) fn table(&self) -> Guard<Arc<Table>> {
        self.commands.load()
    }

    /// Everything the server can be asked for at this moment; not to be held for long.
    pub(crate) fn requestables(&self) -> Guard<Arc<requestable::table::Table>> {
        self.requestables.load()
    }

    /// Whether the server refuses new work because it is going down.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Begins anew, unless it is to end.
    pub(crate) fn restart(&self) {
        self.stop.send_if_modified(|course| {
            let serves = *course == Course::Serve;
            if serves {
                *course = Course::Restart;
            }
            serves
        });
    }

    /// A number for a new connection.
    pub(crate) fn connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}

impl Deref for House {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.0.0
    }
}
