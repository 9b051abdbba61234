//! A raw socket on the datasock `files`: CBOR made and read here, bytes and all.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use ciborium::value::Value as Cbor;
use serde_json::{Value, json};

use crate::harness::{Raw, Refused, SOON};

/// One attached connection.
pub(super) struct FileSock {
    stream: TcpStream,
}

/// What the server said: fields that are JSON, and the bytes if there are any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    pub(super) kind: String,
    pub(super) fields: Value,
    pub(super) data: Vec<u8>,
}

/// A map of these.
pub(super) fn map(fields: Vec<(&str, Cbor)>) -> Cbor {
    Cbor::Map(
        fields
            .into_iter()
            .map(|(name, value)| (Cbor::from(name), value))
            .collect(),
    )
}

/// An item as it travels.
pub(super) fn item(kind: &str, fields: Cbor) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    ciborium::into_writer(&map(vec![(kind, fields)]), &mut bytes).unwrap();
    let length = u32::try_from(bytes.len() - 4).unwrap();
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// A chunk as it travels.
pub(super) fn chunk(id: u64, offset: u64, data: &[u8], crc32: Option<u32>) -> Vec<u8> {
    let mut fields = vec![
        ("id", Cbor::from(id)),
        ("offset", Cbor::from(offset)),
        ("data", Cbor::from(data.to_vec())),
    ];
    fields.extend(crc32.map(|sum| ("crc32", Cbor::from(sum))));
    item("chunk", map(fields))
}

/// JSON as CBOR.
pub(super) fn cbor(value: &Value) -> Cbor {
    Cbor::serialized(value).unwrap()
}

impl FileSock {
    /// Attaches a client by a ticket of its own.
    pub(super) fn attach(raw: &mut Raw) -> Self {
        let given = raw.call("s.attach", json!(["files"])).unwrap();
        let address = format!("{}:{}", given["host"].as_str().unwrap(), given["port"]);
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        let mut sock = Self { stream };
        let attach = json!({"client_id": given["client_id"], "ticket": given["ticket"], "datasock": "files"});
        sock.write(&item("attach", cbor(&attach))).unwrap();
        assert_eq!(sock.hear().unwrap().kind, "attached");
        sock
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next item; `None` when the connection has ended.
    pub(super) fn hear(&mut self) -> Option<Heard> {
        let mut length = [0; 4];
        match self.stream.read_exact(&mut length) {
            Ok(()) => {}
            Err(err) if matches!(err.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => return None,
            Err(err) => panic!("{err}"),
        }
        let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.stream.read_exact(&mut bytes).ok()?;
        let Cbor::Map(item) = ciborium::from_reader(&bytes[..]).unwrap() else {
            panic!("no map")
        };
        let (kind, fields) = item.into_iter().next().unwrap();
        let Cbor::Map(fields) = fields else { panic!("no map") };
        let (bytes, rest): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(_, value)| value.is_bytes());
        let data = bytes.into_iter().next().and_then(|(_, data)| data.into_bytes().ok());
        Some(Heard {
            kind: kind.into_text().unwrap(),
            fields: Cbor::Map(rest).deserialized().unwrap(),
            data: data.unwrap_or_default(),
        })
    }

    /// Asks, and hears the answer or the refusal.
    pub(super) fn ask(&mut self, kind: &str, fields: Value) -> Result<Heard, Refused> {
        self.write(&item(kind, cbor(&fields))).unwrap();
        self.answer()
    }

    /// The next answer or refusal.
    pub(super) fn answer(&mut self) -> Result<Heard, Refused> {
        let heard = self.hear().expect("an answer before the end");
        if heard.kind == "error" {
            return Err(Refused::of(&heard.fields));
        }
        Ok(heard)
    }

    /// Sends a chunk, and hears up to where everything has come.
    pub(super) fn chunk(&mut self, id: u64, offset: u64, data: &[u8]) -> Result<u64, Refused> {
        self.write(&chunk(id, offset, data, None)).unwrap();
        Ok(self.answer()?.fields["offset"].as_u64().unwrap())
    }

    /// Sends a whole file; gives it as the server has it.
    pub(super) fn put(&mut self, id: u64, wish: Value, content: &[u8]) -> Result<Value, Refused> {
        let mut fields = wish;
        fields["id"] = json!(id);
        fields["size"] = json!(content.len());
        let begun = self.ask("put", fields)?;
        assert_eq!(begun.fields["offset"], 0);
        let step = usize::try_from(begun.fields["chunk_bytes"].as_u64().unwrap()).unwrap();
        let mut offset = 0;
        for data in content.chunks(step) {
            let held = self.chunk(id, offset, data)?;
            offset += u64::try_from(data.len()).unwrap();
            assert_eq!(held, offset);
        }
        Ok(self.ask("finish", json!({"id": id}))?.fields["file"].clone())
    }

    /// Reads a whole file, or one that was sent, from there on.
    pub(super) fn get(&mut self, id: u64, what: Value, offset: u64) -> Result<Vec<u8>, Refused> {
        let mut fields = what;
        fields["id"] = json!(id);
        fields["offset"] = json!(offset);
        let first = self.ask("get", fields)?;
        assert_eq!((first.kind.as_str(), &first.fields["offset"]), ("get", &json!(offset)));
        let mut content = Vec::new();
        loop {
            let heard = self.answer()?;
            let at = offset + u64::try_from(content.len()).unwrap();
            assert_eq!((&heard.fields["id"], &heard.fields["offset"]), (&json!(id), &json!(at)));
            match heard.kind.as_str() {
                "chunk" => content.extend_from_slice(&heard.data),
                "end" => return Ok(content),
                other => panic!("got {other}"),
            }
        }
    }

    /// The network goes away.
    pub(super) fn cut(&self) {
        drop(self.stream.shutdown(Shutdown::Both));
    }
}
