//! Statuses in Swagger UI in a real browser, as somebody new would try them out.

use serde_json::{Value, json};

use super::{in_millis, millis, never_seen};
use crate::{
    accounts::{LOGIN, PASSWORD, created, post, register},
    support::{Node, SwaggerUi},
};

const REGISTER: &str = "accounts-register_user";
const LOG_IN: &str = "accounts-log_in";
const OWN: &str = "status-change_own_status";
const EXPLAIN: &str = "status-explain_status";
const SINGLE: &str = "status-get_status";

/// An answer that the page shows.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

/// Registers, logs in and authorizes, all on the page.
async fn join(ui: &SwaggerUi, name: &str) {
    let body = json!({ "username": name, "password": PASSWORD }).to_string();
    for operation in [REGISTER, LOG_IN] {
        ui.unfold(operation).await;
        ui.fill_body(operation, &body).await;
    }
    assert_eq!(json(&ui.press_execute(REGISTER).await)["username"], name);
    let login = json(&ui.press_execute(LOG_IN).await);
    ui.authorize(login["access_token"].as_str().unwrap()).await;
}

/// Opens an operation on a user and asks for user 1.
async fn ask_of_ada(ui: &SwaggerUi, operation: &str) -> Value {
    ui.unfold(operation).await;
    ui.fill_parameter(operation, "user_id", "1").await;
    json(&ui.press_execute(operation).await)
}

#[tokio::test]
async fn somebody_new_does_not_want_to_be_disturbed_hides_and_finds_out_why() {
    let node = Node::bare(tempfile::tempdir().unwrap(), &[]).await;
    let ui = SwaggerUi::open(&node).await;
    join(&ui, "ada").await;
    let beat = json(&ui.execute("presence-record_heartbeat").await);
    assert_eq!((&beat["user_id"], &beat["status"]), (&json!(1), &json!("online")));

    let end = in_millis(600_000);
    let said =
        json!({ "availability": "dnd", "text": "in a meeting", "emoji": "📅", "expires_at": end });
    ui.unfold(OWN).await;
    ui.fill_body(OWN, &said.to_string()).await;
    let own = json(&ui.press_execute(OWN).await);
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&own[name], value, "{name}");
    }
    ui.fill_body(OWN, r#"{"invisible": true}"#).await;
    let hidden = json(&ui.press_execute(OWN).await);
    assert_eq!((&hidden["invisible"], &hidden["is_online"]), (&json!(true), &json!(true)));
    assert_eq!(hidden["availability"], "dnd", "what was left out stayed");
    let explained = ask_of_ada(&ui, EXPLAIN).await;
    let reason = explained["reason"].as_str().unwrap();
    assert!(reason.starts_with("Online: ") && reason.contains("invisible"), "{reason}");

    created(&register(&node, "bob").await);
    let bob = post(&node, LOGIN, json!({ "username": "bob", "password": PASSWORD })).await.ok();
    ui.log_out().await;
    ui.authorize(bob["access_token"].as_str().unwrap()).await;
    let seen = ask_of_ada(&ui, SINGLE).await;
    let mut expected = never_seen(1);
    expected.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    expected["last_seen"] = explained["hidden_since"].clone();
    assert_eq!(seen, expected, "to the other she is offline, as though she had left");
    assert!(millis(&seen["last_seen"]) >= millis(&beat["last_activity"]));
    let refused = json(&ui.press_execute(EXPLAIN).await);
    assert_eq!((&refused["status"], refused["title"].is_string()), (&json!(403), true));
    ui.browser.screenshot("statuses").await;
}
