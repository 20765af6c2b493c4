//! Looking for people by the words of their names.
//!
//! A name is found by how it goes on from a word: "Ada Lovelace" from "ada lovelace" and from
//! "lovelace". These are its terms. They are rows of a table in their order, so that a search reads as
//! many of them as it answers, however many accounts there are.

use std::collections::BTreeSet;

use icu_properties::{CodePointMapData, props::LineBreak};

use crate::{
    Invalid,
    folding::fold,
    rules::{ensure, has_length, is_mark, is_plain},
};

/// The beginning of a word of a name, and perhaps what follows it, in the form in which names are
/// searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(String);

/// Where in the order of what a search finds: the first term of an account that the search finds,
/// and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(crate) term: String,
    pub(crate) number: i64,
}

/// What is kept of a term, and looked at of a search.
const TERM_CHARS: usize = 64;

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
        Ok((!text.is_empty()).then(|| Self(cut(&fold(text)))))
    }

    /// The place that `text` stands for, if it is one of this search.
    #[must_use]
    pub fn place(&self, text: &str) -> Option<Place> {
        let (number, term) = text.split_once(' ')?;
        let number = number.parse().ok()?;
        term.starts_with(&self.0).then(|| Place { term: term.to_owned(), number })
    }

    /// All terms that it finds begin with this.
    pub(crate) fn begin(&self) -> &str {
        &self.0
    }

    /// And come before this: no name holds the last of all code points.
    pub(crate) fn end(&self) -> String {
        format!("{}{}", self.0, char::MAX)
    }

    /// The first term by which it finds an account, of which this is the text to search.
    pub(crate) fn first_of(&self, search_text: &str) -> Option<String> {
        terms(search_text).into_iter().find(|term| term.starts_with(&self.0))
    }
}

impl Place {
    /// As text, for [`Search::place`].
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} {}", self.number, self.term)
    }
}

/// What is searched of an account: each of its names on a line of its own.
pub(crate) fn search_text(username_key: &str, display_name: Option<&str>) -> String {
    format!("{username_key}\n{}", fold(display_name.unwrap_or_default()))
}

/// By what an account is found: its names from each of their words on.
pub(crate) fn terms(search_text: &str) -> BTreeSet<String> {
    search_text.lines().flat_map(of_line).collect()
}

fn of_line(name: &str) -> impl Iterator<Item = String> {
    let mut before = ' ';
    name.char_indices().filter_map(move |(at, char)| {
        let begins = begins_word(before, char);
        before = char;
        begins.then(|| cut(&name[at..]))
    })
}

/// Whether a word begins with `char` after `before`. Each sign is a word, and each letter of a
/// script that puts no spaces between words.
fn begins_word(before: char, char: char) -> bool {
    if char.is_whitespace() || is_mark(char) {
        return false;
    }
    let goes_on = before.is_alphanumeric() || is_mark(before);
    !(goes_on && char.is_alphanumeric()) || is_unspaced(char)
}

/// Whether `char` is of a script whose lines may break anywhere (UAX 14), or of Hangul, where the
/// given name follows the family name without a space.
fn is_unspaced(char: char) -> bool {
    use LineBreak as Line;
    let unspaced = [
        Line::Ideographic,
        Line::ConditionalJapaneseStarter,
        Line::ComplexContext,
        Line::H2,
        Line::H3,
    ];
    unspaced.contains(&CodePointMapData::<LineBreak>::new().get(char))
}

fn cut(text: &str) -> String {
    text.chars().take(TERM_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str, username: &str, display_name: Option<&str>) -> bool {
        let search = Search::parse(search).unwrap().unwrap();
        search.first_of(&search_text(&fold(username), display_name)).is_some()
    }

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words_whatever_the_case() {
        for search in
            ["ada", "LOVE", "ada lo", "Lovelace", " a ", "ada.l", "l@e", "example.com", "@"]
        {
            assert!(finds(search, "ada.l@example.com", Some("Ada Lovelace")), "{search}");
        }
        for search in ["da", "ovelace", "lovelace ada", "ada  lo", "com ada", "x", "adá"] {
            assert!(!finds(search, "ada.l@example.com", Some("Ada Lovelace")), "{search}");
        }
    }

    #[test]
    fn a_search_is_folded_like_what_it_searches() {
        assert!(finds("STRASSE", "ada", Some("Lange Straße 5")));
        assert!(finds(" STRASSE ", "strasse", None));
        assert!(!finds("strasse", "stras", Some("Se")));
    }

    #[test]
    fn signs_are_words_and_stand_for_nothing_else() {
        for (search, name) in [("%", "100%"), ("_", "x_y"), ("'n", "o'neil"), ("\\", "a\\b")] {
            assert!(finds(search, name, None), "{search}");
        }
        for (search, name) in [("%", "ada"), ("_", "ada"), ("a%", "ada"), ("a_a", "ada")] {
            assert!(!finds(search, name, None), "{search}");
        }
    }

    #[test]
    fn where_no_spaces_stand_between_words_any_letter_may_begin_one() {
        for (search, name) in
            [("太郎", "山田太郎"), ("たろう", "やまだたろう"), ("철수", "김철수"), ("ใจ", "สมใจ")]
        {
            assert!(finds(search, name, None), "{search}");
        }
    }

    #[test]
    fn an_accent_is_no_beginning() {
        assert!(!finds("\u{301}", "x\u{301}", None));
        assert!(finds("x\u{301}y", "x\u{301}y", None));
        assert!(!finds("y", "x\u{301}y", None));
    }

    #[test]
    fn what_is_longer_than_a_term_is_found_by_its_beginning() {
        let name = "ada ".repeat(25);
        assert!(finds(&name, "x", Some(name.trim())));
        let longest = terms(&search_text(&"a.".repeat(32), Some(&"\u{fdfa}".repeat(100))));
        assert!(longest.iter().all(|term| term.chars().count() <= TERM_CHARS));
    }

    #[test]
    fn a_place_is_one_of_its_search_alone() {
        let search = Search::parse("ada").unwrap().unwrap();
        let place = Place { term: "ada lovelace".to_owned(), number: 5 };
        assert_eq!(search.place(&place.text()), Some(place));
        for text in ["", "5", "x ada", "5 bob", " ada"] {
            assert_eq!(search.place(text), None, "{text}");
        }
    }

    #[test]
    fn a_search_is_short_and_on_one_line() {
        assert_eq!(Search::parse("  "), Ok(None));
        assert!(Search::parse(&"x".repeat(100)).is_ok());
        for wrong in [&"x".repeat(101), "a\nb", "a\0", "a\u{202e}b"] {
            assert!(Search::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
