//! Swagger UI in a real browser, as someone who explores would use it.

use fantoccini::Locator;
use serde_json::json;

use crate::support::{Node, browser::Browser, sign};

/// Presses "Execute" of an operation and returns the answer that the page shows.
async fn execute(browser: &Browser, operation: &str) -> String {
    let page = &browser.page;
    let id = format!("[id='operations-presence-{operation}']");
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

#[tokio::test]
async fn authorize_and_try_it_out_work_in_swagger_ui() {
    let node = Node::start().await;
    let browser = Browser::start().await;
    let page = &browser.page;
    page.goto(&format!("{}/swagger-ui/", node.url())).await.unwrap();

    page.wait().for_element(Locator::Css("button.authorize")).await.unwrap().click().await.unwrap();
    let field = page.wait().for_element(Locator::Css(".auth-container input")).await.unwrap();
    field.send_keys(&sign(json!({ "user_id": 5 }))).await.unwrap();
    let submit = Locator::Css(".auth-btn-wrapper button.authorize");
    page.find(submit).await.unwrap().click().await.unwrap();
    page.find(Locator::Css(".auth-btn-wrapper .btn-done")).await.unwrap().click().await.unwrap();

    let beat = execute(&browser, "record_heartbeat").await;
    assert!(beat.contains("\"status\": \"online\""), "{beat}");
    let online = execute(&browser, "list_online_users").await;
    assert!(online.contains("\"count\": 1"), "{online}");
    browser.screenshot("swagger-ui").await;
    assert_eq!(node.user(6).online().await, json!([5]));
    browser.page.clone().close().await.unwrap();
}
