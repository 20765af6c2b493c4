//! Names that users log in by.

use std::collections::BTreeSet;

use crate::{
    Invalid,
    folding::fold,
    rules::{ensure, has_length, is_invisible, is_mark},
    shape::{is_of_natural_scripts, shape},
};

/// A name to log in by, and what makes it the same as another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    given: String,
    key: String,
}

const MAX_CHARS: usize = 64;

/// Some letters look like several, so a shape is longer than its name.
const MAX_SHAPE_CHARS: usize = 255;

impl Username {
    /// The name `text`: 1 to 64 characters that show, with single spaces between them.
    ///
    /// # Errors
    ///
    /// When it is empty or longer, also once its letters are normalised; has white space at its
    /// ends, or other than single spaces inside; holds characters that do not show; has a word that
    /// begins with an accent, or one that mixes scripts that are not written together.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = Self::of_login(text)?;
        ensure(
            text.split(' ').all(|word| !word.starts_with(is_mark)),
            "no word of a user name begins with an accent",
        )?;
        ensure(
            is_of_natural_scripts(&name.key),
            "a word of a user name is of one script: letters of others look alike",
        )?;
        Ok(name)
    }

    /// The name `text`, if an account could ever have had it.
    pub(crate) fn of_login(text: &str) -> Result<Self, Invalid> {
        ensure(has_length(text, 1, MAX_CHARS), "a user name has 1 to 64 characters")?;
        ensure(
            text.split(' ').all(|word| !word.is_empty()),
            "a user name has no space at its ends, and single ones between its words",
        )?;
        ensure(
            !text.contains(|char| char != ' ' && is_invisible(char)),
            "a user name has no control characters, and none that do not show",
        )?;
        let key = fold(text);
        ensure(
            has_length(&key, 1, MAX_CHARS),
            "a user name has at most 64 characters once its letters are normalised",
        )?;
        Ok(Self { given: text.to_owned(), key })
    }

    /// As it was given.
    pub(crate) fn given(&self) -> &str {
        &self.given
    }

    /// The same for all names that count as the same.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What it looks like, in small letters and as it was given: no two accounts have one in common.
    pub(crate) fn shapes(&self) -> BTreeSet<String> {
        let cut = |shape: String| shape.chars().take(MAX_SHAPE_CHARS).collect();
        [shape(&self.key), shape(&self.given)].map(cut).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_are_names() {
        let longest = "é".repeat(64);
        let names = [
            "a",
            "Ada",
            "ada@example.com",
            "Ada Lovelace",
            "Ада",
            "山田 太郎",
            "اَدا",
            "5",
            "ヤマダTaro",
            "김철수",
            "Ivan Иван",
            "Νίκος",
            "สมใจ",
            "अदा",
            "O'Neil",
            "שרה",
            "Ёлка",
        ];
        for name in names.into_iter().chain([&longest[..], "🦀", "a\u{301}"]) {
            assert_eq!(Username::parse(name).unwrap().given(), name);
        }
    }

    #[test]
    fn names_that_would_look_like_others_are_refused() {
        for name in [
            "",
            " ",
            " ada",
            "ada ",
            "a  da",
            "\tada",
            "ada\n",
            "a\u{a0}da",
            "a\u{3000}da",
            "a\0da",
            "a\u{7f}da",
            "a\u{200b}da",
            "a\u{200d}da",
            "a\u{ad}da",
            "a\u{202e}da",
            "a\u{2060}da",
            "\u{feff}ada",
            "a\u{fe0f}da",
            "\u{3164}",
            "\u{115f}",
            "\u{2800}",
            "a\u{2028}da",
            "\u{e000}",
            "a\u{e0061}da",
            "\u{378}",
            "a\u{34f}da",
            "\u{ffa0}",
            "\u{1160}",
            "\u{301}",
            "\u{20dd}ada",
            "ada \u{301}b",
            "аda",
            "pаypаl",
            "раураl",
            "Ada gοοgle",
        ] {
            assert!(Username::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_name_is_no_longer_than_64_characters_however_it_is_counted() {
        for name in ["a".repeat(65), "ß".repeat(33), "\u{fdfa}".repeat(4)] {
            assert!(Username::parse(&name).is_err(), "{name}");
        }
        assert_eq!(Username::parse(&"ß".repeat(32)).unwrap().key(), "s".repeat(64));
    }

    #[test]
    fn names_that_differ_in_their_writing_alone_have_the_same_key() {
        let key = |name| Username::parse(name).unwrap().key;
        assert_eq!(key("Ådá"), key("a\u{30a}DA\u{301}"));
        assert_ne!(key("ada"), key("a da"));
    }
}
