-- Messages to places: as many at once as one message may reach, the others wait for their line; nobody has two lines of one.

-- What made a message, where that must not be made twice: bot:17.
ALTER TABLE message ADD COLUMN origin TEXT;
CREATE UNIQUE INDEX message_by_origin ON message (origin) WHERE origin IS NOT NULL;

-- Who is still to get a line of a message. Written with the message, emptied in pieces.
CREATE TABLE message_waiting (
    message_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    PRIMARY KEY (message_id, user_id)
) WITHOUT ROWID;
CREATE INDEX message_waiting_by_user ON message_waiting (user_id);

DROP INDEX inbox_line_by_message;
CREATE UNIQUE INDEX inbox_line_by_message ON inbox_line (message_id, user_id);
