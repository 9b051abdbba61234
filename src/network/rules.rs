//! What a network of servers may be: no circle, a bounded depth, and a tree that is cut to its bounds. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Servers one above the other.
pub(crate) const DEPTH_MAX: usize = 16;
/// Servers of one listing.
pub(crate) const SERVERS_MAX: usize = 256;
/// Clients of one listing.
pub(crate) const CLIENTS_MAX: usize = 1_024;
/// Letters of a name that somebody below tells.
const NAME_LETTERS_MAX: usize = 64;

/// One server of a listing and what is below it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Branch {
    pub(crate) name: String,
    pub(crate) layer: u32,
    /// `up`; of a server that did not tell: `silent`, `nonsense`, `tells_nothing`.
    pub(crate) state: String,
    pub(crate) clients: Vec<Leaf>,
    pub(crate) servers: Vec<Self>,
    /// Clients and servers that are there and not listed.
    pub(crate) left_out: u64,
}

/// One client of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Leaf {
    pub(crate) name: String,
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
}

/// What a listing may still hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) servers: usize,
    pub(crate) clients: usize,
    pub(crate) depth: usize,
    pub(crate) addresses: bool,
}

/// How many servers are above.
pub(crate) fn layer(lineage: &[String]) -> u32 {
    u32::try_from(lineage.len()).unwrap_or(u32::MAX)
}

/// Whether a server may have a parent with this lineage, the parent's own id first.
pub(crate) fn may_descend(own: &str, lineage: &[String]) -> Result<(), String> {
    if lineage.is_empty() {
        return Err("the parent does not say who it is".to_owned());
    }
    if lineage.iter().any(|id| id == own) {
        return Err("the parent is this server or below it: that would be a circle".to_owned());
    }
    if lineage.len() >= DEPTH_MAX {
        return Err(format!(
            "there are {} servers above, at most {} fit",
            lineage.len(),
            DEPTH_MAX - 1
        ));
    }
    Ok(())
}

/// Host and port of `host:port`; an IPv6 address stands in brackets.
pub(crate) fn address_parts(address: &str) -> Option<(String, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':' | '_');
    let fits = |host: &&str| (1..=253).contains(&host.len()) && host.chars().all(is_plain);
    let host = match bare {
        Some(bare) => Some(bare).filter(fits),
        None => Some(host).filter(fits).filter(|host| !host.contains(':')),
    };
    Some((host?.to_owned(), port))
}

/// Cuts a listing to its bounds and makes its names fit to be read.
pub(crate) fn cut(branch: Branch, room: &mut Room) -> Branch {
    let depth = room.depth;
    room.servers = room.servers.saturating_sub(1);
    let mut left_out = branch.left_out;
    let mut clients = branch.clients;
    let kept = clients.len().min(room.clients);
    left_out = left_out.saturating_add(count(clients.len() - kept));
    room.clients -= kept;
    clients.truncate(kept);
    for client in &mut clients {
        client.name = shown(&client.name);
        client.kind = shown(&client.kind);
        client.address = client
            .address
            .take()
            .filter(|_| room.addresses)
            .map(|text| shown(&text));
    }
    let mut servers = Vec::new();
    for server in branch.servers {
        if room.servers == 0 || depth <= 1 {
            left_out = left_out.saturating_add(1);
            continue;
        }
        room.depth = depth - 1;
        servers.push(cut(server, room));
    }
    room.depth = depth;
    Branch {
        name: shown(&branch.name),
        layer: branch.layer,
        state: shown(&branch.state),
        clients,
        servers,
        left_out,
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn shown(text: &str) -> String {
    text.chars()
        .take(NAME_LETTERS_MAX)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|id| id.to_string()).collect()
    }

    fn room() -> Room {
        Room {
            servers: SERVERS_MAX,
            clients: CLIENTS_MAX,
            depth: DEPTH_MAX,
            addresses: false,
        }
    }

    fn leaf(name: &str) -> Leaf {
        Leaf {
            name: name.to_owned(),
            kind: "client".to_owned(),
            address: Some("10.0.0.1".to_owned()),
        }
    }

    #[test]
    fn a_circle_and_one_server_too_many_are_refused() {
        assert!(may_descend("own", &ids(1)).is_ok());
        assert!(may_descend("own", &[]).is_err());
        assert!(may_descend("0", &ids(3)).unwrap_err().contains("circle"));
        assert!(may_descend("own", &ids(DEPTH_MAX - 1)).is_ok());
        assert!(may_descend("own", &ids(DEPTH_MAX)).is_err());
        assert_eq!(layer(&ids(3)), 3);
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        assert_eq!(address_parts("127.0.0.1:4000"), Some(("127.0.0.1".to_owned(), 4000)));
        assert_eq!(address_parts("[::1]:4000"), Some(("::1".to_owned(), 4000)));
        assert_eq!(address_parts("hub.example:1"), Some(("hub.example".to_owned(), 1)));
        for wrong in [
            "",
            "hub",
            "hub:",
            "hub:0",
            "hub:70000",
            ":4000",
            "::1:4000",
            "a b:1",
            "a\n:1",
            "[]:1",
        ] {
            assert_eq!(address_parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_listing_is_cut_at_its_bounds_and_says_what_is_left_out() {
        for (clients, left_out) in [(CLIENTS_MAX, 0), (CLIENTS_MAX + 1, 1)] {
            let branch = Branch {
                clients: vec![leaf("a"); clients],
                ..Branch::default()
            };
            let cut = cut(branch, &mut room());
            assert_eq!((cut.clients.len(), cut.left_out), (CLIENTS_MAX, left_out));
        }
        for (servers, left_out) in [(SERVERS_MAX - 1, 0), (SERVERS_MAX, 1)] {
            let branch = Branch {
                servers: vec![Branch::default(); servers],
                ..Branch::default()
            };
            let cut = cut(branch, &mut room());
            assert_eq!((cut.servers.len(), cut.left_out), (SERVERS_MAX - 1, left_out));
        }
        let deep = (0..DEPTH_MAX).fold(Branch::default(), |below, _| Branch {
            servers: vec![below],
            ..Branch::default()
        });
        let mut lowest = cut(deep, &mut room());
        let mut depth = 1;
        while let Some(below) = lowest.servers.pop() {
            lowest = below;
            depth += 1;
        }
        assert_eq!((depth, lowest.left_out), (DEPTH_MAX, 1));
    }

    #[test]
    fn names_from_below_are_cut_and_escaped_and_addresses_kept_back() {
        let branch = Branch {
            name: "x\u{1b}".repeat(100),
            clients: vec![leaf("a\nb")],
            ..Branch::default()
        };
        let open = cut(
            branch.clone(),
            &mut Room {
                addresses: true,
                ..room()
            },
        );
        assert_eq!(open.clients[0].address.as_deref(), Some("10.0.0.1"));
        let closed = cut(branch, &mut room());
        assert_eq!(closed.clients[0].address, None);
        assert_eq!(closed.clients[0].name, "a\\nb");
        assert!(!closed.name.contains('\u{1b}'));
    }
}
