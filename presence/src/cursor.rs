//! Cursors: positions in the history of the online set, as clients hold them.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Era, Position};

/// A position in the history of the online set: opaque to clients, and good at
/// every node.
///
/// In the alphabet of URLs, a byte of version, then big-endian four bytes of era, eight of each
/// position, and two that check the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Which history.
    pub(crate) era: Era,
    /// Where in it.
    pub(crate) position: Position,
    /// The last write by which its client saw somebody come or go, as far as that is known. A store
    /// in which it never happened was restored.
    pub(crate) seen: Position,
}

impl Cursor {
    /// Where a client stands who stood here, and has heard all that there is up to `other`.
    pub(crate) fn latest(self, other: Self) -> Self {
        let (position, seen) = (self.position.max(other.position), self.seen.max(other.seen));
        Self { position, seen, ..self }
    }
}

/// What a client gave for a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenCursor {
    /// A cursor.
    Known(Cursor),
    /// A cursor of another version, before or after this one, which nobody here can read.
    OtherVersion,
}

/// A string that was never a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this was never a cursor: send back what an answer gave as its cursor, unchanged")]
pub struct InvalidCursor;

const VERSION: u8 = 2;

/// Every version begins with its number and ends with the check, whatever is in between.
const CHECK_BYTES: usize = 2;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [VERSION; 23];
        bytes[1..5].copy_from_slice(&self.era.number().to_be_bytes());
        bytes[5..13].copy_from_slice(&self.position.micros().to_be_bytes());
        bytes[13..21].copy_from_slice(&self.seen.micros().to_be_bytes());
        let check = check(&bytes[..21]);
        bytes[21..].copy_from_slice(&check);
        let mut text = [0; 31];
        URL_SAFE_NO_PAD.encode_slice(bytes, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for GivenCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let (content, given) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(InvalidCursor)?;
        if check(content) != *given {
            return Err(InvalidCursor);
        }
        let Some((&VERSION, content)) = content.split_first() else {
            return Ok(Self::OtherVersion);
        };
        let (era, content) = content.split_first_chunk().ok_or(InvalidCursor)?;
        let (position, content) = content.split_first_chunk().ok_or(InvalidCursor)?;
        let seen = content.try_into().map_err(|_| InvalidCursor)?;
        let read = |bytes| Position::from_micros(i64::from_be_bytes(bytes));
        let era = Era::new(u32::from_be_bytes(*era));
        Ok(Self::Known(Cursor { era, position: read(*position), seen: read(seen) }))
    }
}

/// Tells a cursor from a slip of the pen; it is no protection against forgery, which gains nothing.
fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    // Fletcher's checksum, modulo 255.
    let (low, high) = bytes.iter().fold((1_u16, 0_u16), |(low, high), byte| {
        let low = (low + u16::from(*byte)) % 255;
        (low, (high + low) % 255)
    });
    #[expect(clippy::cast_possible_truncation, reason = "both are below 255")]
    [high as u8, low as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        let position = Position::from_micros(1_795_200_000_007_042);
        let seen = Position::from_micros(1_795_199_000_000_008);
        Cursor { era: Era::new(0xC0FF_EE00), position, seen }
    }

    #[test]
    fn a_cursor_is_thirty_one_characters_that_need_no_escape_in_a_url() {
        assert_eq!(cursor().to_string(), "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc");
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        assert_eq!(cursor().to_string().parse(), Ok(GivenCursor::Known(cursor())));
    }

    #[test]
    fn what_was_never_a_cursor_is_told_apart_from_one_of_another_version() {
        let text = cursor().to_string();
        for wrong in
            ["", "A", "AA", "AAAA", "yesterday", "0", "AsD_7gAABmC5kk0bggAGYLlWsjYI8r", &text[1..]]
        {
            assert_eq!(wrong.parse::<GivenCursor>(), Err(InvalidCursor), "{wrong:?}");
        }
        let mut other = vec![7, 1, 2, 3];
        other.extend(check(&other));
        let other = URL_SAFE_NO_PAD.encode(other);
        assert_eq!(other.parse(), Ok(GivenCursor::OtherVersion));
    }
}
