//! The one writer: a thread that owns the writing connection and commits jobs in groups.
//!
//! Up to `batch_max` waiting jobs share one immediate transaction, a savepoint each, so a job that fails
//! or panics harms no other. An answer leaves only after COMMIT. Never retries after a failed flush:
//! what the disk holds is then unknown, so the store is marked failed and the process must start again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::connection::{AnsiTransactionManager, TransactionManager, TransactionManagerStatus};
use diesel::{Connection, QueryResult};
use tokio::sync::{oneshot, watch};

use super::conn::{self, AnyConn, Role};
use super::{DatabaseUrl, StoreError, StoreFigures, StoreOptions};
use crate::runtime::metrics::{StoreMeters, names};
use crate::runtime::planted::Planted;

/// The writer's queue, as callers see it.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: Sender<Order>,
    done: Arc<Done>,
}

/// What has been committed since the start.
#[derive(Default)]
struct Done {
    commits: AtomicU64,
    jobs: AtomicU64,
}

enum Order {
    Run(Box<dyn Batched>),
    /// Answers what came before, then refuses everything.
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread on a connection that is set up and migrated.
    pub(crate) fn start(
        url: DatabaseUrl,
        conn: AnyConn,
        options: &StoreOptions,
        failed: watch::Sender<bool>,
    ) -> Result<Self, StoreError> {
        let (queue, orders) = bounded(options.queue_max.max(1));
        let done = Arc::new(Done::default());
        let thread = WriterThread {
            url,
            done: Arc::clone(&done),
            conn: Some(conn),
            orders,
            failed,
            batch_max: options.batch_max.max(1),
            wait_max: options.write_wait_max,
            busy_timeout: options.busy_timeout,
            meters: StoreMeters::new(),
        };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || thread.live())
            .map_err(|_| StoreError::Unavailable)?;
        Ok(Self { queue, done })
    }

    /// Queues a job. The answer comes after its commit; dropping the receiver does not call the job off.
    pub(crate) fn submit<T, F>(&self, job: F) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            queued_at: Instant::now(),
            work: Some(job),
            result: None,
            reply,
        };
        match self.queue.try_send(Order::Run(Box::new(job))) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => {
                metrics::counter!(names::STORE_REFUSED, "reason" => "queue_full").increment(1);
                Err(StoreError::Busy {
                    what: "too many changes are waiting",
                })
            }
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Unavailable),
        }
    }

    /// Commits, jobs in them, and jobs waiting.
    pub(crate) fn figures(&self) -> StoreFigures {
        StoreFigures {
            commits: self.done.commits.load(Ordering::Relaxed),
            jobs: self.done.jobs.load(Ordering::Relaxed),
            queued: self.queue.len(),
        }
    }

    /// Lets what is queued commit, then refuses everything. Blocks; a second call returns at once.
    pub(crate) fn close(&self) {
        let (done, ended) = oneshot::channel();
        if self.queue.send(Order::Close(done)).is_ok() {
            // An error means that the thread is gone, which is what was asked for.
            drop(ended.blocking_recv());
        }
    }
}

/// A job whose typed result waits inside it until the commit.
trait Batched: Send {
    fn waited(&self) -> Duration;
    /// An error means that the whole transaction is lost, with every job in it.
    fn run(&mut self, conn: &mut AnyConn) -> Result<(), StoreError>;
    fn reply(self: Box<Self>, end: End);
}

/// How the batch of a job ended.
#[derive(Clone, Copy)]
enum End {
    Committed,
    NotRun,
    Busy,
    Full,
    Failed,
}

struct Job<T, F> {
    queued_at: Instant,
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Batched for Job<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
{
    fn waited(&self) -> Duration {
        self.queued_at.elapsed()
    }

    fn run(&mut self, conn: &mut AnyConn) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let depth = begin_savepoint(conn)?;
        let result = catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or(Err(StoreError::Panicked));
        match result {
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                // When SQLite has rolled back the whole transaction by itself, the savepoint is gone too and this fails.
                if roll_back_to(conn, depth).is_err() {
                    return Err(error);
                }
                self.result = Some(Err(error));
            }
            Ok(value) => {
                commit(conn)?;
                self.result = Some(Ok(value));
            }
        }
        Ok(())
    }

    fn reply(self: Box<Self>, end: End) {
        let answer = match end {
            End::Committed => self.result.unwrap_or(Err(StoreError::Unavailable)),
            End::NotRun => Err(StoreError::Late),
            End::Busy => Err(StoreError::Busy {
                what: "another program holds the database",
            }),
            End::Full => Err(StoreError::Full),
            End::Failed => Err(StoreError::Unavailable),
        };
        // The caller may have gone; the change stands all the same.
        drop(self.reply.send(answer));
    }
}

struct WriterThread {
    url: DatabaseUrl,
    /// None between a broken transaction and the next batch.
    conn: Option<AnyConn>,
    orders: Receiver<Order>,
    done: Arc<Done>,
    failed: watch::Sender<bool>,
    batch_max: usize,
    wait_max: Duration,
    busy_timeout: Duration,
    meters: StoreMeters,
}

/// What one transaction holds.
struct Batch {
    /// Taken from the queue, not run yet.
    next: Option<Box<dyn Batched>>,
    /// Run, waiting for the commit.
    jobs: Vec<Box<dyn Batched>>,
    /// Met on the way: the last batch.
    closing: Option<oneshot::Sender<()>>,
}

impl WriterThread {
    /// Works, then refuses whatever still comes: a queue left alone would keep its callers waiting for ever.
    fn live(self) {
        let (orders, failed) = (self.orders.clone(), self.failed.clone());
        if catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
            tracing::error!(
                "the store's writer panicked outside a job; nothing more is written until the process starts again"
            );
            failed.send_replace(true);
        }
        while let Ok(order) = orders.recv() {
            drop(order);
        }
    }

    fn run(mut self) {
        while let Ok(order) = self.orders.recv() {
            let closing = match order {
                Order::Run(job) => self.admit(job).and_then(|first| self.batch(first)),
                Order::Close(done) => Some(done),
            };
            if let Some(done) = closing {
                // Closed before anybody is told.
                self.conn = None;
                return drop(done);
            }
        }
    }

    /// A job that has not waited too long.
    fn admit(&self, job: Box<dyn Batched>) -> Option<Box<dyn Batched>> {
        if job.waited() <= self.wait_max {
            return Some(job);
        }
        metrics::counter!(names::STORE_REFUSED, "reason" => "late").increment(1);
        job.reply(End::NotRun);
        None
    }

    fn batch(&mut self, first: Box<dyn Batched>) -> Option<oneshot::Sender<()>> {
        let mut batch = Batch {
            next: Some(first),
            jobs: Vec::new(),
            closing: None,
        };
        let started_at = Instant::now();
        let committed = self.commit_batch(&mut batch);
        self.meters
            .committed(committed.is_ok(), batch.jobs.len(), started_at.elapsed());
        let end = match committed {
            Ok(conn) => {
                self.conn = Some(conn);
                End::Committed
            }
            Err(error) => self.broken(error),
        };
        for job in batch.jobs.into_iter().chain(batch.next) {
            job.reply(end);
        }
        batch.closing
    }

    /// Runs what waits, up to the bound, and commits. The connection comes back only when that went well:
    /// else it is dropped with its transaction, and the next batch opens another.
    fn commit_batch(&mut self, batch: &mut Batch) -> Result<AnyConn, StoreError> {
        if *self.failed.borrow() {
            return Err(StoreError::Unavailable);
        }
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => conn::open(&self.url, Role::Writer, self.busy_timeout)?,
        };
        begin(&mut conn)?;
        while let Some(mut job) = batch.next.take() {
            let ran = job.run(&mut conn);
            batch.jobs.push(job);
            ran?;
            self.take_next(batch);
        }
        self.meters.queued(self.orders.len());
        if Planted::AcknowledgedEarly.is_here() {
            batch.jobs.drain(..).for_each(|job| job.reply(End::Committed));
            std::thread::park_timeout(Duration::from_millis(20));
        }
        commit(&mut conn)?;
        self.done.commits.fetch_add(1, Ordering::Relaxed);
        self.done
            .jobs
            .fetch_add(u64::try_from(batch.jobs.len()).unwrap_or(0), Ordering::Relaxed);
        Ok(conn)
    }

    fn take_next(&self, batch: &mut Batch) {
        while batch.next.is_none() && batch.closing.is_none() && batch.jobs.len() < self.batch_max {
            match self.orders.try_recv() {
                Ok(Order::Run(job)) => batch.next = self.admit(job),
                Ok(Order::Close(done)) => batch.closing = Some(done),
                Err(_) => return,
            }
        }
    }

    /// The whole batch is undone; what broke decides what its callers hear.
    fn broken(&self, error: StoreError) -> End {
        match error {
            StoreError::Full => End::Full,
            StoreError::Busy { .. } => End::Busy,
            error => {
                if !self.failed.send_replace(true) {
                    tracing::error!(error = %error, "the store failed; nothing more is written until the process starts again");
                }
                End::Failed
            }
        }
    }
}

fn begin(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        // Immediate: a transaction that reads first and writes later could meet another writer half-way.
        AnyConn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        AnyConn::Postgres(conn) => AnsiTransactionManager::begin_transaction(conn),
    }
}

/// Opens a savepoint and gives the depth to come back to when the job fails.
fn begin_savepoint(conn: &mut AnyConn) -> Result<u32, StoreError> {
    let depth = depth(conn)?;
    Manager::begin_transaction(conn)?;
    Ok(depth)
}

type Manager = <AnyConn as Connection>::TransactionManager;

fn depth(conn: &mut AnyConn) -> Result<u32, StoreError> {
    match Manager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => Ok(status.transaction_depth().map_or(0, u32::from)),
        TransactionManagerStatus::InError => Err(StoreError::Unavailable),
    }
}

/// Undoes everything above `depth`: a job that panicked may have left savepoints of its own open.
fn roll_back_to(conn: &mut AnyConn, wanted: u32) -> Result<(), StoreError> {
    while depth(conn)? > wanted {
        Manager::rollback_transaction(conn)?;
    }
    Ok(())
}

fn commit(conn: &mut AnyConn) -> Result<(), StoreError> {
    Ok(Manager::commit_transaction(conn)?)
}
