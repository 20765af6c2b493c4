CREATE TABLE user_status (
    user_id          text COLLATE "C" PRIMARY KEY,
    availability     text NOT NULL,
    text             text,
    emoji            text,
    expires_at       bigint,
    share_last_seen  boolean NOT NULL,
    hidden_at        bigint,
    hidden_last_seen bigint,
    hidden_went      bigint,
    hidden_shown     text,
    shown_at         bigint NOT NULL,
    turned_at        bigint NOT NULL,
    changed_at       bigint NOT NULL
);

-- Puts a user's status in the place of the one that is of that `version`, and answers the position
-- of the write; null if another one has come in between. It takes the lock of presence_write_1, and
-- its place in the same history.
--
-- `shown` is what others see of a user who hides, null for one who does not. One who `hides` by this
-- write leaves their sight at its position: as by mark-offline if they are online, else unchanged
-- (R11; the same as `Hidden::at`). `tells` is what others are to hear of, null for nothing.
CREATE FUNCTION presence_status_1(
    given bigint, live_for bigint, who text, version bigint, availability text, words text,
    emoji text, expires_at bigint, share_last_seen boolean, hides boolean, shown text, tells text
) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    here bigint;
    arrived bigint;
    old user_status;
    was_online boolean;
    comes_back boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(1818326899, 1701147239);
    SELECT greatest(
        coalesce(given, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
        max(f.id)
    ) + 1 INTO here FROM presence_feed f;
    arrived := here / 1000;

    SELECT s.* INTO old FROM user_status s WHERE s.user_id = who;
    IF coalesce(old.changed_at, 0) <> version THEN
        RETURN NULL;
    END IF;
    comes_back := shown IS NULL AND old.hidden_at IS NOT NULL;
    IF comes_back THEN
        -- What others were told is never taken back (R6).
        UPDATE presence p SET last_seen = old.hidden_last_seen
        WHERE p.user_id = who AND p.last_seen < old.hidden_last_seen AND p.session_id = (
            SELECT q.session_id FROM presence q
            WHERE q.user_id = who ORDER BY q.last_seen DESC, q.session_id DESC LIMIT 1
        );
    END IF;
    IF shown IS NULL THEN
        old.hidden_at := NULL;
        old.hidden_last_seen := NULL;
        old.hidden_went := NULL;
    ELSIF hides THEN
        SELECT coalesce(bool_or(p.last_activity >= arrived - live_for), false), max(p.last_seen),
            max(greatest(
                p.offline_at * 1000 + 999,
                CASE WHEN p.last_activity <> 0 THEN (p.last_activity + live_for + 1) * 1000 END
            ))
        INTO was_online, old.hidden_last_seen, old.hidden_went
        FROM presence p WHERE p.user_id = who;
        old.hidden_at := arrived;
        IF was_online THEN
            old.hidden_last_seen := arrived;
            old.hidden_went := arrived * 1000 + 999;
        END IF;
        old.hidden_went := coalesce(old.hidden_went, 0);
    END IF;

    INSERT INTO user_status (
        user_id, availability, text, emoji, expires_at, share_last_seen, hidden_at,
        hidden_last_seen, hidden_went, hidden_shown, shown_at, turned_at, changed_at
    ) VALUES (
        who, availability, words, emoji, expires_at, share_last_seen, old.hidden_at,
        old.hidden_last_seen, old.hidden_went, shown,
        CASE WHEN shown IS NULL THEN here ELSE coalesce(old.shown_at, 0) END,
        CASE WHEN comes_back THEN here ELSE coalesce(old.turned_at, 0) END,
        here
    ) ON CONFLICT (user_id) DO UPDATE SET
        availability = excluded.availability,
        text = excluded.text,
        emoji = excluded.emoji,
        expires_at = excluded.expires_at,
        share_last_seen = excluded.share_last_seen,
        hidden_at = excluded.hidden_at,
        hidden_last_seen = excluded.hidden_last_seen,
        hidden_went = excluded.hidden_went,
        hidden_shown = excluded.hidden_shown,
        shown_at = excluded.shown_at,
        turned_at = excluded.turned_at,
        changed_at = excluded.changed_at;

    INSERT INTO presence_feed VALUES (here, CASE
        WHEN tells IS NULL THEN '[]'
        ELSE json_build_array(json_build_object(
            'user_id', who,
            'shown', tells::json,
            'hidden', CASE WHEN old.hidden_at IS NOT NULL THEN json_build_object(
                'at', old.hidden_at,
                'last_seen', old.hidden_last_seen,
                'went', old.hidden_went
            ) END
        ))::text
    END);
    RETURN here;
END
$$;

-- Erases every row of a user, of both tables. What is left is an empty status, so that a node that
-- starts can tell those who follow; it goes when nobody can be following from before. Answers the
-- position of the write; null if there was nothing to erase.
CREATE FUNCTION presence_erase_1(given bigint, who text) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    here bigint;
    ended text;
BEGIN
    PERFORM pg_advisory_xact_lock(1818326899, 1701147239);
    SELECT greatest(
        coalesce(given, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
        max(f.id)
    ) + 1 INTO here FROM presence_feed f;

    WITH gone AS (DELETE FROM presence p WHERE p.user_id = who RETURNING p.session_id)
    SELECT string_agg(json_build_array(who, g.session_id, 0)::text, ',') INTO ended FROM gone g;
    IF ended IS NULL AND NOT EXISTS (SELECT 1 FROM user_status s WHERE s.user_id = who) THEN
        RETURN NULL;
    END IF;
    DELETE FROM user_status s WHERE s.user_id = who;
    INSERT INTO user_status (user_id, availability, share_last_seen, shown_at, turned_at, changed_at)
    VALUES (who, 'available', true, here, here, here);

    INSERT INTO presence_feed VALUES (here, '[' || concat_ws(',', ended,
        json_build_object('user_id', who, 'shown', NULL, 'hidden', NULL)::text) || ']');
    RETURN here;
END
$$;
