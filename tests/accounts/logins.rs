//! `POST /api/auth/register`, `/login`, `/logout`

use futures::future::{self, join_all};
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use testbed::{Durability, MariaDb};

use super::{
    LOGIN, LOGOUT, ME, PASSWORD, REGISTER, USERS, created, join, log_in, names, node, patch, post,
    register, slug,
};
use crate::support::{Answer, Caller, Cluster, Node, now};

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
        headers.remove("x-request-id");
        answers.push((headers, answer.text));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0["www-authenticate"], "Bearer", "nobody brought a token");
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
async fn of_a_storm_of_logins_some_are_told_to_come_back_and_heartbeats_go_on() {
    let node = node().await;
    let (ada, id) = join(&node, "ada").await;
    let password = |known| if known { PASSWORD } else { "wrong horse" };
    let storm = join_all((0..400).map(|at| {
        let name = if at % 3 == 0 { "nobody" } else { "ada" };
        post(&node, LOGIN, json!({ "username": name, "password": password(at % 2 == 0) }))
    }));
    let beats = async {
        for _ in 0..20 {
            ada.beat(json!({})).await.ok();
        }
    };
    let (answers, ()) = future::join(storm, beats).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert!(count(200) > 0 && count(401) > 0 && count(503) > 0);
    assert_eq!(count(200) + count(401) + count(503), answers.len());
    for refused in answers.iter().filter(|answer| answer.status == 503) {
        assert_eq!(slug(refused, 503), "overloaded");
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    }
    assert_eq!(ada.online().await, json!([id]));
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
