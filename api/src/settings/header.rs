//! Names of request headers, or `*` for all.

use actix_web::http::header::HeaderName;
use serde::{Serialize, Serializer};

use super::list::Word;

/// What pages of other origins may send along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedHeader {
    /// Anything.
    Any,
    /// That, in small letters.
    One(HeaderName),
}

impl Word for AllowedHeader {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Self::Any),
            name => name.parse().map(Self::One).map_err(|_| {
                "is not the name of a header: \"x-tenant\" or \"*\" would do".to_owned()
            }),
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
        let read = AllowedHeader::read;
        assert_eq!(read("X-Tenant"), read("x-tenant"));
        assert!(read("X-Tenant").is_ok());
        assert_eq!(read("*"), Ok(AllowedHeader::Any));
        for bad in ["", "a b", "x:", "ü", "a\n"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
