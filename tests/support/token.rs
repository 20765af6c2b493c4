//! Tokens, and those who carry them.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, Node};

/// What nodes check tokens with.
pub(crate) const SECRET: &str = "the-secret-of-the-tests-is-long-enough";

/// A file of `tests/keys`.
pub(crate) fn key_file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/keys")).join(name)
}

/// Milliseconds since the epoch by this machine's clock, which is store time for SQLite.
pub(crate) fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "a client has no other clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

/// A token that says `claims`, and expires in an hour if they say nothing else.
pub(crate) fn sign(claims: Value) -> String {
    let mut claims = claims;
    if claims["exp"].is_null() {
        claims["exp"] = json!(now() / 1000 + 3600);
    }
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))
        .unwrap()
}

/// Somebody with a token, at a node.
#[derive(Clone, Debug)]
pub(crate) struct Caller<'a> {
    node: &'a Node,
    token: String,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(node: &'a Node, token: String) -> Self {
        Self { node, token }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.node.request(method, path).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub(crate) async fn beat(&self, body: Value) -> Answer {
        self.post("/api/chat/heartbeat", body).await
    }

    pub(crate) async fn leave(&self, body: Value) -> Answer {
        self.post("/api/chat/mark-offline", body).await
    }

    /// Asks who is online, with `query`.
    pub(crate) async fn poll(&self, query: &str) -> Answer {
        self.get(&format!("/api/chat/online-users?{query}")).await
    }

    /// The ids of all who are online.
    pub(crate) async fn online(&self) -> Value {
        self.get("/api/chat/online-users").await.ok()["online_users"].take()
    }
}
