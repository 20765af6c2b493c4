//! The `type` of a problem leads to a page that explains it.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::support::{Node, browser::Browser};

/// The types of all problems in the document.
fn documented() -> BTreeSet<String> {
    fn collect(value: &Value, types: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                let of_problem = members.get("type").and_then(Value::as_str);
                types.extend(
                    of_problem.filter(|it| it.starts_with("/problems/")).map(str::to_owned),
                );
                members.values().for_each(|value| collect(value, types));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, types)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");
    let document = serde_json::from_str(&fs::read_to_string(document).unwrap()).unwrap();
    let mut types = BTreeSet::new();
    collect(&document, &mut types);
    types
}

#[tokio::test]
async fn every_problem_has_a_page_that_is_open_and_explains_it() {
    let node = Node::start().await;
    let mut types = documented();
    assert!(types.len() > 10, "{types:?}");
    for refused in [
        node.get("/nowhere").await,
        node.get("/api/chat/config").await,
        node.user(5).beat(json!({ "timestamp": 1 })).await,
        node.user(5).get("/api/chat/heartbeat").await,
    ] {
        let problem: Value = serde_json::from_str(&refused.text).unwrap();
        types.insert(problem["type"].as_str().unwrap().to_owned());
    }
    for path in types {
        let page = node.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(page.text.contains("<h1>"), "{}", page.text);
    }
    node.get("/problems/made-up").await.problem(404);
    node.get("/problems/").await.problem(404);
}

#[tokio::test]
async fn a_page_about_a_problem_reads_well_in_a_browser() {
    let node = Node::start().await;
    let browser = Browser::start().await;
    browser.page.goto(&format!("{}/problems/too-many-requests", node.url())).await.unwrap();
    let main = browser.page.find(fantoccini::Locator::Css("main")).await.unwrap();
    let text = main.text().await.unwrap();
    assert!(text.contains("429") && text.contains("Retry-After"), "{text}");
    browser.screenshot("problem").await;
}
