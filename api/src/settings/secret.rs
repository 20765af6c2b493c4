//! Text that never shows: not in the log, not in `lastseen config`.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A secret, with no way to print it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

const MASK: &str = "********";

impl Secret {
    /// The secret itself, to make a key of.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Secret {
    /// The secret in a file: the newline that ends its last line is no part of it.
    #[must_use]
    pub fn in_file(text: &str) -> Self {
        let line = text.strip_suffix('\n').unwrap_or(text);
        Self(line.strip_suffix('\r').filter(|_| line != text).unwrap_or(line).to_owned())
    }

    /// Whether it begins or ends with blanks or newlines. They count, and whoever signs with the
    /// same secret may have left them out.
    #[must_use]
    pub fn has_blank_ends(&self) -> bool {
        self.0.trim() != self.0
    }
}

/// A URL whose password does not show.
pub(super) fn without_password<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked(url))
}

/// `url` with the password masked, before the host and among the parameters. Rather too much than
/// too little: an `@` may stand in a password, or behind the host.
fn masked(url: &str) -> String {
    let before_host = url.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let (user, _) = user.split_once(':')?;
        Some(format!("{scheme}://{user}:{MASK}@{host}"))
    });
    let url = before_host.unwrap_or_else(|| url.to_owned());
    let masked = |part: &str| {
        let parameter = part.trim_end_matches(['?', '&']);
        match parameter.split_once('=') {
            Some(("password", _)) => format!("password={MASK}{}", &part[parameter.len()..]),
            _ => part.to_owned(),
        }
    };
    url.split_inclusive(['?', '&']).map(masked).collect()
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_newline_of_a_file_is_no_part_of_its_secret() {
        for (text, secret) in
            [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n"), (" a\r", " a\r"), ("", "")]
        {
            assert_eq!(Secret::in_file(text).0, secret, "{text:?}");
        }
    }

    #[test]
    fn no_password_shows_wherever_it_stands_in_a_url() {
        for (url, shown) in [
            ("postgres://ada:word@db:5432/x", "postgres://ada:********@db:5432/x"),
            ("postgres://ada:w@or/d?@db/x?a=b", "postgres://ada:********@db/x?a=b"),
            (
                "postgres://db/x?user=ada&password=word",
                "postgres://db/x?user=ada&password=********",
            ),
            ("mysql://db/x?password=word&a=b", "mysql://db/x?password=********&a=b"),
            ("postgres://ada:word@db/x?a=b@c", "postgres://ada:********@c"),
            ("postgres://ada@db/x", "postgres://ada@db/x"),
            ("sqlite://lastseen.db?mode=rwc", "sqlite://lastseen.db?mode=rwc"),
        ] {
            assert_eq!(masked(url), shown);
        }
    }
}
