//! Files over real sockets: what is sent is what is kept and given, whatever happens in between.

mod clients;
mod cuts;
mod full;
mod http;
mod looked_after;
mod moving;
mod refused;
mod rights;
mod sent;
mod sock;
mod tool;

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::harness::{Raw, Server};
use sock::FileSock;

/// Bytes that are no other file's, the same at each run.
pub(crate) fn content(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut content = Vec::with_capacity(bytes + 8);
    while content.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(bytes);
    content
}

pub(crate) fn sha256(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

/// A person with a way for files.
fn person(server: &Server, name: &str) -> (Raw, FileSock) {
    let mut raw = server.as_user(name);
    let sock = FileSock::attach(&mut raw);
    (raw, sock)
}

/// The unit of a car with a way for files.
fn unit(server: &Server, car: &str) -> (Raw, FileSock) {
    let mut raw = server.unit(car);
    let sock = FileSock::attach(&mut raw);
    (raw, sock)
}

/// Everything that lies where contents lie.
fn on_disk(server: &Server) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.file_name().unwrap() != "reserve" {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&server.folder().join("files"), &mut found);
    found.sort();
    found
}
