//! The numbers of a face, searched for as bytes wherever they could have been left: files, log, and the server's memory as
//! a core dump would hold it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};

use super::*;

/// Bytes that are looked for at a time. Any 32 bytes of what is searched hold one such piece whole.
const PIECE: usize = 16;

/// What is looked for: pieces by their first four bytes.
#[derive(Default)]
struct Wanted(HashMap<[u8; 4], Vec<(Vec<u8>, &'static str)>>);

impl Wanted {
    /// A template in every form in which it could have been written.
    fn of(numbers: &[f32]) -> Self {
        let mut wanted = Self::default();
        let bytes = |form: fn(f32) -> Vec<u8>| numbers.iter().flat_map(|one| form(*one)).collect::<Vec<u8>>();
        let little = bytes(|one| one.to_le_bytes().to_vec());
        let big = bytes(|one| one.to_be_bytes().to_vec());
        wanted.add("little endian", &little);
        wanted.add("big endian", &big);
        wanted.add("doubles", &bytes(|one| f64::from(one).to_le_bytes().to_vec()));
        wanted.add("CBOR", &bytes(|one| [&[0xfa], &one.to_be_bytes()[..]].concat()));
        wanted.add(
            "CBOR doubles",
            &bytes(|one| [&[0xfb], &f64::from(one).to_be_bytes()[..]].concat()),
        );
        for (name, form) in [("hex", &little), ("hex, big endian", &big)] {
            wanted.add(name, HEXLOWER.encode(form).as_bytes());
            wanted.add(name, HEXLOWER.encode(form).to_uppercase().as_bytes());
        }
        for from in 0..3 {
            wanted.add("base64", BASE64.encode(&little[from..]).as_bytes());
        }
        wanted
    }

    fn add(&mut self, name: &'static str, form: &[u8]) {
        for piece in form.chunks_exact(PIECE) {
            let first: [u8; 4] = piece[..4].try_into().unwrap();
            // All zeroes is nowhere in a face.
            self.0.entry(first).or_default().push((piece.to_vec(), name));
        }
    }

    /// The first form that stands in there.
    fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let mut filter = vec![false; 1 << 16];
        for first in self.0.keys() {
            filter[usize::from(first[0]) << 8 | usize::from(first[1])] = true;
        }
        let mut at = 0;
        while at + PIECE <= bytes.len() {
            if bytes[at..at + 8] == [0; 8] {
                at += 5;
                continue;
            }
            if filter[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])]
                && let Some(pieces) = self.0.get(&bytes[at..at + 4])
                && let Some((_, name)) = pieces.iter().find(|(piece, _)| bytes[at..].starts_with(piece))
            {
                return Some(name);
            }
            at += 1;
        }
        None
    }

    fn is_in_folder(&self, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(self.is_in_folder(&path));
            } else if let Some(name) = self.found_in(&fs::read(&path).unwrap()) {
                found.push(format!("{name} in {}", path.display()));
            }
        }
        found
    }
}

/// What of a process's memory is looked at.
#[derive(Clone, Copy, PartialEq)]
enum Memory {
    /// What a core dump would hold.
    Dumped,
    /// And what it would not.
    All,
}

/// Every such part of a process's memory that can be written. `None` where the kernel lets nobody look.
fn memory_of(pid: i32, which: Memory) -> Option<Vec<(String, Vec<u8>)>> {
    let smaps = fs::read_to_string(format!("/proc/{pid}/smaps")).ok()?;
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut parts = Vec::new();
    let mut area = String::new();
    for line in smaps.lines() {
        let first = line.split(' ').next().unwrap_or_default();
        if first.contains('-') && !first.ends_with(':') {
            area = line.to_owned();
        }
        let Some(flags) = line.strip_prefix("VmFlags:") else {
            continue;
        };
        let (range, rest) = area.split_once(' ').unwrap();
        let is_left_out = flags.split(' ').any(|flag| flag == "dd");
        if (is_left_out && which == Memory::Dumped) || !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let number = |text| u64::from_str_radix(text, 16).unwrap();
        let mut bytes = vec![0; usize::try_from(number(to) - number(from)).unwrap()];
        if memory.read_exact_at(&mut bytes, number(from)).is_ok() {
            parts.push((area.clone(), bytes));
        }
    }
    (!parts.is_empty()).then_some(parts)
}

fn is_in_memory(wanted: &Wanted, pid: i32, which: Memory) -> Option<Vec<String>> {
    let parts = memory_of(pid, which)?;
    let found = parts
        .iter()
        .filter_map(|(area, bytes)| Some(format!("{} in {area}", wanted.found_in(bytes)?)));
    Some(found.collect())
}

fn numbers(export: &Value, place: usize) -> Vec<f32> {
    let numbers = export["templates"][place]["numbers"].as_array().unwrap();
    numbers
        .iter()
        .map(|one| one.as_f64().unwrap().to_string().parse().unwrap())
        .collect()
}

#[test]
fn the_search_would_find_a_face_in_every_form() {
    let numbers: Vec<f32> = (1..=128_u8).map(|one| (f32::from(one) * 0.7).sin() / 7.0).collect();
    let wanted = Wanted::of(&numbers);
    let little: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
    // Any 32 bytes of it, wherever they lie.
    for from in 0..little.len() - 32 {
        let mut around = vec![7; 41];
        around.extend_from_slice(&little[from..from + 32]);
        around.extend_from_slice(&[0; 9]);
        assert_eq!(wanted.found_in(&around), Some("little endian"), "from {from}");
    }
    let mut cbor = Vec::new();
    ciborium::into_writer(&numbers, &mut cbor).unwrap();
    assert_eq!(wanted.found_in(&cbor), Some("CBOR"));
    assert_eq!(wanted.found_in(HEXLOWER.encode(&little).as_bytes()), Some("hex"));
    assert_eq!(wanted.found_in(BASE64.encode(&little).as_bytes()), Some("base64"));
    assert_eq!(
        wanted.found_in(&[&[0; 64][..], b"nothing of the kind", &[0; 64]].concat()),
        None
    );
}

#[test]
fn a_face_is_nowhere_in_clear_but_in_memory_that_no_core_dump_holds() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("motorpool.log");
    let path = log.display().to_string();
    let mut server = server(&[("MOTORPOOL_LOG__LEVEL", "trace"), ("MOTORPOOL_LOG__FILE", &path)]);
    may_search(&server, "mona");
    let mut anna = Sitting::of(&server, "anna");
    anna.enrol_self(&OBAMAS).unwrap();
    let mut mona = Sitting::of(&server, "mona");
    let picture = mona.show(&["obama.jpg"]).remove(0);
    assert_eq!(
        mona.raw.call("s.searchface", json!([picture])).unwrap()[0]["user"],
        "anna"
    );
    server.as_user("ada").call("s.runservice", json!(["backup"])).unwrap();
    // Whoever exports has the numbers afterwards; so a twin of this server says what they are.
    let wanted = twin_numbers();
    let pid = server.pid().as_raw_pid();
    if let Some(found) = is_in_memory(&wanted, pid, Memory::Dumped) {
        assert_eq!(found, [""; 0]);
        // It is there, for searches, and would be found: where no core dump looks.
        assert_eq!(is_in_memory(&wanted, pid, Memory::All).unwrap().len(), 1);
    } else {
        println!("skipped the search of memory: the kernel lets nobody look into process {pid}");
    }
    assert_eq!(wanted.is_in_folder(&server.folder()), [""; 0], "while it runs");
    assert_eq!(wanted.is_in_folder(folder.path()), [""; 0], "the log");
    server.terminate();
    assert!(server.ended().success());
    assert_eq!(wanted.is_in_folder(&server.folder()), [""; 0], "after its end");
    // And in clear they would be found.
    fs::write(server.folder().join("planted"), planted(&wanted)).unwrap();
    assert_eq!(wanted.is_in_folder(&server.folder()).len(), 1);
}

fn planted(wanted: &Wanted) -> Vec<u8> {
    let pieces = wanted.0.values().next().unwrap();
    [&[9; 100][..], &pieces[0].0, &[9; 100]].concat()
}

/// What the worker makes of the same pictures, by the export of another server.
fn twin_numbers() -> Wanted {
    let server = server(&[]);
    let mut anna = Sitting::of(&server, "anna");
    anna.enrol_self(&OBAMAS).unwrap();
    let export = anna.raw.call("s.exportface", json!([])).unwrap();
    let mut wanted = Wanted::default();
    for place in 0..3 {
        for (first, pieces) in Wanted::of(&numbers(&export, place)).0 {
            wanted.0.entry(first).or_default().extend(pieces);
        }
    }
    wanted
}
