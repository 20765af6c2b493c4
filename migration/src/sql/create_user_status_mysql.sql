CREATE TABLE IF NOT EXISTS user_status (
    user_id          VARCHAR(128) CHARACTER SET utf8mb4 COLLATE {bytewise} NOT NULL PRIMARY KEY,
    availability     VARCHAR(16) NOT NULL,
    text             VARCHAR(140) CHARACTER SET utf8mb4,
    emoji            VARCHAR(32) CHARACTER SET utf8mb4,
    expires_at       BIGINT,
    share_last_seen  BOOLEAN NOT NULL,
    hidden_at        BIGINT,
    hidden_last_seen BIGINT,
    hidden_went      BIGINT,
    hidden_shown     TEXT CHARACTER SET utf8mb4,
    shown_at         BIGINT NOT NULL,
    turned_at        BIGINT NOT NULL,
    changed_at       BIGINT NOT NULL
) ENGINE = InnoDB;
DROP PROCEDURE IF EXISTS presence_status_1;
DROP PROCEDURE IF EXISTS presence_erase_1;
