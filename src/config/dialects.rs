//! Ports on which clients of older systems are served as they are: off unless `listen` is set.
//!
//! Each acts as the account or the cars that stand here, with their rights and no more. Environment:
//! `MOTORPOOL_DIALECT__`, the name of the dialect, `__` and the key, in upper case.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::Figure;
use super::bound::bounded;

/// Most cars or accounts that stand in one section.
const NAMED_MAX: usize = 4_096;

/// The section `dialect`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialectsConfig {
    /// Files, each on a connection of its own.
    pub plainfile: PlainfileConfig,
    /// Units of cars that pickle dictionaries.
    pub carshare: CarshareConfig,
    /// Classes that pickle messages.
    pub classroom: ClassroomConfig,
    /// Clients of LocalThingsNetwork 1.0.
    pub localthings: LocalthingsConfig,
}

bounded! {
    /// The section `dialect.plainfile`.
    PlainfileConfig {
        /// Whether `listen` may be another address than loopback, where everybody on the way reads along.
        unencrypted: bool = false, false, true;
        /// Connections at a time; one more is closed at once.
        connections_max: usize = 256, 1, 65_536;
        /// Connections at a time from one address, or from the 64 bits of IPv6 that one customer has.
        connections_per_address: usize = 128, 1, 65_536;
        /// Milliseconds without a byte after which a sender is given up.
        idle_ms: u64 = 30_000, 100, 3_600_000;
    besides
        /// Address of this dialect; without it the dialect is off.
        listen: Option<SocketAddr>;
        /// Account to which the files belong.
        account: Option<String>;
    }
}

bounded! {
    /// The section `dialect.carshare`.
    CarshareConfig {
        /// Whether `listen` may be another address than loopback, where everybody on the way reads along.
        unencrypted: bool = false, false, true;
        /// Connections at a time; one more is closed at once.
        connections_max: usize = 256, 1, 65_536;
        /// Connections at a time from one address, or from the 64 bits of IPv6 that one customer has.
        connections_per_address: usize = 32, 1, 65_536;
        /// Milliseconds for a whole request, and for taking its reply.
        idle_ms: u64 = 10_000, 100, 600_000;
        /// Bytes of a request.
        request_bytes: usize = 65_536, 1_024, 1_048_576;
        /// Whether type 1 answers True or False in place of the number of the user or -1.
        boolean_answers: bool = false, false, true;
        /// Whether type 2 opens by an encoding alone, without a PIN, where the unit is trusted.
        face_without_pin: bool = false, false, true;
    besides
        /// Address of this dialect; without it the dialect is off.
        listen: Option<SocketAddr>;
        /// Number of each car there, and its name here; other numbers are refused.
        cars: BTreeMap<String, String>;
    }
}

bounded! {
    /// The section `dialect.classroom`.
    ClassroomConfig {
        /// Whether `listen` may be another address than loopback, where everybody on the way reads along.
        unencrypted: bool = false, false, true;
        /// Connections at a time; one more is closed at once.
        connections_max: usize = 256, 1, 65_536;
        /// Connections at a time from one address, or from the 64 bits of IPv6 that one customer has.
        connections_per_address: usize = 64, 1, 65_536;
        /// Milliseconds without a byte after which a client is given up.
        idle_ms: u64 = 1_800_000, 100, 86_400_000;
        /// Bytes of a message.
        message_bytes: usize = 16_384, 1_024, 65_536;
        /// Messages that wait for a client to fetch them; the oldest makes way.
        mailbox_max: usize = 256, 1, 4_096;
    besides
        /// Address of this dialect; without it the dialect is off.
        listen: Option<SocketAddr>;
        /// Account as which clients act that have none of their own.
        account: Option<String>;
        /// Accounts of single clients, by the name that they introduce themselves with.
        accounts: BTreeMap<String, String>;
        /// How a request is acknowledged: one, or message as in older semesters.
        acknowledgement: Acknowledgement;
    }
}

bounded! {
    /// The section `dialect.localthings`.
    LocalthingsConfig {
        /// Whether `listen` may be another address than loopback, where everybody on the way reads along.
        unencrypted: bool = false, false, true;
        /// Connections at a time on each of its ports; one more is closed at once.
        connections_max: usize = 256, 1, 65_536;
        /// Connections at a time from one address, or from the 64 bits of IPv6 that one customer has.
        connections_per_address: usize = 64, 1, 65_536;
        /// Milliseconds for the steps of a registration.
        handshake_ms: u64 = 5_000, 500, 60_000;
        /// Bytes of a packet, as clients are told.
        packet_bytes: usize = 4_096, 512, 65_536;
        /// Bytes of what packets are put together to.
        message_bytes: usize = 65_536, 1_024, 1_048_576;
        /// Milliseconds in which a client attaches to the data port.
        attach_ms: u64 = 5_000, 500, 60_000;
    besides
        /// Address of this dialect; without it the dialect is off.
        listen: Option<SocketAddr>;
        /// Address of its data port; without it background traffic goes over the first.
        data_listen: Option<SocketAddr>;
        /// Account as which clients act.
        account: Option<String>;
    }
}

/// How the classroom acknowledges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    /// The integer 1.
    #[default]
    One,
    /// `{'message': 'server got the data'}`.
    Message,
}

/// The keys without a range, for the example file.
pub(super) const TEXT_KEYS: &[(&str, &str)] = &[
    (
        "dialect.plainfile",
        "# Address of this dialect; without it the dialect is off.\n#listen = \"127.0.0.1:5010\"\n\
         # Account to which the files belong.\n#account = \"files\"\n",
    ),
    (
        "dialect.carshare",
        "# Address of this dialect; without it the dialect is off.\n#listen = \"127.0.0.1:10000\"\n\
         # Number of each car there, and its name here; other numbers are refused.\n#cars = { 5 = \"amber\" }\n",
    ),
    (
        "dialect.classroom",
        "# Address of this dialect; without it the dialect is off.\n#listen = \"127.0.0.1:12000\"\n\
         # Account as which clients act that have none of their own.\n#account = \"class\"\n\
         # Accounts of single clients, by the name that they introduce themselves with.\n#accounts = { Nina = \"nina\" }\n\
         # How a request is acknowledged: one, or message as in older semesters.\n#acknowledgement = \"one\"\n",
    ),
    (
        "dialect.localthings",
        "# Address of this dialect; without it the dialect is off.\n#listen = \"127.0.0.1:4200\"\n\
         # Address of its data port; without it background traffic goes over the first.\n#data_listen = \"127.0.0.1:4199\"\n\
         # Account as which clients act.\n#account = \"things\"\n",
    ),
];

/// What is wrong: the key, what was got and what is wanted.
pub(super) type Misfit = (String, String, String);

impl DialectsConfig {
    pub(super) fn figures(&self) -> impl Iterator<Item = (&'static str, Figure)> {
        let named = |section: &'static str, figures: Vec<Figure>| figures.into_iter().map(move |one| (section, one));
        named("dialect.plainfile", self.plainfile.figures())
            .chain(named("dialect.carshare", self.carshare.figures()))
            .chain(named("dialect.classroom", self.classroom.figures()))
            .chain(named("dialect.localthings", self.localthings.figures()))
    }

    /// Whether every dialect that is on knows as whom it acts, and may stand where it is to.
    pub(super) fn misfit(&self, has_files: bool) -> Option<Misfit> {
        let (files, cars, class, things) = (&self.plainfile, &self.carshare, &self.classroom, &self.localthings);
        let on = [
            ("plainfile", files.listen, files.unencrypted, files.account.is_some()),
            ("carshare", cars.listen, cars.unencrypted, !cars.cars.is_empty()),
            ("classroom", class.listen, class.unencrypted, class.account.is_some()),
            (
                "localthings",
                things.listen,
                things.unencrypted,
                things.account.is_some(),
            ),
        ];
        for (name, listen, unencrypted, is_somebody) in on {
            let Some(address) = listen else { continue };
            if !unencrypted && !address.ip().to_canonical().is_loopback() {
                return Some(elsewhere(name, "listen", address));
            }
            if !is_somebody {
                let key = if name == "carshare" { "cars" } else { "account" };
                let wanted = "whom this dialect acts as, since `listen` is set".to_owned();
                return Some((format!("{name}.{key}"), "nothing".to_owned(), wanted));
            }
        }
        if let Some(address) = things.data_listen
            && !things.unencrypted
            && !address.ip().to_canonical().is_loopback()
        {
            return Some(elsewhere("localthings", "data_listen", address));
        }
        if files.listen.is_some() && !has_files {
            let wanted = "`files.enabled = true`, since this dialect takes files".to_owned();
            return Some(("plainfile.listen".to_owned(), "files that are off".to_owned(), wanted));
        }
        let named = [
            ("carshare.cars", cars.cars.len()),
            ("classroom.accounts", class.accounts.len()),
        ];
        let (key, count) = named.into_iter().find(|(_, count)| *count > NAMED_MAX)?;
        Some((
            key.to_owned(),
            format!("{count} of them"),
            format!("at most {NAMED_MAX}"),
        ))
    }
}

fn elsewhere(name: &str, key: &str, address: SocketAddr) -> Misfit {
    let wanted = "an address of this machine alone: what is said there is not encrypted; or `unencrypted = true`";
    (format!("{name}.{key}"), address.to_string(), wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use figment::Figment;
    use figment::providers::{Format, Toml};

    use super::*;

    fn read(toml: &str) -> DialectsConfig {
        Figment::new().merge(Toml::string(toml)).extract().unwrap()
    }

    #[test]
    fn a_dialect_is_off_unless_it_listens_and_then_knows_as_whom_it_acts() {
        assert_eq!(DialectsConfig::default().misfit(true), None);
        for (toml, wrong) in [
            ("[plainfile]\nlisten = \"127.0.0.1:5010\"", Some("plainfile.account")),
            ("[plainfile]\nlisten = \"127.0.0.1:5010\"\naccount = \"files\"", None),
            ("[carshare]\nlisten = \"[::1]:0\"", Some("carshare.cars")),
            ("[carshare]\nlisten = \"[::1]:0\"\ncars = { 5 = \"amber\" }", None),
            ("[classroom]\nlisten = \"127.0.0.1:0\"", Some("classroom.account")),
            ("[localthings]\nlisten = \"127.0.0.1:0\"", Some("localthings.account")),
        ] {
            assert_eq!(read(toml).misfit(true).map(|(key, ..)| key).as_deref(), wrong, "{toml}");
        }
    }

    #[test]
    fn files_that_are_off_are_taken_by_no_dialect() {
        let config = read("[plainfile]\nlisten = \"127.0.0.1:5010\"\naccount = \"files\"");
        assert_eq!(config.misfit(false).unwrap().0, "plainfile.listen");
        assert_eq!(DialectsConfig::default().misfit(false), None);
    }

    #[test]
    fn another_address_than_loopback_is_taken_only_with_open_eyes() {
        let class = |more: &str| {
            read(&format!(
                "[classroom]\naccount = \"class\"\nlisten = \"192.0.2.1:1\"\n{more}"
            ))
        };
        assert_eq!(class("").misfit(true).unwrap().0, "classroom.listen");
        assert_eq!(class("unencrypted = true").misfit(true), None);
        let data = "[localthings]\naccount = \"a\"\nlisten = \"127.0.0.1:1\"\ndata_listen = \"192.0.2.1:1\"";
        assert_eq!(read(data).misfit(true).unwrap().0, "localthings.data_listen");
    }
}
