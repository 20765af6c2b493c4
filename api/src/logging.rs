//! The log: lines on the standard error, for people or for machines.

use std::io::{self, Write};

use env_logger::{Builder, Env, fmt::Formatter};
use log::{
    Record,
    kv::{self, VisitSource},
};
use serde_json::{Map, Value, json};

use crate::settings::LogFormat;

/// Everything from `info` on, but for the server's own chatter; `RUST_LOG` says otherwise.
const FILTER: &str = "info,actix_server=warn,actix_http=warn";

/// Begins to log. To be called once.
pub(crate) fn start(format: LogFormat) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(FILTER));
    if format == LogFormat::Json {
        builder.format(|line, record| {
            let time = line.timestamp_millis().to_string();
            write_json(line, record, time)
        });
    }
    builder.init();
    // A panic is a failure like any other, also for those who read lines of JSON.
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
}

/// One object in one line.
fn write_json(line: &mut Formatter, record: &Record<'_>, time: String) -> io::Result<()> {
    let mut fields = Fields(Map::new());
    fields.0.insert("time".to_owned(), Value::String(time));
    fields.0.insert("level".to_owned(), json!(record.level().as_str()));
    fields.0.insert("target".to_owned(), json!(record.target()));
    fields.0.insert("message".to_owned(), Value::String(record.args().to_string()));
    record.key_values().visit(&mut fields).map_err(io::Error::other)?;
    writeln!(line, "{}", Value::Object(fields.0))
}

struct Fields(Map<String, Value>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let value = value.to_u64().map_or_else(|| json!(value.to_string()), |number| json!(number));
        self.0.insert(key.to_string(), value);
        Ok(())
    }
}
