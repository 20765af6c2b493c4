//! Bodies that cannot be used, each with the name of the field that is wrong.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{BATCH, LAST_SEEN, ME, in_millis, say};
use crate::support::{Answer, Caller, Node};

/// `body` as it is, which need not be JSON.
async fn send(caller: &Caller<'_>, method: Method, path: &str, body: &str) -> Answer {
    let request = caller.request(method, path).header(CONTENT_TYPE, "application/json");
    Answer::of(request.body(body.to_owned()).send().await.unwrap()).await
}

/// What is no value of each field.
fn wrong() -> [(&'static str, Value); 6] {
    let (now, past) = (in_millis(0), in_millis(-86_400_000));
    let long = ["x", "ü", "🌴"].map(|char| char.repeat(141));
    let lines = ["a\nb", "a\u{0}b", "a\tb", "\u{7f}.", "a\u{9b}b", "a\u{2028}b", "\u{202e}ab"];
    let words = ["online", "Busy", "", " busy", "do not disturb", "offline", "invisible"];
    let no_emoji = ["a", "🌴🌴", ":palm_tree:", " 🌴", "1", "🌴x", "\u{200d}", "<b>"];
    let no_time = ["tomorrow", "", "2099-01-28", "2099-02-30T00:00:00Z", "2099-01-28T14:32:59"];
    let no_future = ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", &now, &past];
    let no_year = ["9999-12-31T23:59:59-14:00"];
    let flag = json!(["yes", "true", 0, 1, [], {}]);
    [
        ("availability", json!([words, [1, ["busy"], { "busy": true }]])),
        ("text", json!([long, lines, [5, true, ["a"], {}]])),
        ("emoji", json!([no_emoji, [5, [], "x".repeat(2000)]])),
        ("expires_at", json!([no_time, no_future, no_year, [4_073_000_000_u64, [now]]])),
        ("invisible", json!([flag])),
        ("share_last_seen", json!([flag])),
    ]
}

#[tokio::test]
async fn a_status_is_refused_whole_for_any_field_of_it() {
    let node = Node::start().await;
    let user = node.user(5);
    let before = say(&user, json!({ "text": "as it was", "availability": "busy" })).await;
    for (field, kinds) in wrong() {
        for value in kinds.as_array().unwrap().iter().flat_map(|kind| kind.as_array().unwrap()) {
            let mut body = json!({ "text": "new", "emoji": "🌴", "availability": "away" });
            body[field] = value.clone();
            let answer = user.put(ME, body.clone()).await;
            assert_eq!(answer.wrong_field(), field, "{body}");
        }
    }
    assert_eq!(user.get(ME).await.ok(), before, "nothing was stored");
}

#[tokio::test]
async fn a_batch_is_a_list_of_1_to_1000_ids() {
    let node = Node::start().await;
    let many: Vec<u64> = (0..1001).collect();
    for ids in [
        json!([]),
        json!(many),
        json!(vec![5; 1001]),
        json!(["5"]),
        json!([5, "ada"]),
        json!([-1]),
        json!([1.5]),
        json!([5.0]),
        json!([9_007_199_254_740_992_u64]),
        json!([u64::MAX]),
        json!([5, null]),
        json!([[5]]),
        json!([{ "user_id": 5 }]),
        json!([true]),
        json!("5,6"),
        json!(5),
        json!({ "0": 5 }),
        json!(null),
    ] {
        let answer = node.user(5).post(BATCH, json!({ "user_ids": ids })).await;
        assert_eq!(answer.wrong_field(), "user_ids", "{ids}");
    }
    for nothing in [json!({}), json!({ "ids": [5] }), json!({ "USER_IDS": [5] })] {
        assert_eq!(node.user(5).post(BATCH, nothing).await.wrong_field(), "user_ids");
    }
    let bare = node.user(5).request(Method::POST, BATCH).send().await.unwrap();
    assert_eq!(Answer::of(bare).await.wrong_field(), "user_ids", "no body at all");
}

#[tokio::test]
async fn a_batch_where_ids_are_strings_holds_strings() {
    let node = Node::with(&[("AUTH__USER_ID", "string")]).await;
    let ada = node.bearer(json!({ "sub": "ada" }));
    let long = "é".repeat(65);
    for wrong in [json!(5), json!(""), json!(long), json!("a\nb"), json!("a\0b"), json!(["a"])] {
        let answer = ada.post(BATCH, json!({ "user_ids": ["ada", wrong] })).await;
        assert_eq!(answer.wrong_field(), "user_ids", "{wrong}");
    }
}

#[tokio::test]
async fn a_beat_is_refused_here_as_it_is_there() {
    let node = Node::start().await;
    for (field, value) in [
        ("timestamp", json!("yesterday")),
        ("timestamp", json!(5)),
        ("session_id", json!(5)),
        ("session_id", json!("x".repeat(129))),
        ("session_id", json!("a\nb")),
    ] {
        let answer = node.user(5).put(LAST_SEEN, json!({ field: value })).await;
        assert_eq!(answer.wrong_field(), field);
    }
    assert_eq!(node.user(5).online().await, json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_body_is_one_json_object() {
    let node = Node::start().await;
    let user = node.user(5);
    for (method, path) in [(Method::PUT, ME), (Method::PUT, LAST_SEEN), (Method::POST, BATCH)] {
        for body in [
            "{",
            "[]",
            "5",
            "null",
            "\"text\"",
            "true",
            "nonsense",
            "{}{}",
            "[[1]]",
            "[5]",
            "{\"text\"}",
            "\u{feff}{}",
        ] {
            let answer = send(&user, method.clone(), path, body).await;
            assert_eq!(answer.wrong_field(), "body", "{path} {body}");
        }
        let most = if path == BATCH { 320 } else { 64 };
        let large = format!("{{\"x\":\"{}\"}}", "x".repeat(most * 1024));
        send(&user, method.clone(), path, &large).await.problem(413);
        let text = user.request(method, path).header(CONTENT_TYPE, "text/plain").body("{}");
        Answer::of(text.send().await.unwrap()).await.problem(415);
    }
    let twice = send(&user, Method::PUT, ME, r#"{"text":"a","text":"b"}"#).await;
    assert_eq!(twice.status, 400, "{}", twice.text);
    assert_eq!(user.get(ME).await.ok()["text"], Value::Null, "nothing was stored");
    assert_eq!(user.online().await, json!([]));
}
