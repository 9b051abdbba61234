-- When each person was last seen. Nobody is online because of a row here: that follows from open sessions alone.

CREATE TABLE presence (
    user_id   BIGINT  NOT NULL PRIMARY KEY REFERENCES "user" (id),
    -- The end of the last session; while the person is online, when they came.
    seen_at   BIGINT  NOT NULL,
    -- Whether the person was online when this was written: a start then takes the instant the server was last known to live.
    is_online BOOLEAN NOT NULL
);
CREATE INDEX presence_online ON presence (user_id) WHERE is_online;
