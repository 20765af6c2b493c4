//! What a database cannot do is found at the start; what a session can set right is set right.

use testbed::{Durability, Postgres};

use super::{as_user, name, refusal, serves, tell};
use crate::support::{Cluster, Node};

/// A new database on the shared server, after `statements`, in which `{}` is its name.
async fn database(statements: &[&str]) -> String {
    let url = Cluster::database();
    let named: Vec<_> = statements.iter().map(|it| it.replace("{}", name(&url))).collect();
    tell(&url, &named.iter().map(String::as_str).collect::<Vec<_>>()).await;
    url
}

#[tokio::test]
async fn an_encoding_that_cannot_hold_every_text_refuses_the_start() {
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let url = database(&[]).await;
        let named = name(&url);
        let other = format!("{named}_{}", encoding.to_lowercase());
        let make = format!("CREATE DATABASE {other} ENCODING '{encoding}' TEMPLATE template0");
        tell(&url, &[&make]).await;
        let refused = refusal(&url.replace(named, &other)).await;
        assert!(refused.contains(encoding) && refused.contains("ENCODING 'UTF8'"), "{refused}");
    }
}

#[tokio::test]
async fn a_database_that_takes_no_writes_refuses_the_start() {
    let url = database(&[]).await;
    drop(Cluster::at(&url, &[]).node().await);
    let read_only = format!("ALTER DATABASE {} SET default_transaction_read_only = on", name(&url));
    tell(&url, &[&read_only]).await;
    let refused = refusal(&url).await;
    assert!(refused.contains("read-only") && refused.contains("primary"), "{refused}");
}

#[tokio::test]
async fn a_search_path_that_names_no_schema_refuses_the_start() {
    let url = database(&["ALTER DATABASE {} SET search_path = nowhere"]).await;
    let refused = refusal(&url).await;
    assert!(refused.contains("search_path") && refused.contains("CREATE SCHEMA"), "{refused}");
}

#[tokio::test]
async fn a_missing_right_refuses_the_start_with_the_grant_that_helps() {
    let url = database(&[]).await;
    drop(Cluster::at(&url, &[]).node().await);
    let role = format!("role_of_{}", name(&url));
    let own = |statement: &str| statement.replace("{}", &role);
    let all = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}";
    tell(&url, &[&own("CREATE ROLE {} LOGIN")]).await;
    let mine = as_user(&url, &role);
    let refused = refusal(&mine).await;
    assert!(refused.contains("permission denied") && refused.contains("GRANT"), "{refused}");
    for right in ["INSERT ON presence_feed", "DELETE ON presence", "UPDATE ON presence_era"] {
        tell(&url, &[&own(all), &own(&format!("REVOKE {right} FROM {{}}"))]).await;
        let refused = refusal(&mine).await;
        assert!(refused.contains("permission denied") && refused.contains("GRANT"), "{refused}");
    }
    tell(&url, &[&own(all), &own("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}")]).await;
    serves(&mine).await;
}

#[tokio::test]
async fn what_a_session_can_set_for_itself_does_not_matter() {
    let url = database(&[
        "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'",
        "ALTER DATABASE {} SET default_transaction_deferrable = on",
        "ALTER DATABASE {} SET lock_timeout = 1",
        "ALTER DATABASE {} SET idle_in_transaction_session_timeout = 1",
        "ALTER DATABASE {} SET standard_conforming_strings = off",
        "ALTER DATABASE {} SET client_encoding = 'LATIN1'",
        "ALTER DATABASE {} SET datestyle = 'German'",
        "ALTER DATABASE {} SET timezone = 'Asia/Kathmandu'",
        "ALTER DATABASE {} SET statement_timeout = 100",
    ])
    .await;
    serves(&url).await;
}

#[tokio::test]
async fn a_database_that_is_down_is_named_with_its_address_and_the_cause() {
    let server = Postgres::start(Durability::Fast);
    let url = server.create_database();
    server.stop();
    let refused = refusal(&url).await;
    let address = format!("127.0.0.1:{}", server.port());
    assert!(refused.contains(&address) && refused.contains("refused"), "{refused}");
    assert!(!refused.contains("pool"), "{refused}");
}

/// Two applications in one database, each with its tables, and each with its users.
#[tokio::test]
async fn each_schema_has_a_presence_of_its_own() {
    let url = database(&["CREATE SCHEMA one", "CREATE SCHEMA \"The Other\""]).await;
    let schemas = ["?schema=one", "?schema=The%20Other", "?options=-csearch_path%3Dpublic"];
    let mut nodes: Vec<Node> = Vec::new();
    for schema in schemas {
        nodes.push(serves(&format!("{url}{schema}")).await);
    }
    for (user, node) in (7..).zip(&nodes) {
        node.user(user).beat(serde_json::json!({})).await.ok();
    }
    for (user, node) in (7_u64..).zip(&nodes) {
        assert_eq!(node.user(0).online().await, serde_json::json!([user]));
    }
    let refused = refusal(&format!("{url}?schema=nowhere")).await;
    assert!(refused.contains("CREATE SCHEMA"), "{refused}");
}
