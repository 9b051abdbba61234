//! Items of the receiver `file`, both ways. Each has the `id` by which its sender tells the answers apart.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::chunk::{self, Chunk};
use crate::error::Error;
use crate::file::check::Wanted;
use crate::file::view::FileView;
use crate::file::{Whose, Wish};
use crate::fleet::CarRef;
use crate::wire::{self, ErrorCode, ScanLimits};

/// What may be asked for.
const KINDS: &str = "put, resume, chunk, finish, abort, get, stop, list, stat, rename or delete";

/// What a client sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Asked {
    Put(Put),
    Resume(Resume),
    #[serde(skip)]
    Chunk(Chunk),
    Finish(Finish),
    Abort(Only),
    Get(Get),
    Stop(Only),
    List(List),
    Stat(OfFile),
    Rename(Rename),
    Delete(OfFile),
}

/// A file that is to be sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Put {
    pub(super) id: u64,
    name: String,
    size: Option<u64>,
    sha256: Option<String>,
    user: Option<String>,
    car: Option<CarRef>,
    booking: Option<i64>,
    room: Option<String>,
    r#type: Option<String>,
    check: Option<Wanted>,
}

impl Put {
    pub(super) fn wish(self) -> Wish {
        Wish {
            name: self.name,
            size: self.size,
            sha256: self.sha256,
            whose: Whose {
                user: self.user,
                car: self.car,
                booking: self.booking,
                room: self.room,
            },
            kind: self.r#type,
            check: self.check,
        }
    }
}

/// One that was begun before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resume {
    pub(super) id: u64,
    pub(super) upload: String,
}

/// All has been sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finish {
    pub(super) id: u64,
    pub(super) sha256: Option<String>,
}

/// Something about what is open under this id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Only {
    pub(super) id: u64,
}

/// A file that is to be given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Get {
    pub(super) id: u64,
    pub(super) file: Option<i64>,
    pub(super) offer: Option<i64>,
    pub(super) offset: Option<u64>,
}

/// Which files there are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) id: u64,
    user: Option<String>,
    car: Option<CarRef>,
    booking: Option<i64>,
    room: Option<String>,
    pub(super) name: Option<String>,
    pub(super) before: Option<i64>,
}

impl List {
    pub(super) fn whose(&mut self) -> Whose {
        Whose {
            user: self.user.take(),
            car: self.car.take(),
            booking: self.booking.take(),
            room: self.room.take(),
        }
    }
}

/// Something about one file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfFile {
    pub(super) id: u64,
    pub(super) file: i64,
}

/// Another name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    pub(super) id: u64,
    pub(super) file: i64,
    pub(super) name: String,
}

/// A chunk as ciborium reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChunkItem {
    chunk: ChunkFields,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChunkFields {
    id: u64,
    offset: u64,
    data: ByteBuf,
    crc32: Option<u32>,
}

/// Reads an item; what is no item of the protocol ends the connection, another shape does not.
///
/// # Errors
/// `bad_frame` or `bad_arguments`.
pub(super) fn read(item: &Bytes) -> Result<Asked, Error> {
    if let Some(chunk) = chunk::read(item) {
        return Ok(Asked::Chunk(chunk));
    }
    wire::scan(item, ScanLimits::default()).map_err(|err| Error::new(ErrorCode::BadFrame, err.to_string()))?;
    if item.starts_with(chunk::HEAD) {
        let ChunkItem { chunk } = wire::from_cbor(item).map_err(|err| unfit(&err))?;
        return Ok(Asked::Chunk(Chunk {
            id: chunk.id,
            offset: chunk.offset,
            data: Bytes::from(chunk.data.into_vec()),
            crc32: chunk.crc32,
        }));
    }
    wire::from_cbor(item).map_err(|err| unfit(&err))
}

fn unfit(err: &dyn std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::BadArguments,
        format!("wanted {{kind: fields}}, kind being {KINDS}: {err}"),
    )
}

/// The id that a readable item has, whatever else is wrong with it.
pub(super) fn id_of(item: &[u8]) -> Option<u64> {
    let value: wire::Value = wire::from_cbor(item).ok()?;
    let [(_, fields)] = value.as_map()?.as_slice() else {
        return None;
    };
    let (_, id) = fields.as_map()?.iter().find(|(name, _)| name.as_text() == Some("id"))?;
    id.as_integer().and_then(|id| u64::try_from(id).ok())
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said<'a> {
    /// Where an upload stands.
    Put {
        id: u64,
        upload: String,
        offset: u64,
        chunk_bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<String>,
        /// What it is already, where the answer to its end was lost.
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<FileView>,
    },
    /// Up to where everything has come.
    Held { id: u64, offset: u64 },
    /// It is a file.
    Finished { id: u64, file: FileView },
    /// It is let go.
    Aborted { id: u64 },
    /// What follows, from where.
    Get { id: u64, file: FileView, offset: u64 },
    /// A piece.
    Chunk {
        id: u64,
        offset: u64,
        data: &'a serde_bytes::Bytes,
    },
    /// That was all.
    End { id: u64, offset: u64 },
    /// No more of it comes.
    Stopped { id: u64, offset: u64 },
    /// Which there are.
    List { id: u64, files: Vec<FileView> },
    /// What is known of one.
    Stat { id: u64, file: FileView },
    /// It is called so.
    Renamed { id: u64, file: FileView },
    /// It is no more.
    Deleted { id: u64, file: i64 },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_of_another_shape_is_told_from_what_is_none() {
        let cbor = |value: serde_json::Value| Bytes::from(wire::to_cbor(&value).unwrap());
        assert!(matches!(
            read(&cbor(serde_json::json!({"stat": {"id": 1, "file": 2}}))),
            Ok(Asked::Stat(OfFile { id: 1, file: 2 }))
        ));
        for bad in [
            serde_json::json!({"stat": {"id": 1}}),
            serde_json::json!({"stat": {"id": 1, "file": 2, "more": 3}}),
            serde_json::json!({"execute": {"id": 1}}),
            serde_json::json!({"put": {"id": 1, "name": 7}}),
            serde_json::json!({"chunk": {"id": 1, "offset": 0, "data": "text"}}),
            serde_json::json!(7),
        ] {
            let err = read(&cbor(bad.clone())).unwrap_err();
            assert_eq!(err.code(), ErrorCode::BadArguments, "{bad}");
        }
        assert_eq!(id_of(&cbor(serde_json::json!({"stat": {"id": 9, "x": 1}}))), Some(9));
        assert_eq!(
            read(&Bytes::from_static(b"\xff")).unwrap_err().code(),
            ErrorCode::BadFrame
        );
    }

    #[test]
    fn whatever_item_comes_is_asked_for_or_refused() {
        let cbor = |value: serde_json::Value| wire::to_cbor(&value).unwrap();
        let check = serde_json::json!({"as": "csv", "delimiter": ";", "columns": 3});
        let put = serde_json::json!({"id": 1, "name": "1.csv", "size": 3, "sha256": "00", "car": "amber", "kind": "text/csv", "check": check});
        let mut samples: Vec<Vec<u8>> = [
            serde_json::json!({"put": put}),
            serde_json::json!({"resume": {"id": 1, "upload": "u-00000000000000000000000000000000"}}),
            serde_json::json!({"finish": {"id": 1, "sha256": "00"}}),
            serde_json::json!({"abort": {"id": 1}}),
            serde_json::json!({"get": {"id": 2, "file": 7, "offset": 3}}),
            serde_json::json!({"list": {"id": 3, "room": "garage", "limit": 5}}),
            serde_json::json!({"rename": {"id": 1, "file": 2, "name": "x"}}),
            serde_json::json!({"delete": {"id": 1, "file": 2}}),
        ]
        .map(cbor)
        .into();
        samples.push(b"\xa1\x65chunk\xa4\x62id\x01\x66offset\x00\x64data\x43abc\x65crc32\x1a\x35\x24\x41\xc2".to_vec());
        let words: [&[u8]; 7] = [
            b"\xa1\x65chunk",
            b"\x64data",
            b"\x62id",
            b"\x66offset",
            b"\x65crc32",
            b"\x1b",
            b"\x5a",
        ];
        crate::runtime::fuzz::fuzz("files", &words, samples, |bytes| {
            let _ = id_of(bytes);
            match read(&Bytes::copy_from_slice(bytes)) {
                Ok(Asked::Chunk(chunk)) => {
                    // The short way and the long way read the same.
                    let long = wire::from_cbor::<ChunkItem>(bytes).unwrap().chunk;
                    assert_eq!(
                        (chunk.id, chunk.offset, chunk.crc32),
                        (long.id, long.offset, long.crc32)
                    );
                    assert_eq!(chunk.data, long.data.into_vec());
                    "a chunk".to_owned()
                }
                Ok(asked) => format!("{:?}", std::mem::discriminant(&asked)),
                Err(err) => err.message().to_owned(),
            }
        });
    }
}
