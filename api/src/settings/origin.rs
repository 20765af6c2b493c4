//! Origins: `https://app.example.com`, or `*` for all.

use std::str::FromStr;

use reqwest::Url;
use serde::{Serialize, Serializer};

/// Where pages come from that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Anywhere.
    Any,
    /// There, written as browsers write it.
    One(String),
}

impl FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let url: Url = text.parse().map_err(|_| ())?;
        let origin = url.origin().ascii_serialization();
        // As a browser writes it, or it would never match: no path, no usual port, no capitals.
        // Nor does it write patterns.
        let is_exact = origin == text && !text.contains('*');
        if matches!(url.scheme(), "http" | "https") && is_exact {
            return Ok(Self::One(origin));
        }
        Err(())
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Any => "*",
            Self::One(origin) => origin,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_do() {
        for good in
            ["https://a.example", "http://localhost:3000", "https://xn--nd-yka.example", "*"]
        {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "null",
            "a.example",
            "https://a.example/",
            "https://a.example:443",
            "https://A.example",
            "https://*.example",
            "https://a.example/path",
            "ftp://a.example",
            "https://ünd.example",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
