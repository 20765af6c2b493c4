//! Text that never shows: not in the log, not in `lastseen config`.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A secret, with no way to print it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// What stands for whatever may be secret.
pub(super) const MASK: &str = "********";

impl Secret {
    /// The secret itself, to make a key of.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Secret {
    /// Whether it begins or ends with blanks or newlines. They count, and whoever signs with the
    /// same secret may have left them out.
    #[must_use]
    pub fn has_blank_ends(&self) -> bool {
        self.0.trim() != self.0
    }
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

/// What a file holds: the newline that ends its last line, as editors and `echo` write it, is no part
/// of that.
pub(crate) fn without_last_newline(text: &str) -> &str {
    let Some(line) = text.strip_suffix('\n') else { return text };
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_newline_of_a_file_is_no_part_of_its_secret() {
        for (text, secret) in
            [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), ("a\n\n", "a\n"), (" a\r", " a\r"), ("", "")]
        {
            assert_eq!(without_last_newline(text), secret, "{text:?}");
        }
    }
}
