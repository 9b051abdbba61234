-- Faces: who agreed to what, the sealed templates, and the receipts of their erasure. The keys are not here.

-- Whoever holds it may search a picture among all faces; no role brings it.
INSERT INTO role (name, inherits) VALUES ('face_search', 'user');

-- A text that somebody agreed to, as it stood then.
CREATE TABLE face_consent_text (
    -- The beginning of its SHA-256.
    version  TEXT   NOT NULL PRIMARY KEY,
    text     TEXT   NOT NULL,
    first_at BIGINT NOT NULL
);

CREATE TABLE face_consent (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      BIGINT  NOT NULL REFERENCES "user" (id),
    text_version TEXT    NOT NULL REFERENCES face_consent_text (version),
    given_at     BIGINT  NOT NULL,
    -- Through whom, as in audit_event.who: the person, or the operator who took it down.
    given_by     TEXT    NOT NULL,
    -- What proved that it was the person: password | pin
    proof        TEXT    NOT NULL,
    withdrawn_at BIGINT,
    withdrawn_by TEXT
);
CREATE INDEX face_consent_by_user ON face_consent (user_id, id);

CREATE TABLE face_template (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id         BIGINT  NOT NULL REFERENCES "user" (id),
    -- The key in the key store that opens it.
    key_id          BIGINT  NOT NULL,
    nonce           BLOB    NOT NULL,
    sealed          BLOB    NOT NULL,
    model           TEXT    NOT NULL,
    made_at         BIGINT  NOT NULL,
    -- By whom, as in audit_event.who.
    made_by         TEXT    NOT NULL,
    -- When a face was last recognised by one of the person's templates.
    matched_at      BIGINT,
    sharpness       FLOAT   NOT NULL,
    brightness      FLOAT   NOT NULL,
    face_pixels     INTEGER NOT NULL
);
CREATE INDEX face_template_by_user ON face_template (user_id, id);

-- What was erased; `key_destroyed_at` is empty while the key still has to go.
CREATE TABLE face_erasure (
    id               INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    receipt          TEXT    NOT NULL UNIQUE,
    user_id          BIGINT  NOT NULL REFERENCES "user" (id),
    -- How many templates it took.
    templates        INTEGER NOT NULL,
    key_id           BIGINT,
    -- Of the key's slot as it was before it was overwritten.
    key_fingerprint  TEXT,
    erased_at        BIGINT  NOT NULL,
    erased_by        TEXT    NOT NULL,
    key_destroyed_at BIGINT
);
CREATE INDEX face_erasure_by_user ON face_erasure (user_id, id);
CREATE INDEX face_erasure_open ON face_erasure (id) WHERE key_destroyed_at IS NULL;
