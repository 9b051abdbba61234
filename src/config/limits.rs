//! Every bound of the server: how long, how many, how large, each with its default and its range.
//!
//! Whoever holds a queue, a buffer, a retry or a wait takes its bound from here, by constructor.
//! Environment: `MOTORPOOL_LIMITS__` and the key in upper case. No figure here is ever "unlimited".

use super::bound::bounded;

/// The largest frame that may be configured; larger things travel on datasocks.
const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

bounded! {
    /// The section `limits`: every bound there is.
    Limits {
        // -- sockets
        /// Largest frame either way, after the handshake.
        frame_bytes: usize = 65_536, 1_024, FRAME_BYTES_MAX;
        /// Largest frame from a peer that has not finished its handshake.
        handshake_frame_bytes: usize = 4_096, 1_024, 65_536;
        /// Time a peer has for its first frame.
        handshake_ms: u64 = 5_000, 100, 60_000;
        /// Open server sockets; one more is refused with `busy`.
        connections_max: usize = 20_000, 1, 1_000_000;
        /// Open sockets whose handshake is not finished; one more is refused with `busy`.
        handshakes_max: usize = 1_024, 1, 100_000;
        /// Calls and requests of one session that may run at the same time; reading waits beyond it.
        in_flight_per_session: usize = 64, 1, 4_096;
        /// Bytes queued to one peer above which nothing more is read from it.
        outbox_soft_bytes: usize = 65_536, 1_024, 67_108_864;
        /// Bytes queued to one peer above which it is closed as `lagged`.
        outbox_hard_bytes: usize = 262_144, 4_096, 268_435_456;
        /// Time without one byte accepted by a peer, while some are queued, after which it is closed as `stalled`.
        stall_ms: u64 = 10_000, 100, 600_000;
        /// Time in which a closing socket may still write what is queued.
        flush_ms: u64 = 2_000, 10, 60_000;
        /// Silence after which the server pings a peer.
        idle_ping_ms: u64 = 30_000, 100, 3_600_000;
        /// Silence after which a peer is closed as `idle`; longer than `idle_ping_ms`.
        idle_close_ms: u64 = 90_000, 200, 7_200_000;
        /// Commands and requestables, each, that one client may offer.
        offers_per_client: usize = 256, 1, 4_096;
        /// Datasocks one client may have attached.
        datasocks_per_client: usize = 8, 1, 256;
        /// Datasocks open at the same time, `Maindata` aside; one more is refused with `not_now`.
        datasocks_max: usize = 16, 1, 32;
        /// Fixes and readings in one batch of telemetry; a larger batch is refused with `too_large`.
        telemetry_batch_rows: usize = 1_000, 1, 10_000;
        /// Cars whose telemetry is kept in memory; of one more it is refused with `not_now`.
        telemetry_cars: usize = 10_000, 1, 1_000_000;
        /// Fixes and readings, each, kept in memory for a car; the oldest goes for the newest.
        telemetry_rows_per_car: usize = 128, 1, 4_096;
        /// Time in which a ticket for a datasock can be used.
        ticket_ms: u64 = 60_000, 1_000, 3_600_000;

        // -- commands
        /// Deadline of a command that names none.
        command_deadline_ms_default: u64 = 5_000, 10, 600_000;
        /// Longest deadline a call may ask for.
        command_deadline_ms_max: u64 = 60_000, 10, 3_600_000;
        /// Time a car has to acknowledge a command, written into its `expires_at`.
        car_command_ms: u64 = 10_000, 100, 120_000;
        /// Time within which what is said twice must be repeated: `s.shutdown()`, `s.restart()` and the like.
        confirm_ms: u64 = 30_000, 1_000, 600_000;
        /// Hours for which the answer to a request id is remembered.
        request_hours: u64 = 48, 1, 8_760;
        /// Messages one actor may have waiting, callers beyond it hear `busy`.
        mailbox: usize = 4_096, 1, 65_536;

        // -- subscriptions and events
        /// Shortest time between two looks at what is subscribed to.
        subscribe_look_ms: u64 = 500, 10, 60_000;
        /// Shortest interval a subscription may ask for.
        subscribe_every_ms_min: u64 = 100, 10, 60_000;
        /// Longest interval a subscription may ask for.
        subscribe_every_ms_max: u64 = 3_600_000, 1_000, 86_400_000;
        /// Subscriptions of one client; one more hears `busy`.
        subscriptions_per_client: usize = 64, 1, 4_096;
        /// Subscriptions altogether; one more hears `busy`.
        subscriptions_max: usize = 10_000, 1, 1_000_000;
        /// Looks for subscribers that may run at the same time, at the server and at clients each.
        subscription_looks_max: usize = 16, 1, 1_024;

        /// Events kept for one client until it acknowledges them; at the bound the oldest is let go, and the client told.
        events_per_client: usize = 64, 1, 4_096;

        // -- presence
        /// Time after the end of a person's last session in which they still count as online: coming again is no news.
        presence_grace_ms: u64 = 5_000, 0, 600_000;
        /// Time between two writings of who was last seen when; after a crash it is known to so long.
        presence_write_ms: u64 = 2_000, 100, 600_000;
        /// People one client may watch by name; more are refused with `too_large`.
        presence_named_per_client: usize = 256, 1, 10_000;
        /// Clients that may watch who comes and goes; one more hears `busy`.
        presence_watchers_max: usize = 20_000, 1, 1_000_000;
        /// People that all of them name together; beyond it `busy`.
        presence_named_max: usize = 500_000, 1, 10_000_000;
        // -- messages that are kept
        /// Messages one sender may send at once, after a rest; one more is refused with `rate_limited`.
        message_burst: u32 = 60, 1, 1_000_000;
        /// Messages one sender may send each minute from then on.
        messages_per_minute: u32 = 120, 1, 10_000_000;
        /// People that one message reaches at once; for more it is refused with `not_now`, unless it is for everybody, or for a place, where the others get it in pieces.
        message_recipients: usize = 1_000, 1, 10_000;
        /// Days for which a message is kept at most.
        message_days: u64 = 90, 1, 36_500;
        /// Rooms; for one more `not_now`.
        rooms_max: u64 = 10_000, 1, 1_000_000;
        /// Rooms one person may own; for one more `not_now`.
        rooms_per_owner: u64 = 20, 1, 10_000;
        /// People in one room; for one more `not_now`. A message to a room reaches no more than `message_recipients`.
        room_members: u64 = 200, 2, 10_000;
        /// Lines of one inbox; at the bound the oldest go, and its person is told.
        inbox_lines: u64 = 200_000, 100, 10_000_000;

        // -- places
        /// People of whom a position or a choice is kept in memory, some 300 bytes each; of one more it is refused with `not_now`.
        positions_max: usize = 1_000_000, 1, 20_000_000;
        /// Buildings; one more is refused with `conflict`.
        buildings_max: usize = 10_000, 1, 100_000;
        /// Longest range, in metres, that anybody may look around or ask for.
        range_m_max: u32 = 50_000, 1, 1_000_000;

        /// Watches of ranges of one client; one more hears `busy`.
        watches_per_client: usize = 4, 1, 64;
        /// Watches of ranges altogether; one more hears `busy`.
        watches_max: usize = 2_000, 1, 100_000;

        // -- people and keys
        /// Password hashings that may run at the same time, 19 MiB each.
        hashing_inside: usize = 2, 1, 256;
        /// Password hashings that may wait; one more hears `busy`.
        hashing_waiting: usize = 64, 1, 65_536;
        /// Hours for which a resume token is good.
        resume_hours: u64 = 168, 1, 8_760;
        /// Live bookings one person may have; beyond it `not_now`.
        open_bookings_per_user: u32 = 10, 1, 10_000;

        // -- store
        /// Changes that may wait for the writer; one more hears `busy`.
        store_queue: usize = 4_096, 1, 1_048_576;
        /// Changes that share one commit.
        store_batch: usize = 256, 1, 65_536;
        /// Connections that read beside the writer.
        store_readers: u32 = 4, 1, 256;
        /// Reads that may wait for a connection; one more hears `busy`.
        store_readers_waiting: usize = 1_024, 1, 1_048_576;
        /// Time a read or a change may take, waiting included.
        store_ms: u64 = 5_000, 100, 600_000;

        // -- HTTP and the end
        /// Largest body of an HTTP request.
        http_body_bytes: usize = 1_048_576, 1_024, FRAME_BYTES_MAX;
        /// Bytes that all bodies being read may hold together; one more hears `busy`.
        http_bodies_bytes: usize = 67_108_864, 65_536, 4_294_967_295;
        /// Open HTTP connections; one more is told `busy` and closed.
        http_connections_max: usize = 10_000, 1, 1_000_000;
        /// Open HTTP connections from one address, or from one /64 of IPv6; everybody behind a proxy has one address.
        http_connections_per_address: usize = 4_096, 1, 1_000_000;
        /// Time for the head of an HTTP request; a kept connection may be silent for as long.
        http_head_ms: u64 = 20_000, 100, 600_000;
        /// Largest head of an HTTP request.
        http_head_bytes: usize = 16_384, 1_024, 1_048_576;
        /// Headers in the head of an HTTP request.
        http_headers_max: usize = 100, 8, 1_000;
        /// HTTP requests that may be served at the same time.
        http_in_flight: usize = 1_024, 1, 1_000_000;
        /// Time an HTTP request may take.
        http_request_ms: u64 = 10_000, 100, 600_000;
        /// Socket.IO sockets open from one address; one more is refused with `busy`.
        socketio_per_address: usize = 4_096, 1, 1_000_000;
        /// Time between two pings of Engine.IO.
        socketio_ping_ms: u64 = 25_000, 100, 3_600_000;
        /// Time a Socket.IO client has to answer a ping before it is closed as `idle`.
        socketio_pong_ms: u64 = 20_000, 100, 3_600_000;
        /// Time in which a stopping server lets work and sockets finish.
        drain_ms: u64 = 4_000, 0, 60_000;
    }
}

impl Limits {
    /// The pairs that must be in order: the first may not be greater than the second.
    pub(crate) fn ordered_pairs(&self) -> [(&'static str, u128, &'static str, u128); 7] {
        [
            (
                "outbox_soft_bytes",
                wide(self.outbox_soft_bytes),
                "outbox_hard_bytes",
                wide(self.outbox_hard_bytes),
            ),
            (
                // A frame must fit into the outbox, or no answer of that size could ever be sent.
                "frame_bytes",
                wide(self.frame_bytes),
                "outbox_hard_bytes",
                wide(self.outbox_hard_bytes),
            ),
            (
                "handshake_frame_bytes",
                wide(self.handshake_frame_bytes),
                "frame_bytes",
                wide(self.frame_bytes),
            ),
            (
                "command_deadline_ms_default",
                self.command_deadline_ms_default.into(),
                "command_deadline_ms_max",
                self.command_deadline_ms_max.into(),
            ),
            (
                "subscribe_every_ms_min",
                self.subscribe_every_ms_min.into(),
                "subscribe_every_ms_max",
                self.subscribe_every_ms_max.into(),
            ),
            (
                // Or a body of the largest size would never find room.
                "http_body_bytes",
                wide(self.http_body_bytes),
                "http_bodies_bytes",
                wide(self.http_bodies_bytes),
            ),
            (
                "idle_ping_ms",
                self.idle_ping_ms.into(),
                "idle_close_ms",
                self.idle_close_ms.into(),
            ),
        ]
    }
}

/// Sizes and times share one type in comparisons; a `usize` always fits.
fn wide(size: usize) -> u128 {
    u128::try_from(size).unwrap_or(u128::MAX)
}
