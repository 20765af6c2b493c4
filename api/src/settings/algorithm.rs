//! The names of algorithms (RFC 7518, 3.1; RFC 8037; RFC 9864).

use std::str::FromStr;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer};

use super::List;
use crate::auth::algorithm;

/// An algorithm, by any of its names.
struct Named(Algorithm);

impl FromStr for Named {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        algorithm(name).map(Self).ok_or(())
    }
}

/// Reads a list of them.
pub(super) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<List<Algorithm>, D::Error> {
    let List(named) = List::<Named>::deserialize(from)?;
    Ok(List(named.into_iter().map(|Named(algorithm)| algorithm).collect()))
}
