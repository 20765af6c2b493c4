//! The vocabulary: ids and times, parsed once and valid ever after.

use std::{fmt, sync::Arc, time::Duration};

/// A point in store time (or a client's stamp to compare with it): milliseconds since
/// 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z, the `last_activity` of a session that said it is leaving.
    pub const EPOCH: Self = Self(0);

    /// The point `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This point, `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// This point, `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Which kind of ids the application uses (`auth.user_id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserIdKind {
    /// 0 to 2^53-1, so that every JSON reader keeps them exact.
    Integer,
    /// 1 to 128 bytes.
    String,
}

/// Whoever a token names. Ascending order is numeric, or by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Repr);

/// 16 bytes: the length of the string doubles as the tag's neighbour, so a number costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Integer(u64),
    String(Arc<str>),
}

/// An id as its owner may look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserIdValue {
    /// A number from 0 to 2^53-1.
    Integer(u64),
    /// A string of 1 to 128 bytes.
    String(Arc<str>),
}

/// Why something is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Not a user id where ids are integers.
    #[error("a user id is an integer from 0 to 9007199254740991")]
    NotAnInteger,
    /// Not a user id where ids are strings.
    #[error("a user id is a string of 1 to 128 bytes without control characters")]
    NotAString,
    /// Not a session id.
    #[error("a session id has at most 128 bytes and no control characters")]
    NotASession,
}

/// The longest id of a user or a session, in bytes.
const MAX_BYTES: usize = 128;

impl UserId {
    /// 2^53-1, the largest integer that a JSON reader with doubles keeps exact.
    pub const MAX_INTEGER: u64 = (1 << 53) - 1;

    /// The user with the number `id`.
    ///
    /// # Errors
    ///
    /// When `id` is over [`Self::MAX_INTEGER`].
    pub fn integer(id: u64) -> Result<Self, InvalidId> {
        if id > Self::MAX_INTEGER {
            return Err(InvalidId::NotAnInteger);
        }
        Ok(Self(Repr::Integer(id)))
    }

    /// The user whom `text` names: a number in plain decimal (no sign, no leading zero, so that
    /// one user has one spelling), or the string itself.
    ///
    /// # Errors
    ///
    /// When `text` is not an id of that kind.
    pub fn parse(kind: UserIdKind, text: &str) -> Result<Self, InvalidId> {
        match kind {
            UserIdKind::Integer => {
                let plain = text.bytes().all(|byte| byte.is_ascii_digit())
                    && (text == "0" || !text.starts_with('0'));
                let id = text.parse().ok().filter(|_| plain).ok_or(InvalidId::NotAnInteger)?;
                Self::integer(id)
            }
            UserIdKind::String if !text.is_empty() && storable(text) => {
                Ok(Self(Repr::String(text.into())))
            }
            UserIdKind::String => Err(InvalidId::NotAString),
        }
    }

    /// The id in the form that its owner gave it.
    #[must_use]
    pub fn value(&self) -> UserIdValue {
        match &self.0 {
            Repr::Integer(id) => UserIdValue::Integer(*id),
            Repr::String(id) => UserIdValue::String(Arc::clone(id)),
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(id) => write!(f, "{id}"),
            Repr::String(id) => f.write_str(id),
        }
    }
}

/// One tab, device or connection of a user; empty when the client names none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Option<Arc<str>>);

impl SessionId {
    /// The session of clients that name none.
    pub const NONE: Self = Self(None);

    /// The session called `text`.
    ///
    /// # Errors
    ///
    /// When `text` is over 128 bytes or holds a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if !storable(text) {
            return Err(InvalidId::NotASession);
        }
        Ok(Self((!text.is_empty()).then(|| text.into())))
    }

    /// The name, empty for the session that has none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether this is the session of clients that name none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// Control characters are refused: no client means one, and PostgreSQL cannot store NUL.
fn storable(text: &str) -> bool {
    text.len() <= MAX_BYTES && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(text: &str) -> Result<UserId, InvalidId> {
        UserId::parse(UserIdKind::Integer, text)
    }

    #[test]
    fn integer_ids_have_one_spelling_and_an_upper_end() {
        assert_eq!(integer("0").unwrap().to_string(), "0");
        assert_eq!(integer("9007199254740991").unwrap().to_string(), "9007199254740991");
        let wrong = ["", "-1", "+1", "01", "1.0", "1e3", " 1", "9007199254740992", "0x1", "٣"];
        for text in wrong.into_iter().chain(["99999999999999999999999"]) {
            assert_eq!(integer(text), Err(InvalidId::NotAnInteger), "{text:?}");
        }
    }

    #[test]
    fn string_ids_have_1_to_128_bytes_and_no_control_characters() {
        let parse = |text: &str| UserId::parse(UserIdKind::String, text);
        for text in ["5", "ada", "ünïcödé", &"x".repeat(128)] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in ["", &"x".repeat(129), &"é".repeat(65), "a\0b", "a\nb"] {
            assert_eq!(parse(text), Err(InvalidId::NotAString), "{text:?}");
        }
    }

    #[test]
    fn integers_ascend_by_number_and_strings_by_bytes() {
        assert!(integer("9").unwrap() < integer("10").unwrap());
        let parse = |text: &str| UserId::parse(UserIdKind::String, text).unwrap();
        assert!(parse("10") < parse("9"));
        assert!(parse("Z") < parse("a"));
    }

    #[test]
    fn a_user_id_takes_16_bytes() {
        assert_eq!(size_of::<UserId>(), 16);
    }

    #[test]
    fn session_ids_may_be_empty_but_not_long() {
        assert!(SessionId::parse("").unwrap().is_empty());
        assert_eq!(SessionId::parse("tab-1").unwrap().as_str(), "tab-1");
        assert_eq!(SessionId::parse(&"s".repeat(4096)), Err(InvalidId::NotASession));
        assert_eq!(SessionId::parse("a\u{7f}"), Err(InvalidId::NotASession));
    }
}
