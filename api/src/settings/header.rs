//! Names of request headers, or `*` for all.

use std::str::FromStr;

use actix_web::http::header::HeaderName;
use serde::{Serialize, Serializer};

/// What pages of other origins may send along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedHeader {
    /// Anything.
    Any,
    /// That, in small letters.
    One(HeaderName),
}

impl FromStr for AllowedHeader {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "*" => Ok(Self::Any),
            name => name.parse().map(Self::One).map_err(|_| ()),
        }
    }
}

impl Serialize for AllowedHeader {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Any => "*",
            Self::One(name) => name.as_str(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_token_in_any_case() {
        let read = |text: &str| text.parse::<AllowedHeader>();
        assert_eq!(read("X-Tenant"), read("x-tenant"));
        assert!(read("X-Tenant").is_ok());
        assert_eq!(read("*"), Ok(AllowedHeader::Any));
        for bad in ["", "a b", "x:", "ü", "a\n"] {
            assert_eq!(read(bad), Err(()), "{bad:?}");
        }
    }
}
