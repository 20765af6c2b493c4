//! The README prints what it says.

use std::process::Stdio;

use serde_json::{Value, json};
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

/// With all that differs from run to run taken out: times, cursors, and for how long.
fn timeless(json: &str) -> String {
    let mut json = serde_json::from_str(json).unwrap();
    take_times(&mut json);
    json.to_string()
}

fn take_times(json: &mut Value) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                let time =
                    name.ends_with("_time") || name.ends_with("_at") || name.starts_with("online_");
                let time = time || matches!(&name[..], "cursor" | "last_seen" | "last_activity");
                let varies = time && value.is_string() && value != "1970-01-01T00:00:00.000Z";
                if varies || matches!(&name[..], "age" | "reason") {
                    value.take();
                }
                take_times(value);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(take_times),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_curl_lines_of_the_readme_print_what_it_says() {
    let node = Node::start().await;
    let token = sign(json!({ "user_id": 5 }));
    let readme = std::fs::read_to_string(README).unwrap();
    let curls = curls(&readme);
    assert_eq!(curls.len(), 6);
    let admin = sign(json!({ "user_id": 5, "scope": "presence:admin" }));
    for (command, printed) in curls {
        assert!(command.contains("http://127.0.0.1:8080"), "{command}");
        let here = command.replace("http://127.0.0.1:8080", node.url());
        let mut shell = Command::new("sh");
        shell.args(["-c", &here]).stderr(Stdio::null());
        shell.env("TOKEN", &token).env("ADMIN", &admin);
        let output = shell.output().await.unwrap();
        assert!(output.status.success(), "curl is missing? apt-get install curl");
        let output = String::from_utf8(output.stdout).unwrap();
        assert_eq!(timeless(&output), timeless(printed), "{command}");
    }
}
