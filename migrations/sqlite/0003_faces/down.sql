DROP TABLE face_erasure;
DROP TABLE face_template;
DROP TABLE face_consent;
DROP TABLE face_consent_text;
DELETE FROM user_group WHERE group_name = 'face_search';
DELETE FROM role WHERE name = 'face_search';
