DROP TABLE movement;
DROP TABLE person_visibility;
DROP TABLE person_position;
DROP TABLE building;
