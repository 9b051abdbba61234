DROP TABLE file_offer;
DROP TABLE upload;
DROP TABLE file;
