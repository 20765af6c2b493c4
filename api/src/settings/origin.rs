//! Origins: `https://app.example.com`, or `*` for all.

use reqwest::Url;
use serde::{Serialize, Serializer};

use super::list::Word;

/// Where pages come from that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Anywhere.
    Any,
    /// There, written as browsers write it.
    One(String),
}

impl Word for Origin {
    /// An origin as people write it: a slash at the end, capitals and the scheme's own port change
    /// nothing. It is kept as browsers write it, or it would never match.
    fn read(text: &str) -> Result<Self, String> {
        const LIKE: &str = "https://app.example.com";
        if text == "*" {
            return Ok(Self::Any);
        }
        if text.contains('*') {
            return Err(format!("is a pattern: name each origin, such as {LIKE}, or \"*\" alone"));
        }
        let url: Option<Url> = text.parse().ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url else {
            return Err(format!(
                "is not an origin: https:// or http:// and a host, such as {LIKE}"
            ));
        };
        let origin = url.origin().ascii_serialization();
        // With nothing before the host and nothing behind it, this is all that there is.
        if url.as_str() == format!("{origin}/") && !text.ends_with(['?', '#']) {
            return Ok(Self::One(origin));
        }
        Err(format!("is more than an origin: {origin} would do"))
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
    fn origins_are_kept_as_browsers_write_them() {
        for (text, kept) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("http://a.example:80/", "http://a.example"),
            ("https://a.example:8443/", "https://a.example:8443"),
            ("HTTPS://A.Example", "https://a.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000/", "http://[::1]:3000"),
            ("https://\u{fc}nd.example", "https://xn--nd-wka.example"),
        ] {
            assert_eq!(Origin::read(text), Ok(Origin::One(kept.to_owned())), "{text}");
        }
        assert_eq!(Origin::read("*"), Ok(Origin::Any));
    }

    #[test]
    fn what_is_no_origin_is_refused_with_what_would_do() {
        for (text, said) in [
            ("", "https://app.example.com"),
            ("null", "https://app.example.com"),
            ("a.example", "https://app.example.com"),
            ("localhost:3000", "https://app.example.com"),
            ("ftp://a.example", "https://app.example.com"),
            ("https://*.example", "name each origin"),
            ("https://a.example/path", "https://a.example would do"),
            ("https://a.example/?a=b", "https://a.example would do"),
            ("https://a.example?", "https://a.example would do"),
            ("https://a.example/#", "https://a.example would do"),
            ("https://ada:word@a.example", "https://a.example would do"),
        ] {
            let refusal = Origin::read(text).unwrap_err();
            assert!(refusal.contains(said), "{text}: {refusal}");
        }
    }
}
