//! The served document is held against the running server, by schemathesis: no 500, no status and no body
//! that is not documented.

use tokio::process::Command;

use crate::support::{Node, SECRET, alone, python_tool, sign};

const SETTINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis.toml");

/// So many requests for each operation and phase; by hand, give it more.
const EXAMPLES: &str = "20";

#[tokio::test]
async fn the_server_does_what_its_document_says() {
    let _alone = alone().await;
    let settings = [("AUTH__SECRET", SECRET), ("ACCOUNTS__ENABLED", "true")];
    let node = Node::bare(tempfile::tempdir().unwrap(), &settings).await;
    let token = sign(serde_json::json!({ "user_id": 5, "scope": "presence:admin" }));
    let examples = std::env::var("SCHEMATHESIS_EXAMPLES").unwrap_or_else(|_| EXAMPLES.to_owned());
    let output = Command::new(python_tool("schemathesis"))
        .current_dir(node.folder())
        .args(["--config-file", SETTINGS, "run", "--no-color", "--checks", "all"])
        .args(["--exclude-checks", "use_after_free", "--max-examples", &examples])
        // Longer than a long poll.
        .args(["--request-timeout", "70"])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .arg(format!("{}/api-docs/openapi.json", node.url()))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Or there was nothing to find.
    assert!(said.contains("/api-docs/openapi.json") && said.contains(" passed"), "{said}");
    node.signal("TERM");
    let (status, log, _) = node.end().await;
    assert!(status.success() && !log.contains("panicked"), "{log}");
}
