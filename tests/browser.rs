//! Swagger UI in a real browser, as someone who explores would use it.

use serde_json::json;

use crate::support::{Node, SwaggerUi, sign};

#[tokio::test]
async fn authorize_and_try_it_out_work_in_swagger_ui() {
    let node = Node::start().await;
    let ui = SwaggerUi::open(&node).await;
    ui.authorize(&sign(json!({ "user_id": 5 }))).await;
    let beat = ui.execute("presence-record_heartbeat").await;
    assert!(beat.contains("\"status\": \"online\""), "{beat}");
    let online = ui.execute("presence-list_online_users").await;
    assert!(online.contains("\"count\": 1"), "{online}");
    ui.browser.screenshot("swagger-ui").await;
    assert_eq!(node.user(6).online().await, json!([5]));
}

#[tokio::test]
async fn to_register_and_to_log_in_is_enough_to_try_it_out() {
    let node = Node::bare(tempfile::tempdir().unwrap(), &[]).await;
    let ui = SwaggerUi::open(&node).await;
    let registered = ui.execute("accounts-register_user").await;
    assert!(registered.contains("\"username\": \"ada\""), "{registered}");
    let login = ui.execute("accounts-log_in").await;
    let login: serde_json::Value = serde_json::from_str(&login).unwrap();
    ui.authorize(login["access_token"].as_str().unwrap()).await;
    let beat = ui.execute("presence-record_heartbeat").await;
    assert!(beat.contains("\"user_id\": 1"), "{beat}");
    let own = ui.execute("accounts-change_own_user").await;
    assert!(own.contains("\"display_name\": \"Ada Lovelace\""), "{own}");
}
