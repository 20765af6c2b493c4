//! Availability, text and emoji, and until when they hold.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    Timestamp,
    text::{is_plain, shows},
};

/// Whether a user wants to be talked to. Says nothing about whether they are online.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// Nothing stands against it.
    #[default]
    Available,
    /// Not at the keyboard.
    Away,
    /// Working on something.
    Busy,
    /// Do not disturb.
    Dnd,
}

/// What a user says of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Whether they want to be talked to.
    pub availability: Availability,
    /// In their own words; valid by [`text`].
    pub text: Option<Arc<str>>,
    /// One emoji; valid by [`emoji`].
    pub emoji: Option<Arc<str>>,
    /// From then on none of it holds any more. Evaluated when read: nothing happens at that time.
    pub expires_at: Option<Timestamp>,
}

/// Why something cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStatus {
    /// Not one of the four.
    #[error("one of available, away, busy and dnd")]
    Availability,
    /// Too long, not one line, or nothing that shows.
    #[error(
        "a text is one line of at most {MAX_TEXT} characters, some of which show, without control \
         characters and hidden ones"
    )]
    Text,
    /// Not one emoji.
    #[error("exactly one emoji such as 🌴")]
    Emoji,
    /// Not in the future.
    #[error("a time in the future is needed")]
    ExpiresAt,
}

/// The most characters of a text.
pub const MAX_TEXT: usize = 140;

/// A text without the white space around it; nothing when none is left.
///
/// # Errors
///
/// [`InvalidStatus::Text`] when it has over [`MAX_TEXT`] characters, is not plain, or shows nothing.
pub fn text(text: &str) -> Result<Option<Arc<str>>, InvalidStatus> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > MAX_TEXT || !is_plain(text) || !shows(text) {
        return Err(InvalidStatus::Text);
    }
    Ok(Some(text.into()))
}

/// An emoji; nothing when it is empty.
///
/// # Errors
///
/// [`InvalidStatus::Emoji`] when it is anything but one emoji that Unicode recommends.
pub fn emoji(emoji: &str) -> Result<Option<Arc<str>>, InvalidStatus> {
    if emoji.is_empty() {
        return Ok(None);
    }
    let known = emojis::get(emoji).ok_or(InvalidStatus::Emoji)?;
    Ok(Some(known.as_str().into()))
}

impl Declared {
    /// As it is to be read at `now`.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        if self.expires_at.is_some_and(|end| end <= now) { Self::default() } else { self.clone() }
    }
}

impl Availability {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Dnd => "dnd",
        }
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Availability {
    type Err = InvalidStatus;

    fn from_str(word: &str) -> Result<Self, InvalidStatus> {
        let all = [Self::Available, Self::Away, Self::Busy, Self::Dnd];
        all.into_iter().find(|known| known.as_str() == word).ok_or(InvalidStatus::Availability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_of_at_most_140_characters() {
        assert_eq!(text("  at lunch "), Ok(Some("at lunch".into())));
        assert_eq!(text(" "), Ok(None));
        assert!(text(&"ü".repeat(140)).unwrap().is_some());
        assert_eq!(text(&"x".repeat(141)), Err(InvalidStatus::Text));
        for unfit in [
            "a\nb",
            "a\u{2028}b",
            "\u{202E}evil",
            "\u{3164}",
            "\u{2800}",
            "\u{301}",
            "\u{200b}",
            "hi\u{e0061}\u{e0062}",
        ] {
            assert_eq!(text(unfit), Err(InvalidStatus::Text), "{unfit:?}");
        }
    }

    #[test]
    fn an_emoji_is_one_emoji() {
        for one in ["🌴", "👩🏽‍🚀", "🇻🇳", "❤️"] {
            assert!(emoji(one).unwrap().is_some(), "{one}");
        }
        assert_eq!(emoji(""), Ok(None));
        for other in
            ["a", "🌴🌴", ":palm_tree:", " 🌴", "1", "🌴x", "\u{3164}", "\u{200d}", "🌴\u{e0061}"]
        {
            assert_eq!(emoji(other), Err(InvalidStatus::Emoji), "{other}");
        }
    }

    #[test]
    fn what_is_said_holds_until_just_before_it_expires() {
        let end = Timestamp::from_millis(1_000);
        let busy = Declared {
            availability: Availability::Busy,
            expires_at: Some(end),
            ..Declared::default()
        };
        assert_eq!(busy.at(Timestamp::from_millis(999)), busy);
        assert_eq!(busy.at(end), Declared::default());
    }

    #[test]
    fn availability_is_one_of_four_words() {
        for word in ["available", "away", "busy", "dnd"] {
            assert_eq!(word.parse::<Availability>().unwrap().as_str(), word);
        }
        assert!("Busy".parse::<Availability>().is_err());
    }
}
