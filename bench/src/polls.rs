//! Polls per second: the full list, an unchanged list and an unchanged cursor, at growing numbers
//! of users online.

use std::fs;

use anyhow::Context;

use crate::{
    heartbeats::sqlite,
    population::populate,
    process::Server,
    table::{self, Row},
    token,
};

const ONLINE: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Beyond this a full list is a matter of bytes alone.
const LISTED: u64 = 100_000;
const CONNECTIONS: u32 = 64;

/// Measures at each number of users online, and prints a table for each.
pub(crate) async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let tokens = folder.path().join("tokens");
    token::write_all(&tokens)?;
    let token = fs::read_to_string(&tokens)?.lines().next().unwrap_or_default().to_owned();
    for online in ONLINE {
        let url = sqlite(&folder, &format!("online_{online}"));
        populate(&url, online).await?;
        // The window is so long that nobody leaves during the run.
        let node = Server::lastseen(&url, &[("PRESENCE__WINDOW", "10h")]).await?;
        let answer = node.get("/api/chat/online-users", &token).await?;
        let (head, body) = answer.split_once("\r\n\r\n").context("no body")?;
        let file = folder.path().join("body");
        fs::write(&file, body)?;
        let baseline = sqlite(&folder, &format!("baseline_{online}"));
        let baseline = Server::baseline(&baseline, &file).await?;
        let rows = rows(&baseline, &node, head, body, online)?;
        let title = format!("Polls with {online} users online");
        table::measure(&title, rows, &["ceiling", "static"], &tokens).await?;
    }
    Ok(())
}

fn rows(
    baseline: &Server,
    node: &Server,
    head: &str,
    body: &str,
    online: u64,
) -> anyhow::Result<Vec<Row>> {
    let get = |name: &str, url: String| Row::new(name, "GET", url, CONNECTIONS);
    let list = node.url("/api/chat/online-users");
    let mut rows = vec![Row::new("ceiling", "POST", baseline.url("/ceiling"), CONNECTIONS)];
    if online <= LISTED {
        rows.push(get("static", baseline.url("/static")));
        rows.push(get("full list", list.clone()));
    }
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).context("no ETag")?;
    rows.push(get("ETag unchanged", list.clone()).with("If-None-Match", tag.to_owned()));
    let cursor = body.split("\"cursor\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let cursor = cursor.context("no cursor")?;
    rows.push(get("cursor unchanged", format!("{list}?since={cursor}")));
    Ok(rows)
}
