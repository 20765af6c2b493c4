//! The log: lines on the standard error, for people or for machines.

use std::io::{self, Write};

use env_logger::{Builder, Env, Logger, fmt::Formatter};
use log::{
    Log, Metadata, Record,
    kv::{self, VisitSource},
};
use serde_json::{Map, Value, json};

use crate::{plain_text::plain_text, settings::LogFormat};

/// Everything from `info` on, but for the server's own chatter; `RUST_LOG` says otherwise. What the
/// protocol has to say is said of clients that break it, once for each time.
const FILTER: &str = "info,actix_server=warn,actix_http=off";

/// More characters of a message are not written: those of a database may hold what it was sent.
const LONGEST_MESSAGE: usize = 2000;

/// Begins to log. To be called once.
pub(crate) fn start(format: LogFormat) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(FILTER));
    if format == LogFormat::Json {
        builder.format(|line, record| {
            let time = line.timestamp_millis().to_string();
            write_json(line, record, time)
        });
    }
    let logger = builder.build();
    let level = logger.filter();
    if log::set_boxed_logger(Box::new(OneLine(logger))).is_ok() {
        log::set_max_level(level);
    }
    // A panic is a failure like any other, also for those who read lines of JSON.
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
}

/// Writes each message as one line of plain text, whatever is in it.
struct OneLine(Logger);

impl Log for OneLine {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.0.matches(record) {
            return;
        }
        let message = plain_text(&record.args().to_string(), LONGEST_MESSAGE);
        self.0.log(&record.to_builder().args(format_args!("{message}")).build());
    }

    fn flush(&self) {
        self.0.flush();
    }
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
