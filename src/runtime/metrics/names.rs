//! Names of all figures, with kind, unit and help: counters end in `_total`, units are seconds and bytes.
//!
//! One table describes them to the recorder; a test keeps it to the conventions of Prometheus.

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What a figure does over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution in buckets.
    Histogram,
}

macro_rules! figures {
    ($($konst:ident = $name:literal, $kind:ident, $unit:ident, $help:literal;)*) => {
        $(#[doc = $help] pub const $konst: &str = $name;)*

        /// Every figure: name, kind, unit and help.
        pub const ALL: &[(&str, Kind, Unit, &str)] = &[$(($name, Kind::$kind, Unit::$unit, $help),)*];
    };
}

figures! {
    CONNECTIONS = "motorpool_connections", Gauge, Count, "Open connections, by sock.";
    CONNECTIONS_OPENED = "motorpool_connections_opened_total", Counter, Count, "Connections accepted, by sock.";
    CONNECTIONS_CLOSED = "motorpool_connections_closed_total", Counter, Count, "Connections ended, by reason.";
    TLS_HANDSHAKES_FAILED = "motorpool_tls_handshakes_failed_total", Counter, Count, "TLS handshakes that came to nothing, by sock and reason.";
    HTTP_CONNECTIONS = "motorpool_http_connections", Gauge, Count, "Open connections of the HTTP side, those of Socket.IO too.";
    HTTP_CONNECTIONS_ENDED = "motorpool_http_connections_ended_total", Counter, Count, "Connections that speak HTTP no more, by reason.";
    HTTP_REQUESTS = "motorpool_http_requests_total", Counter, Count, "HTTP requests answered, by class of status.";
    HTTP_BODIES_REFUSED = "motorpool_http_bodies_refused_total", Counter, Count, "HTTP requests refused because other bodies took all the room.";
    DIALECT_REQUESTS = "motorpool_dialect_requests_total", Counter, Count, "Messages of clients of older systems, by dialect and outcome: ok or an error code.";
    DIALECT_REFUSED = "motorpool_dialect_refused_total", Counter, Count, "Connections of clients of older systems that were not let in, by dialect and cause: crowded, address_crowded or busy.";
    SOCKETIO_REFUSED = "motorpool_socketio_refused_total", Counter, Count, "Socket.IO transports and requests refused, by cause: origin, address, connections, or not_theirs for a socket that was opened from elsewhere.";
    FRAMES_RECEIVED = "motorpool_frames_received_total", Counter, Count, "Frames read from peers.";
    FRAMES_SENT = "motorpool_frames_sent_total", Counter, Count, "Frames written to peers.";
    RECEIVED_BYTES = "motorpool_received_bytes_total", Counter, Bytes, "Bytes read from peers.";
    SENT_BYTES = "motorpool_sent_bytes_total", Counter, Bytes, "Bytes written to peers.";
    COMMANDS = "motorpool_commands_total", Counter, Count, "Commands run, by command and outcome: ok or an error code.";
    COMMAND_DURATION = "motorpool_command_duration_seconds", Histogram, Seconds, "Time from a command's arrival to its answer, by command.";
    RECENT_KEPT = "motorpool_recent_kept_bytes", Gauge, Bytes, "What is kept of clients' latest changes, so that one that comes again under its id hears its first answer.";
    RECENT_REPEATED = "motorpool_recent_repeated_total", Counter, Count, "Changes that came again under their id on a resumed connection, by outcome: again, faded, or full where as many ran as may.";
    REQUESTS = "motorpool_requests_total", Counter, Count, "Requests to the server, by requestable and outcome: ok or an error code.";
    HANDLER_PANICS = "motorpool_handler_panics_total", Counter, Count, "Panics in the work of added commands, requestables and services, by name.";
    ASKS_LATE = "motorpool_asks_late_total", Counter, Count, "Answers of clients to questions that nobody waited for any more.";
    ASKS_REFUSED = "motorpool_asks_refused_total", Counter, Count, "Questions to clients that were not put because the client owed too many answers.";
    SUBSCRIPTIONS = "motorpool_subscriptions", Gauge, Count, "Subscriptions to requestables.";
    SUBSCRIPTION_LOOKS = "motorpool_subscription_looks_total", Counter, Count, "Looks at what is subscribed to, by outcome: ok or an error code.";
    SUBSCRIPTION_PUSHES = "motorpool_subscription_pushes_total", Counter, Count, "Values for subscribers, by outcome: pushed, or skipped because the subscriber had not taken what came before.";
    SUBSCRIPTIONS_REFUSED = "motorpool_subscriptions_refused_total", Counter, Count, "Subscriptions refused, by the bound that was reached: client or total.";
    PARENT_UP = "motorpool_parent_up", Gauge, Count, "1 while the parent of this server is connected, else 0.";
    PARENT_RECONNECTS = "motorpool_parent_reconnects_total", Counter, Count, "Times a parent that was lost was connected again.";
    PICTURES_WAITING = "motorpool_pictures_waiting_bytes", Gauge, Bytes, "Bytes of pictures that wait to be named by a command.";
    PICTURES_REFUSED = "motorpool_pictures_refused_total", Counter, Count, "Pictures not taken, by the code they were refused with.";
    PEOPLE_ONLINE = "motorpool_people_online", Gauge, Count, "People with at least one session, or whose last one ended a moment ago.";
    PRESENCE_WATCHERS = "motorpool_presence_watchers", Gauge, Count, "Clients that watch who comes and goes.";
    PRESENCE_EVENTS = "motorpool_presence_events_total", Counter, Count, "News of people for those who watch, by outcome: pushed, or put_off because the watcher had not taken what came before.";
    PRESENCE_REFUSED = "motorpool_presence_refused_total", Counter, Count, "Watches refused, by the bound that was reached: client, watchers or named.";
    PRESENCE_MARKS = "motorpool_presence_marks_total", Counter, Count, "Instants at which people were last seen, by outcome: written, or lost because too many waited for the disk.";
    POSITIONS = "motorpool_positions", Gauge, Count, "People of whom a position or a choice is kept in memory.";
    POSITIONS_SAID = "motorpool_positions_said_total", Counter, Count, "Positions that people said, by outcome: taken or refused.";
    POSITIONS_UNWRITTEN = "motorpool_positions_unwritten", Gauge, Count, "People whose latest position is not on the disk yet.";
    POSITIONS_WRITTEN = "motorpool_positions_written_total", Counter, Count, "Positions written down; of several that somebody says within a second one is.";
    MOVEMENTS = "motorpool_movements_total", Counter, Count, "Times somebody went into a building, out of one or from one to another.";
    MOVEMENTS_WAITING = "motorpool_movements_waiting", Gauge, Count, "Movements that are not on the disk yet.";
    MOVEMENTS_TOLD = "motorpool_movements_told_total", Counter, Count, "Movements told to clients, by outcome: pushed, or skipped because the client had not taken what came before.";
    WATCHES = "motorpool_watches", Gauge, Count, "Watches of ranges.";
    WATCHES_TOLD = "motorpool_watches_told_total", Counter, Count, "Changes told to those who watch a range, and looks at which one was passed over, by outcome: pushed or skipped.";
    WATCHES_REFUSED = "motorpool_watches_refused_total", Counter, Count, "Watches of ranges refused, by the bound that was reached: client or total.";
    PLACES_UNWRITTEN = "motorpool_places_unwritten_total", Counter, Count, "Times the store did not take what was to be written down, by what: position or movement.";
    EVENTS_TOLD = "motorpool_events_told_total", Counter, Count, "Events kept for a client until it acknowledges them.";
    EVENTS_REPEATED = "motorpool_events_repeated_total", Counter, Count, "Events sent again because they were not acknowledged, or the client came again.";
    EVENTS_LOST = "motorpool_events_lost_total", Counter, Count, "Events let go before they were acknowledged, by cause: full, forgotten, refused or too_large.";
    MAIL_STORED = "motorpool_mail_stored_total", Counter, Count, "Messages stored with a line in the inbox of everybody they are for.";
    MAIL_PUSHES = "motorpool_mail_pushes_total", Counter, Count, "Lines of inboxes pushed to sessions, by coming: first, or again because they were not acknowledged.";
    MAIL_GAPS = "motorpool_mail_gaps_total", Counter, Count, "Times a session was told that lines of its inbox are not there any more.";
    MAIL_RATE_LIMITED = "motorpool_mail_rate_limited_total", Counter, Count, "Messages refused because their sender had sent too many.";
    MAIL_WAITING = "motorpool_mail_waiting", Gauge, Count, "People who wait for their line of a message to a place with more people than are reached at once.";
    MAIL_SESSIONS = "motorpool_mail_sessions", Gauge, Count, "Sessions of people that inboxes are pushed to.";
    GATE_REFUSED = "motorpool_gate_refused_total", Counter, Count, "Refusals at a gate, by gate and cause: full or timed_out.";
    GATE_INSIDE = "motorpool_gate_inside", Gauge, Count, "Holders of a pass, by gate; for a service, the messages it has.";
    GATE_WAITING = "motorpool_gate_waiting", Gauge, Count, "Those waiting for a pass, by gate.";
    OUTBOX_PENDING = "motorpool_outbox_pending_bytes", Gauge, Bytes, "Bytes being written to peers who have not taken them yet.";
    OUTBOX_LAGGED = "motorpool_outbox_lagged_total", Counter, Count, "Peers cut off because they read too slowly.";
    FAN_DELIVERIES = "motorpool_fan_deliveries_total", Counter, Count, "Frames for many, counted once for each receiver they were pushed to.";
    FAN_WAITS = "motorpool_fan_waits_total", Counter, Count, "Frames for many that had to wait because a shard had too many waiting.";
    SHARD_PANICS = "motorpool_shard_panics_total", Counter, Count, "Times the fan-out or the timing wheel of an arbiter panicked and began anew.";
    PINGS_SENT = "motorpool_pings_sent_total", Counter, Count, "Pings sent to silent peers.";
    PING_ROUND_TRIP = "motorpool_ping_round_trip_seconds", Histogram, Seconds, "Time from a ping to its pong.";
    MESSAGES = "motorpool_messages_total", Counter, Count, "Messages between people, by target and outcome: ok or an error code.";
    SERVICE_UP = "motorpool_service_up", Gauge, Count, "1 while a service runs, 0 while it is down, by service.";
    SERVICE_RESTARTS = "motorpool_service_restarts_total", Counter, Count, "Restarts of a service, by service and cause.";
    SERVICE_LATE = "motorpool_service_late_total", Counter, Count, "Questions a service did not answer in time, by service.";
    SERVICE_ROUNDS = "motorpool_service_rounds_total", Counter, Count, "Rounds of a repeating service, by service and outcome: ok, failed, panicked or timed_out.";
    SERVICE_ROUND_DURATION = "motorpool_service_round_duration_seconds", Histogram, Seconds, "Time a round of a repeating service took, by service.";
    METADATA_ASKS = "motorpool_metadata_asks_total", Counter, Count, "Clients asked what they say of themselves or told what the server says, by outcome: changed, same, told, later, refused, late or gone.";
    SERVICE_ENABLED = "motorpool_service_enabled", Gauge, Count, "1 while a repeating service is to do its rounds, 0 while it is switched off or gave up, by service.";
    BOOKINGS = "motorpool_bookings", Gauge, Count, "Bookings, by state.";
    BOOKINGS_MADE = "motorpool_bookings_made_total", Counter, Count, "Bookings made.";
    BOOKINGS_CHANGED = "motorpool_bookings_changed_total", Counter, Count, "Bookings changed, by the state they came to.";
    OFFERS_ASKED = "motorpool_availability_asked_total", Counter, Count, "Questions for free cars, by whether the answer was known already: yes or no.";
    STORE_COMMITS = "motorpool_store_commits_total", Counter, Count, "Commits of the writer, by outcome: ok or failed.";
    STORE_BATCH_JOBS = "motorpool_store_batch_jobs", Histogram, Count, "Jobs that shared a commit.";
    STORE_COMMIT_DURATION = "motorpool_store_commit_duration_seconds", Histogram, Seconds, "Time a commit took, jobs included.";
    STORE_QUEUE_DEPTH = "motorpool_store_queue_depth", Gauge, Count, "Jobs waiting for the writer.";
    STORE_REFUSED = "motorpool_store_refused_total", Counter, Count, "Reads and changes the store did not take, by reason.";
    LOGIN_ATTEMPTS = "motorpool_login_attempts_total", Counter, Count, "Log-ins tried, by method and outcome: ok or an error code.";
    PROVIDER_ANSWERS = "motorpool_provider_answers_total", Counter, Count, "Answers of providers that people sign in with, by provider and outcome: ok or why it was refused.";
    PASSWORD_HASH_DURATION = "motorpool_password_hash_duration_seconds", Histogram, Seconds, "Time to hash or check a password.";
    CAR_COMMANDS = "motorpool_car_commands_total", Counter, Count, "Commands to cars, by command and final state.";
    CARS_ONLINE = "motorpool_cars_online", Gauge, Count, "Cars with a connected unit.";
    LOGIN_WAIT_REFUSED = "motorpool_login_wait_refused_total", Counter, Count, "Logins refused because too many of them waited for guesses at the same account.";
    LOGIN_LOCKOUTS_FORGOTTEN = "motorpool_login_lockouts_forgotten_total", Counter, Count, "Accounts under guessing forgotten early for want of room.";
    DATASOCK_FRAMES = "motorpool_datasock_frames_total", Counter, Count, "Frames, lines, batches or reads taken on datasocks, by receiver.";
    DATASOCK_BYTES = "motorpool_datasock_received_bytes_total", Counter, Bytes, "Bytes read on datasocks, by receiver.";
    RECEIVER_FAULTS = "motorpool_receiver_faults_total", Counter, Count, "Connections a receiver ended, by receiver and cause: panicked or refused.";
    DATASOCKS_REFUSED = "motorpool_datasocks_refused_total", Counter, Count, "Datasocks not opened because there are as many as may be.";
    LOG_EVENTS = "motorpool_log_events_total", Counter, Count, "Events of the log, by level.";
    LOG_FORGOTTEN = "motorpool_log_forgotten_total", Counter, Count, "Events that left the ring because newer ones came.";
    LOG_LOST = "motorpool_log_lost_total", Counter, Count, "Lines not written to a file, by sink (file or stored) and cause: full or failed.";
    TELEMETRY_ROWS = "motorpool_telemetry_rows_total", Counter, Count, "Rows of telemetry, by kind and outcome: fix or reading, taken; any, refused.";
    TELEMETRY_CARS = "motorpool_telemetry_cars", Gauge, Count, "Cars whose telemetry is kept in memory.";
    FILES_RECEIVED = "motorpool_files_received_bytes_total", Counter, Bytes, "Bytes of files that came to the disk.";
    FILES_GIVEN = "motorpool_files_given_bytes_total", Counter, Bytes, "Bytes of files that were read from the disk for somebody.";
    UPLOADS_ENDED = "motorpool_uploads_ended_total", Counter, Count, "Uploads that ended, by outcome: finished, aborted, expired or unfit.";
    FILES_REFUSED = "motorpool_files_refused_total", Counter, Count, "What was refused with files, by the code it was refused with.";
    FILES_WAITING = "motorpool_files_waiting", Gauge, Count, "Pieces of work that wait for the threads that write and read files.";
    FILES_SWEPT = "motorpool_files_swept_total", Counter, Count, "Contents that no row told of, removed at a start.";
    DISK_TIGHT = "motorpool_disk_tight", Gauge, Count, "1 while what is put by of the disk is given up because it is nearly full, else 0.";
    FACE_CHALLENGES = "motorpool_face_challenges_total", Counter, Count, "Challenges of cars, by what became of them: given, used, replaced or expired. One that nobody came back for is expired once the car asks for the next.";
    FACE_UNLOCKS = "motorpool_face_unlocks_total", Counter, Count, "Attempts to open a car by face, by outcome: matched, or the reason of the refusal.";
    FACE_DECISION = "motorpool_face_decision_duration_seconds", Histogram, Seconds, "Time from the call to the decision whose face it is, waiting and PIN included, the car's own time not.";
    FACE_MISSES = "motorpool_face_misses_total", Counter, Count, "Faces that failed at a car.";
    FACE_LOCKOUTS = "motorpool_face_lockouts_total", Counter, Count, "Times a car had too many of them, so that faces are not looked at there for a while.";
    FACE_ANALYSES = "motorpool_face_analyses_total", Counter, Count, "Pictures given to the face worker, by outcome: ok, unavailable, busy, timeout, wrong_type, unreadable, too_many_bytes, too_many_pixels or worker_ended.";
    FACES_DETECTED = "motorpool_faces_detected_total", Counter, Count, "Faces found in pictures.";
    FACE_STAGE_DURATION = "motorpool_face_stage_duration_seconds", Histogram, Seconds, "Time a picture took, by stage: decode, detect, landmarks, encode; total is from the question to its answer, waiting included.";
    FACE_WORKER_UP = "motorpool_face_worker_up", Gauge, Count, "1 while the face worker runs, 0 while it is down or was not needed yet.";
    FACE_WORKER_RESTARTS = "motorpool_face_worker_restarts_total", Counter, Count, "Face workers that failed, by cause: ended, hung, garbage or failed_start.";
    FACE_SENDERS_SHUT_OUT = "motorpool_face_senders_shut_out_total", Counter, Count, "Senders whose pictures are not looked at for a while because the worker kept ending with them in its hand.";
    FACE_ENROLMENTS = "motorpool_face_enrolments_total", Counter, Count, "Enrolments of faces that reached the vault, by outcome: ok, or full where a person, the templates or the key store had no room.";
    FACE_ERASURES = "motorpool_face_erasures_total", Counter, Count, "Receipts for erased faces, by cause: asked or retention.";
    FACE_KEY_STORE_FAULTS = "motorpool_face_key_store_faults_total", Counter, Count, "Slots of the key store that could not be used, by cause: torn or foreign.";
    FACE_MEMORY_UNLOCKED = "motorpool_face_memory_unlocked_bytes", Gauge, Bytes, "Memory with faces that the system may put on the swap.";
    FACE_SEARCHES = "motorpool_face_searches_total", Counter, Count, "Searches through all faces.";
    FACE_TEMPLATES = "motorpool_face_templates", Gauge, Count, "Templates of faces that are kept, as last counted.";
    BOT_MESSAGES = "motorpool_bot_messages_total", Counter, Count, "Messages of bots, by what made them: call, schedule or again, for those that an end of the process had held up.";
    BOT_DELIVERIES = "motorpool_bot_deliveries_total", Counter, Count, "Messages of bots, counted once for each person they were passed on to.";
    SCHEDULE_RUNS_MISSED = "motorpool_schedule_runs_missed_total", Counter, Count, "Runs of schedules that were due while nobody could make them.";
    WEBHOOK_DELIVERIES = "motorpool_webhook_deliveries_total", Counter, Count, "Deliveries to webhooks, by outcome: ok, gone, status, timeout, unreached or refused.";
    WEBHOOK_EVENTS_LOST = "motorpool_webhook_events_lost_total", Counter, Count, "Events that found the queue of a webhook full.";
    PROCESS_START_TIME = "process_start_time_seconds", Gauge, Seconds, "Start of the process, in seconds since 1970.";
    PROCESS_RESIDENT_MEMORY = "process_resident_memory_bytes", Gauge, Bytes, "Resident memory.";
    PROCESS_OPEN_FDS = "process_open_fds", Gauge, Count, "Open files and sockets.";
}

/// Describes every figure to the installed recorder.
pub(super) fn describe() {
    for &(name, kind, unit, help) in ALL {
        match kind {
            Kind::Counter => describe_counter!(name, unit, help),
            Kind::Gauge => describe_gauge!(name, unit, help),
            Kind::Histogram => describe_histogram!(name, unit, help),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_follows_the_conventions_of_prometheus() {
        let mut seen = std::collections::HashSet::new();
        for &(name, kind, unit, help) in ALL {
            assert!(seen.insert(name), "{name} is there twice");
            assert!(name.starts_with("motorpool_") || name.starts_with("process_"), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
            let base = name.trim_end_matches("_total");
            assert_eq!(base.ends_with("_seconds"), unit == Unit::Seconds, "{name}");
            assert_eq!(base.ends_with("_bytes"), unit == Unit::Bytes, "{name}");
            for word in [
                "counter",
                "gauge",
                "histogram",
                "summary",
                "count",
                "sum",
                "bucket",
                "info",
            ] {
                assert!(!name.split('_').any(|part| part == word), "{name} names its kind");
            }
            assert!(help.ends_with('.'), "{name}: {help}");
        }
    }
}
