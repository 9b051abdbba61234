-- Bots: who they are, what they say and when, and where events are delivered to.

CREATE TABLE bot (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- The name of its key.
    name          TEXT    NOT NULL UNIQUE,
    -- The building it speaks in.
    building      TEXT    NOT NULL,
    -- The key it signs in by now.
    key_id        BIGINT  NOT NULL UNIQUE REFERENCES device_key (id),
    -- waiting | authorised | revoked
    clearance     TEXT    NOT NULL,
    -- As in audit_event.who.
    registered_by TEXT    NOT NULL,
    registered_at BIGINT  NOT NULL,
    decided_by    TEXT,
    decided_at    BIGINT
);
CREATE INDEX bot_by_registrar ON bot (registered_by) WHERE clearance = 'waiting';

-- What a bot says again and again.
CREATE TABLE bot_schedule (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    bot_id   BIGINT  NOT NULL REFERENCES bot (id),
    body     TEXT    NOT NULL,
    -- One of the two: seconds from run to run, or a cron pattern of five fields in a time zone.
    every_s  BIGINT,
    cron     TEXT,
    zone     TEXT,
    -- After which it does not run any more.
    until_at BIGINT,
    paused   BOOLEAN NOT NULL,
    next_at  BIGINT  NOT NULL,
    last_at  BIGINT,
    runs     BIGINT  NOT NULL DEFAULT 0,
    -- Runs that were due while nobody could make them.
    missed   BIGINT  NOT NULL DEFAULT 0,
    -- As in audit_event.who.
    made_by  TEXT    NOT NULL,
    made_at  BIGINT  NOT NULL,
    CONSTRAINT bot_schedule_rhythm CHECK ((every_s IS NULL) <> (cron IS NULL))
);
CREATE INDEX bot_schedule_by_bot ON bot_schedule (bot_id, id);
CREATE INDEX bot_schedule_due ON bot_schedule (next_at) WHERE NOT paused;

-- What bots said. It outlives the bot, so it has its name and not its number.
CREATE TABLE bot_message (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    bot         TEXT    NOT NULL,
    building    TEXT    NOT NULL,
    -- The schedule that said it.
    schedule_id BIGINT,
    body        TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    -- How many people it was passed on to; empty until it was.
    told        BIGINT
);
CREATE INDEX bot_message_by_building ON bot_message (building, id);
CREATE INDEX bot_message_by_bot ON bot_message (bot, id);
CREATE INDEX bot_message_by_age ON bot_message (at);
CREATE INDEX bot_message_untold ON bot_message (id) WHERE told IS NULL;

-- Where events are delivered to.
CREATE TABLE webhook (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- Whose it is: a person or a bot.
    user_id     BIGINT  REFERENCES "user" (id),
    bot_id      BIGINT  REFERENCES bot (id),
    url         TEXT    NOT NULL,
    -- Names of events, separated by blanks.
    events      TEXT    NOT NULL,
    -- Its secret is made of this and the server's, which is not in here.
    salt        BLOB    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    -- Why it is not enabled.
    reason      TEXT,
    -- Failures in a row, and the time before which nothing is tried again.
    failures    INTEGER NOT NULL DEFAULT 0,
    next_at     BIGINT  NOT NULL,
    -- The last audit event that was looked at for it.
    audit_after BIGINT  NOT NULL,
    -- Events that found no room.
    lost        BIGINT  NOT NULL DEFAULT 0,
    made_at     BIGINT  NOT NULL,
    CONSTRAINT webhook_owner CHECK ((user_id IS NULL) <> (bot_id IS NULL))
);
CREATE INDEX webhook_by_user ON webhook (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX webhook_by_bot ON webhook (bot_id) WHERE bot_id IS NOT NULL;

-- What waits to be delivered, oldest first; gone once it was taken.
CREATE TABLE webhook_delivery (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    webhook_id BIGINT  NOT NULL REFERENCES webhook (id),
    -- By which the receiver knows one that comes twice.
    delivery   TEXT    NOT NULL UNIQUE,
    event      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL
);
CREATE INDEX webhook_delivery_by_hook ON webhook_delivery (webhook_id, id);
