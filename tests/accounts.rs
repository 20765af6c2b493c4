//! Section 3.4: accounts, for those who have no login of their own.

use futures::future::join_all;
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use testbed::{Durability, MariaDb};

use crate::support::{Answer, Caller, Cluster, Node, Run, SECRET, key_file, now};

const REGISTER: &str = "/api/auth/register";
const LOGIN: &str = "/api/auth/login";
const LOGOUT: &str = "/api/auth/logout";
const USERS: &str = "/api/users";
const ME: &str = "/api/users/me";
const PASSWORD: &str = "correct horse";

/// A node with accounts.
async fn node() -> Node {
    Node::with(&[("ACCOUNTS__ENABLED", "true")]).await
}

async fn post(node: &Node, path: &str, body: Value) -> Answer {
    Answer::of(node.request(Method::POST, path).json(&body).send().await.unwrap()).await
}

async fn register(node: &Node, name: &str) -> Answer {
    post(node, REGISTER, json!({ "username": name, "password": PASSWORD })).await
}

async fn log_in<'a>(node: &'a Node, name: &str) -> Caller<'a> {
    let answer = post(node, LOGIN, json!({ "username": name, "password": PASSWORD })).await;
    Caller::new(node, answer.ok()["access_token"].as_str().unwrap().to_owned())
}

/// Registers and logs in; the caller and their id.
async fn join<'a>(node: &'a Node, name: &str) -> (Caller<'a>, u64) {
    let id = created(&register(node, name).await)["id"].as_u64().unwrap();
    (log_in(node, name).await, id)
}

async fn patch(caller: &Caller<'_>, body: Value) -> Answer {
    Answer::of(caller.request(Method::PATCH, ME).json(&body).send().await.unwrap()).await
}

#[track_caller]
fn created(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{answer:?}");
    serde_json::from_str(&answer.text).unwrap()
}

/// The last part of a problem's type.
#[track_caller]
fn slug(answer: &Answer, status: u16) -> String {
    let problem = answer.problem(status);
    problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The user names in a list.
fn names(reply: &Value) -> Vec<&str> {
    reply["users"].as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect()
}

/// From nothing to online, and back.
async fn walk(node: &Node) {
    let body = json!({ "username": "Ada", "password": PASSWORD, "display_name": "Ada Lovelace" });
    let user = created(&post(node, REGISTER, body).await);
    let made: openapi::model::Time = serde_json::from_value(user["created_at"].clone()).unwrap();
    assert!((now() - made.0.timestamp_millis()).abs() < 10_000, "{made}");
    let id = user["id"].as_u64().unwrap();
    assert_eq!(
        user,
        json!({
            "id": id,
            "username": "Ada",
            "display_name": "Ada Lovelace",
            "avatar_url": null,
            "created_at": user["created_at"],
        })
    );
    let login = post(node, LOGIN, json!({ "username": "ADA", "password": PASSWORD })).await;
    assert_eq!(login.header("cache-control"), "no-store");
    let login = login.ok();
    assert_eq!((&login["token_type"], &login["expires_in"]), (&json!("Bearer"), &json!(43200)));
    assert_eq!(login["user"], user);

    let ada = Caller::new(node, login["access_token"].as_str().unwrap().to_owned());
    assert_eq!(ada.beat(json!({})).await.ok()["user_id"], id);
    assert_eq!(ada.online().await, json!([id]));
    for name in ["Ådá", "100%", "x_y"] {
        created(&register(node, name).await);
    }
    for same in ["ada", "ＡＤＡ", "a\u{30a}da\u{301}"] {
        assert_eq!(slug(&register(node, same).await, 409), "username-taken", "{same}");
    }
    let all = ada.get(USERS).await.ok();
    assert_eq!((names(&all), &all["next"]), (vec!["Ada", "Ådá", "100%", "x_y"], &Value::Null));
    assert_eq!(names(&ada.get("/api/users?q=%25").await.ok()), ["100%"]);
    assert_eq!(names(&ada.get("/api/users?q=_").await.ok()), ["x_y"]);
    assert_eq!(names(&ada.get("/api/users?q=LOVE").await.ok()), ["Ada"]);
    assert_eq!(patch(&ada, json!({ "gender": "woman" })).await.ok()["gender"], "woman");

    let left = ada.post(LOGOUT, json!({})).await;
    assert_eq!((left.status.as_u16(), &left.text[..]), (204, ""));
    assert_eq!(ada.online().await, json!([]));
}

#[tokio::test]
async fn whoever_registers_can_log_in_be_online_and_log_out_again() {
    walk(&node().await).await;
}

#[tokio::test]
async fn accounts_work_on_postgresql() {
    walk(&Cluster::new(&[("ACCOUNTS__ENABLED", "true")]).node().await).await;
}

#[tokio::test]
async fn accounts_work_on_mariadb() {
    let server = MariaDb::start(Durability::Fast);
    let cluster = Cluster::at(&server.create_database(), &[("ACCOUNTS__ENABLED", "true")]);
    walk(&cluster.node().await).await;
}

#[tokio::test]
async fn an_account_of_one_node_is_one_of_the_others() {
    let cluster = Cluster::new(&[("ACCOUNTS__ENABLED", "true")]);
    let nodes: [Node; 2] = cluster.nodes().await;
    created(&register(&nodes[0], "ada").await);
    assert_eq!(slug(&register(&nodes[1], "Ada").await, 409), "username-taken");
    log_in(&nodes[1], "ada").await.get(ME).await.ok();
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_the_same_answer() {
    let node = node().await;
    register(&node, "ada").await;
    let mut answers = Vec::new();
    for (name, password) in [
        ("ada", "correct house"),
        ("grace", PASSWORD),
        ("ada", ""),
        ("", PASSWORD),
        ("a\0da", PASSWORD),
        (&"x".repeat(1000), &"x".repeat(1000)),
    ] {
        let answer = post(&node, LOGIN, json!({ "username": name, "password": password })).await;
        assert_eq!(slug(&answer, 401), "wrong-login");
        let mut headers = answer.headers;
        headers.remove("date");
        answers.push((headers, answer.text));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(answers[0].0["www-authenticate"].to_str().unwrap().starts_with("Bearer error=\""));
}

#[tokio::test]
async fn of_twenty_registrations_of_a_name_at_once_one_gets_it() {
    let node = node().await;
    let answers = join_all((0..20).map(|_| register(&node, "ada"))).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(201), count(409)), (1, 19), "{answers:?}");
}

#[tokio::test]
async fn every_login_is_a_session_of_its_own() {
    let node = node().await;
    let (desk, id) = join(&node, "ada").await;
    let phone = log_in(&node, "ada").await;
    for session in [&desk, &phone] {
        session.beat(json!({})).await.ok();
    }
    // As a browser sends it: without a body.
    let left = desk.request(Method::POST, LOGOUT).send().await.unwrap();
    assert_eq!(left.status(), 204);
    assert_eq!(phone.online().await, json!([id]), "the other one lives");
    assert_eq!(desk.post(LOGOUT, json!({ "all_sessions": true })).await.status, 204);
    assert_eq!(phone.online().await, json!([]));
    assert_eq!(desk.post(LOGOUT, json!({ "session_id": 5 })).await.wrong_field(), "session_id");
}

#[tokio::test]
async fn what_cannot_be_registered_is_a_400_that_names_the_field() {
    let node = node().await;
    let long = "x".repeat(65);
    for (body, field) in [
        (json!({}), "username"),
        (json!({ "username": null, "password": PASSWORD }), "username"),
        (json!({ "username": 5, "password": PASSWORD }), "username"),
        (json!({ "username": "", "password": PASSWORD }), "username"),
        (json!({ "username": " ada", "password": PASSWORD }), "username"),
        (json!({ "username": "a\0da", "password": PASSWORD }), "username"),
        (json!({ "username": "a\u{200b}da", "password": PASSWORD }), "username"),
        (json!({ "username": long, "password": PASSWORD }), "username"),
        (json!({ "username": "ada" }), "password"),
        (json!({ "username": "ada", "password": "1234567" }), "password"),
        (json!({ "username": "ada", "password": "é".repeat(129) }), "password"),
        (json!({ "username": "ada", "password": ["12345678"] }), "password"),
        (json!({ "username": "ada", "password": PASSWORD, "display_name": "" }), "display_name"),
        (json!({ "username": "ada", "password": PASSWORD, "display_name": 5 }), "display_name"),
        (json!([]), "body"),
    ] {
        let answer = post(&node, REGISTER, body.clone()).await;
        assert_eq!(answer.wrong_field(), field, "{body}");
    }
    for body in [json!({ "username": "ada" }), json!({ "password": 5, "username": "ada" })] {
        assert_eq!(post(&node, LOGIN, body).await.wrong_field(), "password");
    }
    let empty = node.request(Method::POST, LOGIN).send().await.unwrap();
    assert_eq!(Answer::of(empty).await.wrong_field(), "username");
    let form = node.request(Method::POST, LOGIN).header(CONTENT_TYPE, "text/plain").body("x=y");
    assert_eq!(slug(&Answer::of(form.send().await.unwrap()).await, 415), "unsupported-media-type");
    let (ada, _) = join(&node, "ada").await;
    assert_eq!(names(&ada.get(USERS).await.ok()), ["ada"], "nothing else was stored");
}

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
        ("after=".to_owned(), "after"),
        ("after=5".to_owned(), "after"),
        ("after=AAAAAAAAAAAA".to_owned(), "after"),
        (format!("after={}", cursor.as_str().unwrap()), "after"),
        (format!("q={}", "x".repeat(101)), "q"),
        ("q=a%00b".to_owned(), "q"),
    ] {
        let answer = ada.get(&format!("{USERS}?{query}")).await;
        assert_eq!(answer.wrong_field(), field, "{query}");
    }
    for query in ["q=", "q=%20", "q=%ff", "limit=1000&other=1"] {
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
    let service = node.bearer(json!({ "sub": "billing", "scope": "presence:read" }));
    service.get(USERS).await.ok();
    service.get(ME).await.problem(403);
    service.post(LOGOUT, json!({})).await.problem(403);
    for path in [USERS, ME] {
        assert_eq!(slug(&node.get(path).await, 401), "unauthenticated");
    }
}

#[tokio::test]
async fn without_accounts_their_routes_are_not_there() {
    let node = Node::start().await;
    let user = node.user(5);
    for (method, path) in [
        (Method::POST, REGISTER),
        (Method::POST, LOGIN),
        (Method::POST, LOGOUT),
        (Method::GET, USERS),
        (Method::GET, ME),
        (Method::PATCH, ME),
        (Method::DELETE, ME),
    ] {
        let answer = user.request(method, path).json(&json!({})).send().await.unwrap();
        assert_eq!(slug(&Answer::of(answer).await, 404), "not-found", "{path}");
    }
}

#[tokio::test]
async fn development_has_accounts_unless_it_is_told_otherwise() {
    let node = Node::bare(tempfile::tempdir().unwrap(), &[]).await;
    let (ada, id) = join(&node, "ada").await;
    assert_eq!(ada.beat(json!({})).await.ok()["user_id"], id);
    let off = Node::bare(tempfile::tempdir().unwrap(), &[("ACCOUNTS__ENABLED", "false")]).await;
    register(&off, "ada").await.problem(404);
}

#[tokio::test]
async fn tokens_meet_what_the_node_asks_of_tokens_and_last_as_long_as_they_say() {
    let node = Node::with(&[
        ("ACCOUNTS__ENABLED", "true"),
        ("ACCOUNTS__TOKEN_TTL", "90s"),
        ("AUTH__ALGORITHMS", "HS512,HS256"),
        ("AUTH__ISSUER", "lastseen"),
        ("AUTH__AUDIENCE", "us"),
        ("AUTH__USER_ID_CLAIM", "uid"),
        ("AUTH__USER_ID", "string"),
    ])
    .await;
    assert_eq!(created(&register(&node, "ada").await)["id"], "1");
    let login = post(&node, LOGIN, json!({ "username": "ada", "password": PASSWORD })).await.ok();
    assert_eq!(login["expires_in"], 90);
    let ada = Caller::new(&node, login["access_token"].as_str().unwrap().to_owned());
    assert_eq!(ada.beat(json!({})).await.ok()["user_id"], "1");
    assert_eq!(ada.get(ME).await.ok()["id"], "1");
}

#[tokio::test]
async fn accounts_beside_another_issuer_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (on, rs256) = (("ACCOUNTS__ENABLED", "true"), ("AUTH__ALGORITHMS", "RS256"));
    let (secret, file) = (("AUTH__SECRET", SECRET), key_file("rsa.pub.pem"));
    for (settings, with) in [
        ([on, rs256, ("AUTH__PUBLIC_KEY_FILE", file.to_str().unwrap())], "auth.public_key_file"),
        ([on, rs256, ("AUTH__JWKS_FILE", "keys.json")], "auth.jwks_file"),
        ([on, secret, ("AUTH__ISSUER", "https://issuer/")], "auth.issuer"),
    ] {
        let run = Run::of(folder.path(), &settings, &[]).await;
        assert!(run.refusal().starts_with("accounts.enabled: "), "{run:?}");
        assert!(run.refusal().contains(with), "{run:?}");
    }
    let run = Run::of(folder.path(), &[on, secret, rs256], &[]).await;
    assert!(run.refusal().starts_with("auth.algorithms: "), "{run:?}");
}

#[tokio::test]
async fn no_name_and_no_password_reaches_the_log() {
    let node = node().await;
    let (ada, _) = join(&node, "ada@example.com").await;
    register(&node, "ada@example.com").await.problem(409);
    patch(&ada, json!({ "phone_number": "+44 20 7946 0123" })).await.ok();
    post(&node, LOGIN, json!({ "username": "ada@example.com", "password": "wrong horse" })).await;
    node.signal("KILL");
    let (_, log, _) = node.end().await;
    for secret in ["example.com", "horse", "7946", "argon2"] {
        assert!(!log.contains(secret), "{log}");
    }
}
