//! What datasocks need from the server to listen: a bound port, an actor for tickets, a task that accepts.
//!
//! The server implements it, since the way from a socket to a session is above this folder.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::actor::Datasock;
use super::sock::Sock;
use crate::runtime::Service;

/// Opens doors.
pub(crate) trait Doors: Send + Sync {
    /// Binds the first free of the candidates, or says why the last was not.
    fn bind(&self, candidates: &[SocketAddr]) -> Result<TcpListener, String>;
    /// Starts the actor that gives tickets, under this name.
    fn tickets(&self, name: &'static str) -> Service<Datasock>;
    /// Accepts for a datasock until the task is aborted.
    fn accept(&self, sock: Arc<Sock>, listener: TcpListener) -> JoinHandle<()>;
}

/// Names of the actors of datasocks opened at run time: labels of metrics come from a fixed set of words, so an
/// actor is called by its place and not by what an operator chose.
pub(crate) const SLOTS: [&str; 33] = [
    "datasock-1",
    "datasock-2",
    "datasock-3",
    "datasock-4",
    "datasock-5",
    "datasock-6",
    "datasock-7",
    "datasock-8",
    "datasock-9",
    "datasock-10",
    "datasock-11",
    "datasock-12",
    "datasock-13",
    "datasock-14",
    "datasock-15",
    "datasock-16",
    "datasock-17",
    "datasock-18",
    "datasock-19",
    "datasock-20",
    "datasock-21",
    "datasock-22",
    "datasock-23",
    "datasock-24",
    "datasock-25",
    "datasock-26",
    "datasock-27",
    "datasock-28",
    "datasock-29",
    "datasock-30",
    "datasock-31",
    "datasock-32",
    "datasock-33",
];
