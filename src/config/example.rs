//! The whole configuration as a file with every default, to be copied and changed.
//!
//! Made from the same declarations that are checked, so it cannot be out of date.

use super::{Config, dialects};

/// Keys whose values are text: written out, as they have no ranges. The figures of the last section follow.
const TEXT_SECTIONS: &str = r#"[server]
# Name told to every client.
#name = "motorpool"
# What this server is for, told to every client.
#description = "A motorpool of shared vehicles"
# Folder of everything the server keeps.
#data = "./motorpool-data"
# URL of the database; without it SQLite in the data folder.
#database = "sqlite:./motorpool-data/motorpool.db"
# Address of server sockets; without it the first free port from 4000 upwards.
#listen = "127.0.0.1:4000"
# Address of the maindata datasock; without it the first free port from 3999 downwards.
#data_listen = "127.0.0.1:3999"
# Address of metrics, health and HTTP commands.
#http = "127.0.0.1:8080"
# Where browsers find the HTTP side; without it at its own address.
#public_url = "https://pool.example"
# Who may connect without signing in: loopback, nobody or everybody.
#guests = "loopback"
# Whether guests from other machines, where they are let in, may what a user may; else only what a guest may.
#guests_elsewhere_are_users = false
# File written once everything listens; without it none.
#ready_file = "./motorpool-data/ready.json"

[http]
# Origins whose pages may open Socket.IO sockets, beside this server's own.
#origins = ["https://app.example"]

[page]
# Where the tiles of the map come from, with {z}, {x} and {y}; without it the ground is drawn.
#tiles = "https://tiles.example/{z}/{x}/{y}.png"
# Whom the tiles are owed to, as shown on the map.
#tiles_by = "© somebody"

[tls]
# Listeners that speak TLS: off_loopback, everywhere, or insecure_nowhere, which lets everybody on the way read passwords and keys.
#mode = "off_loopback"
# Certificate chain in PEM, the server's own first; without it one is made in the data folder.
#certificate = "/etc/motorpool/fullchain.pem"
# Key of the certificate in PEM.
#key = "/etc/motorpool/privkey.pem"

[accounts]
# Who may make an account for themselves: closed, invitation or open.
#signup = "closed"

[parent]
# Serversock of the server above this one in a network; without it this one stands alone.
#address = "hub.example:4000"
# Key of kind server that the parent gave this server, or a file that holds it.
#key_file = "/etc/motorpool/parent.key"
# SHA-256 of the parent's certificate; then TLS is spoken, on loopback too.
#fingerprint = ""

[log]
# error, warn, info, debug or trace.
#level = "info"
# pretty or json.
#format = "pretty"
# File that the log is written to beside standard error; without it none.
#file = "./motorpool-data/motorpool.log"
"#;

impl Config {
    /// A configuration in TOML with every key, its meaning, range and default; each commented out.
    pub fn example_toml() -> String {
        let mut text = TEXT_SECTIONS.to_owned();
        let mut last_section = "log";
        for (section, figure) in Self::default().figures() {
            if section != last_section {
                text.push_str(&["\n[", section, "]\n"].concat());
                let keys = dialects::TEXT_KEYS.iter().filter(|(name, _)| *name == section);
                keys.for_each(|(_, keys)| text.push_str(keys));
                last_section = section;
            }
            text.push_str(&format!(
                "# {} Wanted: {}.\n#{} = {}\n",
                figure.doc, figure.wanted, figure.key, figure.value
            ));
        }
        text
    }
}
