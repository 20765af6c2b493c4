//! Load, by wrk.

use std::{path::Path, process::Stdio};

use anyhow::{Context, bail, ensure};
use tokio::process::Command;

/// What to load, and how.
#[derive(Clone, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) url: &'a str,
    pub(crate) method: &'a str,
    /// Sent with every request.
    pub(crate) headers: &'a [(&'static str, String)],
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
    /// A token in each line; every request carries that of a random one.
    pub(crate) tokens: &'a Path,
    /// A path and a body in each line, with a tab between them, to take a random one of instead of
    /// the URL's and none.
    pub(crate) targets: Option<&'a Path>,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Result {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Every request is made beforehand: the script is quick, but not for free.
const SCRIPT: &str = r#"
local requests = {}
function init(args)
  local targets = {}
  if args[3] ~= "" then
    for line in io.lines(args[3]) do
      local path, body = line:match("^(.*)\t(.*)$")
      targets[#targets + 1] = { path, body ~= "" and body or nil }
    end
  end
  for token in io.lines(args[2]) do
    local headers = { ["Authorization"] = "Bearer " .. token }
    for i = 4, #args, 2 do headers[args[i]] = args[i + 1] end
    local target = targets[#requests % math.max(#targets, 1) + 1] or {}
    if target[2] then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(args[1], target[1], headers, target[2])
  end
  math.randomseed(os.time())
end
function request()
  return requests[math.random(#requests)]
end
"#;

impl Load<'_> {
    /// Runs it. An answer that is no success fails the run: a refusal is cheap.
    pub(crate) async fn run(&self) -> anyhow::Result<Result> {
        let script = self.tokens.with_extension("lua");
        std::fs::write(&script, SCRIPT)?;
        let output = Command::new("wrk")
            .arg("--threads=1")
            .arg(format!("--connections={}", self.connections))
            .arg(format!("--duration={}s", self.seconds))
            .arg("--latency")
            .arg("--timeout=10s")
            .arg(format!("--script={}", script.display()))
            .arg(self.url)
            .arg("--")
            .arg(self.method)
            .arg(self.tokens)
            .arg(self.targets.unwrap_or(Path::new("")))
            .args(self.headers.iter().flat_map(|(name, value)| [*name, value.as_str()]))
            .stderr(Stdio::inherit())
            .output()
            .await
            .context("wrk is missing: apt-get install wrk")?;
        ensure!(output.status.success(), "wrk failed");
        let report = String::from_utf8(output.stdout)?;
        if report.contains("Non-2xx") || report.contains("Socket errors") {
            bail!("{}: not every request succeeded:\n{report}", self.url);
        }
        Ok(Result {
            per_second: field(&report, "Requests/sec:")?.parse()?,
            p50_ms: milliseconds(field(&report, "\n     50%")?)?,
            p99_ms: milliseconds(field(&report, "\n     99%")?)?,
        })
    }
}

/// The word after `name`.
fn field<'a>(report: &'a str, name: &str) -> anyhow::Result<&'a str> {
    let (_, rest) = report.split_once(name).with_context(|| format!("no {name} in:\n{report}"))?;
    rest.split_whitespace().next().with_context(|| format!("nothing after {name}"))
}

fn milliseconds(text: &str) -> anyhow::Result<f64> {
    let (number, factor) = if let Some(number) = text.strip_suffix("us") {
        (number, 0.001)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1.0)
    } else if let Some(number) = text.strip_suffix('s') {
        (number, 1000.0)
    } else {
        bail!("{text} is no time");
    };
    Ok(number.parse::<f64>()? * factor)
}
