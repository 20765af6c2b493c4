//! `haproxy` and `nginx`.

use std::net::TcpStream;

use testbed::Balancer;

use crate::support::{get, node};

#[test]
fn haproxy_passes_requests_on() {
    let node = node();
    let balancer = Balancer::haproxy(|port| {
        format!(
            "defaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n\
             listen all\n bind 127.0.0.1:{port}\n server node {node}\n"
        )
    });
    assert!(get(balancer.address()).ends_with("the node"));
    assert_eq!(balancer.url(), format!("http://{}", balancer.address()));
    balancer.stop();
    assert!(TcpStream::connect(balancer.address()).is_err());
    balancer.start_again();
    assert!(get(balancer.address()).ends_with("the node"));
}

#[test]
fn nginx_passes_requests_on() {
    let node = node();
    let balancer = Balancer::nginx(|port| {
        format!(
            "events {{}}\nhttp {{\n access_log off;\n client_body_temp_path body;\n \
             proxy_temp_path proxy;\n fastcgi_temp_path fastcgi;\n uwsgi_temp_path uwsgi;\n \
             scgi_temp_path scgi;\n server {{\n listen 127.0.0.1:{port};\n \
             location / {{ proxy_pass http://{node}; }}\n }}\n}}\n"
        )
    });
    assert!(get(balancer.address()).ends_with("the node"));
    balancer.stop();
    assert!(TcpStream::connect(balancer.address()).is_err());
    balancer.start_again();
    assert!(get(balancer.address()).ends_with("the node"));
}

#[test]
#[should_panic(expected = "nonsense")]
fn a_balancer_that_does_not_start_says_why() {
    let _ = Balancer::haproxy(|_| "nonsense".to_owned());
}
