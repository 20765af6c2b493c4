-- Rules R3 to R6 for one change per user: the same as `presence::record`, which the store's tests
-- compare it with. `changes` is a JSON array of [user_id, session_id, kind, stamp], of kind 0 for a
-- beat, 1 for a mark of one session, 2 for a mark of all, which names the empty session. `given`
-- stands in for the clock in tests.
--
-- Writes come one after another, in the order of their positions, because each holds the lock
-- until it is committed. So whoever sees a position has seen all before it, and a write sees what
-- the one before it left. No client holds it across a round trip: a node that stops stops nobody.
CREATE PROCEDURE presence_write_1(
    since BIGINT, given BIGINT, live_for BIGINT, skew BIGINT, max_sessions BIGINT,
    changes LONGTEXT CHARACTER SET utf8mb4
) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE locked, current_era, newest, here, arrived, horizon BIGINT;
    DECLARE written, told, turned, crowd, surplus, folded, forgotten LONGTEXT CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    -- The most that MariaDB takes.
    SET SESSION group_concat_max_len = 1073741824;
    -- A call that was killed has run no handler: what it left behind must not be committed.
    ROLLBACK;
    -- Each statement sees what is committed, and locks no gap between rows.
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    SELECT l.id INTO locked FROM presence_lock l WHERE l.id = 1 FOR UPDATE;
    IF locked IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'presence_lock is empty';
    END IF;
    SELECT MAX(f.id) INTO newest FROM presence_feed f;
    -- Not NOW, which is when the wait for the lock began.
    SET here = 1 + GREATEST(
        COALESCE(given, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)), COALESCE(newest, 0)
    );
    SET arrived = here DIV 1000;
    SET horizon = arrived - live_for;

    -- What becomes of whom, from one look at each row: the new rows, what is told of them, and who
    -- came or ended. A beat that a mark overtook tells what was known before.
    SELECT STRAIGHT_JOIN
        GROUP_CONCAT(CASE WHEN NOT n.overtaken THEN JSON_ARRAY(
            n.u, n.s, n.last_activity, n.last_seen, n.online_since, n.beat_stamp, n.offline_at,
            n.offline_mark
        ) END),
        GROUP_CONCAT(CASE
            WHEN n.overtaken THEN JSON_ARRAY(n.u, n.s, n.known)
            WHEN n.beats AND n.last_seen > n.last_activity
                THEN JSON_ARRAY(n.u, n.s, n.last_activity, NULL, n.last_seen)
            WHEN n.beats THEN JSON_ARRAY(n.u, n.s, n.last_activity)
            ELSE JSON_ARRAY(n.u, n.s, n.last_activity, n.stamp)
        END),
        GROUP_CONCAT(CASE
            WHEN n.named AND NOT n.overtaken
                    AND (n.online_since = arrived OR n.offline_at = arrived)
                THEN JSON_ARRAY(n.u, n.s)
        END)
    INTO written, told, turned
    FROM (
        SELECT STRAIGHT_JOIN t.u, t.s, t.beats, t.stamp, t.named, p.last_activity AS known,
            t.beats AND (
                COALESCE(t.stamp < p.offline_mark, FALSE)
                OR COALESCE(t.stamp < every.offline_mark, FALSE)
            ) AS overtaken,
            CASE
                WHEN t.beats THEN GREATEST(COALESCE(p.last_activity, 0), t.proven)
                WHEN p.beat_stamp > t.stamp THEN LEAST(p.last_activity, p.beat_stamp)
                ELSE 0
            END AS last_activity,
            GREATEST(COALESCE(p.last_seen, 0), t.proven) AS last_seen,
            CASE
                WHEN t.beats AND COALESCE(p.last_activity < horizon, TRUE) THEN arrived
                ELSE p.online_since
            END AS online_since,
            CASE
                WHEN NOT t.beats THEN p.beat_stamp
                WHEN COALESCE(p.last_activity < horizon, TRUE) THEN t.stamp
                ELSE COALESCE(GREATEST(p.beat_stamp, t.stamp), p.beat_stamp, t.stamp)
            END AS beat_stamp,
            CASE
                WHEN t.beats THEN p.offline_at
                ELSE GREATEST(COALESCE(p.offline_at, 0), arrived)
            END AS offline_at,
            CASE
                WHEN t.beats THEN p.offline_mark
                ELSE COALESCE(GREATEST(p.offline_mark, t.stamp), p.offline_mark, t.stamp)
            END AS offline_mark
        FROM (
            SELECT c.u, c.s, c.beats, c.stamp, TRUE AS named,
                CASE WHEN c.beats AND c.stamp <= arrived THEN c.stamp ELSE arrived END AS proven,
                CASE WHEN c.beats AND c.s <> '' AND c.stamp IS NOT NULL THEN c.u END AS marked
            FROM (
                SELECT j.u, j.s, j.kind = 0 AS beats,
                    CASE WHEN j.stamp BETWEEN arrived - skew AND arrived + skew THEN j.stamp END
                        AS stamp
                FROM JSON_TABLE(changes, '$[*]' COLUMNS (
                    u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                    s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]',
                    kind INT PATH '$[2]',
                    stamp BIGINT PATH '$[3]'
                )) j
            ) c
            UNION ALL
            SELECT STRAIGHT_JOIN c.u, p.session_id, FALSE,
                CASE WHEN c.stamp BETWEEN arrived - skew AND arrived + skew THEN c.stamp END,
                FALSE, arrived, NULL
            FROM JSON_TABLE(changes, '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                kind INT PATH '$[2]',
                stamp BIGINT PATH '$[3]'
            )) c
            JOIN presence p FORCE INDEX (PRIMARY) ON p.user_id = c.u
            WHERE c.kind = 2 AND p.session_id <> '' AND p.last_activity >= horizon
        ) t
        LEFT JOIN presence p FORCE INDEX (PRIMARY) ON p.user_id = t.u AND p.session_id = t.s
        LEFT JOIN presence every FORCE INDEX (PRIMARY)
            ON every.user_id = t.marked AND every.session_id = ''
    ) n
    WHERE NOT n.overtaken OR n.known IS NOT NULL;

    IF written IS NOT NULL THEN
        INSERT INTO presence (
            user_id, session_id, last_activity, last_seen, online_since, beat_stamp, offline_at,
            offline_mark
        )
        SELECT n.u, n.s, n.last_activity, n.last_seen, n.online_since, n.beat_stamp, n.offline_at,
            n.offline_mark
        FROM JSON_TABLE(CONCAT('[', written, ']'), '$[*]' COLUMNS (
            u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
            s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]',
            last_activity BIGINT PATH '$[2]',
            last_seen BIGINT PATH '$[3]',
            online_since BIGINT PATH '$[4]',
            beat_stamp BIGINT PATH '$[5]',
            offline_at BIGINT PATH '$[6]',
            offline_mark BIGINT PATH '$[7]'
        )) n
        ON DUPLICATE KEY UPDATE
            last_activity = n.last_activity,
            last_seen = n.last_seen,
            online_since = n.online_since,
            beat_stamp = n.beat_stamp,
            offline_at = n.offline_at,
            offline_mark = n.offline_mark;
    END IF;

    -- R5, for users with more than one session of whom one came or ended.
    IF turned IS NOT NULL THEN
        SELECT GROUP_CONCAT(JSON_ARRAY(g.u, g.s)) INTO crowd
        FROM (
            SELECT STRAIGHT_JOIN c.u, c.s
            FROM JSON_TABLE(CONCAT('[', turned, ']'), '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]'
            )) c
            JOIN presence p FORCE INDEX (PRIMARY) ON p.user_id = c.u
            GROUP BY c.u, c.s HAVING COUNT(*) > 1
        ) g;
    END IF;
    IF crowd IS NOT NULL THEN
        SET crowd = CONCAT('[', crowd, ']');

        -- Live sessions, oldest last. Those beyond the limit are folded into the first.
        SELECT GROUP_CONCAT(JSON_ARRAY(r.user_id, r.session_id, r.heir, r.last_seen, r.online_since)),
            GROUP_CONCAT(JSON_ARRAY(r.user_id, r.session_id, 0))
        INTO surplus, folded
        FROM (
            SELECT STRAIGHT_JOIN p.user_id, p.session_id, p.last_seen, p.online_since,
                FIRST_VALUE(p.session_id) OVER newest_first AS heir,
                ROW_NUMBER() OVER newest_first AS age
            FROM JSON_TABLE(crowd, '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]'
            )) c
            JOIN presence p FORCE INDEX (PRIMARY) ON p.user_id = c.u
            WHERE p.last_activity >= horizon
            WINDOW newest_first AS (
                PARTITION BY p.user_id
                ORDER BY p.last_activity DESC, p.session_id = c.s DESC, p.session_id DESC
            )
        ) r
        WHERE r.age > max_sessions;
        IF surplus IS NOT NULL THEN
            SET surplus = CONCAT('[', surplus, ']');
            UPDATE (
                SELECT s.u, s.heir, MAX(s.last_seen) AS last_seen, MIN(s.online_since) AS online_since
                FROM JSON_TABLE(surplus, '$[*]' COLUMNS (
                    u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                    heir VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[2]',
                    last_seen BIGINT PATH '$[3]',
                    online_since BIGINT PATH '$[4]'
                )) s
                GROUP BY s.u, s.heir
            ) s STRAIGHT_JOIN presence p FORCE INDEX (PRIMARY)
                ON p.user_id = s.u AND p.session_id = s.heir
            SET p.last_seen = GREATEST(p.last_seen, s.last_seen),
                p.online_since = LEAST(p.online_since, s.online_since);
            -- Marks that may still have to hold back a beat stay.
            UPDATE JSON_TABLE(surplus, '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]'
            )) s STRAIGHT_JOIN presence p FORCE INDEX (PRIMARY)
                ON p.user_id = s.u AND p.session_id = s.s
            SET p.last_activity = 0
            WHERE p.offline_mark > arrived - skew;
            DELETE p FROM JSON_TABLE(surplus, '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]'
            )) s STRAIGHT_JOIN presence p FORCE INDEX (PRIMARY)
                ON p.user_id = s.u AND p.session_id = s.s
            WHERE (p.offline_mark > arrived - skew) IS NOT TRUE;
        END IF;

        SELECT GROUP_CONCAT(JSON_ARRAY(e.user_id, e.session_id, 0)) INTO forgotten
        FROM (
            SELECT STRAIGHT_JOIN p.user_id, p.session_id,
                CASE
                    WHEN p.last_activity = 0 THEN p.last_seen
                    ELSE p.last_activity + live_for
                END AS ended_at,
                ROW_NUMBER() OVER (
                    PARTITION BY p.user_id ORDER BY p.last_seen DESC, p.session_id DESC
                ) AS age
            FROM JSON_TABLE(crowd, '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]'
            )) c
            JOIN presence p FORCE INDEX (PRIMARY) ON p.user_id = c.u
            WHERE p.last_activity < horizon
        ) e
        WHERE e.age > 20 OR e.ended_at < arrived - 2 * live_for;
        IF forgotten IS NOT NULL THEN
            DELETE p FROM JSON_TABLE(CONCAT('[', forgotten, ']'), '$[*]' COLUMNS (
                u VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[0]',
                s VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} PATH '$[1]'
            )) f STRAIGHT_JOIN presence p FORCE INDEX (PRIMARY)
                ON p.user_id = f.u AND p.session_id = f.s;
        END IF;
    END IF;

    INSERT INTO presence_feed (id, changed)
    VALUES (here, CONCAT('[', CONCAT_WS(',', told, folded, forgotten), ']'));
    COMMIT;
    SELECT MAX(e.era) INTO current_era FROM presence_era e;
    SELECT current_era, f.id, CASE WHEN f.id > since THEN f.changed END
    FROM presence_feed f WHERE f.id BETWEEN since AND here ORDER BY f.id;
END
