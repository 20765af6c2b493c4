//! Lists: an array in a file, separated by commas in the environment.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};

/// A list of what can be read from and written to a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

impl<'de, T: FromStr> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words(PhantomData))
    }
}

struct Words<T>(PhantomData<T>);

impl<'de, T: FromStr> Visitor<'de> for Words<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() {
            return Ok(List(Vec::new()));
        }
        text.split(',').map(word).collect::<Result<_, _>>().map(List)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(text) = words.next_element::<String>()? {
            list.push(word(&text)?);
        }
        Ok(List(list))
    }
}

fn word<T: FromStr, E: de::Error>(text: &str) -> Result<T, E> {
    let text = text.trim();
    text.parse().map_err(|_| E::custom(format!("{text:?} is not known")))
}
