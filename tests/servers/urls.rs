//! The many ways in which a URL names a database server.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use testbed::{Durability, MariaDb, Postgres};

use super::{as_user, name, refusal, serves, tell};

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Passwords with everything in them that means something in a URL.
const PASSWORDS: [&str; 4] = ["p@ss:w/rd%", "100%?#[x]", "a b+c&d=e", "%41%FFé'\"\\"];

/// Where there is none, the test of it would fail for another reason.
fn has_ipv6() -> bool {
    Path::new("/proc/net/if_inet6").exists()
}

#[tokio::test]
async fn postgres_is_found_by_its_socket_and_by_its_address() {
    let settings = ["unix_socket_directories=.", "listen_addresses=127.0.0.1,::1"];
    let server = Postgres::start_with(Durability::Fast, &settings);
    let (port, folder) = (server.port(), server.folder().join("data"));
    let folder = folder.to_str().unwrap();
    let database = || name(&server.create_database()).to_owned();
    for url in [
        format!("postgres:///{}?host={folder}&port={port}&user=postgres", database()),
        format!("postgres://postgres@/{}?host={}&port={port}", database(), encoded(folder)),
        format!("postgres://postgres@{}:{port}/{}", encoded(folder), database()),
        format!("postgresql://postgres@localhost:{port}/{}", database()),
    ] {
        serves(&url).await;
    }
    if has_ipv6() {
        serves(&format!("postgres://postgres@[::1]:{port}/{}", database())).await;
    }
    let refused = refusal("postgres:///x?host=/nowhere&user=postgres").await;
    assert!(refused.contains("/nowhere") && refused.contains("No such file"), "{refused}");
}

#[tokio::test]
async fn mariadb_is_found_by_its_socket_and_by_its_address() {
    let server = MariaDb::start_with(Durability::Fast, &["--bind-address=127.0.0.1,::1"]);
    let socket = server.folder().join("data/mariadb.sock");
    let socket = socket.to_str().unwrap();
    let database = || name(&server.create_database()).to_owned();
    for url in [
        format!("mysql://root@localhost/{}?socket={socket}", database()),
        format!("mariadb://root@/{}?socket={}", database(), encoded(socket)),
        format!("mysql://root@localhost:{}/{}", server.port(), database()),
    ] {
        serves(&url).await;
    }
    if has_ipv6() {
        let url = server.create_database();
        tell(&url, &["CREATE USER IF NOT EXISTS root@'::1'", "GRANT ALL ON *.* TO root@'::1'"])
            .await;
        serves(&url.replace("127.0.0.1", "[::1]")).await;
    }
}

#[tokio::test]
async fn passwords_may_hold_anything_if_they_are_encoded() {
    let postgres = Postgres::start(Durability::Fast);
    let mariadb = MariaDb::start(Durability::Fast);
    std::fs::write(postgres.folder().join("data/pg_hba.conf"), PASSWORD_RULES).unwrap();
    postgres.restart();
    for password in PASSWORDS {
        let quoted = password.replace('\'', "''");
        let url = postgres.create_database();
        tell(&url, &[&format!("CREATE ROLE ada LOGIN SUPERUSER PASSWORD '{quoted}'")]).await;
        serves(&as_user(&url, &format!("ada:{}", encoded(password)))).await;
        let refused = refusal(&as_user(&url, "ada:wrong%2Fword")).await;
        assert!(refused.contains("ada") && !refused.contains("word%2"), "{refused}");
        assert!(!refused.contains("wrong"), "{refused}");
        tell(&url, &["REASSIGN OWNED BY ada TO postgres", "DROP ROLE ada"]).await;

        let quoted = quoted.replace('\\', "\\\\");
        let url = mariadb.create_database();
        let create = format!("CREATE OR REPLACE USER ada@'127.0.0.1' IDENTIFIED BY '{quoted}'");
        tell(&url, &[&create, "GRANT ALL ON *.* TO ada@'127.0.0.1'"]).await;
        serves(&as_user(&url, &format!("ada:{}", encoded(password)))).await;
    }
}

const PASSWORD_RULES: &str = "host all postgres all trust\nhost all all all scram-sha-256\n";

#[tokio::test]
async fn a_password_that_is_not_encoded_is_refused_and_not_told() {
    for scheme in ["postgres", "mysql"] {
        for password in ["pass/phrase", "pass?phrase", "pass#phrase", "pass%FFphrase"] {
            let refused = refusal(&format!("{scheme}://ada:{password}@127.0.0.1:1/x")).await;
            assert!(refused.contains("%3A"), "{refused}");
            assert!(!refused.contains("phrase") && !refused.contains("ada"), "{refused}");
        }
    }
}
