//! An embedding that is no longer needed is nowhere in the memory of the process that had it: not in a frame's buffer,
//! not on a stack, not in what an allocator keeps.
//!
//! A process of its own, so that nothing else's memory is searched.

#![cfg(feature = "face")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use motorpool::face::{Analyser, AnalyserOptions};
use zeroize::Zeroize;

/// Covers what is searched for, so that the search does not find itself.
const COVER: u8 = 0xa5;
/// Bytes searched for at a time: a quarter of the template.
const PIECE: usize = 128;

fn brought(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(path)
}

/// How often each covered piece stands in memory that can be written.
fn found(covered: &[Vec<u8>]) -> Vec<usize> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut counts = vec![0; covered.len()];
    for map in maps.lines().filter(|map| map.contains(" rw")) {
        let (from, to) = map.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (
            u64::from_str_radix(from, 16).unwrap(),
            u64::from_str_radix(to, 16).unwrap(),
        );
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // Some are told and cannot be read.
        if memory.seek(SeekFrom::Start(from)).is_ok() && memory.read_exact(&mut bytes).is_ok() {
            // Floats stand at multiples of four.
            for at in (0..bytes.len().saturating_sub(PIECE)).step_by(4) {
                // The zeroes that most of memory is.
                if bytes[at] == 0 && bytes[at + 1] == 0 {
                    continue;
                }
                let is = |piece: &Vec<u8>| (0..PIECE).all(|place| bytes[at + place] ^ COVER == piece[place]);
                for (count, _) in counts.iter_mut().zip(covered).filter(|(_, piece)| is(piece)) {
                    *count += 1;
                }
            }
        }
        // The next search would find this copy.
        bytes.zeroize();
    }
    counts
}

#[test]
fn an_embedding_that_was_let_go_is_nowhere_in_memory() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let analyser = runtime.block_on(async {
        Analyser::new(AnalyserOptions {
            enabled: true,
            program: Some(PathBuf::from(env!("CARGO_BIN_EXE_motorpool"))),
            models: vec![brought("models")],
            threads: 1,
            queue: 1,
            deadline: Duration::from_secs(20),
            memory_bytes: 1 << 30,
            pixels: 25_000_000,
            nice: 0,
        })
    });
    let picture = Bytes::from(std::fs::read(brought("pictures/obama.jpg")).expect("`make setup` brings it"));
    let analysis = runtime.block_on(analyser.analyse(picture)).unwrap();
    let embedding = analysis.faces[0].embedding.as_ref().unwrap();
    let covered: Vec<Vec<u8>> = bytemuck::bytes_of(embedding.floats())
        .chunks(PIECE)
        .map(|piece| piece.iter().map(|byte| byte ^ COVER).collect())
        .collect();
    assert_eq!(
        found(&covered),
        [1; 4],
        "the search finds what is there, and there is one"
    );
    drop(analysis);
    assert_eq!(found(&covered), [0; 4]);
}
