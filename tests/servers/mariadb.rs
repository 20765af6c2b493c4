//! MariaDB with settings that are not the usual ones.

use testbed::{Durability, MariaDb};

use super::{as_user, name, refusal, serves, tell};
use crate::support::Cluster;

#[tokio::test]
async fn what_a_session_can_set_for_itself_does_not_matter() {
    for modes in [
        "ORACLE,NO_ZERO_DATE,NO_ZERO_IN_DATE,ONLY_FULL_GROUP_BY,TRADITIONAL",
        "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH,IGNORE_SPACE",
        "",
    ] {
        let mode = format!("--sql-mode={modes}");
        let options = [
            &mode,
            "--autocommit=0",
            "--transaction-isolation=SERIALIZABLE",
            "--character-set-server=latin1",
            "--collation-server=latin1_german1_ci",
            "--lower-case-table-names=1",
            "--init-connect=SET SESSION sql_safe_updates = 1, sql_select_limit = 1",
            "--group-concat-max-len=4",
            "--default-time-zone=+05:45",
            "--completion-type=2",
        ];
        let server = MariaDb::start_with(Durability::Fast, &options);
        let url = server.create_database();
        let grant = format!("GRANT ALL ON {}.* TO app@'127.0.0.1'", name(&url));
        tell(&url, &["CREATE USER app@'127.0.0.1'", &grant]).await;
        serves(&as_user(&url, "app")).await;
    }
}

#[tokio::test]
async fn a_binary_log_of_statements_refuses_the_start() {
    let options = ["--log-bin=log", "--binlog-format=STATEMENT", "--server-id=1"];
    let server = MariaDb::start_with(Durability::Fast, &options);
    let url = server.create_database();
    let refused = refusal(&url).await;
    assert!(refused.contains("SET GLOBAL binlog_format = 'ROW'"), "{refused}");
    tell(&url, &["SET GLOBAL binlog_format = 'ROW'"]).await;
    serves(&url).await;
}

#[tokio::test]
async fn a_server_that_takes_no_writes_refuses_the_start() {
    let server = MariaDb::start(Durability::Fast);
    let url = server.create_database();
    let grant = format!("GRANT ALL ON {}.* TO app@'127.0.0.1'", name(&url));
    tell(&url, &["CREATE USER app@'127.0.0.1'", &grant]).await;
    let url = as_user(&url, "app");
    drop(Cluster::at(&url, &[]).node().await);
    tell(&server.url(), &["SET GLOBAL read_only = 1"]).await;
    let refused = refusal(&url).await;
    assert!(refused.contains("read_only = OFF"), "{refused}");
    tell(&server.url(), &["SET GLOBAL read_only = 0", "SET GLOBAL TRANSACTION READ ONLY"]).await;
    let refused = refusal(&url).await;
    assert!(refused.contains("TRANSACTION READ WRITE"), "{refused}");
}

#[tokio::test]
async fn a_missing_right_refuses_the_start_with_the_grant_that_helps() {
    let server = MariaDb::start(Durability::Fast);
    let url = server.create_database();
    drop(Cluster::at(&url, &[]).node().await);
    let app = as_user(&url, "app");
    for missing in ["INSERT", "DELETE", "UPDATE", "EXECUTE"] {
        let rights = ["SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"];
        let rights: Vec<_> = rights.into_iter().filter(|right| *right != missing).collect();
        let grant = format!("GRANT {} ON {}.* TO app@'127.0.0.1'", rights.join(", "), name(&url));
        tell(&url, &["CREATE OR REPLACE USER app@'127.0.0.1'", &grant]).await;
        let refused = refusal(&app).await;
        assert!(refused.contains("denied") && refused.contains("GRANT"), "{missing}: {refused}");
    }
    let grant = format!("GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON {}.*", name(&url));
    tell(&url, &[&format!("{grant} TO app@'127.0.0.1'")]).await;
    serves(&app).await;
}
