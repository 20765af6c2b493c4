//! The README prints what it says.

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Node, sign};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

/// The curl lines of the README, each with the line that it is said to print.
fn curls(readme: &str) -> Vec<(&str, &str)> {
    let mut lines = readme.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if let (Some(command), Some(printed)) = (line.strip_prefix("$ "), lines.peek())
            && command.starts_with("curl ")
        {
            found.push((command, *printed));
        }
    }
    found
}

/// With the value of every string that differs from run to run taken out: times and cursors.
fn timeless(json: &str) -> String {
    let varies = |name: &str| name == "cursor" || name == "last_seen" || name.ends_with("_time");
    let mut json: serde_json::Value = serde_json::from_str(json).unwrap();
    for (name, value) in json.as_object_mut().unwrap() {
        let epoch = value == "1970-01-01T00:00:00.000Z";
        if varies(name) || (!epoch && matches!(&name[..], "last_activity" | "online_until")) {
            assert!(value.is_string(), "{name}: {value}");
            value.take();
        }
    }
    json.to_string()
}

#[tokio::test]
async fn the_curl_lines_of_the_readme_print_what_it_says() {
    let node = Node::start().await;
    let token = sign(serde_json::json!({ "user_id": 5 }));
    let readme = std::fs::read_to_string(README).unwrap();
    let curls = curls(&readme);
    assert_eq!(curls.len(), 4);
    for (command, printed) in curls {
        assert!(command.contains("http://127.0.0.1:8080"), "{command}");
        let here = command.replace("http://127.0.0.1:8080", node.url());
        let mut shell = Command::new("sh");
        shell.args(["-c", &here]).env("TOKEN", &token).stderr(Stdio::null());
        let output = shell.output().await.unwrap();
        assert!(output.status.success(), "curl is missing? apt-get install curl");
        let output = String::from_utf8(output.stdout).unwrap();
        assert_eq!(timeless(&output), timeless(printed), "{command}");
    }
}
