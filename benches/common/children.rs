//! The bench's own program run a second time, as a process of its own: the load, or those who merely hold sockets.
//!
//! A child is told what to do by its arguments, says one line when it is ready, and ends when it is told to or left.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child as Running, ChildStdin, ChildStdout, Command, Stdio};

use super::{Fault, check};

/// The argument that makes a child of the program.
const CHILD: &str = "--child";

/// What this process was told to be, if it is a child.
pub(crate) fn orders() -> Option<Vec<String>> {
    let mut arguments = std::env::args().skip_while(|argument| argument != CHILD);
    arguments.next()?;
    Some(arguments.collect())
}

/// A child of this bench; killed when dropped.
pub(crate) struct Child {
    running: Running,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program again with these orders.
    pub(crate) fn start(orders: &[&str]) -> Result<Self, Fault> {
        let mut running = Command::new(std::env::current_exe()?)
            .arg(CHILD)
            .args(orders)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let tell = running.stdin.take().ok_or("no way to the child")?;
        let hear = running.stdout.take().ok_or("no way from the child")?;
        Ok(Self {
            running,
            tell,
            hear: BufReader::new(hear),
        })
    }

    /// The next line it says.
    pub(crate) fn line(&mut self) -> Result<String, Fault> {
        let mut line = String::new();
        self.hear.read_line(&mut line)?;
        check(!line.is_empty(), || {
            "a child ended without a word; its fault is above".to_owned()
        })?;
        Ok(line.trim_end().to_owned())
    }

    /// Tells it to go on.
    pub(crate) fn tell(&mut self, line: &str) -> Result<(), Fault> {
        writeln!(self.tell, "{line}")?;
        self.tell.flush()?;
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.running.kill());
        drop(self.running.wait());
    }
}

/// The side of a child: says a line to the bench.
pub(crate) fn say(line: &str) -> Result<(), Fault> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// The side of a child: waits until the bench says something, or is gone.
pub(crate) fn wait() -> Result<String, Fault> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
