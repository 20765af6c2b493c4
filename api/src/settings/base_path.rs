//! Where a proxy puts the service: `/presence`, or nothing for the root.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A path that all others are under, without a slash at its end; empty for the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BasePath(String);

impl BasePath {
    /// The path, to be put before one that begins with a slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What of `path` is under this one, with its slash; nothing if it is elsewhere, or if this is
    /// the root.
    #[must_use]
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(&self.0).filter(|_| !self.0.is_empty())?;
        match rest {
            "" => Some("/"),
            rest => rest.starts_with('/').then_some(rest),
        }
    }
}

impl FromStr for BasePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain);
        let names = text.strip_prefix('/').map(|names| names.split('/'));
        if text.is_empty() || names.is_some_and(|mut names| names.all(is_name)) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "{text:?} is no path such as /presence: a slash before each part and none at the end, \
             in parts letters, digits, and - . _ ~ alone; leave it out for the root"
        ))
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BasePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for BasePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_plainly() {
        for good in ["", "/presence", "/a/b-c/d_e.f~1", "/v1.0"] {
            assert_eq!(good.parse::<BasePath>().unwrap().as_str(), good);
        }
        for bad in [
            "/",
            "presence",
            "/presence/",
            "//presence",
            "/a//b",
            "/..",
            "/a/../b",
            "/./a",
            "/a b",
            "/a?b",
            "/a#b",
            "/%70",
            "/ü",
            "/a\nb",
            "/a\\b",
            "/{id}",
            "https://a.example/p",
            " /p",
        ] {
            let refusal = bad.parse::<BasePath>().unwrap_err();
            assert!(refusal.contains(&format!("{bad:?}")), "{refusal}");
        }
    }

    #[test]
    fn what_is_under_it_is_told_from_what_only_begins_alike() {
        let base: BasePath = "/p".parse().unwrap();
        assert_eq!(base.strip("/p/api/x"), Some("/api/x"));
        assert_eq!((base.strip("/p"), base.strip("/p/")), (Some("/"), Some("/")));
        for elsewhere in ["/", "/px", "/api/p/x", "/P/api", ""] {
            assert_eq!(base.strip(elsewhere), None, "{elsewhere}");
        }
        assert_eq!(BasePath::default().strip("/api"), None);
    }
}
