-- The hub: groups of an account, bans and mutes, and what was defined while the server ran.

-- Everybody who connects is at least a guest.
INSERT INTO role (name, inherits) VALUES ('guest', NULL);
UPDATE role SET inherits = 'guest' WHERE name = 'user';

-- Groups that an account is in besides its role.
CREATE TABLE user_group (
    user_id    BIGINT NOT NULL REFERENCES "user" (id),
    group_name TEXT   NOT NULL REFERENCES role (name),
    -- Who gave it, as in audit_event.who.
    given_by   TEXT   NOT NULL,
    given_at   BIGINT NOT NULL,
    PRIMARY KEY (user_id, group_name)
);

-- A ban keeps somebody out, a mute takes the word away; both with an end.
CREATE TABLE sanction (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- ban | mute
    kind     TEXT    NOT NULL,
    -- `user:7`, `car:3`, `key:2`, `client:<uuid>`, `name:<name>`, `address:<ip>`.
    subject  TEXT    NOT NULL,
    -- How people know the subject.
    name     TEXT    NOT NULL,
    -- The name of who did it.
    by_name  TEXT    NOT NULL,
    reason   TEXT,
    until_at BIGINT  NOT NULL,
    made_at  BIGINT  NOT NULL,
    CONSTRAINT sanction_once UNIQUE (kind, subject)
);
CREATE INDEX sanction_by_end ON sanction (until_at);

-- What was defined at run time and must be there after a restart: `datasock:track`, `service:ping`, `parent`.
CREATE TABLE setting (
    name TEXT   NOT NULL PRIMARY KEY,
    -- JSON, as whoever owns the name writes it.
    text TEXT   NOT NULL,
    at   BIGINT NOT NULL
);
