//! TLS to database servers.

use std::path::Path;

use testbed::{MariaDb, Postgres};

use super::{refusal, serves};

/// The file `name` of the server whose folder is `folder`, as a URL has it.
fn file(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[tokio::test]
async fn postgres_is_verified_by_an_authority_of_ones_own() {
    let server = Postgres::start_with_tls(false);
    let (ca, other) = (file(server.folder(), "ca.crt"), file(server.folder(), "other.crt"));
    let by_name = server.create_database().replace("127.0.0.1", "localhost");
    let by_number = by_name.replace("localhost", "127.0.0.1");
    for good in [
        format!("{by_name}?sslmode=require"),
        format!("{by_number}?sslmode=verify-ca&sslrootcert={ca}"),
        format!("{by_name}?ssl-mode=VERIFY_FULL&sslrootcert={ca}"),
    ] {
        drop(serves(&good).await);
        super::tell(&server.url(), &[]).await;
        super::tell(&by_number, &["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]).await;
    }
    for (bad, cause) in [
        (format!("{by_name}?sslmode=verify-full&sslrootcert={other}"), "UnknownIssuer"),
        (format!("{by_name}?sslmode=verify-ca&sslrootcert={other}"), "UnknownIssuer"),
        (format!("{by_name}?sslmode=require&sslrootcert={other}"), "UnknownIssuer"),
        (format!("{by_name}?sslmode=verify-full"), "UnknownIssuer"),
        (format!("{by_number}?sslmode=verify-full&sslrootcert={ca}"), "not valid for name"),
        (format!("{by_name}?sslmode=verify-full&sslrootcert=/nowhere.crt"), "No such file"),
        (format!("{by_name}?sslmode=disable"), "pg_hba.conf"),
        (format!("{by_name}?useSSL=true"), "useSSL is not known"),
    ] {
        let refused = refusal(&bad).await;
        assert!(refused.contains(cause), "{bad}: {refused}");
    }
}

#[tokio::test]
async fn postgres_may_ask_for_a_certificate() {
    let server = Postgres::start_with_tls(true);
    let path = |name| file(server.folder(), name);
    let url = server.url().replace("127.0.0.1", "localhost");
    let url = format!("{url}?sslmode=verify-full&sslrootcert={}", path("ca.crt"));
    let refused = refusal(&url).await;
    assert!(refused.contains("certificate"), "{refused}");
    serves(&format!("{url}&sslcert={}&sslkey={}", path("client.crt"), path("client.key"))).await;
}

#[tokio::test]
async fn mariadb_is_verified_by_an_authority_of_ones_own() {
    let server = MariaDb::start_with_tls();
    let (ca, other) = (file(server.folder(), "ca.crt"), file(server.folder(), "other.crt"));
    let database = || server.create_database().replace("127.0.0.1", "localhost");
    for good in ["ssl-mode=REQUIRED", "sslmode=require"] {
        drop(serves(&format!("{}?{good}", database())).await);
    }
    for good in ["ssl-mode=VERIFY_CA", "sslmode=verify-ca", "ssl-mode=verify-full"] {
        drop(serves(&format!("{}?{good}&ssl-ca={ca}", database())).await);
    }
    let (by_name, by_number) = (database(), server.create_database());
    for (bad, cause) in [
        (format!("{by_name}?ssl-mode=VERIFY_IDENTITY&ssl-ca={other}"), "UnknownIssuer"),
        (format!("{by_name}?ssl-mode=VERIFY_CA&ssl-ca={other}"), "UnknownIssuer"),
        (format!("{by_number}?ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}"), "not valid for name"),
        (format!("{by_name}?ssl-mode=DISABLED"), "Access denied"),
        (format!("{by_name}?useSSL=true"), "useSSL is not known"),
    ] {
        let refused = refusal(&bad).await;
        assert!(refused.contains(cause), "{bad}: {refused}");
    }
}
