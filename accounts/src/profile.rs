//! What users say of themselves, and may leave out.

use chrono::{DateTime, NaiveDate};
use presence::Timestamp;

use crate::{
    Invalid,
    rules::{ensure, has_length, is_plain, is_trimmed},
};

/// A thing that users may say of themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What others are shown: 1 to 100 characters.
    DisplayName,
    /// A picture: relative, or by http or https; at most 2048 characters.
    AvatarUrl,
    /// Free text, 1 to 64 characters. For its owner alone.
    Gender,
    /// `YYYY-MM-DD`, from 1900-01-01 to today. For its owner alone.
    Birthdate,
    /// 1 to 32 characters, a digit among them. For its owner alone.
    PhoneNumber,
}

/// What is to change: each field that is named gets its value, or none any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile(Vec<(Field, Option<String>)>);

impl Profile {
    /// Changes `field` as well; to nothing when `value` is. `now` is store time.
    ///
    /// # Errors
    ///
    /// When that is no value for the field.
    pub fn set(
        &mut self,
        field: Field,
        value: Option<String>,
        now: Timestamp,
    ) -> Result<(), Invalid> {
        if let Some(value) = &value {
            field.check(value, now)?;
        }
        self.0.push((field, value));
        Ok(())
    }

    /// Whether it changes `field`.
    pub(crate) fn names(&self, field: Field) -> bool {
        self.0.iter().any(|(named, _)| *named == field)
    }

    /// What it sets `field` to.
    pub(crate) fn value(&self, field: Field) -> Option<&str> {
        let (_, value) = self.0.iter().rfind(|(named, _)| *named == field)?;
        value.as_deref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = (Field, Option<String>)> {
        self.0.into_iter()
    }
}

impl Field {
    fn check(self, value: &str, now: Timestamp) -> Result<(), Invalid> {
        match self {
            Self::DisplayName => ensure(
                has_length(value, 1, 100) && is_plain(value) && is_trimmed(value),
                "a display name has 1 to 100 characters that show, no space at its ends, and no \
                 control characters",
            ),
            Self::AvatarUrl => ensure(
                has_length(value, 1, 2048) && is_picture(value),
                "an avatar URL is relative, or begins with http:// or https://, has no white space \
                 and no control characters, and 1 to 2048 characters",
            ),
            Self::Gender => ensure(
                has_length(value, 1, 64) && is_plain(value) && is_trimmed(value),
                "gender has 1 to 64 characters that show, no space at its ends, and no control \
                 characters",
            ),
            Self::Birthdate => ensure(
                is_past_date(value, now),
                "a date of birth is written YYYY-MM-DD, from 1900-01-01 to today",
            ),
            Self::PhoneNumber => ensure(
                has_length(value, 1, 32) && is_number(value),
                "a phone number has 1 to 32 characters: digits, spaces, and +-./()#*x",
            ),
        }
    }
}

/// Whether a browser that is given `url` as a picture or a link fetches something over HTTP, and
/// does nothing else.
fn is_picture(url: &str) -> bool {
    // Browsers pass over some of these, so that `java\nscript:` is a scheme to them.
    if !is_plain(url) || url.contains(char::is_whitespace) {
        return false;
    }
    let colon = url.find([':', '/', '?', '#', '\\']).filter(|at| url[*at..].starts_with(':'));
    let Some(colon) = colon else { return true };
    let (scheme, rest) = url.split_at(colon);
    let host = rest.strip_prefix("://").unwrap_or_default();
    let is_http = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_http && !host.is_empty() && !host.starts_with(['/', '?', '#', '\\'])
}

fn is_past_date(text: &str, now: Timestamp) -> bool {
    let shape = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| shape);
    let today = DateTime::from_timestamp_millis(now.millis()).map(|now| now.date_naive());
    text >= "1900-01-01" && date.is_some_and(|date| Some(date) <= today)
}

fn is_number(text: &str) -> bool {
    let known = |char: char| char.is_ascii_digit() || " +-./()#*x".contains(char);
    text.chars().all(known) && text.contains(|char: char| char.is_ascii_digit()) && is_trimmed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21, an hour before midnight.
    const NOW: Timestamp = Timestamp::from_millis(1_795_302_000_000);

    fn takes(field: Field, value: &str) -> bool {
        Profile::default().set(field, Some(value.to_owned()), NOW).is_ok()
    }

    #[test]
    fn a_display_name_shows_and_turns_nothing_around() {
        let longest = "é".repeat(100);
        for name in ["Ada", "Ada Lovelace", "👩‍🚀 Sally", "مینا‌خانم", &longest] {
            assert!(takes(Field::DisplayName, name), "{name}");
        }
        for name in [
            "",
            " ",
            "Ada ",
            "a\nb",
            "a\0",
            "\u{202e}adA",
            "\u{200b}",
            "\u{3164}",
            "Ada\u{3164}",
            "\u{2800}Ada",
            "\u{115f}\u{1160}",
            "\u{301}",
            "Ada\u{e0061}\u{e0062}",
            &"é".repeat(101),
        ] {
            assert!(!takes(Field::DisplayName, name), "{name:?}");
        }
    }

    #[test]
    fn a_picture_is_relative_or_on_the_web() {
        let longest = format!("/{}", "x".repeat(2047));
        for url in [
            "/pictures/5.png",
            "5.png",
            "../5.png?size=2:1#a:b",
            "?5",
            "//cdn.example.com/5.png",
            "https://example.com/5.png",
            "HTTP://example.com",
            "a/b:c",
            &longest,
        ] {
            assert!(takes(Field::AvatarUrl, url), "{url}");
        }
        for url in [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:image/png;base64,AA==",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x/y",
            "http:",
            "http:/x",
            "https://",
            "https:///x",
            "x:y",
            ":",
            "a b.png",
            "/a\u{7f}",
            "/\u{202e}a",
            &format!("{longest}x"),
        ] {
            assert!(!takes(Field::AvatarUrl, url), "{url:?}");
        }
    }

    #[test]
    fn a_birthdate_is_a_real_day_that_has_come() {
        for date in ["1900-01-01", "2000-02-29", "2026-11-21"] {
            assert!(takes(Field::Birthdate, date), "{date}");
        }
        for date in [
            "",
            "2026-11-22",
            "2001-02-29",
            "1899-12-31",
            "2000-1-1",
            "2000-01-01T00:00:00Z",
            "01.01.2000",
            "+2000-01-1",
            "2000-13-01",
            " 2000-01-01",
            "２０００-01-01",
        ] {
            assert!(!takes(Field::Birthdate, date), "{date:?}");
        }
    }

    #[test]
    fn gender_and_phone_number_are_short_and_on_one_line() {
        for (field, value) in [
            (Field::Gender, "woman"),
            (Field::Gender, "it's complicated"),
            (Field::PhoneNumber, "+49 (30) 1234-567 x8"),
        ] {
            assert!(takes(field, value), "{value}");
        }
        for (field, value) in [
            (Field::Gender, ""),
            (Field::Gender, "a\nb"),
            (Field::Gender, "\u{ffa0}"),
            (Field::Gender, "\u{301}\u{302}"),
            (Field::PhoneNumber, ""),
            (Field::PhoneNumber, "+"),
            (Field::PhoneNumber, "call me"),
            (Field::PhoneNumber, " 5"),
            (Field::PhoneNumber, "٥٥٥"),
        ] {
            assert!(!takes(field, value), "{value:?}");
        }
        assert!(!takes(Field::Gender, &"x".repeat(65)));
        assert!(!takes(Field::PhoneNumber, &"5".repeat(33)));
    }

    #[test]
    fn every_field_may_be_emptied() {
        let mut profile = Profile::default();
        for field in [Field::DisplayName, Field::AvatarUrl, Field::Birthdate] {
            profile.set(field, None, NOW).unwrap();
        }
        assert!(profile.names(Field::AvatarUrl) && !profile.names(Field::Gender));
        assert_eq!(profile.value(Field::AvatarUrl), None);
    }
}
