//! A thread that writes events to one file, behind a bounded queue: whoever logs never waits for a disk.
//!
//! What does not fit into the queue or onto the disk is counted and said, once for each time it begins and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use std::{io, thread};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use super::entry::Entry;
use super::file::{Fault, LogFile};
use super::targets;
use crate::runtime::metrics::names::LOG_LOST;

/// Events that may wait to be written; further ones are lost to the file and counted.
pub(super) const QUEUE_MAX: usize = 4_096;

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Pretty,
    /// One JSON object.
    Json,
}

/// What the thread is told.
enum Order {
    Write(Arc<Entry>),
    Reopen,
}

/// The near end of a sink.
#[derive(Debug)]
pub(super) struct Sink {
    orders: Sender<Order>,
    shared: Arc<Shared>,
    ended: mpsc::Receiver<()>,
}

#[derive(Debug)]
struct Shared {
    /// Its label in the metrics.
    name: &'static str,
    /// Events that found the queue full and of which nothing was said yet.
    lost: AtomicU64,
    /// Whether nothing more is written.
    is_over: AtomicBool,
}

impl Sink {
    /// Starts the thread; it begins with the lines of `first`.
    pub(super) fn start(name: &'static str, file: LogFile, form: Form, first: Vec<Arc<Entry>>) -> io::Result<Self> {
        let (orders, queue) = bounded(QUEUE_MAX);
        let (end, ended) = mpsc::sync_channel(1);
        let shared = Arc::new(Shared {
            name,
            lost: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let mut far = FarEnd {
            file,
            form,
            shared: shared.clone(),
            failed_lines: None,
        };
        thread::Builder::new().name("log-writer".to_owned()).spawn(move || {
            far.live(first, &queue);
            // Nobody may wait any more.
            let _ = end.send(());
        })?;
        Ok(Self { orders, shared, ended })
    }

    /// Queues an event; false when there was no room.
    pub(super) fn write(&self, entry: &Arc<Entry>) -> bool {
        if self.is_over() {
            return true;
        }
        match self.orders.try_send(Order::Write(entry.clone())) {
            Err(TrySendError::Full(_)) => {
                self.shared.lost.fetch_add(1, Ordering::Relaxed);
                false
            }
            // A thread that is gone has said why.
            Err(TrySendError::Disconnected(_)) | Ok(()) => true,
        }
    }

    /// Opens the file of that name anew; false when too much waits to be written.
    pub(super) fn reopen(&self) -> bool {
        self.orders.try_send(Order::Reopen).is_ok()
    }

    /// Whether nothing more is written.
    pub(super) fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Acquire)
    }

    /// Its label in the metrics.
    pub(super) fn name(&self) -> &'static str {
        self.shared.name
    }

    /// Lets it write what waits, and waits for that.
    pub(super) fn close(self, within: Duration) {
        let Self { orders, ended, .. } = self;
        drop(orders);
        // What is not written by then is lost with the process.
        let _ = ended.recv_timeout(within);
    }
}

/// The thread's own side.
struct FarEnd {
    file: LogFile,
    form: Form,
    shared: Arc<Shared>,
    /// Lines lost since the file cannot be written, if it cannot.
    failed_lines: Option<u64>,
}

impl FarEnd {
    fn live(&mut self, first: Vec<Arc<Entry>>, queue: &Receiver<Order>) {
        for entry in first {
            if self.add(&entry).is_none() {
                return;
            }
        }
        loop {
            let order = match queue.try_recv() {
                Ok(order) => order,
                Err(TryRecvError::Disconnected) => break,
                Err(TryRecvError::Empty) => {
                    self.catch_up();
                    match queue.recv() {
                        Ok(order) => order,
                        Err(_) => break,
                    }
                }
            };
            match order {
                Order::Write(entry) => {
                    if self.add(&entry).is_none() {
                        return;
                    }
                }
                Order::Reopen => {
                    if let Err(fault) = self.file.reopen() {
                        self.failed(fault);
                    }
                }
            }
        }
        self.catch_up();
    }

    /// `None` when the file has ended.
    fn add(&mut self, entry: &Entry) -> Option<()> {
        let line = match self.form {
            Form::Pretty => entry.to_string(),
            Form::Json => entry.to_json(),
        };
        match self.file.add(&line) {
            Ok(()) => Some(()),
            Err(fault) => self.failed(fault),
        }
    }

    /// Nothing waits: what was taken is written, and what was lost is said.
    fn catch_up(&mut self) {
        match self.file.flush() {
            Ok(()) => {
                if let Some(lines) = self.failed_lines.take() {
                    tracing::warn!(
                        target: targets::STATUS,
                        { log.file = %self.file.path().display(), lines },
                        "the log file is written again, lines were lost meanwhile"
                    );
                }
            }
            Err(fault) => drop(self.failed(fault)),
        }
        let lost = self.shared.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(
                target: targets::STATUS,
                { log.file = %self.file.path().display(), lines = lost },
                "lines of the log file were lost: more came than could be written"
            );
        }
    }

    /// `None` when the file has ended.
    fn failed(&mut self, fault: Fault) -> Option<()> {
        match fault {
            Fault::Full => {
                self.shared.is_over.store(true, Ordering::Release);
                tracing::warn!(
                    target: targets::STATUS,
                    { log.file = %self.file.path().display() },
                    "the file of stored events has its bound and ends"
                );
                None
            }
            Fault::Lost { lines, why } => {
                metrics::counter!(LOG_LOST, "sink" => self.shared.name, "cause" => "failed").increment(lines);
                match &mut self.failed_lines {
                    Some(so_far) => *so_far += lines,
                    begins @ None => {
                        *begins = Some(lines);
                        tracing::error!(
                            target: targets::STATUS,
                            { log.file = %self.file.path().display(), %why },
                            "the log file cannot be written"
                        );
                    }
                }
                Some(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;
    use tracing::Level;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::super::file::WhenFull;
    use super::super::{Log, Query};
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn entry(text: &str) -> Arc<Entry> {
        Arc::new(Entry {
            number: 1,
            at: Timestamp::UNIX_EPOCH,
            level: Level::INFO,
            target: "info",
            text: text.to_owned(),
            fields: Vec::new(),
        })
    }

    #[test]
    fn what_was_taken_is_in_the_file_when_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let file = LogFile::open(path.clone(), 1_000_000, WhenFull::Rotate { files_max: 2 }).unwrap();
        let sink = Sink::start("test", file, Form::Json, vec![entry("first")]).unwrap();
        for _ in 0..100 {
            assert!(sink.write(&entry("later")));
        }
        sink.close(SOON);
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().count(), 101);
        assert!(text.lines().next().unwrap().contains("first"));
    }

    #[test]
    fn the_queue_holds_its_bound_and_loses_one_more_without_waiting() {
        let (orders, queue) = bounded(QUEUE_MAX);
        let (_end, ended) = mpsc::sync_channel(1);
        let sink = Sink {
            orders,
            shared: Arc::new(Shared {
                name: "test",
                lost: AtomicU64::new(0),
                is_over: AtomicBool::new(false),
            }),
            ended,
        };
        let entry = entry("x");
        assert!((0..QUEUE_MAX).all(|_| sink.write(&entry)));
        assert!(!sink.write(&entry));
        assert_eq!(sink.shared.lost.load(Ordering::Relaxed), 1);
        drop(queue);
        assert!(sink.write(&entry), "a thread that is gone is no loss to be said again");
    }

    fn far_end(path: std::path::PathBuf) -> FarEnd {
        FarEnd {
            file: LogFile::open(path, 1_000_000, WhenFull::Rotate { files_max: 2 }).unwrap(),
            form: Form::Pretty,
            shared: Arc::new(Shared {
                name: "test",
                lost: AtomicU64::new(0),
                is_over: AtomicBool::new(false),
            }),
            failed_lines: None,
        }
    }

    /// What is said meanwhile: each sentence with its number of lines.
    fn said(meanwhile: impl FnOnce()) -> Vec<(String, Option<String>)> {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(log.layer(tracing::level_filters::LevelFilter::INFO));
        tracing::subscriber::with_default(subscriber, meanwhile);
        let found = log.find(&Query::default());
        let lines = |entry: &Entry| entry.field("lines").map(str::to_owned);
        found.iter().map(|entry| (entry.text.clone(), lines(entry))).collect()
    }

    #[test]
    fn lines_that_found_no_room_are_said_once_with_their_number() {
        let folder = tempfile::tempdir().unwrap();
        let mut far = far_end(folder.path().join("log"));
        let said = said(|| {
            far.shared.lost.store(3, Ordering::Relaxed);
            far.catch_up();
            far.catch_up();
        });
        let sentence = "lines of the log file were lost: more came than could be written";
        assert_eq!(said, [(sentence.to_owned(), Some("3".to_owned()))]);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_said_once_and_its_recovery_with_the_lines_lost() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let mut far = far_end(home.join("log"));
        let said = said(|| {
            fs::rename(&home, folder.path().join("away")).unwrap();
            assert!(far.file.reopen().is_err());
            for _ in 0..3 {
                far.add(&entry("x")).unwrap();
                far.catch_up();
            }
            fs::rename(folder.path().join("away"), &home).unwrap();
            far.add(&entry("y")).unwrap();
            far.catch_up();
        });
        let (began, ended) = (&said[0], &said[1]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(began.0, "the log file cannot be written");
        assert_eq!(ended.0, "the log file is written again, lines were lost meanwhile");
        assert_eq!(ended.1.as_deref(), Some("3"));
        assert!(fs::read_to_string(home.join("log")).unwrap().ends_with(": y\n"));
    }

    #[test]
    fn a_full_disk_ends_nothing() {
        let file = LogFile::open("/dev/full".into(), 1_000, WhenFull::Rotate { files_max: 2 }).unwrap();
        let sink = Sink::start("test", file, Form::Pretty, Vec::new()).unwrap();
        for _ in 0..10 {
            assert!(sink.write(&entry("x")));
        }
        assert!(!sink.is_over());
        sink.close(SOON);
    }
}
