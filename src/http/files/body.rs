//! The body of a PATCH: written as it comes, one piece beside reading the next; summed where its sender gave a sum.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::rules::Algorithm;
use super::tus::refused;
use crate::error::Error;
use crate::file::{FileError, Sum, Upload, compare};
use crate::http::problem::Problem;
use crate::wire::ErrorCode;

/// Bytes that are written at a time; as much is read meanwhile.
const WRITE_BYTES: usize = 256 * 1024;

/// A body that is to be added to an upload.
pub(super) struct Coming {
    /// How long its sender may send nothing.
    pub(super) silence_max: Duration,
    pub(super) upload: Upload,
    /// Where it begins.
    pub(super) offset: u64,
}

/// The sum of a body.
enum Running {
    Digest(Box<Sum>),
    Crc32(crc32fast::Hasher),
}

impl Running {
    fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::Digest(Box::new(Sum::new(&SHA1_FOR_LEGACY_USE_ONLY))),
            Algorithm::Sha256 => Self::Digest(Box::new(Sum::new(&SHA256))),
            Algorithm::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Digest(sum) => sum.update(bytes),
            Self::Crc32(sum) => sum.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Digest(sum) => sum.finish(),
            Self::Crc32(sum) => sum.finalize().to_be_bytes().to_vec(),
        }
    }
}

impl Coming {
    /// Writes a body as it comes; gives up to where everything has come. With a sum that does not fit, or without its end, nothing of it
    /// counts; without a sum all that came does.
    pub(super) async fn take(self, body: Body, sum: Option<(Algorithm, Vec<u8>)>) -> Result<u64, Problem> {
        let Some((algorithm, wanted)) = sum else {
            return self.written(body, None).await;
        };
        let mark = self.upload.mark().await.map_err(refused)?;
        let mut running = Running::of(algorithm);
        let taken = self.written(body, Some(&mut running)).await;
        let compared = match &taken {
            Ok(_) => compare("the sum of this body", &running.finish(), &wanted, self.offset).map_err(refused),
            Err(_) => Ok(()),
        };
        if taken.is_err() || compared.is_err() {
            self.upload.back_to(mark).await.map_err(refused)?;
        }
        compared?;
        taken
    }

    async fn written(&self, mut body: Body, mut sum: Option<&mut Running>) -> Result<u64, Problem> {
        let mut offset = self.offset;
        let mut gathered = BytesMut::new();
        let mut writing: Option<JoinHandle<Result<u64, FileError>>> = None;
        let ended = loop {
            let frame = match timeout(self.silence_max, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => break Ok(()),
                Ok(Some(Err(err))) => {
                    let cut = Error::new(ErrorCode::BadFrame, "the body does not come to its end").cause(err);
                    break Err(Problem::from(cut));
                }
                Err(_) => {
                    let message = format!("nothing came for {} ms", self.silence_max.as_millis());
                    break Err(Problem::with(StatusCode::REQUEST_TIMEOUT, ErrorCode::Timeout, message));
                }
            };
            let Ok(bytes) = frame.into_data() else { continue };
            if let Some(sum) = sum.as_deref_mut() {
                sum.update(&bytes);
            }
            gathered.extend_from_slice(&bytes);
            if gathered.len() >= WRITE_BYTES {
                offset = settled(writing.take(), offset).await?;
                writing = Some(begin(&self.upload, offset, gathered.split().freeze()));
            }
        };
        offset = settled(writing.take(), offset).await?;
        if !gathered.is_empty() {
            offset = settled(Some(begin(&self.upload, offset, gathered.freeze())), offset).await?;
        }
        ended.map(|()| offset)
    }
}

/// Writes beside reading on.
fn begin(upload: &Upload, offset: u64, bytes: Bytes) -> JoinHandle<Result<u64, FileError>> {
    let upload = upload.clone();
    tokio::spawn(async move { upload.write(offset, bytes).await })
}

/// Waits for what is being written.
async fn settled(writing: Option<JoinHandle<Result<u64, FileError>>>, offset: u64) -> Result<u64, Problem> {
    match writing {
        Some(writing) => writing.await.map_err(|_| refused(FileError::Broken))?.map_err(refused),
        None => Ok(offset),
    }
}
