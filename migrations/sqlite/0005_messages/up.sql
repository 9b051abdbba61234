-- Messages: each is stored once, with a line in the inbox of everybody it is for; rooms; emergency notices.

CREATE TABLE message (
    id          INTEGER NOT NULL PRIMARY KEY,
    -- user | bot | server
    sender_kind TEXT    NOT NULL,
    -- The person; empty for others, and for somebody who was erased.
    sender_id   BIGINT,
    sender_name TEXT    NOT NULL,
    -- user | building | range_m | room | whisper | everybody
    target      TEXT    NOT NULL,
    -- The building or the room, by the name it had.
    target_name TEXT,
    room_id     BIGINT,
    body        TEXT    NOT NULL,
    sent_at     BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    -- For how many it is.
    recipients  BIGINT  NOT NULL
);
CREATE INDEX message_by_sender ON message (sender_id, id) WHERE sender_id IS NOT NULL;
CREATE INDEX message_by_room ON message (room_id, id) WHERE room_id IS NOT NULL;
CREATE INDEX message_by_expiry ON message (expires_at);

-- One a person. `seq` counts from 1 without gaps; `epoch` of the counting is a row of `setting`.
CREATE TABLE inbox (
    user_id       BIGINT  NOT NULL PRIMARY KEY REFERENCES "user" (id),
    -- The number of the last line.
    last_seq      BIGINT  NOT NULL,
    -- Some session has acknowledged everything up to it.
    delivered_seq BIGINT  NOT NULL,
    -- The person has read everything up to it.
    read_seq      BIGINT  NOT NULL,
    -- Everything up to it was let go.
    purged_seq    BIGINT  NOT NULL,
    -- Whether senders hear when the person has read.
    receipts      BOOLEAN NOT NULL
);

CREATE TABLE inbox_line (
    user_id    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, seq)
) WITHOUT ROWID;
CREATE INDEX inbox_line_by_message ON inbox_line (message_id);

-- How far a session has the inbox of its person: what is behind it is pushed when the session is back.
CREATE TABLE inbox_cursor (
    client_id TEXT   NOT NULL PRIMARY KEY,
    user_id   BIGINT NOT NULL,
    -- The epoch in which `seq` counts.
    epoch     TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    at        BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX inbox_cursor_by_age ON inbox_cursor (at);
CREATE INDEX inbox_cursor_by_user ON inbox_cursor (user_id);

-- Whose messages a person does not want.
CREATE TABLE block (
    user_id    BIGINT NOT NULL,
    blocked_id BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (user_id, blocked_id)
) WITHOUT ROWID;
CREATE INDEX block_by_blocked ON block (blocked_id);

CREATE TABLE room (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    -- The name without case, by which it is found.
    name_key   TEXT    NOT NULL UNIQUE,
    owner_id   BIGINT  NOT NULL REFERENCES "user" (id),
    -- open | asking | invited: who comes in by themselves, with the owner's consent, or on invitation only
    entry      TEXT    NOT NULL,
    -- joined | all: from when on a member sees what was said
    history    TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX room_by_owner ON room (owner_id);

CREATE TABLE room_member (
    room_id    BIGINT NOT NULL REFERENCES room (id),
    user_id    BIGINT NOT NULL,
    joined_at  BIGINT NOT NULL,
    -- Messages with numbers above it were said since.
    after_id   BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX room_member_by_user ON room_member (user_id);

-- Who stands before the door of a room, and how.
CREATE TABLE room_door (
    room_id BIGINT NOT NULL REFERENCES room (id),
    user_id BIGINT NOT NULL,
    -- invited | asking | banned
    state   TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX room_door_by_user ON room_door (user_id);

-- What operators tell everybody, or everybody in a building, while it lasts.
CREATE TABLE notice (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    body       TEXT    NOT NULL,
    by_name    TEXT    NOT NULL,
    -- Empty: for everybody.
    building   TEXT,
    created_at BIGINT  NOT NULL,
    until_at   BIGINT  NOT NULL
);
CREATE INDEX notice_by_end ON notice (until_at);

CREATE TABLE notice_receipt (
    notice_id BIGINT NOT NULL REFERENCES notice (id),
    -- As in audit_event.who.
    who       TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (notice_id, who)
) WITHOUT ROWID;
