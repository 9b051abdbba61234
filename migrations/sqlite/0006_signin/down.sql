DROP TABLE provider_grant;
DROP TABLE provider_identity;
DROP TABLE one_time_code;
DROP TABLE sign_in_event;
CREATE TABLE session_token_plain (
    token_hash BLOB   NOT NULL PRIMARY KEY,
    client_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    user_id    BIGINT REFERENCES "user" (id),
    key_id     BIGINT REFERENCES device_key (id),
    expires_at BIGINT NOT NULL
);
INSERT INTO session_token_plain SELECT token_hash, client_id, name, kind, user_id, key_id, expires_at FROM session_token;
DROP TABLE session_token;
ALTER TABLE session_token_plain RENAME TO session_token;
CREATE INDEX session_token_by_expiry ON session_token (expires_at);
CREATE INDEX session_token_by_user ON session_token (user_id, expires_at) WHERE user_id IS NOT NULL;
CREATE INDEX session_token_by_key ON session_token (key_id, expires_at) WHERE key_id IS NOT NULL;
CREATE INDEX session_token_of_guests ON session_token (expires_at) WHERE user_id IS NULL AND key_id IS NULL;
