-- What happened from `since` on, in one round trip: one row for each write, the newest alone if there
-- is nothing later than `since`, or that is null. `settled` says whether no write was under way at
-- `here`, by the server's clock: then none will ever get a position up to there that is not among the
-- rows.
CREATE PROCEDURE presence_read_1(since BIGINT) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE settled BOOLEAN;
    DECLARE here, newest, current_era BIGINT;

    -- A write that was killed on this connection has run no handler, and may still hold the lock.
    ROLLBACK;
    -- The lock lasts until the statement ends: no write waits for it longer.
    SELECT (SELECT l.id FROM presence_lock l WHERE l.id = 1 FOR UPDATE SKIP LOCKED) IS NOT NULL,
        CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)
    INTO settled, here;
    -- A statement of its own sees what was committed before it.
    SELECT (SELECT MAX(f.id) FROM presence_feed f), (SELECT MAX(e.era) FROM presence_era e)
    INTO newest, current_era;
    -- Somebody emptied it, or a backup came without it: history begins anew, and nodes notice.
    IF newest IS NULL THEN
        INSERT IGNORE INTO presence_feed VALUES (1, '[]');
        SET newest = 1;
    END IF;
    -- In the order of the key, from one table: anything else makes a temporary one, in a file.
    SELECT settled, here, newest, current_era, f.id, CASE WHEN f.id > since THEN f.changed END
    FROM presence_feed f WHERE f.id >= LEAST(COALESCE(since, newest), newest) ORDER BY f.id;
END
