//! Items of files as they travel, both ways.

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};

use super::{Check, Stored};

/// One item that is asked.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked<'a> {
    Put(Put<'a>),
    Resume { id: u64, upload: &'a str },
    Chunk(Chunk<'a>),
    Finish { id: u64, sha256: &'a str },
    Get(Get),
}

#[derive(Serialize)]
pub(super) struct Put<'a> {
    pub(super) id: u64,
    pub(super) name: &'a str,
    pub(super) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) car: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) booking: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: &'a Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) check: &'a Option<Check>,
}

#[derive(Serialize)]
pub(super) struct Chunk<'a> {
    pub(super) id: u64,
    pub(super) offset: u64,
    pub(super) data: &'a Bytes,
    pub(super) crc32: u32,
}

#[derive(Serialize)]
pub(super) struct Get {
    pub(super) id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offer: Option<i64>,
    pub(super) offset: u64,
}

/// One item that is told.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Put(Begun),
    Held {
        offset: u64,
    },
    Finished {
        file: Stored,
    },
    Get {
        file: Stored,
        offset: u64,
    },
    Chunk {
        offset: u64,
        data: ByteBuf,
    },
    End {},
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(super) struct Begun {
    pub(super) upload: String,
    pub(super) offset: u64,
    pub(super) chunk_bytes: usize,
    pub(super) file: Option<Stored>,
}
