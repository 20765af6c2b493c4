//! The fields of a body, as its type names them.

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error, Visitor, value},
    forward_to_deserialize_any,
};

/// The names of the fields of `T`; none if it is no struct.
pub(super) fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    // It fails in any case: there is nothing to be read.
    T::deserialize(Names(&mut names)).ok();
    names
}

/// Takes note of what a struct asks for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Error::custom("asked for its fields alone"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use openapi::model::{BatchRequest, LoginRequest, MarkOfflineRequest};

    use super::*;

    #[test]
    fn they_are_those_of_the_wire() {
        assert_eq!(names::<LoginRequest>(), ["username", "password"]);
        assert_eq!(names::<BatchRequest>(), ["user_ids"]);
        assert_eq!(names::<MarkOfflineRequest>(), ["timestamp", "session_id", "all_sessions"]);
        assert!(names::<String>().is_empty());
    }
}
