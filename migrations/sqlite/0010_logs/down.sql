DROP INDEX message_by_sender_and_time;
DROP INDEX bot_message_by_building;
CREATE INDEX bot_message_by_building ON bot_message (building, id);
DROP INDEX sign_in_event_by_user;
CREATE INDEX sign_in_event_by_user ON sign_in_event (user_id, id);
ALTER TABLE "user" DROP COLUMN erased_at;
