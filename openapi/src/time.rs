//! Times on the wire: RFC 3339 in UTC with milliseconds.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// A point in time. Written in UTC with milliseconds; read with any offset and any fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub DateTime<Utc>);

impl Time {
    /// The point `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(DateTime::from_timestamp_millis(millis).unwrap_or_default())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).map_err(|_| {
            de::Error::custom("expected an RFC 3339 time such as 2026-01-28T14:32:59.000Z")
        })?;
        let time = time.to_utc();
        // What is read must be possible to write: RFC 3339 has four digits for a year.
        if !(0..=9999).contains(&time.year()) {
            return Err(de::Error::custom("expected a time in the years 0 to 9999"));
        }
        Ok(Self(time))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-01-28T14:32:59.000Z"])
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_any_offset_and_written_in_utc_with_milliseconds() {
        let read = |text: &str| serde_json::from_str::<Time>(&format!("\"{text}\""));
        for (text, written) in [
            ("2026-01-28T14:32:59.000Z", "2026-01-28T14:32:59.000Z"),
            ("2026-01-28T14:32:59Z", "2026-01-28T14:32:59.000Z"),
            ("2026-01-28T16:32:59.123999+02:00", "2026-01-28T14:32:59.123Z"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), written);
        }
        for text in [
            "",
            "now",
            "2026-01-28",
            "2026-01-28T14:32:59",
            "1769610779",
            "2026-13-01T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
