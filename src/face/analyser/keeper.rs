//! Keeps a worker running: starts it when it is needed, kills one that hangs or talks nonsense, starts it again after
//! growing pauses.
//!
//! One that keeps failing is given up for a while and tried again after; the server goes on in any case. What was in
//! a worker's hand when it went is answered at once, never asked again: it may have been the cause.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::process::Process;
use super::state::{Phase, Senders, Shared};
use super::{AnalyseError, AnalyserOptions, Job};
use crate::face::worker::messages::Told;
use crate::face::{Analysis, models};
use crate::runtime::metrics::FaceMeters;
use crate::runtime::policy::{Failures, RestartPolicy, Verdict};
use crate::runtime::{Pass, targets};

/// When it is started again.
const POLICY: RestartPolicy = RestartPolicy {
    pause_first: Duration::from_millis(100),
    pause_max: Duration::from_secs(10),
    failures_max: 10,
    healthy_after: Duration::from_secs(60),
    start_max: Duration::from_secs(20),
};
/// How many deadlines a worker may hold a picture: one is for who asked, a second lets a machine that is busy with other
/// things finish, as a worker that was killed costs everybody a second.
const HANGS_AFTER_DEADLINES: u32 = 2;
/// After so long one that was given up is tried again.
const GIVEN_UP_FOR: Duration = Duration::from_secs(60);
/// After so long models that were missing are looked for again.
const NO_MODELS_FOR: Duration = Duration::from_secs(1);

/// How a life of the worker ended; the label `cause`.
enum Lost {
    /// Its process ended.
    Ended,
    /// It held a picture for too long.
    Hung,
    /// It said what it must not.
    Garbage(String),
    /// It did not begin.
    NotStarted(String),
    /// There is nothing it could begin with.
    NoModels(String),
}

impl Lost {
    fn cause(&self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Hung => "hung",
            Self::Garbage(_) => "garbage",
            Self::NotStarted(_) | Self::NoModels(_) => "failed_start",
        }
    }

    fn why(&self) -> String {
        match self {
            Self::Ended => "the face worker ended".to_owned(),
            Self::Hung => "the face worker held a picture for twice its deadline".to_owned(),
            Self::Garbage(what) => format!("the face worker said what it must not: {what}"),
            Self::NotStarted(why) | Self::NoModels(why) => why.clone(),
        }
    }
}

/// A picture in the worker's hand.
struct Held {
    answer: oneshot::Sender<Result<Analysis, AnalyseError>>,
    sender: Option<Arc<str>>,
    until: Instant,
    pass: Pass,
}

/// What a life is given.
struct Keeper {
    options: AnalyserOptions,
    jobs: mpsc::Receiver<Job>,
    shared: Shared,
    senders: Senders,
    meters: FaceMeters,
    /// The last number given.
    next: u64,
    /// Pictures in the worker's hand, by number; as many as it has threads at most.
    held: HashMap<u64, Held>,
}

/// Runs until the last [`super::Analyser`] is dropped.
pub(super) async fn keep(
    options: AnalyserOptions,
    jobs: mpsc::Receiver<Job>,
    wake: Arc<Notify>,
    (shared, senders): (Shared, Senders),
) {
    let Some(program) = options.program.clone() else {
        return;
    };
    let mut keeper = Keeper {
        options,
        jobs,
        shared,
        senders,
        meters: FaceMeters::new(),
        next: 0,
        held: HashMap::new(),
    };
    let mut failures = Failures::default();
    let mut is_needed = false;
    loop {
        let mut first = None;
        if !is_needed {
            // The first job, or a word that one will come.
            match keeper.needed(&wake).await {
                Some(job) => first = job,
                None => return,
            }
        }
        let began = Instant::now();
        let Err(lost) = keeper.life(&program, first).await else {
            return;
        };
        let pause = keeper.lost(&lost, &mut failures, began.elapsed());
        keeper.blame(&lost);
        // After the state says so: who hears of it and looks finds it true.
        for (_, held) in std::mem::take(&mut keeper.held) {
            refuse(held.answer, held.pass, lost.why());
        }
        if keeper.pause(pause).await.is_none() {
            return;
        }
        // What ran is wanted; what could not begin is tried again when somebody asks.
        is_needed = !matches!(lost, Lost::NotStarted(_) | Lost::NoModels(_));
        keeper.shared.change(|state| state.phase = Phase::Asleep);
    }
}

impl Keeper {
    /// Waits until a worker is needed; nothing when nobody can need one any more.
    async fn needed(&mut self, wake: &Notify) -> Option<Option<Job>> {
        tokio::select! {
            job = self.jobs.recv() => job.map(Some),
            () = wake.notified() => Some(None),
        }
    }

    /// Counts and tells that a worker was lost; gives the pause until the next.
    fn lost(&self, lost: &Lost, failures: &mut Failures, lived: Duration) -> Duration {
        let why = lost.why();
        let is_failure = !matches!(lost, Lost::NoModels(_));
        let pause = if is_failure {
            match failures.after_life(&POLICY, lived) {
                Verdict::RestartAfter(pause) => pause,
                Verdict::GiveUp => {
                    *failures = Failures::default();
                    GIVEN_UP_FOR
                }
            }
        } else {
            NO_MODELS_FOR
        };
        let cause = lost.cause();
        tracing::warn!(target: targets::STATUS, cause, why, pause_ms = pause.as_millis(), "there is no face worker until it is started again");
        if is_failure {
            self.meters.restarted(cause);
        }
        self.shared.change(|state| {
            state.phase = Phase::Pausing;
            state.why = Some(why);
            state.pid = None;
            state.in_hand = 0;
            state.restarts += u64::from(is_failure);
        });
        pause
    }

    /// Counts the end for everybody whose pictures were in the worker's hand: it may have been any of them.
    fn blame(&self, lost: &Lost) {
        if matches!(lost, Lost::NotStarted(_) | Lost::NoModels(_)) {
            return;
        }
        let senders: BTreeSet<&Arc<str>> = self.held.values().filter_map(|held| held.sender.as_ref()).collect();
        for sender in senders {
            if self.senders.ended(sender) {
                self.meters.shut_out();
                tracing::warn!(
                    target: targets::STATUS,
                    { face.sender = %sender },
                    "The face worker ended too often with pictures of a sender in its hand; none of theirs is looked at for a while."
                );
            }
        }
    }

    /// Refuses what comes until the pause is over; nothing when nobody can come any more.
    async fn pause(&mut self, pause: Duration) -> Option<()> {
        let until = Instant::now() + pause;
        while let Ok(job) = timeout_at(until, self.jobs.recv()).await {
            let Job { answer, pass, .. } = job?;
            let why = self.shared.why_not();
            refuse(
                answer,
                pass,
                why.unwrap_or_else(|| "the face worker is down".to_owned()),
            );
        }
        Some(())
    }

    /// One life of the worker, from its start; `Ok` when it is no longer wanted.
    async fn life(&mut self, program: &Path, first: Option<Job>) -> Result<(), Lost> {
        self.shared.change(|state| state.phase = Phase::Starting);
        let mut process = match self.start(program).await {
            Ok(process) => process,
            Err(lost) => {
                if let Some(job) = first {
                    self.hold(job);
                }
                return Err(lost);
            }
        };
        self.shared.change(|state| {
            state.phase = Phase::Running;
            state.why = None;
            state.pid = process.pid();
        });
        tracing::info!(target: targets::STATUS, "the face worker runs");
        self.meters.up(true);
        let served = self.serve(&mut process, first).await;
        self.meters.up(false);
        let ended = process.end().await;
        if served.is_err() {
            tracing::warn!(target: targets::STATUS, ended, "the face worker is lost");
        }
        served
    }

    /// Keeps who waits for a picture's analysis, under its number.
    fn hold(&mut self, job: Job) -> u64 {
        self.next = self.next.wrapping_add(1);
        let held = Held {
            answer: job.answer,
            sender: job.sender,
            pass: job.pass,
            until: Instant::now() + self.options.deadline.saturating_mul(HANGS_AFTER_DEADLINES),
        };
        self.held.insert(self.next, held);
        self.shared.change(|state| state.in_hand = self.held.len());
        self.next
    }

    /// A worker that has loaded its models.
    async fn start(&self, program: &Path) -> Result<Process, Lost> {
        let looked = self.options.models.clone();
        let folder = match tokio::task::spawn_blocking(move || models::find(&looked)).await {
            Ok(found) => found.map_err(|err| Lost::NoModels(err.to_string()))?,
            Err(err) => return Err(Lost::NotStarted(err.to_string())),
        };
        let started = Process::start(&self.options, program, &folder);
        let mut process =
            started.map_err(|err| Lost::NotStarted(format!("the face worker cannot be started: {err}")))?;
        let why = match timeout_at(Instant::now() + POLICY.start_max, process.said()).await {
            Ok(Ok(Told::Ready)) => return Ok(process),
            Ok(Ok(Told::Cannot(why))) => why,
            Ok(Ok(_)) => "the face worker did not begin with what it must".to_owned(),
            Ok(Err(_)) => format!("the face worker ended at its start: {}", process.end().await),
            Err(_) => "the face worker did not load its models in time".to_owned(),
        };
        Err(Lost::NotStarted(why))
    }

    async fn serve(&mut self, process: &mut Process, mut first: Option<Job>) -> Result<(), Lost> {
        loop {
            let hangs_at = self.held.values().map(|held| held.until).min();
            let job = tokio::select! {
                job = next_job(&mut first, &mut self.jobs) => job,
                told = process.said() => {
                    self.told(told)?;
                    continue;
                }
                () = at(hangs_at) => return Err(Lost::Hung),
            };
            let Some(job) = job else { return Ok(()) };
            // Nobody waits for it any more.
            if job.answer.is_closed() {
                continue;
            }
            let picture = job.picture.clone();
            let id = self.hold(job);
            if !process.ask(id, &picture) {
                return Err(Lost::Ended);
            }
        }
    }

    fn told(&mut self, told: std::io::Result<Told>) -> Result<(), Lost> {
        let (id, answer) = match told {
            Ok(Told::Found { id, found }) => (id, Ok(Analysis::from(found))),
            Ok(Told::Refused { id, fault }) => (id, Err(AnalyseError::Picture(fault))),
            Ok(Told::Ready | Told::Cannot(_)) => return Err(Lost::Garbage("it began a second time".to_owned())),
            Err(err) if err.kind() == std::io::ErrorKind::InvalidData => return Err(Lost::Garbage(err.to_string())),
            Err(_) => return Err(Lost::Ended),
        };
        let Some(Held { answer: to, pass, .. }) = self.held.remove(&id) else {
            return Err(Lost::Garbage("an answer that nobody asked for".to_owned()));
        };
        // Free before its answer is there: who asks again at once finds its place.
        drop(pass);
        self.shared.change(|state| state.in_hand = self.held.len());
        // Whoever asked may have gone.
        drop(to.send(answer));
        Ok(())
    }
}

fn refuse(answer: oneshot::Sender<Result<Analysis, AnalyseError>>, pass: Pass, why: String) {
    drop(pass);
    drop(answer.send(Err(AnalyseError::Unavailable(why))));
}

/// The one that woke the worker, then those behind it.
async fn next_job(first: &mut Option<Job>, jobs: &mut mpsc::Receiver<Job>) -> Option<Job> {
    match first.take() {
        Some(job) => Some(job),
        None => jobs.recv().await,
    }
}

/// Ends at that time; never where there is none.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
