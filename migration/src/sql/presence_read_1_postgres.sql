-- What happened from `since` on, in one round trip: one row for each write, the newest alone if there
-- is nothing later than `since`, or that is null. `settled` says whether no write was under way at
-- `here`, by the server's clock: then none will ever get a position up to there that is not among the
-- rows.
CREATE FUNCTION presence_read_1(since bigint)
RETURNS TABLE (settled boolean, here bigint, newest bigint, era bigint, id bigint, changed text)
LANGUAGE plpgsql
-- As presence_write_1: nothing is left for statistics to decide.
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_variable
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'Lastseen needs another isolation level: ALTER ROLE % SET '
            'default_transaction_isolation = ''read committed''', quote_ident(current_user);
    END IF;
    BEGIN
        settled := pg_try_advisory_xact_lock_shared(1818326899, 1701147239);
        here := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
        -- The lock goes with whatever this block did: no write waits for rows on their way to a node.
        RAISE EXCEPTION USING ERRCODE = 'LS001';
    EXCEPTION WHEN SQLSTATE 'LS001' THEN
    END;
    -- A statement of its own sees what was committed before it, at that isolation level.
    SELECT max(f.id), (SELECT max(e.era) FROM presence_era e) INTO newest, era FROM presence_feed f;
    -- Somebody emptied it, or a backup came without it: history begins anew, and nodes notice.
    IF newest IS NULL THEN
        INSERT INTO presence_feed VALUES (1, '[]') ON CONFLICT DO NOTHING;
        newest := 1;
    END IF;
    RETURN QUERY
        SELECT settled, here, newest, era, f.id, CASE WHEN f.id > since THEN f.changed END
        FROM presence_feed f WHERE f.id >= least(since, newest) ORDER BY f.id;
END
$$;
