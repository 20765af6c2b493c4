//! Poolers between a node and PostgreSQL.

use testbed::{Durability, Pooler, Postgres};

use super::{refusal, serves};

#[tokio::test]
async fn a_pooler_of_sessions_is_no_hindrance() {
    let server = Postgres::start(Durability::Fast);
    let pooler = Pooler::start(&server, "session");
    serves(&pooler.url(&server.create_database())).await;
}

#[tokio::test]
async fn a_pooler_of_transactions_refuses_the_start() {
    let server = Postgres::start(Durability::Fast);
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::start(&server, mode);
        let refused = refusal(&pooler.url(&server.create_database())).await;
        assert!(refused.contains("pool_mode = session"), "{mode}: {refused}");
    }
}
