//! `deploy/haproxy.cfg` and `deploy/nginx.conf`, as they are: only addresses differ.

use std::time::Duration;

use testbed::{Balancer, free_port};

use crate::support::{Cluster, Load, Node, alone, until};

const HAPROXY: &str = include_str!("../deploy/haproxy.cfg");
const NGINX: &str = include_str!("../deploy/nginx.conf");

/// `config` with the addresses of the nodes and of the balancer replaced.
fn here(config: &str, nodes: &[String; 3], listen: [&str; 2], port: u16) -> String {
    let bind = listen[1].replace("PORT", &port.to_string());
    let mut config = replaced(config, listen[0], &bind);
    for (index, node) in nodes.iter().enumerate() {
        config = replaced(&config, &format!("10.0.0.{}:8080", index + 1), node);
    }
    config
}

/// `text` with `old` replaced, which has to be there once.
fn replaced(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    text.replace(old, new)
}

fn haproxy(nodes: &[String; 3]) -> Balancer {
    let listen = ["bind :80\n", "bind 127.0.0.1:PORT\n"];
    Balancer::haproxy(|port| here(HAPROXY, nodes, listen, port))
}

fn nginx(nodes: &[String; 3]) -> Balancer {
    let listen = ["listen 80;", "listen 127.0.0.1:PORT;"];
    // Where it is installed, its own folders are its own.
    let folders = "http {\n client_body_temp_path body; proxy_temp_path proxy;\n \
                   fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;";
    Balancer::nginx(|port| replaced(&here(NGINX, nodes, listen, port), "http {", folders))
}

/// Restarts three nodes one after the other, under load, as an operator would.
async fn rolling_restart(start: fn(&[String; 3]) -> Balancer, drain: &str) {
    let _alone = alone().await;
    let addresses: [String; 3] = std::array::from_fn(|_| format!("127.0.0.1:{}", free_port()));
    let cluster = Cluster::new(&[("SERVER__DRAIN", drain), ("DATABASE__TIMEOUT", "3s")]);
    let mut nodes: Vec<Node> = Vec::new();
    for address in &addresses {
        nodes.push(cluster.node_with(&[("SERVER__LISTEN", address)]).await);
    }
    let balancer = start(&addresses);
    let url = [&balancer.url()[..]];
    until("the balancer has found the nodes", async || {
        reqwest::get(format!("{}/readyz", url[0])).await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;

    let loads = [
        Load::start(&url, 8),
        Load::of_polls(&url, 8, Duration::from_millis(5)),
        Load::of_thinkers(&url, 16, Duration::from_millis(300)),
        Load::of_polls(&url, 16, Duration::from_millis(700)),
    ];
    for address in &addresses {
        let before = loads[0].acknowledged();
        until("beats go on", async || loads[0].acknowledged() > before + 200).await;
        let old = nodes.remove(0);
        old.signal("TERM");
        let (status, log, _) = old.end().await;
        assert!(status.success(), "{log}");
        nodes.push(cluster.node_with(&[("SERVER__LISTEN", address)]).await);
    }
    let mut acknowledged = 0;
    for load in loads {
        let record = load.end().await;
        assert_eq!(record.failures(), Vec::<String>::new());
        acknowledged += record.acknowledged().len();
    }
    assert!(acknowledged > 2_000, "{acknowledged}");
}

#[tokio::test]
async fn a_rolling_restart_behind_haproxy_fails_no_request() {
    rolling_restart(haproxy, "5s").await;
}

#[tokio::test]
async fn a_rolling_restart_behind_nginx_fails_no_request() {
    rolling_restart(nginx, "2s").await;
}
