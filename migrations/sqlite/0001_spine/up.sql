-- Instants are microseconds since 1970 UTC, money is minor units, ids are 64-bit integers: portable column types only.

CREATE TABLE role (
    name     TEXT NOT NULL PRIMARY KEY,
    -- The role whose permissions this one includes.
    inherits TEXT REFERENCES role (name)
);
INSERT INTO role (name, inherits) VALUES
    ('user', NULL), ('customer', 'user'), ('engineer', 'user'), ('manager', 'customer'), ('admin', 'manager');

CREATE TABLE "user" (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    username      TEXT    NOT NULL UNIQUE,
    first_name    TEXT    NOT NULL,
    last_name     TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    role          TEXT    NOT NULL REFERENCES role (name),
    -- argon2id in PHC text; NULL: cannot sign in with one.
    password_hash TEXT,
    pin_hash      TEXT,
    disabled      BOOLEAN NOT NULL DEFAULT 0,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE car (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL UNIQUE,
    plate         TEXT    NOT NULL UNIQUE,
    make          TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    body_type     TEXT    NOT NULL,
    colour        TEXT    NOT NULL,
    seats         SMALLINT NOT NULL CONSTRAINT car_seats CHECK (seats BETWEEN 1 AND 99),
    latitude      DOUBLE  NOT NULL CONSTRAINT car_latitude CHECK (latitude BETWEEN -90 AND 90),
    longitude     DOUBLE  NOT NULL CONSTRAINT car_longitude CHECK (longitude BETWEEN -180 AND 180),
    place         TEXT    NOT NULL,
    -- Minor units of `currency` for one hour.
    rate_per_hour BIGINT  NOT NULL CONSTRAINT car_rate CHECK (rate_per_hour >= 0),
    currency      TEXT    NOT NULL,
    odometer_km   DOUBLE,
    fuel_percent  DOUBLE,
    -- usable | reported | repair | retired
    condition     TEXT    NOT NULL DEFAULT 'usable',
    created_at    BIGINT  NOT NULL
);

CREATE TABLE booking (
    id            INTEGER NOT NULL PRIMARY KEY,
    car_id        BIGINT  NOT NULL REFERENCES car (id),
    user_id       BIGINT  NOT NULL REFERENCES "user" (id),
    start_at      BIGINT  NOT NULL,
    end_at        BIGINT  NOT NULL,
    -- reserved | ongoing | overdue | finished | cancelled | no_show; the first three are live
    state         TEXT    NOT NULL,
    rate_per_hour BIGINT  NOT NULL,
    price         BIGINT  NOT NULL,
    currency      TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    started_at    BIGINT,
    ended_at      BIGINT,
    -- What the return reported; `verified` is false when the car could not confirm it.
    return_latitude    DOUBLE,
    return_longitude   DOUBLE,
    return_odometer_km DOUBLE,
    return_fuel_percent DOUBLE,
    return_place  TEXT,
    return_note   TEXT,
    return_verified BOOLEAN,
    CONSTRAINT booking_interval CHECK (start_at < end_at)
);
CREATE INDEX booking_live_by_car ON booking (car_id, end_at) WHERE state IN ('reserved', 'ongoing', 'overdue');
CREATE INDEX booking_by_user ON booking (user_id, start_at);
CREATE INDEX booking_by_car ON booking (car_id, start_at);

-- Live bookings of a car never overlap, whoever writes. They are disjoint, so only the first that
-- ends after the new start can be in the way.
CREATE TRIGGER booking_overlap_insert BEFORE INSERT ON booking
WHEN NEW.state IN ('reserved', 'ongoing', 'overdue')
BEGIN
    SELECT RAISE(ABORT, 'conflict:booking_overlap')
    WHERE (SELECT start_at FROM booking
           WHERE car_id = NEW.car_id AND state IN ('reserved', 'ongoing', 'overdue') AND end_at > NEW.start_at
           ORDER BY end_at LIMIT 1) < NEW.end_at;
END;
CREATE TRIGGER booking_overlap_update BEFORE UPDATE OF car_id, start_at, end_at, state ON booking
WHEN NEW.state IN ('reserved', 'ongoing', 'overdue')
BEGIN
    SELECT RAISE(ABORT, 'conflict:booking_overlap')
    WHERE (SELECT start_at FROM booking
           WHERE car_id = NEW.car_id AND state IN ('reserved', 'ongoing', 'overdue') AND end_at > NEW.start_at AND id <> NEW.id
           ORDER BY end_at LIMIT 1) < NEW.end_at;
END;

-- A command sent to a car: accepted -> sent -> done | failed | expired | unknown.
CREATE TABLE car_command (
    id          INTEGER NOT NULL PRIMARY KEY,
    car_id      BIGINT  NOT NULL REFERENCES car (id),
    booking_id  BIGINT  REFERENCES booking (id),
    repair_id   BIGINT  REFERENCES repair (id),
    -- unlock | lock | immobilise | honk
    name        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    nonce       TEXT    NOT NULL UNIQUE,
    -- Who asked, as in audit_event.who.
    who         TEXT    NOT NULL,
    accepted_at BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    settled_at  BIGINT,
    -- Why it failed, as the car said it.
    reason      TEXT
);
CREATE INDEX car_command_by_car ON car_command (car_id, accepted_at);
CREATE INDEX car_command_open ON car_command (state) WHERE state IN ('accepted', 'sent', 'unknown');

CREATE TABLE repair (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    car_id      BIGINT  NOT NULL REFERENCES car (id),
    -- reported | assigned | taken | finished | cancelled; the first three are open
    state       TEXT    NOT NULL,
    fault       TEXT    NOT NULL,
    priority    SMALLINT NOT NULL,
    reported_by TEXT    NOT NULL,
    engineer_id BIGINT  REFERENCES "user" (id),
    note        TEXT,
    created_at  BIGINT  NOT NULL,
    ended_at    BIGINT
);
CREATE INDEX repair_open_by_car ON repair (car_id) WHERE state IN ('reported', 'assigned', 'taken');

-- What an engineer is recognised by at a car: the address of a near-by device, or the hash of a sign-in code.
CREATE TABLE engineer_sign (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT  NOT NULL REFERENCES "user" (id),
    -- device | code
    kind       TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    CONSTRAINT engineer_sign_once UNIQUE (kind, value)
);

-- The first answer to a request id, given again to a retry.
CREATE TABLE request (
    -- Whose id it is: `user:7`, `car:3`, `key:2`, `client:<uuid>`.
    who        TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    -- SHA-256 of command and arguments: the same id for another call is refused.
    call_hash  BLOB   NOT NULL,
    -- CBOR of the answer: {"ok": value} or {"error": {...}}.
    answer     BLOB   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (who, request_id)
);
CREATE INDEX request_by_age ON request (at);

CREATE TABLE audit_event (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      BIGINT  NOT NULL,
    who     TEXT    NOT NULL,
    -- The command or the service that did it.
    what    TEXT    NOT NULL,
    -- `booking:12`, `car:3`, `user:7`; empty when on nothing.
    on_what TEXT    NOT NULL,
    result  TEXT    NOT NULL,
    detail  TEXT
);
CREATE INDEX audit_event_by_subject ON audit_event (on_what, id);

-- Keys of cars, bots and servers, and the admin key. Random, so a plain hash is enough.
CREATE TABLE device_key (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the key.
    key_hash   BLOB    NOT NULL UNIQUE,
    -- car | bot | server | admin
    kind       TEXT    NOT NULL,
    -- The client name it signs in as; for a car, the car's name.
    name       TEXT    NOT NULL,
    car_id     BIGINT  REFERENCES car (id),
    made_by    TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE session_token (
    token_hash BLOB   NOT NULL PRIMARY KEY,
    client_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    user_id    BIGINT REFERENCES "user" (id),
    key_id     BIGINT REFERENCES device_key (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_token_by_expiry ON session_token (expires_at);
CREATE INDEX session_token_by_user ON session_token (user_id, expires_at) WHERE user_id IS NOT NULL;
CREATE INDEX session_token_by_key ON session_token (key_id, expires_at) WHERE key_id IS NOT NULL;
CREATE INDEX session_token_of_guests ON session_token (expires_at) WHERE user_id IS NULL AND key_id IS NULL;

-- Where a person has signed in from before: a guesser elsewhere cannot lock the owner out there.
CREATE TABLE known_source (
    user_id BIGINT NOT NULL REFERENCES "user" (id),
    source  TEXT   NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, source)
);

-- Written by `import` and `admin` beside a running server, which reads on from the last id it saw.
CREATE TABLE outside_change (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- car | user | key
    subject TEXT    NOT NULL,
    subject_id BIGINT NOT NULL,
    at      BIGINT  NOT NULL
);
