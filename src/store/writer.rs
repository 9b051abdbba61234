//! The one writer: a thread that owns the writing connection and commits jobs in groups.
//!
//! Up to `batch_max` waiting jobs share one immediate transaction, a savepoint each, so a job that fails
//! or panics harms no other. An answer leaves only after COMMIT. Never retries after a failed flush:
//! what the disk holds is then unknown, so the store is marked failed and the process must start again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::connection::{AnsiTransactionManager, TransactionManager, TransactionManagerStatus};
use diesel::{Connection, QueryResult};
use tokio::sync::{oneshot, watch};

use super::conn::{self, AnyConn, Role};
use super::{DatabaseUrl, StoreError, StoreOptions};

/// The writer's queue, as callers see it.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: Sender<Order>,
}

enum Order {
    Run(Box<dyn Batched>),
    /// Answers what came before, then ends the thread.
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
        let thread = WriterThread {
            url,
            conn: Some(conn),
            orders,
            failed,
            batch_max: options.batch_max.max(1),
            wait_max: options.write_wait_max,
            busy_timeout: options.busy_timeout,
        };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || thread.run())
            .map_err(|_| StoreError::Unavailable)?;
        Ok(Self { queue })
    }

    /// Queues a job. The answer comes after its commit; dropping the receiver does not call the job off.
    pub(crate) fn submit<T, F>(
        &self,
        job: F,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError>
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
                metrics::counter!("motorpool_store_refused_total", "reason" => "queue_full")
                    .increment(1);
                Err(StoreError::Busy {
                    what: "too many changes are waiting",
                })
            }
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Unavailable),
        }
    }

    /// Lets what is queued commit, then ends the thread. Blocks; a second call returns at once.
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
    fn run(&mut self, conn: &mut AnyConn) -> Result<(), Broken>;
    fn reply(self: Box<Self>, end: End);
}

/// The transaction is gone with every job in it.
struct Broken(StoreError);

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

    fn run(&mut self, conn: &mut AnyConn) -> Result<(), Broken> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let depth = begin_savepoint(conn).map_err(Broken)?;
        let result =
            catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or(Err(StoreError::Panicked));
        match result {
            Err(error) if error.is_fatal() => return Err(Broken(error)),
            Err(error) => {
                // When SQLite has rolled back the whole transaction by itself, the savepoint is gone too and this fails.
                if roll_back_to(conn, depth).is_err() {
                    return Err(Broken(error));
                }
                self.result = Some(Err(error));
            }
            Ok(value) => {
                commit(conn).map_err(Broken)?;
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
    failed: watch::Sender<bool>,
    batch_max: usize,
    wait_max: Duration,
    busy_timeout: Duration,
}

impl WriterThread {
    fn run(mut self) {
        while let Ok(order) = self.orders.recv() {
            match order {
                Order::Close(done) => return drop(done),
                Order::Run(first) => {
                    if let Some(done) = self.batch(first) {
                        return drop(done);
                    }
                }
            }
        }
    }

    /// Runs one batch; gives the closer's handle when it was met on the way.
    fn batch(&mut self, first: Box<dyn Batched>) -> Option<oneshot::Sender<()>> {
        let mut jobs = Vec::new();
        let mut closing = None;
        let end = match self.work(first, &mut jobs, &mut closing) {
            Ok(()) => End::Committed,
            Err(error) => self.broken(error),
        };
        for job in jobs {
            job.reply(end);
        }
        closing
    }

    fn work(
        &mut self,
        first: Box<dyn Batched>,
        jobs: &mut Vec<Box<dyn Batched>>,
        closing: &mut Option<oneshot::Sender<()>>,
    ) -> Result<(), StoreError> {
        let mut next = Some(first);
        if *self.failed.borrow() {
            jobs.extend(next);
            return Err(StoreError::Unavailable);
        }
        let conn = match &mut self.conn {
            Some(conn) => conn,
            empty => match conn::open(&self.url, Role::Writer, self.busy_timeout) {
                Ok(conn) => empty.insert(conn),
                Err(error) => {
                    jobs.extend(next);
                    return Err(error);
                }
            },
        };
        let mut is_begun = false;
        let mut failure = None;
        while let Some(mut job) = next.take() {
            if job.waited() > self.wait_max {
                metrics::counter!("motorpool_store_refused_total", "reason" => "late").increment(1);
                job.reply(End::NotRun);
            } else {
                if !is_begun {
                    if let Err(error) = begin(conn) {
                        jobs.push(job);
                        return Err(error.into());
                    }
                    is_begun = true;
                }
                let ran = job.run(conn);
                jobs.push(job);
                if let Err(Broken(error)) = ran {
                    failure = Some(error);
                    break;
                }
            }
            if jobs.len() < self.batch_max {
                match self.orders.try_recv() {
                    Ok(Order::Run(job)) => next = Some(job),
                    Ok(Order::Close(done)) => *closing = Some(done),
                    Err(_) => {}
                }
            }
        }
        metrics::gauge!("motorpool_store_queue_depth")
            .set(u32::try_from(self.orders.len()).unwrap_or(u32::MAX));
        match failure {
            Some(error) => Err(error),
            None if is_begun => self.commit_batch(jobs.len()),
            None => Ok(()),
        }
    }

    fn commit_batch(&mut self, jobs: usize) -> Result<(), StoreError> {
        let Some(conn) = &mut self.conn else {
            return Err(StoreError::Unavailable);
        };
        let started_at = Instant::now();
        commit(conn)?;
        metrics::counter!("motorpool_store_commits_total").increment(1);
        metrics::histogram!("motorpool_store_batch_jobs")
            .record(u32::try_from(jobs).unwrap_or(u32::MAX));
        metrics::histogram!("motorpool_store_commit_duration_seconds").record(started_at.elapsed());
        Ok(())
    }

    /// The batch is lost: the connection goes with its transaction, and what broke decides what callers hear.
    fn broken(&mut self, error: StoreError) -> End {
        self.conn = None;
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

/// A panic outside the jobs themselves ends the thread: everybody must know that nothing is written any more.
impl Drop for WriterThread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failed.send_replace(true);
        }
    }
}

fn begin(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        // Immediate: a transaction that reads first and writes later could meet another writer half-way.
        AnyConn::Sqlite(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
        }
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
        TransactionManagerStatus::Valid(status) => {
            Ok(status.transaction_depth().map_or(0, u32::from))
        }
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
