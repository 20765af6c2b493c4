//! What a text that others read may hold.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup},
};

/// Whether `text` is one line that reads as it is stored: no control characters, no ends of lines,
/// nothing that turns the direction of what follows, which may be another's text, and no tags, in which
/// a text could be hidden, but those of a flag.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    const TURNS: [char; 9] = [
        '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}',
    ];
    let breaks = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
    !text.contains(breaks) && !text.contains(TURNS) && !has_stray_tags(text)
}

/// Whether something in `text` shows: more than blanks, and accents on nothing.
#[must_use]
pub fn shows(text: &str) -> bool {
    !text.chars().all(|char| is_invisible(char) || is_mark(char))
}

/// Whether `char` leaves no mark of its own: with it, two names could look the same.
#[must_use]
pub fn is_invisible(char: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Unassigned,
    };
    // What is not assigned yet may come to be anything, and be folded in another way.
    let invisible = [
        Control,
        Format,
        LineSeparator,
        ParagraphSeparator,
        PrivateUse,
        SpaceSeparator,
        Unassigned,
    ];
    is_filler(char)
        || invisible.contains(&CodePointMapData::<GeneralCategory>::new().get(char))
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(char)
}

/// Whether `char` is a letter or a sign to Unicode, and blank.
#[must_use]
pub fn is_filler(char: char) -> bool {
    matches!(char, '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{115f}' | '\u{1160}')
}

/// Whether `char` belongs to the one before it, as an accent does.
#[must_use]
pub fn is_mark(char: char) -> bool {
    GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(char))
}

/// Whether there are tags other than those that make a flag of a black one, such as that of Wales.
fn has_stray_tags(text: &str) -> bool {
    const END: char = '\u{e007f}';
    let (mut in_flag, mut before) = (false, ' ');
    for char in text.chars() {
        let is_tag = ('\u{e0000}'..=END).contains(&char);
        in_flag = is_tag && (in_flag || before == '\u{1f3f4}') && before != END;
        if is_tag && !in_flag {
            return true;
        }
        before = char;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALES: &str = "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";

    #[test]
    fn what_shows_is_more_than_blanks_and_accents_on_nothing() {
        for text in
            ["a", " a ", "a\u{301}", "\u{301}a", "🦀", WALES, "ไ", "。", "👩\u{200d}🚀", "."]
        {
            assert!(shows(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{ffa0}",
            "\u{2800}\u{2800}",
            "\u{301}",
            " \u{301}\u{20dd}",
            "\u{200b}\u{ad}\u{2060}",
            "\u{fe0f}",
            "\u{e0061}\u{e0062}",
            "\u{180b}\u{34f}",
            "\u{feff}",
            "\u{a0}\u{3000}",
        ] {
            assert!(!shows(text), "{text:?}");
        }
    }

    #[test]
    fn a_plain_text_is_one_line_that_hides_nothing() {
        for text in [
            "",
            "Ada",
            "👩\u{200d}🚀 Sally",
            "مینا\u{200c}خانم",
            WALES,
            &format!("a {WALES}{WALES}"),
        ] {
            assert!(is_plain(text), "{text:?}");
        }
        for text in [
            "a\nb",
            "a\0",
            "a\u{2028}b",
            "\u{202e}adA",
            "\u{2066}a",
            "Ada\u{e0061}\u{e0062}",
            "\u{e0001}Ada",
            "🏴 \u{e0067}",
            &format!("{WALES}\u{e0067}"),
        ] {
            assert!(!is_plain(text), "{text:?}");
        }
    }
}
