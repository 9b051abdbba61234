//! The server's side of the worker: hands it pictures, bounds how many and for how long, and keeps it alive.
//!
//! Whoever asks hears within the deadline, whatever becomes of the worker. The worker is started at the first use or
//! when somebody says that a picture is about to come ([`Analyser::wake`]): a server that sees no faces pays nothing
//! for them, neither at its start nor while it is idle. It must never decode anything of a picture itself.

pub mod blame;
mod keeper;
mod process;
mod state;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, oneshot};

pub use state::{AnalyserState, Phase};

use super::fault::{PICTURE_BYTES_MAX, PictureFault};
use super::{Analysis, Timings, models};
use crate::config::Config;
use crate::runtime::metrics::FaceMeters;
use crate::runtime::{Gate, GateError, Pass, ServiceState, ServiceView};
use crate::wire::ErrorCode;
use state::{Senders, Shared};

/// The name among services and gates.
const NAME: &str = "faces";

/// How the worker is run.
#[derive(Debug, Clone)]
pub struct AnalyserOptions {
    /// Whether faces are wanted at all.
    pub enabled: bool,
    /// The program `motorpool` whose `face-worker` is started; without one there are no faces.
    pub program: Option<PathBuf>,
    /// Folders in which the models are looked for, in this order.
    pub models: Vec<PathBuf>,
    /// Pictures looked at at a time, each on a thread of its own.
    pub threads: usize,
    /// Pictures that may wait for a thread; one more is refused as busy.
    pub queue: usize,
    /// Longest wait for an analysis. A worker that holds a picture for twice as long is killed.
    pub deadline: Duration,
    /// Bytes of address space of the worker.
    pub memory_bytes: u64,
    /// Most pixels of a picture, by its header.
    pub pixels: u32,
    /// How far the worker stands back behind the server, in steps of `nice`.
    pub nice: u8,
}

impl AnalyserOptions {
    /// As configured. `program` is used unless the configuration names one.
    #[must_use]
    pub fn of(config: &Config, program: Option<PathBuf>) -> Self {
        let face = &config.face;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if face.threads == 0 { cores() } else { face.threads };
        let own = std::env::current_exe().ok();
        Self {
            enabled: face.enabled,
            program: face.program.clone().or(program),
            models: models::places(face.models.as_deref(), &config.server.data, own.as_deref()),
            threads,
            queue: face.queue,
            deadline: Duration::from_millis(face.deadline_ms),
            memory_bytes: memory_mib(face.worker_memory_mib, threads).saturating_mul(1024 * 1024),
            pixels: face.picture_pixels,
            nice: face.worker_nice,
        }
    }
}

/// MiB of address space: as configured, or what it needs. Measured: 230 and 140 a thread on JPEGs of any size, and up to
/// 240 more on a PNG of 25 million pixels; resident it takes 75 and 40 a thread, and less than 100 more for such a PNG.
fn memory_mib(configured: u64, threads: usize) -> u64 {
    if configured > 0 {
        return configured;
    }
    let threads = u64::try_from(threads).unwrap_or(u64::MAX);
    threads.saturating_mul(384).saturating_add(256)
}

/// Why there is no analysis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalyseError {
    /// There is no worker at the moment, or it went with the picture in hand; the text says what is missing.
    #[error("faces are not available: {0}")]
    Unavailable(String),
    /// Too many pictures wait.
    #[error("too many pictures wait to be looked at; try again in a moment")]
    Busy,
    /// No answer in time.
    #[error("the picture was not looked at in time")]
    Timeout,
    /// The worker ended too often with pictures of this sender in its hand.
    #[error(
        "the face worker ended {} times with pictures of this sender in its hand; none is looked at for {} s",
        blame::ENDS_MAX,
        retry_after.as_secs().saturating_add(1)
    )]
    LockedOut {
        /// For how much longer.
        retry_after: Duration,
    },
    /// The picture cannot be looked at.
    #[error("the picture cannot be used: {0}")]
    Picture(#[from] PictureFault),
}

impl AnalyseError {
    /// The stable code of a refusal because of it.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Busy => ErrorCode::Busy,
            Self::Timeout => ErrorCode::Timeout,
            Self::LockedOut { .. } => ErrorCode::LockedOut,
            Self::Picture(fault) => fault.code(),
        }
    }

    /// The stable word for `detail.reason` and for labels.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Busy => "busy",
            Self::Timeout => "timeout",
            Self::LockedOut { .. } => "worker_ended",
            Self::Picture(fault) => fault.reason(),
        }
    }

    /// How long the same sender has to wait, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::LockedOut { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

/// A picture on its way, and where its analysis is awaited.
struct Job {
    picture: Bytes,
    /// Whose it is, where its sender may be blamed.
    sender: Option<Arc<str>>,
    answer: oneshot::Sender<Result<Analysis, AnalyseError>>,
    /// Held until the worker is done with the picture, also when nobody waits any more.
    pass: Pass,
}

/// Finds faces in pictures; cheap to clone. The worker ends with the last clone.
#[derive(Clone)]
pub struct Analyser(Arc<Inner>);

struct Inner {
    gate: Gate,
    jobs: mpsc::Sender<Job>,
    wake: Arc<Notify>,
    shared: Shared,
    senders: Senders,
    deadline: Duration,
    meters: FaceMeters,
}

impl Analyser {
    /// Nothing runs yet but the task that will keep the worker; needs a tokio runtime around it unless faces are off.
    #[must_use]
    pub fn new(options: AnalyserOptions) -> Self {
        let threads = options.threads.max(1);
        let options = AnalyserOptions { threads, ..options };
        let (jobs, waiting) = mpsc::channel(threads);
        let (wake, shared) = (Arc::new(Notify::new()), Shared::new(&options));
        let senders = Senders::new();
        let inner = Inner {
            gate: Gate::new(NAME, threads, options.queue),
            jobs,
            wake: Arc::clone(&wake),
            shared: shared.clone(),
            senders: senders.clone(),
            deadline: options.deadline,
            meters: FaceMeters::new(),
        };
        if shared.look().phase != Phase::Off {
            drop(tokio::spawn(keeper::keep(options, waiting, wake, (shared, senders))));
        }
        Self(Arc::new(inner))
    }

    /// Says that a picture is about to come, so that the worker has its models loaded by then.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// How the worker is at this moment.
    #[must_use]
    pub fn state(&self) -> AnalyserState {
        self.0.shared.look()
    }

    /// A look at it for the list of services; a worker that was not needed yet is well.
    pub(crate) fn view(&self) -> ServiceView {
        let shared = self.0.shared.clone();
        ServiceView::new(move || {
            let state = shared.look();
            ServiceState {
                name: NAME,
                is_up: !matches!(state.phase, Phase::Off | Phase::Pausing),
                restarts: state.restarts,
            }
        })
    }

    /// Looks at a picture (JPEG or PNG, known by its content).
    ///
    /// # Errors
    /// [`AnalyseError`], within the deadline. A picture without a face or with several is none.
    pub async fn analyse(&self, picture: Bytes) -> Result<Analysis, AnalyseError> {
        self.analysed(None, picture).await
    }

    /// The same for a picture that somebody sent: a sender whose pictures keep ending the worker is left alone for a while.
    ///
    /// # Errors
    /// [`AnalyseError`], within the deadline.
    pub async fn analyse_of(&self, sender: &Arc<str>, picture: Bytes) -> Result<Analysis, AnalyseError> {
        self.analysed(Some(sender), picture).await
    }

    async fn analysed(&self, sender: Option<&Arc<str>>, picture: Bytes) -> Result<Analysis, AnalyseError> {
        let began = Instant::now();
        let analysed = self.hand_over(sender, picture).await;
        self.count(&analysed, began.elapsed());
        analysed
    }

    fn count(&self, analysed: &Result<Analysis, AnalyseError>, total: Duration) {
        let meters = &self.0.meters;
        match analysed {
            Ok(Analysis { faces, timings, .. }) => {
                let Timings {
                    decode,
                    detect,
                    landmarks,
                    encode,
                } = *timings;
                let [decode, detect, landmarks, encode] =
                    [decode, detect, landmarks, encode].map(Duration::from_micros);
                meters.looked_at(faces.len(), [decode, detect, landmarks, encode, total]);
                meters.ended("ok");
            }
            Err(error) => meters.ended(error.reason()),
        }
    }

    async fn hand_over(&self, sender: Option<&Arc<str>>, picture: Bytes) -> Result<Analysis, AnalyseError> {
        if let Some(retry_after) = sender.and_then(|sender| self.0.senders.shut_for(sender)) {
            return Err(AnalyseError::LockedOut { retry_after });
        }
        if picture.len() > PICTURE_BYTES_MAX {
            let got = u64::try_from(picture.len()).unwrap_or(u64::MAX);
            return Err(PictureFault::TooManyBytes { got }.into());
        }
        if let Some(why) = self.0.shared.why_not() {
            return Err(AnalyseError::Unavailable(why));
        }
        let until = tokio::time::Instant::now() + self.0.deadline;
        let pass = self
            .0
            .gate
            .enter(self.0.deadline)
            .await
            .map_err(|refused| match refused {
                GateError::Full { .. } => AnalyseError::Busy,
                GateError::TimedOut { .. } => AnalyseError::Timeout,
            })?;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            picture,
            sender: sender.cloned(),
            answer,
            pass,
        };
        // As many places as passes, so one is free; the keeper lives as long as this.
        self.0.jobs.try_send(job).map_err(|_| gone())?;
        match tokio::time::timeout_at(until, answered).await {
            Ok(answered) => answered.unwrap_or_else(|_| Err(gone())),
            Err(_) => Err(AnalyseError::Timeout),
        }
    }
}

/// The keeper ends only with the server.
fn gone() -> AnalyseError {
    AnalyseError::Unavailable("the server is going down".to_owned())
}

impl fmt::Debug for Analyser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analyser").field("state", &self.state()).finish()
    }
}
