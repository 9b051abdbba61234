-- Files of people, cars, bookings and rooms. Their contents lie beside the database, under the ids of the uploads they came by.

CREATE TABLE file (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- user:7 | car:3 | booking:12 | room:4
    owner   TEXT    NOT NULL,
    -- For showing; never a path.
    name    TEXT    NOT NULL,
    -- Counts the files of this name that this owner got.
    version BIGINT  NOT NULL,
    -- The upload it came by, and its name on the disk.
    content TEXT    NOT NULL UNIQUE,
    size    BIGINT  NOT NULL,
    -- In hexadecimal digits.
    sha256  TEXT    NOT NULL,
    -- The type that was declared.
    kind    TEXT,
    -- What a check of it found, as JSON.
    report  TEXT,
    -- Who sent it and on whose account it is, as in audit_event.who.
    sender  TEXT    NOT NULL,
    made_at BIGINT  NOT NULL
);
CREATE UNIQUE INDEX file_by_name ON file (owner, name, version);
CREATE INDEX file_by_owner ON file (owner, id);
CREATE INDEX file_by_sender ON file (sender, size);

-- What is on its way; the row reserves the room that the file will take.
CREATE TABLE upload (
    id          TEXT    NOT NULL PRIMARY KEY,
    owner       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    -- What was declared, or the most that it may become.
    size        BIGINT  NOT NULL,
    is_declared BOOLEAN NOT NULL,
    sha256      TEXT,
    kind        TEXT,
    -- What is to be checked at the end, as JSON.
    wanted      TEXT,
    sender      TEXT    NOT NULL,
    -- Bytes that were flushed to the disk for certain.
    synced      BIGINT  NOT NULL,
    -- In which run of the machine it was last written to: only within that one is the length of the file to be believed.
    boot        TEXT    NOT NULL,
    made_at     BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL
);
CREATE INDEX upload_by_sender ON upload (sender, size);
CREATE INDEX upload_by_owner ON upload (owner);
CREATE INDEX upload_by_end ON upload (expires_at);

-- Files that operators send to cars and people, who take them or refuse.
CREATE TABLE file_offer (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    file_id    BIGINT  NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    -- user:7 | car:3
    whom       TEXT    NOT NULL,
    -- As in audit_event.who.
    made_by    TEXT    NOT NULL,
    note       TEXT,
    -- offered | taking | taken | refused
    state      TEXT    NOT NULL,
    -- Bytes that have been read of it, as far as is known.
    taken      BIGINT  NOT NULL,
    made_at    BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX file_offer_by_whom ON file_offer (whom, id);
CREATE INDEX file_offer_by_file ON file_offer (file_id);
CREATE INDEX file_offer_by_end ON file_offer (expires_at);
