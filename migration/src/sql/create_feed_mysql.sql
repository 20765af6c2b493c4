CREATE TABLE IF NOT EXISTS presence_era (era BIGINT PRIMARY KEY) ENGINE = InnoDB;
INSERT INTO presence_era
SELECT FLOOR(RAND() * 4294967296) FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM presence_era);

-- One row for each write, oldest first: `id` is its position, and `changed` a JSON array of
-- [user_id, session_id, last_activity, stamp, last_seen], of which a later one of the same session
-- counts. Four elements: the session got a mark with this trusted stamp, null without one, and was last
-- seen at this position. Three: a beat, by which it was last seen, unless a fifth says when. Objects
-- are what became of a user's status. The check is for texts that a limit of the server cuts short: the write fails, and no reader.
CREATE TABLE IF NOT EXISTS presence_feed (
    id BIGINT PRIMARY KEY,
    changed LONGTEXT CHARACTER SET utf8mb4 NOT NULL CHECK (JSON_VALID(changed))
) ENGINE = InnoDB;
-- Never empty: whoever finds its last row gone knows that something is wrong.
INSERT IGNORE INTO presence_feed VALUES (1, '[]');

-- Its one row is locked by the write that is under way.
CREATE TABLE IF NOT EXISTS presence_lock (id INT PRIMARY KEY) ENGINE = InnoDB;
INSERT IGNORE INTO presence_lock VALUES (1);

DROP PROCEDURE IF EXISTS presence_write_1;
