-- Logs: read from their newest end by person and by building, and nothing is written of somebody who was erased.

-- Since when the account is nobody's.
ALTER TABLE "user" ADD COLUMN erased_at BIGINT;
UPDATE "user" SET erased_at = created_at
    WHERE disabled AND username = 'erased-' || id AND email = '' AND password_hash IS NULL AND pin_hash IS NULL;

DROP INDEX sign_in_event_by_user;
CREATE INDEX sign_in_event_by_user ON sign_in_event (user_id, at);
DROP INDEX bot_message_by_building;
CREATE INDEX bot_message_by_building ON bot_message (building, at);
CREATE INDEX message_by_sender_and_time ON message (sender_id, sent_at) WHERE sender_id IS NOT NULL;
