-- Places: buildings, where people said they are and what they chose, and who went where.

CREATE TABLE building (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    -- The centre of a circle, the centroid of a polygon's outline.
    latitude   DOUBLE NOT NULL CONSTRAINT building_latitude CHECK (latitude BETWEEN -90 AND 90),
    longitude  DOUBLE NOT NULL CONSTRAINT building_longitude CHECK (longitude BETWEEN -180 AND 180),
    -- Of a circle.
    radius_m   DOUBLE,
    -- Of a polygon: JSON of its rings as GeoJSON has them, the outline first.
    rings      TEXT,
    changed_at BIGINT NOT NULL,
    CONSTRAINT building_shape CHECK ((radius_m IS NULL) <> (rings IS NULL))
);

-- Where somebody said they are; written some moments after they said so, and once for all they said meanwhile.
CREATE TABLE person_position (
    user_id     INTEGER NOT NULL PRIMARY KEY REFERENCES "user" (id),
    latitude    DOUBLE  NOT NULL CONSTRAINT person_latitude CHECK (latitude BETWEEN -90 AND 90),
    longitude   DOUBLE  NOT NULL CONSTRAINT person_longitude CHECK (longitude BETWEEN -180 AND 180),
    accuracy_m  DOUBLE,
    said_at     BIGINT  NOT NULL,
    -- Which building that is; it may have been removed since.
    building_id TEXT
);

-- What somebody chose: how far they look, and who sees them.
CREATE TABLE person_visibility (
    user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES "user" (id),
    -- NULL: the standard of the house.
    range_m    DOUBLE,
    -- JSON; see place/rules/visibility.rs.
    visibility TEXT    NOT NULL,
    changed_at BIGINT  NOT NULL
);

-- Somebody went from one building to another, or in or out. Ids of buildings stay when the building goes.
CREATE TABLE movement (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id       BIGINT  NOT NULL REFERENCES "user" (id),
    -- NULL: in no building.
    from_building TEXT,
    to_building   TEXT,
    at            BIGINT  NOT NULL
);
CREATE INDEX movement_by_user ON movement (user_id, at);
CREATE INDEX movement_by_origin ON movement (from_building, at) WHERE from_building IS NOT NULL;
CREATE INDEX movement_by_goal ON movement (to_building, at) WHERE to_building IS NOT NULL;
