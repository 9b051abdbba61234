//! Clients of older systems, served as they are: each dialect has a port of its own and is off unless it is configured.
//!
//! A dialect reads what its clients write and says what they expect; everything in between is the commands, rights and
//! bounds of everybody else. It acts as the account or the cars that the configuration names. Nothing that a client
//! sends is ever executed.

mod asking;
mod carshare;
mod classroom;
mod door;
mod entering;
mod line;
mod localthings;
pub(crate) mod pickle;
mod plainfile;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::DialectsConfig;
use crate::house::House;
use crate::session::listener;
use door::Bounds;

/// A port that is bound and not yet open.
pub(crate) struct Port {
    name: &'static str,
    address: SocketAddr,
    listener: TcpListener,
}

/// A port that is open.
pub(crate) struct Opened {
    /// The dialect, as metrics and the ready file name it.
    pub(crate) name: &'static str,
    /// Where it is.
    pub(crate) address: SocketAddr,
    /// Accepts until it is aborted.
    pub(crate) task: JoinHandle<()>,
}

/// Binds the ports of every dialect that is on.
///
/// # Errors
/// One line that names the address and the key it stands under.
pub(crate) fn bind(config: &DialectsConfig) -> Result<Vec<Port>, String> {
    let wanted = [
        (plainfile::NAME, "plainfile.listen", config.plainfile.listen),
        (carshare::NAME, "carshare.listen", config.carshare.listen),
        (classroom::NAME, "classroom.listen", config.classroom.listen),
        (localthings::NAME, "localthings.listen", config.localthings.listen),
        (localthings::DATA, "localthings.data_listen", data_listen(config)),
    ];
    let mut ports = Vec::new();
    for (name, key, listen) in wanted {
        let Some(listen) = listen else { continue };
        let bound = listener::bind(&[listen]).map_err(|err| format!("{err}; see dialect.{key}"))?;
        let listener = TcpListener::from_std(bound).map_err(|err| err.to_string())?;
        let address = listener.local_addr().map_err(|err| err.to_string())?;
        ports.push(Port {
            name,
            address,
            listener,
        });
    }
    Ok(ports)
}

/// The data port is there where its dialect is.
fn data_listen(config: &DialectsConfig) -> Option<SocketAddr> {
    config.localthings.listen.and(config.localthings.data_listen)
}

/// Opens them.
pub(crate) fn open(house: &House, ports: Vec<Port>) -> Vec<Opened> {
    let config = &house.config.dialect;
    let data = ports.iter().find(|port| port.name == localthings::DATA);
    let things = localthings::Things::new(config, data.map(|port| port.address));
    let mut opened = Vec::new();
    for port in ports {
        let (name, address) = (port.name, port.address);
        let task = match name {
            plainfile::NAME => {
                let config = &config.plainfile;
                let bounds = Bounds::new(config.connections_max, config.connections_per_address);
                tokio::spawn(door::accept(
                    house.clone(),
                    name,
                    bounds,
                    port.listener,
                    plainfile::serve,
                ))
            }
            carshare::NAME => {
                let bounds = Bounds::new(config.carshare.connections_max, config.carshare.connections_per_address);
                let dialect = Arc::new(carshare::Carshare::new(&config.carshare));
                let serve = move |guest| carshare::serve(Arc::clone(&dialect), guest);
                tokio::spawn(door::accept(house.clone(), name, bounds, port.listener, serve))
            }
            classroom::NAME => {
                let bounds = Bounds::new(
                    config.classroom.connections_max,
                    config.classroom.connections_per_address,
                );
                let room = Arc::new(classroom::Classroom::default());
                let serve = move |guest| classroom::serve(Arc::clone(&room), guest);
                tokio::spawn(door::accept(house.clone(), name, bounds, port.listener, serve))
            }
            _ => {
                let config = &config.localthings;
                let bounds = Bounds::new(config.connections_max, config.connections_per_address);
                let (things, is_data) = (Arc::clone(&things), name == localthings::DATA);
                let serve = move |guest| localthings::serve(Arc::clone(&things), guest, is_data);
                tokio::spawn(door::accept(house.clone(), name, bounds, port.listener, serve))
            }
        };
        opened.push(Opened { name, address, task });
    }
    opened
}
