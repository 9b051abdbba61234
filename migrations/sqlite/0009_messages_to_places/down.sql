DROP INDEX inbox_line_by_message;
CREATE INDEX inbox_line_by_message ON inbox_line (message_id);
DROP TABLE message_waiting;
DROP INDEX message_by_origin;
ALTER TABLE message DROP COLUMN origin;
