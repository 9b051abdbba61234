-- Signing in: sessions that can be told apart, codes that are good once, people of providers, and the log of sign-ins.

-- A token is a session: it has a number, a beginning, a last use and a place it was begun from.
CREATE TABLE session_token_numbered (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the token.
    token_hash BLOB   NOT NULL UNIQUE,
    client_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    user_id    BIGINT REFERENCES "user" (id),
    key_id     BIGINT REFERENCES device_key (id),
    expires_at BIGINT NOT NULL,
    -- However much it is used, it ends here; NULL: use prolongs it.
    ends_at    BIGINT,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    -- password | key | guest | beside | `provider:<name>`; `earlier` for those from before there were numbers.
    how        TEXT   NOT NULL,
    -- What the client said it runs.
    software   TEXT   NOT NULL,
    -- Where it was begun from.
    address    TEXT   NOT NULL
);
INSERT INTO session_token_numbered
    (token_hash, client_id, name, kind, user_id, key_id, expires_at, created_at, used_at, how, software, address)
    SELECT token_hash, client_id, name, kind, user_id, key_id, expires_at,
           expires_at - 604800000000, expires_at - 604800000000, 'earlier', '', ''
    FROM session_token;
DROP TABLE session_token;
ALTER TABLE session_token_numbered RENAME TO session_token;
-- The session that this one was begun from, by its token: it ends with that. Added last, since a table cannot refer to
-- a name that is still another's.
ALTER TABLE session_token ADD COLUMN parent BIGINT REFERENCES session_token (id) ON DELETE CASCADE;
CREATE INDEX session_token_by_expiry ON session_token (expires_at);
CREATE INDEX session_token_by_user ON session_token (user_id, expires_at) WHERE user_id IS NOT NULL;
CREATE INDEX session_token_by_key ON session_token (key_id, expires_at) WHERE key_id IS NOT NULL;
CREATE INDEX session_token_by_parent ON session_token (parent) WHERE parent IS NOT NULL;
CREATE INDEX session_token_of_guests ON session_token (expires_at) WHERE user_id IS NULL AND key_id IS NULL;

-- The sign-ins and sign-outs of people, and what was refused to somebody who used their name.
CREATE TABLE sign_in_event (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      BIGINT  NOT NULL,
    user_id BIGINT  NOT NULL REFERENCES "user" (id),
    -- in | out | refused
    what    TEXT    NOT NULL,
    -- in and refused: password | `provider:<name>`; out: self | elsewhere | operator | password | provider
    how     TEXT    NOT NULL,
    -- Where from; empty where nobody was there.
    address TEXT    NOT NULL,
    -- ok, or the code of the refusal.
    outcome TEXT    NOT NULL
);
CREATE INDEX sign_in_event_by_user ON sign_in_event (user_id, id);

-- Codes that are good once: an invitation to sign up, or a new password for somebody who forgot theirs.
CREATE TABLE one_time_code (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the code.
    code_hash  BLOB    NOT NULL UNIQUE,
    -- invitation | reset
    purpose    TEXT    NOT NULL,
    -- The role an invitation gives.
    role       TEXT,
    -- Whose password a reset is for.
    user_id    BIGINT  REFERENCES "user" (id),
    -- What an operator noted about it.
    note       TEXT    NOT NULL,
    made_by    TEXT    NOT NULL,
    made_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX one_time_code_by_end ON one_time_code (expires_at);
CREATE INDEX one_time_code_by_user ON one_time_code (user_id) WHERE user_id IS NOT NULL;

-- Who somebody is for a provider: never their name, always issuer and subject.
CREATE TABLE provider_identity (
    -- The name the configuration gives the provider.
    provider  TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    -- The issuer that name stood for when they first came.
    issuer    TEXT   NOT NULL,
    user_id   BIGINT NOT NULL REFERENCES "user" (id),
    linked_at BIGINT NOT NULL,
    seen_at   BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX provider_identity_by_user ON provider_identity (user_id);

-- What a provider gave for a session: it goes with the session.
CREATE TABLE provider_grant (
    session_id   BIGINT NOT NULL PRIMARY KEY REFERENCES session_token (id) ON DELETE CASCADE,
    provider     TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    -- The provider's own number of its session.
    sid          TEXT,
    -- Refresh token and id token, sealed under a key beside the database.
    sealed       BLOB   NOT NULL,
    -- When the groups are to be read again; NULL: not before the next sign-in.
    refresh_at   BIGINT,
    -- Since when that has failed.
    failed_since BIGINT
);
CREATE INDEX provider_grant_due ON provider_grant (refresh_at) WHERE refresh_at IS NOT NULL;
CREATE INDEX provider_grant_by_subject ON provider_grant (provider, subject);
