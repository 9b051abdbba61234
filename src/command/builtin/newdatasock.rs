//! `s.newdatasock(name, receiver, port?, auto_connect?)`: opens a datasock while the server runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::dispatch::kept;
use crate::command::{Caller, Category, Command};
use crate::datasock::Opening;
use crate::datasock::offer::offer_to_all;
use crate::datasock::ports::Ports;
use crate::datasock::sock::Definition;
use crate::error::Error;
use crate::house::House;
use crate::registry::permissions::Permission;
use crate::wire::DatasockInfo;

/// Opens a datasock: one more listener, with a receiver that reads what attached clients send. It is opened again at each start, until s.closedatasock.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDataSock {
    /// Its name: 3 to 16 letters, digits, `_`, `-` and `.`.
    name: String,
    /// What reads there: default, bytes, lines or telemetry.
    receiver: String,
    /// Where it may listen: 4100, "=4100", ">4100" (it and above), "<4100" (it and below) or a list of these; left out, "<3999".
    port: Option<Ports>,
    /// Whether clients are offered it with a ticket, now and when they come; left out, false.
    auto_connect: Option<bool>,
}

/// The datasock as it was opened.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Opened {
    name: String,
    host: String,
    port: u16,
    receiver: String,
    auto_connect: bool,
}

impl Opened {
    fn of(info: &DatasockInfo, auto_connect: bool) -> Self {
        Self {
            name: info.name.clone(),
            host: info.host.clone(),
            port: info.port,
            receiver: info.receiver.clone(),
            auto_connect,
        }
    }
}

impl Command for NewDataSock {
    const NAME: &'static str = "s.newdatasock";
    const CATEGORY: Category = Category::Server;
    const NEEDS: Permission = Permission::Admin;
    const CHANGES: bool = true;
    type Reply = Opened;

    async fn run(self, caller: &Caller, house: &House) -> Result<Self::Reply, Error> {
        let auto_connect = self.auto_connect.unwrap_or_default();
        let opening = Opening {
            name: self.name,
            definition: Definition {
                receiver: self.receiver,
                port: self.port.unwrap_or_default(),
                auto_connect,
            },
        };
        let change = caller.change(house.clock.now());
        let answer = |info: &DatasockInfo| kept(Ok(Opened::of(info, auto_connect)));
        let sock = house.datasocks.open(opening, change, answer).await?;
        let info = sock.info().ok_or_else(|| sock.down())?;
        let house = house.clone();
        // Thousands of tickets take a moment; whoever opened the door need not wait for them.
        drop(tokio::spawn(async move {
            offer_to_all(house.events.epoch(), sock, &house.registry).await;
        }));
        Ok(Opened::of(&info, auto_connect))
    }
}
