-- Puts a user's status in the place of the one that is of that `version`, and answers the position
-- of the write; null if another one has come in between. It takes the lock of presence_write_1, and
-- its place in the same history.
--
-- `shown` is what others see of a user who hides, null for one who does not. One who `hides` by this
-- write leaves their sight at its position: as by mark-offline if they are online, else unchanged
-- (R11; the same as `Hidden::at`). `tells` is what others are to hear of, null for nothing.
CREATE PROCEDURE presence_status_1(
    given BIGINT, live_for BIGINT, who VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise},
    version BIGINT, new_availability VARCHAR(16), words VARCHAR(140) CHARACTER SET utf8mb4,
    new_emoji VARCHAR(32) CHARACTER SET utf8mb4, new_expires_at BIGINT, new_share BOOLEAN,
    hides BOOLEAN, shown TEXT CHARACTER SET utf8mb4, tells TEXT CHARACTER SET utf8mb4
) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE locked, here, arrived, old_version, old_shown_at, old_turned_at BIGINT;
    DECLARE moment, seen, went, newest BIGINT;
    DECLARE was_online BOOLEAN;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    -- A call that was killed has run no handler: what it left behind must not be committed.
    ROLLBACK;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    SELECT l.id INTO locked FROM presence_lock l WHERE l.id = 1 FOR UPDATE;
    IF locked IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'presence_lock is empty';
    END IF;
    SELECT MAX(f.id) INTO here FROM presence_feed f;
    SET here = 1 + GREATEST(
        COALESCE(given, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)), COALESCE(here, 0)
    );
    SET arrived = here DIV 1000;

    -- In this way, for a SELECT INTO without a row is a warning that some drivers stumble over.
    SELECT MAX(s.changed_at), MAX(s.shown_at), MAX(s.turned_at), MAX(s.hidden_at), MAX(s.hidden_last_seen),
        MAX(s.hidden_went)
    INTO old_version, old_shown_at, old_turned_at, moment, seen, went
    FROM user_status s WHERE s.user_id = who;
    IF COALESCE(old_version, 0) <> version THEN
        ROLLBACK;
        SELECT CAST(NULL AS SIGNED);
    ELSE
        IF shown IS NULL AND moment IS NOT NULL THEN
            SET old_turned_at = here;
            -- What others were told is never taken back (R6).
            SELECT MAX(q.last_seen) INTO newest FROM presence q WHERE q.user_id = who;
            IF newest < seen THEN
                UPDATE presence SET last_seen = seen
                WHERE user_id = who AND last_seen = newest ORDER BY session_id DESC LIMIT 1;
            END IF;
        END IF;
        IF shown IS NULL THEN
            SET moment = NULL, seen = NULL, went = NULL;
        ELSEIF hides THEN
            SELECT COALESCE(MAX(p.last_activity) >= arrived - live_for, FALSE), MAX(p.last_seen),
                COALESCE(MAX(GREATEST(
                    COALESCE(p.offline_at * 1000 + 999, 0),
                    CASE WHEN p.last_activity <> 0 THEN (p.last_activity + live_for + 1) * 1000
                        ELSE 0 END
                )), 0)
            INTO was_online, seen, went
            FROM presence p FORCE INDEX (PRIMARY) WHERE p.user_id = who;
            SET moment = arrived;
            IF was_online THEN
                SET seen = arrived, went = arrived * 1000 + 999;
            END IF;
        END IF;

        SET old_shown_at = CASE WHEN shown IS NULL THEN here ELSE COALESCE(old_shown_at, 0) END;
        SET old_turned_at = COALESCE(old_turned_at, 0);
        INSERT INTO user_status (
            user_id, availability, text, emoji, expires_at, share_last_seen, hidden_at,
            hidden_last_seen, hidden_went, hidden_shown, shown_at, turned_at, changed_at
        ) VALUES (
            who, new_availability, words, new_emoji, new_expires_at, new_share, moment, seen, went,
            shown, old_shown_at, old_turned_at, here
        ) ON DUPLICATE KEY UPDATE
            availability = new_availability,
            text = words,
            emoji = new_emoji,
            expires_at = new_expires_at,
            share_last_seen = new_share,
            hidden_at = moment,
            hidden_last_seen = seen,
            hidden_went = went,
            hidden_shown = shown,
            shown_at = old_shown_at,
            turned_at = old_turned_at,
            changed_at = here;
        INSERT INTO presence_feed (id, changed) VALUES (here, CASE
            WHEN tells IS NULL THEN '[]'
            ELSE CONCAT(
                '[{"user_id":', JSON_QUOTE(who), ',"shown":', tells, ',"hidden":', CASE
                    WHEN moment IS NULL THEN 'null'
                    -- Not JSON_OBJECT, which MariaDB has write some of these numbers as strings.
                    ELSE CONCAT('{"at":', moment, ',"last_seen":', COALESCE(seen, 'null'),
                        ',"went":', went, '}')
                END, '}]'
            )
        END);
        COMMIT;
        SELECT here;
    END IF;
END
