DROP TABLE setting;
DROP TABLE sanction;
DROP TABLE user_group;
UPDATE role SET inherits = NULL WHERE name = 'user';
DELETE FROM role WHERE name = 'guest';
