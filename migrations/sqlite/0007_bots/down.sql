DROP TABLE webhook_delivery;
DROP TABLE webhook;
DROP TABLE bot_message;
DROP TABLE bot_schedule;
DROP TABLE bot;
