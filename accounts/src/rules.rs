//! What texts may hold.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

/// Why a text cannot be used, without saying what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub(crate) &'static str);

/// `reason`, unless `holds`.
pub(crate) fn ensure(holds: bool, reason: &'static str) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid(reason)) }
}

/// Whether `text` has `min` to `max` characters: Unicode's scalar values, not bytes.
pub(crate) fn has_length(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count())
}

/// Whether something in `text` shows, and no white space stands at its ends.
pub(crate) fn is_trimmed(text: &str) -> bool {
    text.trim() == text && !text.chars().all(is_invisible)
}

/// Whether `text` is one line that reads as it is stored: no control characters, no ends of lines,
/// and nothing that turns the direction of what follows, which may be another's text.
pub(crate) fn is_plain(text: &str) -> bool {
    const TURNS: [char; 9] = [
        '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}',
    ];
    let breaks = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
    !text.contains(breaks) && !text.contains(TURNS)
}

/// Whether `char` leaves no mark of its own: with it, two names could look the same.
pub(crate) fn is_invisible(char: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Unassigned,
    };
    /// A letter to Unicode, and blank.
    const BLANK_BRAILLE: char = '\u{2800}';
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
    char == BLANK_BRAILLE
        || invisible.contains(&CodePointMapData::<GeneralCategory>::new().get(char))
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(char)
}
