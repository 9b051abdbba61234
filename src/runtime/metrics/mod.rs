//! The figures of the process: one recorder, described names, handles made once, rendered for `/metrics`.
//!
//! Names live in `names.rs`, handles in `meters.rs`. Nothing here decides; a figure that cannot be read is left
//! out. Labels come from fixed sets of words, never from what a peer sent.

mod calls;
mod datasocks;
mod dialects;
mod events;
mod face_doors;
mod faces;
mod fan;
mod files;
mod http;
mod mail;
mod meters;
pub mod names;
mod parent;
mod places;
mod presence;
mod process;
mod recent;
mod rounds;
mod socketio;
mod webhooks;

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

pub use calls::{CommandMeters, CommandTally, RequestMeters, asks_late, asks_refused, message_ended, panicked};
pub use datasocks::{DatasockMeters, TelemetryMeters, datasocks_refused, pictures_refused, pictures_waiting};
pub use dialects::{dialect_asked, dialect_refused};
pub use events::{EventMeters, SubscriptionMeters};
pub use face_doors::{face_attempted, face_challenges, face_missed};
pub use faces::FaceMeters;
pub use fan::{FanMeters, PingMeters};
pub use files::{disk_tight, files_given, files_received, files_refused, files_swept, files_waiting, upload_ended};
pub use http::{HttpMeters, http_bodies_refused};
pub use mail::MailMeters;
pub use meters::{BookingMeters, ConnectionMeters, GateMeters, OfferMeters, OutboxMeters, ServiceMeters, StoreMeters};
pub use parent::ParentMeters;
pub use places::PlaceMeters;
pub use presence::PresenceMeters;
pub use recent::RecentMeters;
pub use rounds::{RoundMeters, metadata_asked};
pub use socketio::socketio_refused;
pub use webhooks::{bot_said, schedule_runs_missed, webhook_carried, webhooks_lost};

/// Counts a TLS handshake at this kind of sock that came to nothing.
pub fn tls_failed(sock: &'static str, reason: &'static str) {
    drop(install());
    ::metrics::counter!(names::TLS_HANDSHAKES_FAILED, "sock" => sock, "reason" => reason).increment(1);
}

/// Time between two sweeps of the recorder, which keeps every sample of its histograms until then: at a million
/// calls a second this holds some 2 MB.
const UPKEEP_EVERY: Duration = Duration::from_millis(250);

/// Upper bounds of the histograms of durations: from a booking in memory to a client that gave up.
const SECONDS_BUCKETS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Upper bounds of the histogram of jobs a commit: powers of two up to the writer's limit.
const JOBS_BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// The installed recorder; cheap to clone.
#[derive(Debug, Clone)]
pub struct MetricsHandle(PrometheusHandle);

impl MetricsHandle {
    /// Everything, in the text format of Prometheus.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sweeps the recorder and reads the process's own figures until dropped.
    pub async fn upkeep(self) {
        let mut turn = tokio::time::interval(UPKEEP_EVERY);
        turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            turn.tick().await;
            process::measure();
            self.0.run_upkeep();
        }
    }
}

/// The recorder of this process, installed and described at the first call.
///
/// Many servers may live in one process (the tests): they share it. If somebody else installed a recorder
/// before, figures go there and ours stays empty.
#[must_use]
pub fn install() -> MetricsHandle {
    static INSTALLED: OnceLock<MetricsHandle> = OnceLock::new();
    INSTALLED
        .get_or_init(|| {
            let recorder = builder().unwrap_or_default().build_recorder();
            let handle = MetricsHandle(recorder.handle());
            if ::metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder was installed before, /metrics stays empty");
            }
            names::describe();
            process::started();
            handle
        })
        .clone()
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(names::STORE_BATCH_JOBS.to_owned()), JOBS_BUCKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered_with_its_help_and_kind() {
        let first = install();
        let meters = CommandMeters::new("test.command");
        meters.ok(Duration::from_millis(3));
        meters.ok(Duration::from_millis(300));
        meters.failed("conflict", Duration::from_millis(3));
        let text = first.render();
        for line in [
            "# HELP motorpool_commands_total Commands run, by command and outcome: ok or an error code.",
            "# TYPE motorpool_commands_total counter",
            "motorpool_commands_total{command=\"test.command\",outcome=\"ok\"} 2",
            "motorpool_commands_total{command=\"test.command\",outcome=\"conflict\"} 1",
            "# TYPE motorpool_command_duration_seconds histogram",
            "motorpool_command_duration_seconds_bucket{command=\"test.command\",le=\"0.005\"} 2",
            "motorpool_command_duration_seconds_count{command=\"test.command\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "no `{line}` in\n{text}");
        }
    }

    #[test]
    fn all_servers_of_a_process_share_one_recorder() {
        let (first, second) = (install(), install());
        StoreMeters::new().committed(true, 5, Duration::from_millis(1));
        let line = "motorpool_store_batch_jobs_bucket{le=\"8\"}";
        assert!(first.render().contains(line));
        assert!(second.render().contains(line));
    }

    #[tokio::test(start_paused = true)]
    async fn upkeep_reads_the_figures_of_the_process() {
        let handle = install();
        let upkeep = tokio::spawn(handle.clone().upkeep());
        tokio::time::sleep(UPKEEP_EVERY).await;
        upkeep.abort();
        let text = handle.render();
        for name in [
            names::PROCESS_START_TIME,
            names::PROCESS_RESIDENT_MEMORY,
            names::PROCESS_OPEN_FDS,
        ] {
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
            assert!(value.is_some_and(|value| value > 0.0), "no {name} in\n{text}");
        }
    }
}
