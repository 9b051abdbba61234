//! Files as a load sends them: chunks made by hand, a few on their way, nothing hashed on this side.

use std::io::Read;

use bytes::BytesMut;
use motorpool::client::Datasock;
use motorpool::wire::{self, FrameCodec, Value};
use tokio_util::codec::Decoder;

use super::{Fault, check};

/// Bytes of a chunk.
pub(crate) const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks that are sent before the first of them is answered.
const WINDOW: usize = 8;

/// A datasock for files, spoken by hand: nothing is hashed on this side, as on that of the copies.
pub(crate) struct Way {
    sock: Datasock,
    codec: FrameCodec,
    came: BytesMut,
}

impl Way {
    pub(crate) fn new(sock: Datasock) -> Self {
        Self {
            sock,
            codec: FrameCodec::new(1 << 20),
            came: BytesMut::new(),
        }
    }

    async fn ask(&mut self, item: &Value) -> Result<(), Fault> {
        let item = wire::to_cbor(item)?;
        let mut frame = u32::try_from(item.len())?.to_be_bytes().to_vec();
        frame.extend_from_slice(&item);
        Ok(self.sock.send(&frame).await?)
    }

    /// The fields of the next item, which must be of that kind.
    async fn hear(&mut self, kind: &str) -> Result<Vec<(Value, Value)>, Fault> {
        loop {
            if let Some(item) = self.codec.decode(&mut self.came)? {
                let heard: Value = wire::from_cbor(&item)?;
                let item = heard.into_map().map_err(|_| "no map")?;
                let (name, fields) = item.into_iter().next().ok_or("an empty item")?;
                let is_it = name.as_text() == Some(kind);
                check(is_it, || format!("wanted {kind}, got {name:?} {fields:?}"))?;
                return fields.into_map().map_err(|_| "no fields".into());
            }
            let more = self.sock.receive().await?.ok_or("the connection ended")?;
            self.came.unsplit(more);
        }
    }

    pub(crate) async fn put(&mut self, content: &mut impl Read, size: usize) -> Result<(i64, String), Fault> {
        let put = [
            ("id", Value::from(1)),
            ("name", Value::from("bench")),
            ("size", Value::from(u64::try_from(size)?)),
        ];
        self.ask(&item("put", &put)).await?;
        self.hear("put").await?;
        let mut frame = Vec::with_capacity(CHUNK_BYTES + 64);
        let (mut offset, mut waiting) = (0, 0);
        while offset < size {
            let bytes = CHUNK_BYTES.min(size - offset);
            frame.clear();
            chunk_head(&mut frame, offset, bytes)?;
            let at = frame.len();
            frame.resize(at + bytes, 0);
            content.read_exact(frame.get_mut(at..).ok_or("no room")?)?;
            self.sock.send(&frame).await?;
            offset += bytes;
            waiting += 1;
            if waiting >= WINDOW {
                self.hear("held").await?;
                waiting -= 1;
            }
        }
        for _ in 0..waiting {
            self.hear("held").await?;
        }
        self.ask(&item("finish", &[("id", Value::from(1))])).await?;
        let fields = self.hear("finished").await?;
        let file = field(&fields, "file")?.as_map().ok_or("no file")?.clone();
        let number = field(&file, "file")?.as_integer().ok_or("no number")?;
        let digits = field(&file, "sha256")?.as_text().ok_or("no hash")?.to_owned();
        Ok((i64::try_from(number)?, digits))
    }

    pub(crate) async fn delete(&mut self, file: i64) -> Result<(), Fault> {
        self.ask(&item("delete", &[("id", Value::from(2)), ("file", Value::from(file))]))
            .await?;
        self.hear("deleted").await?;
        Ok(())
    }
}

fn item(kind: &str, fields: &[(&str, Value)]) -> Value {
    let fields = fields.iter().map(|(name, value)| (Value::from(*name), value.clone()));
    Value::Map(vec![(Value::from(kind), Value::Map(fields.collect()))])
}

fn field<'a>(fields: &'a [(Value, Value)], name: &str) -> Result<&'a Value, Fault> {
    let found = fields.iter().find(|(known, _)| known.as_text() == Some(name));
    found.map(|(_, value)| value).ok_or_else(|| format!("no {name}").into())
}

/// The length and everything of a chunk before its data: `{"chunk": {"id": 1, "offset": offset, "data": ...}}`.
fn chunk_head(frame: &mut Vec<u8>, offset: usize, bytes: usize) -> Result<(), Fault> {
    let mut head = b"\xa1\x65chunk\xa3\x62id\x01\x66offset".to_vec();
    number(&mut head, 0, u64::try_from(offset)?);
    head.extend_from_slice(b"\x64data");
    number(&mut head, 2 << 5, u64::try_from(bytes)?);
    frame.extend_from_slice(&u32::try_from(head.len() + bytes)?.to_be_bytes());
    frame.extend_from_slice(&head);
    Ok(())
}

/// A number in its shortest form.
fn number(out: &mut Vec<u8>, kind: u8, number: u64) {
    let bytes = number.to_be_bytes();
    let (info, skip) = match number {
        0..=23 => (u8::try_from(number).unwrap_or_default(), 8),
        24..=0xff => (24, 7),
        0x100..=0xffff => (25, 6),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 0),
    };
    out.push(kind | info);
    out.extend(bytes.iter().skip(skip));
}
