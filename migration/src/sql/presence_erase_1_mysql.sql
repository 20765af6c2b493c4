-- Erases every row of a user, of both tables. What is left is an empty status, so that a node that
-- starts can tell those who follow; it goes when nobody can be following from before. Answers the
-- position of the write; null if there was nothing to erase.
CREATE PROCEDURE presence_erase_1(
    given BIGINT, who VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise}
) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE locked, here, known BIGINT;
    DECLARE ended LONGTEXT CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    -- The most that MariaDB takes.
    SET SESSION group_concat_max_len = 1073741824;
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

    SELECT GROUP_CONCAT(JSON_ARRAY(p.user_id, p.session_id, 0)) INTO ended
    FROM presence p FORCE INDEX (PRIMARY) WHERE p.user_id = who;
    SELECT COUNT(*) INTO known FROM user_status s WHERE s.user_id = who;
    IF ended IS NULL AND known = 0 THEN
        ROLLBACK;
        SELECT CAST(NULL AS SIGNED);
    ELSE
        DELETE FROM presence WHERE user_id = who;
        DELETE FROM user_status WHERE user_id = who;
        INSERT INTO user_status (
            user_id, availability, share_last_seen, shown_at, turned_at, changed_at
        ) VALUES (who, 'available', TRUE, here, here, here);
        INSERT INTO presence_feed (id, changed) VALUES (here, CONCAT('[', CONCAT_WS(',', ended,
            CONCAT('{"user_id":', JSON_QUOTE(who), ',"shown":null,"hidden":null}')), ']'));
        COMMIT;
        SELECT here;
    END IF;
END
