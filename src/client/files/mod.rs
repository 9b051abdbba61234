//! Files to and from a server: over the datasock `files`, in chunks, gone on with after a cut.
//!
//! Each chunk carries its sum, and the whole is compared by SHA-256 on both sides. A few chunks are on their way before the first
//! is acknowledged, no more.

mod items;

use bytes::BytesMut;
use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncWrite, AsyncWriteExt};
use tokio::time::{Duration, timeout};
use tokio_util::codec::Decoder;

use self::items::{Asked, Begun, Chunk, Get, Put, Told};
use super::{Client, ClientError, ConnectOptions, Datasock};
use crate::wire::{self, ErrorCode, Frame, FrameCodec, Value, WireError};

/// The datasock they travel on.
const FILES: &str = "files";
/// Chunks that are sent before the first of them is acknowledged.
const WINDOW: usize = 8;
/// Longest item that a server of ours sends here: a piece, with its head.
const ITEM_BYTES_MAX: usize = 1 << 20;
/// Bytes read at a time when the beginning of a file is hashed again.
const READ_BYTES: usize = 256 * 1024;

/// A file to be sent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewFile {
    /// What it is called there, for showing.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whose it will be; the sender's own without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A car by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub car: Option<String>,
    /// A booking by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<i64>,
    /// A room by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Its type, such as `text/csv`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the server is to look at when it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// What a server is to look at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// `json`, `csv` or `image`.
    #[serde(rename = "as")]
    pub is: String,
    /// Between the columns of a CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Columns of a CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<u64>,
}

/// A file as the server has it; parts that are not used here are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stored {
    /// Its number.
    pub file: i64,
    /// What it is called.
    pub name: String,
    /// Among those of this name.
    pub version: i64,
    /// In bytes.
    pub size: u64,
    /// Hexadecimal digits.
    pub sha256: String,
}

/// What is read: a file, or what was sent to oneself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A file by its number.
    File(i64),
    /// An offer by its number.
    Offer(i64),
}

/// A way for files; it ends with the client it belongs to.
pub struct Files {
    sock: Datasock,
    codec: FrameCodec,
    came: BytesMut,
    wait_max: Duration,
    next_id: u64,
}

impl Client {
    /// Attaches to the datasock for files; `options` as the client was connected with.
    ///
    /// # Errors
    /// As [`Client::attach`]: `not_found` where the server takes no files.
    pub async fn files(&self, options: &ConnectOptions) -> Result<Files, ClientError> {
        Ok(Files {
            sock: self.attach(FILES, options).await?,
            codec: FrameCodec::new(ITEM_BYTES_MAX),
            came: BytesMut::new(),
            wait_max: options.call_timeout,
            next_id: 1,
        })
    }
}

impl Files {
    /// Sends a file and waits until the server has it for good. With `upload` it goes on with one that was begun before, if the
    /// server still has it. `on` hears the id of the upload and, again and again, how many bytes the server holds.
    ///
    /// # Errors
    /// The server's refusal, or a broken connection: then it may be gone on with.
    pub async fn put(
        &mut self,
        file: &NewFile,
        upload: Option<&str>,
        content: &mut (impl AsyncRead + AsyncSeek + Unpin),
        mut on: impl FnMut(&str, u64),
    ) -> Result<Stored, ClientError> {
        let id = self.id();
        let begun = self.begin(id, file, upload).await?;
        on(&begun.upload, begun.offset);
        if let Some(stored) = begun.file {
            return Ok(stored);
        }
        let mut hash = Context::new(&SHA256);
        hash_beginning(content, begun.offset, &mut hash).await?;
        let mut buffer = vec![0; begun.chunk_bytes.clamp(1, READ_BYTES)];
        let (mut offset, mut waiting) = (begun.offset, 0_usize);
        loop {
            let read = fill(content, &mut buffer).await?;
            let data = buffer.get(..read).unwrap_or_default();
            while waiting > 0 && (data.is_empty() || waiting >= WINDOW) {
                on(&begun.upload, self.held().await?);
                waiting -= 1;
            }
            if data.is_empty() {
                break;
            }
            hash.update(data);
            let chunk = Chunk {
                id,
                offset,
                data: Bytes::new(data),
                crc32: crc32fast::hash(data),
            };
            self.ask(&Asked::Chunk(chunk)).await?;
            offset = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            waiting += 1;
        }
        let sha256 = HEXLOWER.encode(hash.finish().as_ref());
        self.ask(&Asked::Finish { id, sha256: &sha256 }).await?;
        match self.told().await? {
            Told::Finished { file } if file.sha256 == sha256 => Ok(file),
            Told::Finished { file } => Err(ClientError::Protocol(format!(
                "the server has {}, we sent {sha256}",
                file.sha256
            ))),
            _ => Err(unwanted("finished")),
        }
    }

    /// Reads a file from `offset` on into `into`; `before` are the bytes before that, for the hash of the whole. `on` hears how many
    /// bytes are there.
    ///
    /// # Errors
    /// The server's refusal, a broken connection, or bytes that are not those of the file.
    pub async fn get(
        &mut self,
        wanted: Wanted,
        before: &mut (impl AsyncRead + AsyncSeek + Unpin),
        offset: u64,
        into: &mut (impl AsyncWrite + Unpin),
        mut on: impl FnMut(&Stored, u64),
    ) -> Result<Stored, ClientError> {
        let id = self.id();
        let (file, offer) = match wanted {
            Wanted::File(file) => (Some(file), None),
            Wanted::Offer(offer) => (None, Some(offer)),
        };
        self.ask(&Asked::Get(Get {
            id,
            file,
            offer,
            offset,
        }))
        .await?;
        let Told::Get { file, offset: from } = self.told().await? else {
            return Err(unwanted("get"));
        };
        let mut hash = Context::new(&SHA256);
        hash_beginning(before, from, &mut hash).await?;
        let mut held = from;
        on(&file, held);
        loop {
            match self.told().await? {
                Told::Chunk { offset, data } if offset == held => {
                    hash.update(&data);
                    into.write_all(&data).await.map_err(|err| here(&err))?;
                    held = held.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
                    on(&file, held);
                }
                Told::End {} if held == file.size => break,
                _ => return Err(unwanted("the next chunk or the end")),
            }
        }
        into.flush().await.map_err(|err| here(&err))?;
        let sha256 = HEXLOWER.encode(hash.finish().as_ref());
        if sha256 != file.sha256 {
            let message = format!("what came hashes to {sha256}, the file to {}", file.sha256);
            return Err(ClientError::Protocol(message));
        }
        Ok(file)
    }

    async fn begin(&mut self, id: u64, file: &NewFile, upload: Option<&str>) -> Result<Begun, ClientError> {
        if let Some(upload) = upload {
            self.ask(&Asked::Resume { id, upload }).await?;
            match self.told().await {
                Ok(Told::Put(begun)) => return Ok(begun),
                Ok(_) => return Err(unwanted("put")),
                // It is gone: from the beginning.
                Err(err) if matches!(err.code(), Some(ErrorCode::NotFound | ErrorCode::Expired)) => {}
                Err(err) => return Err(err),
            }
        }
        self.ask(&Asked::Put(Put {
            id,
            name: &file.name,
            size: file.size,
            user: &file.user,
            car: &file.car,
            booking: file.booking,
            room: &file.room,
            kind: &file.kind,
            check: &file.check,
        }))
        .await?;
        match self.told().await? {
            Told::Put(begun) => Ok(begun),
            _ => Err(unwanted("put")),
        }
    }

    async fn held(&mut self) -> Result<u64, ClientError> {
        match self.told().await? {
            Told::Held { offset } => Ok(offset),
            _ => Err(unwanted("held")),
        }
    }

    fn id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        id
    }

    async fn ask(&mut self, item: &Asked<'_>) -> Result<(), ClientError> {
        let unfit = |why: &dyn std::fmt::Display| ClientError::Protocol(format!("this cannot be sent: {why}"));
        let item = wire::to_cbor(item).map_err(|err| unfit(&err))?;
        let length = u32::try_from(item.len()).map_err(|err| unfit(&err))?;
        let mut frame = Vec::with_capacity(item.len().saturating_add(wire::LENGTH_BYTES));
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&item);
        let sent = timeout(self.wait_max, self.sock.send(&frame)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            // The server may have said why before it hung up.
            Ok(Err(broken)) => match self.told().await {
                Err(refused @ ClientError::Refused(_)) => Err(refused),
                _ => Err(broken),
            },
            Err(_) => Err(ClientError::Timeout { waited: self.wait_max }),
        }
    }

    async fn told(&mut self) -> Result<Told, ClientError> {
        let wait_max = self.wait_max;
        let item = async {
            loop {
                let item = self.codec.decode(&mut self.came);
                if let Some(item) = item.map_err(|err| ClientError::Protocol(err.to_string()))? {
                    return Ok(item);
                }
                match self.sock.receive().await? {
                    Some(bytes) => self.came.unsplit(bytes),
                    None => return Err(ClientError::gone()),
                }
            }
        };
        let item = timeout(wait_max, item)
            .await
            .unwrap_or(Err(ClientError::Timeout { waited: wait_max }))?;
        understood(&item)
    }
}

fn understood(item: &[u8]) -> Result<Told, ClientError> {
    match wire::decode(item) {
        Ok(Frame::Error(refusal)) => Err(WireError {
            code: refusal.code,
            message: refusal.message,
            detail: refusal.detail,
        }
        .into()),
        Ok(Frame::Bye(bye)) => Err(ClientError::Closed { reason: bye.reason }),
        _ => wire::from_cbor(item).map_err(|err| ClientError::Protocol(err.to_string())),
    }
}

fn unwanted(wanted: &str) -> ClientError {
    ClientError::Protocol(format!("got another item, wanted `{wanted}`"))
}

/// A fault on this side.
fn here(err: &std::io::Error) -> ClientError {
    ClientError::Protocol(format!("here: {err}"))
}

/// Reads until the buffer is full or the content ends.
async fn fill(content: &mut (impl AsyncRead + Unpin), buffer: &mut [u8]) -> Result<usize, ClientError> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match content.read(room).await.map_err(|err| here(&err))? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Hashes the first bytes of a content and stays behind them.
async fn hash_beginning(
    content: &mut (impl AsyncRead + AsyncSeek + Unpin),
    bytes: u64,
    hash: &mut Context,
) -> Result<(), ClientError> {
    use tokio::io::AsyncSeekExt as _;
    content
        .seek(std::io::SeekFrom::Start(0))
        .await
        .map_err(|err| here(&err))?;
    let mut beginning = content.take(bytes);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = fill(&mut beginning, &mut buffer).await?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    if beginning.limit() > 0 {
        return Err(ClientError::Protocol(
            "here: the file is shorter than what the server has of it".to_owned(),
        ));
    }
    Ok(())
}

/// A number as the argument of a command.
#[must_use]
pub fn number(file: i64) -> Value {
    Value::from(file)
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}
