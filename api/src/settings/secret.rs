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
