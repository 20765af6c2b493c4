//! Ids and spans of time on the wire.

use std::{fmt, sync::Arc, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

/// The application's own id of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum UserId {
    /// With `auth.user_id = "integer"`.
    Integer(u64),
    /// With `auth.user_id = "string"`.
    String(Arc<str>),
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Id;

        impl Visitor<'_> for Id {
            type Value = UserId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a user id")
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<UserId, E> {
                Ok(UserId::Integer(id))
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<UserId, E> {
                Ok(UserId::String(id.into()))
            }
        }

        deserializer.deserialize_any(Id)
    }
}

impl PartialSchema for UserId {
    fn schema() -> RefOr<Schema> {
        let integer = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0_u64))
            .maximum(Some(9_007_199_254_740_991_u64))
            .examples([5]);
        let string = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(128))
            .examples(["ada"]);
        OneOfBuilder::new()
            .item(integer)
            .item(string)
            .description(Some(
                "The application's own id of a user: an integer, or a string of 1 to 128 bytes \
                 where the operator set `auth.user_id = \"string\"`.",
            ))
            .examples([5])
            .into()
    }
}

impl ToSchema for UserId {}

/// A number of seconds: an integer where it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Seconds {
    /// Whole seconds.
    Whole(u64),
    /// With milliseconds.
    Fractional(f64),
}

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        if duration.subsec_nanos() == 0 {
            Self::Whole(duration.as_secs())
        } else {
            // One rounding: a sum of seconds and nanoseconds would end in …99999.
            Self::Fractional(duration.div_duration_f64(Duration::from_secs(1)))
        }
    }
}

impl PartialSchema for Seconds {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0_u64)).into()
    }
}

impl ToSchema for Seconds {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_an_integer_or_a_string() {
        let read = |json| serde_json::from_str::<UserId>(json).map_err(|error| error.to_string());
        assert_eq!(read("9007199254740991"), Ok(UserId::Integer(9_007_199_254_740_991)));
        assert_eq!(read("\"5\""), Ok(UserId::String("5".into())));
        for wrong in ["-1", "1.5", "5.0", "1e3", "null", "true", "[5]", "{}"] {
            assert!(read(wrong).unwrap_err().contains("expected a user id"), "{wrong}");
        }
    }

    #[test]
    fn seconds_are_integers_where_they_are_whole() {
        let json = |millis| serde_json::to_string(&Seconds::from(Duration::from_millis(millis)));
        assert_eq!(json(120_000).unwrap(), "120");
        assert_eq!(json(250).unwrap(), "0.25");
        for millis in (1..10_000).filter(|millis| millis % 1000 > 0) {
            let text = format!("{}.{:03}", millis / 1000, millis % 1000);
            assert_eq!(json(millis).unwrap(), text.trim_end_matches('0'));
        }
    }
}
