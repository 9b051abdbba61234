//! What the server says of itself, with the keys that clients of LocalThingsNetwork know.

use super::packets::SEPARATOR;
use crate::dialect::asking::{field, text, whole};
use crate::dialect::pickle::{self, Pickle, dict};
use crate::wire::Value;

/// Longest description that a registering client reads.
const BYTES_MAX: usize = 4_096;
/// Longest name of a client, as it is told.
pub(super) const NAME_BYTES_MAX: usize = 16;

/// From what our own clients are told. `socks` are the ports of this dialect, by name.
pub(super) fn of(info: &Value, socks: &[(&'static str, u16)], packet_bytes: usize) -> Pickle {
    let names = |name: &str| {
        let items = field(info, name).and_then(Value::as_array).map(Vec::as_slice);
        let items = items.unwrap_or_default().iter();
        Pickle::List(items.filter_map(|item| Some(item.as_text()?.into())).collect())
    };
    let started: Option<jiff::Timestamp> = text(info, "started_at").parse().ok();
    let socks = socks
        .iter()
        .map(|(name, port)| Pickle::List(vec![(*name).into(), i64::from(*port).into()]));
    dict([
        ("servername", text(info, "name").into()),
        ("description", text(info, "description").into()),
        ("server_version", text(info, "version").into()),
        ("starttime", started.map_or(Pickle::None, |at| at.as_second().into())),
        ("layer", whole(info, "layer").unwrap_or_default().into()),
        ("separator", String::from_utf8_lossy(SEPARATOR).into_owned().into()),
        ("max_datasize", i64::try_from(packet_bytes).unwrap_or(i64::MAX).into()),
        (
            "max_username_length",
            i64::try_from(NAME_BYTES_MAX).unwrap_or(i64::MAX).into(),
        ),
        ("servercommands", names("commands")),
        ("requestables", names("requestables")),
        ("socks", Pickle::List(socks.collect())),
    ])
}

/// The pickle for a registration: of the commands as many as fit. `s.help()` and `SERVERDATA` have them all.
pub(super) fn registering(mut data: Pickle) -> Vec<u8> {
    loop {
        let written = pickle::write(&data);
        if written.len() <= BYTES_MAX {
            return written;
        }
        let Pickle::Dict(fields) = &mut data else {
            return written;
        };
        let commands = fields.iter_mut().find_map(|(name, value)| match value {
            Pickle::List(items) if name.as_text() == Some("servercommands") && !items.is_empty() => Some(items),
            _ => None,
        });
        let Some(commands) = commands else { return written };
        commands.truncate(commands.len() * 9 / 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::from_json;

    #[test]
    fn a_registering_client_is_told_as_much_as_it_reads() {
        let commands: Vec<String> = (0..400).map(|number| format!("s.command{number}")).collect();
        let info = serde_json::json!({
            "name": "pool", "description": "d", "version": "1", "started_at": "2026-05-01T10:00:00Z", "layer": 0,
            "commands": commands, "requestables": ["SERVERDATA"],
        });
        let data = of(&from_json(&info), &[("Serversock", 4200)], 4_096);
        assert_eq!(data.field("servercommands").unwrap().items().unwrap().len(), 400);
        assert_eq!(data.field("starttime"), Some(&Pickle::Int(1_777_629_600)));
        let written = registering(data);
        assert!(written.len() <= BYTES_MAX);
        let bounds = pickle::Bounds {
            bytes: BYTES_MAX,
            items: 1_024,
            depth: 8,
            memo: 8,
        };
        let read = pickle::read(&written, &bounds).unwrap();
        let kept = read.field("servercommands").unwrap().items().unwrap().len();
        assert!((100..400).contains(&kept), "{kept}");
        assert_eq!(read.field("max_datasize"), Some(&Pickle::Int(4_096)));
        let socks = read.field("socks").unwrap().items().unwrap();
        assert_eq!(socks, [Pickle::List(vec!["Serversock".into(), 4200.into()])]);
    }
}
