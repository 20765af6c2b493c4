//! Lists: an array in a file, separated by commas in the environment.

use std::{fmt, marker::PhantomData};

use jsonwebtoken::Algorithm;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};

use crate::auth::algorithm;

/// What can be read from a word.
pub trait Word: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with the word, and what would do, to stand behind the word itself.
    fn read(text: &str) -> Result<Self, String>;
}

/// A list of what can be read from and written to a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

impl<'de, T: Word> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words(PhantomData))
    }
}

struct Words<T>(PhantomData<T>);

impl<'de, T: Word> Visitor<'de> for Words<T> {
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

fn word<T: Word, E: de::Error>(text: &str) -> Result<T, E> {
    let text = text.trim();
    T::read(text).map_err(|reason| E::custom(format!("{text:?} {reason}")))
}

/// By any of its names (RFC 7518, 3.1; RFC 8037; RFC 9864).
impl Word for Algorithm {
    fn read(text: &str) -> Result<Self, String> {
        let known = "is not known: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, \
            ES256, ES384 and EdDSA are";
        algorithm(text).ok_or_else(|| known.to_owned())
    }
}
