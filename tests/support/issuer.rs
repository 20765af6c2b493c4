//! Issuers: key pairs of `tests/keys`, and a server that hands out key sets.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::key_file;

/// The private key called `name`.
pub(crate) fn private_key(name: &str) -> EncodingKey {
    let pem = fs::read(key_file(&format!("{name}.pem"))).unwrap();
    EncodingKey::from_rsa_pem(&pem)
        .or_else(|_| EncodingKey::from_ec_pem(&pem))
        .or_else(|_| EncodingKey::from_ed_pem(&pem))
        .unwrap()
}

/// A token signed with it.
pub(crate) fn signed(key: &str, header: &Header, claims: &Value) -> String {
    encode(header, claims, &private_key(key)).unwrap()
}

/// The public key called `name`, for a key set.
pub(crate) fn jwk(name: &str, algorithm: Algorithm, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(&private_key(name), algorithm).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    serde_json::to_value(jwk).unwrap()
}

/// A server that answers every request alike, until it is told otherwise.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Issuer {
    /// One that hands out `keys`.
    pub(crate) async fn with(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(key_set(keys)));
        let asked = Arc::new(AtomicUsize::new(0));
        let server = tokio::spawn(serve(listener, Arc::clone(&answer), Arc::clone(&asked)));
        Self { url, answer, asked, server }
    }

    /// It hands out `keys` from now on.
    pub(crate) fn rotate(&self, keys: &[Value]) {
        *self.answer.lock().unwrap() = key_set(keys);
    }

    /// It answers with these bytes from now on; with none, it hangs.
    pub(crate) fn answer(&self, bytes: String) {
        *self.answer.lock().unwrap() = bytes;
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn key_set(keys: &[Value]) -> String {
    let body = json!({ "keys": keys }).to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

async fn serve(listener: TcpListener, answer: Arc<Mutex<String>>, asked: Arc<AtomicUsize>) {
    while let Ok((client, _)) = listener.accept().await {
        asked.fetch_add(1, Ordering::Relaxed);
        let answer = answer.lock().unwrap().clone();
        tokio::spawn(hand_out(client, answer));
    }
}

async fn hand_out(mut client: TcpStream, answer: String) {
    if answer.is_empty() {
        return std::future::pending().await;
    }
    let mut head = [0; 4096];
    if client.read(&mut head).await.is_ok() {
        client.write_all(answer.as_bytes()).await.ok();
    }
}
