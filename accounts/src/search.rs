//! Looking for people by a part of their names.

use crate::{
    Invalid,
    folding::fold,
    rules::{ensure, has_length, is_plain},
};

/// A part of a name, in the form in which names are searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// What to look for: `text` without the space around it, at most 100 characters on one line.
    /// Nothing when that is empty.
    ///
    /// # Errors
    ///
    /// When it is longer, or holds control characters.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        let text = text.trim();
        ensure(has_length(text, 0, 100), "at most 100 characters are searched for")?;
        ensure(is_plain(text), "no name has control characters")?;
        Ok((!text.is_empty()).then(|| Self(fold(text))))
    }

    pub(crate) fn folded(&self) -> &str {
        &self.0
    }
}

/// What is searched of an account: each of its names on a line of its own, so that no search, which
/// is on one line, finds the end of one and the beginning of the other.
pub(crate) fn search_text(username_key: &str, display_name: Option<&str>) -> String {
    format!("{username_key}\n{}", fold(display_name.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_folded_like_what_it_searches() {
        let search = Search::parse(" STRASSE ").unwrap().unwrap();
        assert!(search_text("ada", Some("Lange Straße 5")).contains(search.folded()));
        assert!(search_text("strasse", None).contains(search.folded()));
        assert!(!search_text("stras", Some("Se")).contains(search.folded()));
    }

    #[test]
    fn an_empty_search_is_none_and_a_long_one_or_one_over_lines_is_refused() {
        assert_eq!(Search::parse(" "), Ok(None));
        for wrong in ["a\nb", "a\0b", &"x".repeat(101)] {
            assert!(Search::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
