CREATE TABLE presence_era (era bigint PRIMARY KEY);
INSERT INTO presence_era VALUES (floor(random() * 4294967296));

-- One row for each write, oldest first: `id` is its position, and `changed` a JSON array of
-- [user_id, session_id, last_activity, stamp, last_seen], of which a later one of the same session
-- counts. Four elements: the session got a mark with this trusted stamp, null without one, and was last
-- seen at this position. Three: a beat, by which it was last seen, unless a fifth says when. Objects
-- are what became of a user's status.
CREATE TABLE presence_feed (id bigint PRIMARY KEY, changed text NOT NULL);
-- Read once by each node and then thrown away: not worth compressing.
ALTER TABLE presence_feed ALTER changed SET STORAGE EXTERNAL;
-- Never empty: whoever finds its last row gone knows that something is wrong.
INSERT INTO presence_feed VALUES (1, '[]');

-- Rules R3 to R6 for one change per user, in one statement: the same as `presence::record`, which
-- the store's tests compare it with. `kinds`: 0 a beat, 1 a mark of one session, 2 a mark of all,
-- which names the empty session. `given` stands in for the clock in tests.
--
-- Writes come one after another, in the order of their positions, because each holds the lock
-- until it is committed. So whoever sees a position has seen all before it, and a write sees what
-- the one before it left. No client holds it across a round trip: a node that stops stops nobody.
CREATE FUNCTION presence_write_1(
    since bigint, given bigint, live_for bigint, skew bigint, max_sessions bigint,
    users text[], sessions text[], kinds bigint[], stamps bigint[]
) RETURNS TABLE (era bigint, id bigint, changed text) LANGUAGE plpgsql
-- A plan is made once, perhaps while the table is empty, and kept: so every look at the table goes
-- by the key, from the arrays, and nothing is left for statistics to decide. Nor is any of it worth
-- compiling, which takes longer than all the rest.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    here bigint;
    arrived bigint;
    horizon bigint;
    marks jsonb;
    written text;
    folded text;
    turned text[];
    surplus record;
    ended record;
BEGIN
    PERFORM pg_advisory_xact_lock(1818326899, 1701147239);
    SELECT greatest(
        coalesce(given, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
        max(f.id)
    ) + 1 INTO here FROM presence_feed f;
    arrived := here / 1000;
    horizon := arrived - live_for;

    -- By user, for a look-up of each: a join of this with all that they wrote would be a loop.
    SELECT jsonb_object_agg(c.u, c.stamp) INTO marks
    FROM unnest(users, kinds, stamps) AS c (u, kind, stamp)
    WHERE c.kind <> 0 AND c.stamp BETWEEN arrived - skew AND arrived + skew;

    WITH change AS (
        SELECT c.u, c.s, c.kind,
            CASE WHEN c.stamp BETWEEN arrived - skew AND arrived + skew THEN c.stamp END AS stamp
        FROM unnest(users, sessions, kinds, stamps) AS c (u, s, kind, stamp)
    ), target AS (
        SELECT c.u, c.s, c.kind = 0 AS beats, c.stamp,
            CASE WHEN c.kind = 0 AND c.stamp <= arrived THEN c.stamp ELSE arrived END AS proven
        FROM change c
        UNION ALL
        SELECT c.u, p.session_id, false, c.stamp, arrived
        FROM change c
        CROSS JOIN LATERAL (
            SELECT q.session_id FROM presence q
            WHERE q.user_id = c.u AND q.session_id <> '' AND q.last_activity >= horizon OFFSET 0
        ) p
        WHERE c.kind = 2
    ), wrote AS (
        INSERT INTO presence AS p (
            user_id, session_id, last_activity, last_seen, online_since, beat_stamp, offline_at,
            offline_mark
        )
        SELECT t.u, t.s,
            CASE WHEN t.beats THEN t.proven ELSE 0 END,
            t.proven,
            CASE WHEN t.beats THEN arrived END,
            CASE WHEN t.beats THEN t.stamp END,
            CASE WHEN NOT t.beats THEN arrived END,
            CASE WHEN NOT t.beats THEN t.stamp END
        FROM target t
        WHERE NOT t.beats OR t.s = '' OR t.stamp IS NULL OR t.stamp >= coalesce((
            SELECT every.offline_mark FROM presence every
            WHERE every.user_id = t.u AND every.session_id = ''
        ), t.stamp)
        ON CONFLICT (user_id, session_id) DO UPDATE SET
            last_activity = CASE
                WHEN excluded.offline_at IS NULL
                    THEN greatest(p.last_activity, excluded.last_activity)
                WHEN p.beat_stamp > excluded.offline_mark
                    THEN least(p.last_activity, p.beat_stamp)
                ELSE 0
            END,
            last_seen = greatest(p.last_seen, excluded.last_seen),
            online_since = CASE
                WHEN excluded.offline_at IS NULL AND p.last_activity < horizon
                    THEN excluded.online_since
                ELSE p.online_since
            END,
            beat_stamp = CASE
                WHEN excluded.offline_at IS NOT NULL THEN p.beat_stamp
                WHEN p.last_activity < horizon THEN excluded.beat_stamp
                ELSE greatest(p.beat_stamp, excluded.beat_stamp)
            END,
            offline_at = greatest(p.offline_at, excluded.offline_at),
            offline_mark = greatest(p.offline_mark, excluded.offline_mark)
        WHERE excluded.offline_at IS NOT NULL OR excluded.beat_stamp IS NULL
            OR p.offline_mark IS NULL OR excluded.beat_stamp >= p.offline_mark
        RETURNING p.user_id, p.session_id, p.last_activity, p.last_seen,
            p.offline_at = arrived AS marked,
            p.online_since = arrived OR p.offline_at = arrived AS turned
    )
    SELECT string_agg(CASE
            WHEN w.marked THEN json_build_array(
                w.user_id, w.session_id, w.last_activity, (marks ->> w.user_id)::bigint
            )
            WHEN w.last_seen > w.last_activity
                THEN json_build_array(w.user_id, w.session_id, w.last_activity, NULL, w.last_seen)
            ELSE json_build_array(w.user_id, w.session_id, w.last_activity)
        END::text, ','),
        array_agg(DISTINCT w.user_id) FILTER (WHERE w.turned)
    INTO written, turned FROM wrote w;

    -- R5, for users with more than one session of whom one came or ended.
    IF turned IS NOT NULL THEN
        SELECT array_agg(crowd.user_id) INTO turned FROM (
            SELECT p.user_id FROM presence p WHERE p.user_id = ANY (turned)
            GROUP BY p.user_id HAVING count(*) > 1
        ) crowd;
    END IF;
    IF turned IS NOT NULL THEN
        FOR surplus IN
            SELECT r.* FROM (
                SELECT p.user_id, p.session_id, p.last_seen, p.online_since, p.offline_mark,
                    first_value(p.session_id) OVER newest_first AS heir,
                    row_number() OVER newest_first AS age
                FROM unnest(users, sessions) AS c (u, s)
                CROSS JOIN LATERAL (
                    SELECT q.* FROM presence q
                    WHERE q.user_id = c.u AND q.last_activity >= horizon OFFSET 0
                ) p
                WHERE c.u = ANY (turned)
                WINDOW newest_first AS (
                    PARTITION BY p.user_id
                    ORDER BY p.last_activity DESC, p.session_id = c.s DESC, p.session_id DESC
                )
            ) r WHERE r.age > max_sessions
        LOOP
            UPDATE presence p SET
                last_seen = greatest(p.last_seen, surplus.last_seen),
                online_since = least(p.online_since, surplus.online_since)
            WHERE p.user_id = surplus.user_id AND p.session_id = surplus.heir;
            -- A mark that may still have to hold back a beat stays.
            IF surplus.offline_mark > arrived - skew THEN
                UPDATE presence p SET last_activity = 0
                WHERE p.user_id = surplus.user_id AND p.session_id = surplus.session_id;
            ELSE
                DELETE FROM presence p
                WHERE p.user_id = surplus.user_id AND p.session_id = surplus.session_id;
            END IF;
            folded := concat_ws(',', folded,
                json_build_array(surplus.user_id, surplus.session_id, 0)::text);
        END LOOP;

        FOR ended IN
            SELECT e.user_id, e.session_id FROM (
                SELECT p.user_id, p.session_id,
                    CASE WHEN p.last_activity = 0 THEN p.last_seen
                        ELSE p.last_activity + live_for END AS ended_at,
                    row_number() OVER (
                        PARTITION BY p.user_id ORDER BY p.last_seen DESC, p.session_id DESC
                    ) AS age
                FROM presence p
                WHERE p.user_id = ANY (turned) AND p.last_activity < horizon
            ) e WHERE e.age > 20 OR e.ended_at < arrived - 2 * live_for
        LOOP
            DELETE FROM presence p
            WHERE p.user_id = ended.user_id AND p.session_id = ended.session_id;
            folded := concat_ws(',', folded, json_build_array(ended.user_id, ended.session_id, 0)::text);
        END LOOP;
    END IF;

    INSERT INTO presence_feed VALUES (here, '[' || concat_ws(',', written, folded) || ']');
    RETURN QUERY
        SELECT e.era, f.id, CASE WHEN f.id > since THEN f.changed END
        FROM presence_feed f, presence_era e WHERE f.id >= since ORDER BY f.id;
END
$$;
