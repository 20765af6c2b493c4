//! What a session says first: so it does not matter what the server, the database or the role has
//! for a default.

/// For PostgreSQL. What is only read is left alone: an administrator may mean it.
pub(super) const POSTGRES: &str = "
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    SET default_transaction_isolation = 'read committed';
    SET default_transaction_deferrable = off;
    SET standard_conforming_strings = on";

/// For MySQL and MariaDB: the modes that the procedures are written for, a commit after each
/// statement, and no limit that cuts short what a statement reads, changes or takes. MariaDB alone
/// reads `/*M!`, MySQL alone `/*!50799`.
pub(super) const MYSQL: &str = "
    SET NAMES utf8mb4;
    SET SESSION autocommit = 1, time_zone = '+00:00', completion_type = 0,
        sql_mode = 'STRICT_TRANS_TABLES,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION',
        sql_safe_updates = 0, sql_select_limit = DEFAULT, sql_big_selects = 1
        /*M!, max_statement_time = 0 */ /*!50799, max_execution_time = 0 */;
    SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ";
