//! Datasocks: further sockets of a known client, so that background traffic never stands in talk's way.
//!
//! A client attaches with a ticket that is good once and for a short time; an address proves nothing.
//! `Maindata` exists from the start; its receiver is `default`, the same dispatcher as on the serversock.

pub(crate) mod actor;
pub(crate) mod tickets;

use std::net::SocketAddr;

use crate::error::Error;
use crate::runtime::{Service, ServiceView};
use crate::wire::{DatasockInfo, ErrorCode};
use actor::{Datasock, Mint, Redeem};

/// The name of the datasock for background traffic.
pub const MAINDATA: &str = "Maindata";

/// Handles on the datasocks there are; cheap to clone.
#[derive(Clone)]
pub(crate) struct Datasocks {
    maindata: Service<Datasock>,
    address: SocketAddr,
}

impl Datasocks {
    pub(crate) fn new(maindata: Service<Datasock>, address: SocketAddr) -> Self {
        Self { maindata, address }
    }

    /// Every datasock, as the welcome lists it.
    pub(crate) fn listed(&self) -> Vec<DatasockInfo> {
        vec![DatasockInfo {
            name: MAINDATA.to_owned(),
            host: self.address.ip().to_string(),
            port: self.address.port(),
            receiver: "default".to_owned(),
        }]
    }

    /// The service behind them.
    pub(crate) fn view(&self) -> ServiceView {
        self.maindata.view()
    }

    /// A new ticket for a client.
    pub(crate) async fn ticket(&self, datasock: &str, client_id: &str) -> Result<String, Error> {
        let mint = Mint {
            client_id: client_id.to_owned(),
        };
        let minted = self.find(datasock)?.ask(mint).await?;
        minted.map_err(|err| Error::new(ErrorCode::Busy, err.to_string()))
    }

    /// Takes a ticket, or says why it is not good.
    pub(crate) async fn redeem(&self, datasock: &str, client_id: &str, ticket: &str) -> Result<(), Error> {
        let redeem = Redeem {
            client_id: client_id.to_owned(),
            ticket: ticket.to_owned(),
        };
        let redeemed = self.find(datasock)?.ask(redeem).await?;
        redeemed.map_err(|err| Error::new(ErrorCode::BadLogin, err.to_string()))
    }

    fn find(&self, datasock: &str) -> Result<&Service<Datasock>, Error> {
        if datasock == MAINDATA {
            return Ok(&self.maindata);
        }
        let shown: String = datasock.chars().take(64).flat_map(char::escape_debug).collect();
        Err(Error::new(
            ErrorCode::NotFound,
            format!("there is no datasock `{shown}`, there is {MAINDATA}"),
        ))
    }
}
