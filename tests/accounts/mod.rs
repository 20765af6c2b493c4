//! Section 3.4: accounts, for those who have no login of their own.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Node};

mod guesses;
mod logins;
mod names;
mod password;
mod switch;
mod users;

const REGISTER: &str = "/api/auth/register";
pub(crate) const LOGIN: &str = "/api/auth/login";
const LOGOUT: &str = "/api/auth/logout";
pub(crate) const USERS: &str = "/api/users";
const ME: &str = "/api/users/me";
pub(crate) const PASSWORD: &str = "correct horse";

/// A node with accounts.
pub(crate) async fn node() -> Node {
    Node::with(&[("ACCOUNTS__ENABLED", "true")]).await
}

pub(crate) async fn post(node: &Node, path: &str, body: Value) -> Answer {
    Answer::of(node.request(Method::POST, path).json(&body).send().await.unwrap()).await
}

pub(crate) async fn register(node: &Node, name: &str) -> Answer {
    post(node, REGISTER, json!({ "username": name, "password": PASSWORD })).await
}

async fn log_in<'a>(node: &'a Node, name: &str) -> Caller<'a> {
    let answer = post(node, LOGIN, json!({ "username": name, "password": PASSWORD })).await;
    Caller::new(node, answer.ok()["access_token"].as_str().unwrap().to_owned())
}

/// Registers and logs in; the caller and their id.
pub(crate) async fn join<'a>(node: &'a Node, name: &str) -> (Caller<'a>, u64) {
    let id = created(&register(node, name).await)["id"].as_u64().unwrap();
    (log_in(node, name).await, id)
}

pub(crate) async fn patch(caller: &Caller<'_>, body: Value) -> Answer {
    Answer::of(caller.request(Method::PATCH, ME).json(&body).send().await.unwrap()).await
}

#[track_caller]
pub(crate) fn created(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{answer:?}");
    serde_json::from_str(&answer.text).unwrap()
}

/// The last part of a problem's type.
#[track_caller]
pub(crate) fn slug(answer: &Answer, status: u16) -> String {
    let problem = answer.problem(status);
    problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The user names in a list.
pub(crate) fn names(reply: &Value) -> Vec<&str> {
    reply["users"].as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect()
}
