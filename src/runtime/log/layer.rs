//! The way of an event from tracing into the log of the house.
//!
//! It formats on the thread that says something and then holds one short lock; it never writes itself.

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer};

use super::entry::Entry;
use super::{Log, targets};
use crate::runtime::clock;

/// Hands every event to a [`Log`].
#[derive(Debug)]
pub(super) struct LogLayer(pub(super) Log);

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _ctx: Context<'_, S>) {
        self.0.record(Entry::of(event, clock::now()));
    }
}

/// Our events from `level` on, those of other crates from `warn` on.
#[must_use]
pub fn filter(level: LevelFilter) -> Targets {
    let ours = targets::ALL.into_iter().chain([env!("CARGO_CRATE_NAME")]);
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(ours.map(|target| (target, level)))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn our_events_follow_the_level_and_others_only_warn() {
        let debug = filter(LevelFilter::DEBUG);
        assert!(debug.would_enable("motorpool::session", &Level::DEBUG));
        assert!(!debug.would_enable("motorpool::session", &Level::TRACE));
        assert!(!debug.would_enable("hyper::proto", &Level::INFO));
        assert!(debug.would_enable("hyper::proto", &Level::WARN));
        assert!(!filter(LevelFilter::ERROR).would_enable("hyper::proto", &Level::WARN));
    }

    #[test]
    fn the_named_targets_follow_the_level_too() {
        for target in targets::ALL {
            assert!(filter(LevelFilter::INFO).would_enable(target, &Level::INFO), "{target}");
            assert!(
                !filter(LevelFilter::WARN).would_enable(target, &Level::INFO),
                "{target}"
            );
        }
    }
}
