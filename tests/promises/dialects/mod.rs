//! Clients of older systems, unmodified: Python with nothing but `socket` and `pickle`, and bytes written here by hand.
//!
//! Each dialect is off unless it is configured, acts as whom the configuration names, and takes hostile input as it comes.

mod carshare;
mod classroom;
mod hostile;
mod localthings;
mod plainfile;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::harness::{SOON, Server};

/// Where a dialect of this server listens.
pub(crate) fn port_of(server: &Server, name: &str) -> SocketAddr {
    let address = server.ready["dialects"][name].as_str();
    address.unwrap_or_else(|| panic!("{name} is off")).parse().unwrap()
}

fn script(name: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg("-I")
        .arg(format!("{}/tests/clients/{name}.py", env!("CARGO_MANIFEST_DIR")));
    command
}

/// Runs a script to its end; what it printed.
pub(crate) fn run(name: &str, args: &[&str]) -> String {
    let output = script(name).args(args).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{name} {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A connection of one's own, and what it is answered until its end.
pub(crate) fn exchange(address: SocketAddr, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in pieces {
        // Whoever refuses early may have closed by now.
        drop(stream.write_all(piece));
    }
    let mut reply = Vec::new();
    drop(stream.read_to_end(&mut reply));
    reply
}

/// A script that is spoken to by lines.
struct Driven {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Driven {
    fn start(name: &str, args: &[&str]) -> Self {
        let mut child = script(name)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (told, lines) = channel();
        drop(std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    break;
                }
            }
        }));
        Self {
            child,
            stdin,
            lines,
            seen: Vec::new(),
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    /// Waits for a line that is or was printed and begins so; gives the rest of it.
    fn sees(&mut self, wanted: &str) -> String {
        let found = |seen: &[String]| seen.iter().position(|line| line.starts_with(wanted));
        while found(&self.seen).is_none() {
            match self.lines.recv_timeout(SOON) {
                Ok(line) => self.seen.push(line),
                Err(_) => panic!("no line `{wanted}` among {:#?}", self.seen),
            }
        }
        let at = found(&self.seen).unwrap();
        let line = self.seen.remove(at);
        line[wanted.len()..].to_owned()
    }

    /// Waits for a line that is or was printed and holds this.
    fn sees_within(&mut self, wanted: &str) -> String {
        while !self.seen.iter().any(|line| line.contains(wanted)) {
            match self.lines.recv_timeout(SOON) {
                Ok(line) => self.seen.push(line),
                Err(_) => panic!("no line with `{wanted}` among {:#?}", self.seen),
            }
        }
        let at = self.seen.iter().position(|line| line.contains(wanted)).unwrap();
        self.seen.remove(at)
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
