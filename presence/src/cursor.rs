//! Cursors: positions in the history of the online set, as clients hold them.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Timestamp;

/// A position in the history of the online set: everything up to this point in store time.
///
/// Opaque to clients, and the same for every node: one byte of version, then the milliseconds,
/// big-endian, in the alphabet of URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(Timestamp);

const VERSION: u8 = 1;

impl Cursor {
    pub(crate) fn at(time: Timestamp) -> Self {
        Self(time)
    }

    /// The point in store time that it stands for.
    pub(crate) fn time(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [VERSION; 9];
        bytes[1..].copy_from_slice(&self.0.millis().to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_twelve_characters_that_need_no_escape_in_a_url() {
        let cursor = Cursor::at(Timestamp::from_millis(1_795_200_000_007));
        assert_eq!(cursor.to_string(), "AQAAAaH6QiAH");
    }
}
