//! Swagger UI in a real browser, as someone who explores would use it.

use fantoccini::Locator;
use serde_json::json;

use crate::support::{Node, browser::Browser, sign};

/// Presses "Execute" of an operation and returns the answer that the page shows.
async fn execute(browser: &Browser, operation: &str) -> String {
    let page = &browser.page;
    let id = format!("[id='operations-{operation}']");
    let click = async |css: String| {
        let element = page.wait().for_element(Locator::Css(&css)).await.unwrap();
        element.click().await.unwrap();
    };
    click(format!("{id} .opblock-summary-control")).await;
    click(format!("{id} .execute")).await;
    let answer = format!("{id} .live-responses-table .highlight-code code");
    let answer = page.wait().for_element(Locator::Css(&answer)).await.unwrap();
    answer.text().await.unwrap()
}

/// Pastes a token where the page asks for one.
async fn authorize(browser: &Browser, token: &str) {
    let page = &browser.page;
    page.wait().for_element(Locator::Css("button.authorize")).await.unwrap().click().await.unwrap();
    let field = page.wait().for_element(Locator::Css(".auth-container input")).await.unwrap();
    field.send_keys(token).await.unwrap();
    let submit = Locator::Css(".auth-btn-wrapper button.authorize");
    page.find(submit).await.unwrap().click().await.unwrap();
    page.find(Locator::Css(".auth-btn-wrapper .btn-done")).await.unwrap().click().await.unwrap();
}

#[tokio::test]
async fn authorize_and_try_it_out_work_in_swagger_ui() {
    let node = Node::start().await;
    let browser = Browser::start().await;
    browser.page.goto(&format!("{}/swagger-ui/", node.url())).await.unwrap();
    authorize(&browser, &sign(json!({ "user_id": 5 }))).await;
    let beat = execute(&browser, "presence-record_heartbeat").await;
    assert!(beat.contains("\"status\": \"online\""), "{beat}");
    let online = execute(&browser, "presence-list_online_users").await;
    assert!(online.contains("\"count\": 1"), "{online}");
    browser.screenshot("swagger-ui").await;
    assert_eq!(node.user(6).online().await, json!([5]));
    browser.page.clone().close().await.unwrap();
}

#[tokio::test]
async fn to_register_and_to_log_in_is_enough_to_try_it_out() {
    let node = Node::bare(tempfile::tempdir().unwrap(), &[]).await;
    let browser = Browser::start().await;
    browser.page.goto(&format!("{}/swagger-ui/", node.url())).await.unwrap();
    let registered = execute(&browser, "accounts-register_user").await;
    assert!(registered.contains("\"username\": \"ada\""), "{registered}");
    let login = execute(&browser, "accounts-log_in").await;
    let login: serde_json::Value = serde_json::from_str(&login).unwrap();
    authorize(&browser, login["access_token"].as_str().unwrap()).await;
    let beat = execute(&browser, "presence-record_heartbeat").await;
    assert!(beat.contains("\"user_id\": 1"), "{beat}");
    let own = execute(&browser, "accounts-change_own_user").await;
    assert!(own.contains("\"display_name\": \"Ada Lovelace\""), "{own}");
    browser.page.clone().close().await.unwrap();
}
