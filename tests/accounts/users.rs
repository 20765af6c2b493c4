//! `GET /api/users`, `GET` and `PATCH /api/users/me`

use serde_json::{Value, json};

use super::{LOGOUT, ME, USERS, join, names, node, patch, register, slug};

#[tokio::test]
async fn the_list_goes_on_where_the_page_before_ended() {
    let node = node().await;
    let (ada, _) = join(&node, "ada").await;
    for name in ["bob", "cy", "dan"] {
        register(&node, name).await;
    }
    let mut query = "limit=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = ada.get(&format!("{USERS}?{query}")).await.ok();
        pages.push(names(&page).join(" "));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("limit=2&after={next}");
        register(&node, &format!("later {}", pages.len())).await;
    }
    assert_eq!(pages, ["ada bob", "cy dan", "later 1 later 2"]);
    let cursor = ada.get("/api/chat/online-users").await.ok()["cursor"].take();
    for (query, field) in [
        ("limit=0".to_owned(), "limit"),
        ("limit=1001".to_owned(), "limit"),
        ("limit=".to_owned(), "limit"),
        ("after=5".to_owned(), "after"),
        ("after=AAAAAAAAAAAA".to_owned(), "after"),
        (format!("after={}", cursor.as_str().unwrap()), "after"),
        (format!("q={}", "x".repeat(101)), "q"),
        ("q=a%00b".to_owned(), "q"),
        ("q=%ff".to_owned(), "q"),
    ] {
        let answer = ada.get(&format!("{USERS}?{query}")).await;
        assert_eq!(answer.wrong_field(), field, "{query}");
    }
    for query in ["q=", "after=", "q=%20", "limit=1000&other=1"] {
        ada.get(&format!("{USERS}?{query}")).await.ok();
    }
}

#[tokio::test]
async fn what_users_say_of_themselves_is_theirs_to_change_and_partly_theirs_to_see() {
    let node = node().await;
    let (ada, id) = join(&node, "ada").await;
    let full = json!({
        "display_name": "Ada Lovelace",
        "avatar_url": "/pictures/ada.png",
        "gender": "woman",
        "birthdate": "1915-12-10",
        "phone_number": "+44 20 7946 0123",
    });
    let changed = patch(&ada, full.clone()).await;
    assert_eq!(changed.header("cache-control"), "no-store");
    for own in [changed.ok(), ada.get(ME).await.ok()] {
        for (name, value) in full.as_object().unwrap() {
            assert_eq!(&own[name], value, "{name}");
        }
        assert_eq!((&own["id"], &own["username"]), (&json!(id), &json!("ada")));
    }
    let (bob, _) = join(&node, "bob").await;
    for other in [&bob, &ada] {
        let text = other.get(USERS).await.text;
        assert!(text.contains("/pictures/ada.png"), "{text}");
        assert!(!["gender", "birth", "phone"].iter().any(|name| text.contains(name)), "{text}");
    }
    let cleared = patch(&ada, json!({ "gender": null, "phone_number": null })).await.ok();
    assert_eq!((&cleared["gender"], &cleared["phone_number"]), (&Value::Null, &Value::Null));
    assert_eq!(cleared["birthdate"], "1915-12-10", "what is left out stays");
    assert_eq!(patch(&ada, json!({})).await.ok(), cleared);

    for (field, wrong) in [
        ("display_name", json!("")),
        ("display_name", json!("a\nb")),
        ("display_name", json!(5)),
        ("avatar_url", json!("javascript:alert(1)")),
        ("avatar_url", json!("data:image/png;base64,AA==")),
        ("avatar_url", json!("java\tscript:alert(1)")),
        ("gender", json!("x".repeat(65))),
        ("birthdate", json!("2001-02-29")),
        ("birthdate", json!("2999-01-01")),
        ("phone_number", json!("call me")),
    ] {
        let answer = patch(&ada, json!({ "gender": "other", field: wrong })).await;
        assert_eq!(answer.wrong_field(), field);
    }
    assert_eq!(ada.get(ME).await.ok(), cleared, "nothing was stored");
}

#[tokio::test]
async fn a_token_whose_user_has_no_account_has_nothing_to_see_of_itself() {
    let node = node().await;
    let stranger = node.user(99);
    assert_eq!(slug(&stranger.get(ME).await, 404), "no-account");
    assert_eq!(slug(&patch(&stranger, json!({ "gender": "woman" })).await, 404), "no-account");
    assert_eq!(names(&stranger.get(USERS).await.ok()), [""; 0]);
    assert_eq!(stranger.post(LOGOUT, json!({})).await.status, 204);
    let service = node.bearer(json!({ "scope": "presence:read" }));
    service.get(USERS).await.ok();
    service.get(ME).await.problem(403);
    service.post(LOGOUT, json!({})).await.problem(403);
    for path in [USERS, ME] {
        assert_eq!(slug(&node.get(path).await, 401), "unauthenticated");
    }
}
