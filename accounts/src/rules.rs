//! What texts may hold.

use presence::text::shows;
pub(crate) use presence::text::{is_filler, is_invisible, is_mark, is_plain};

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

/// Whether something in `text` shows, and nothing blank stands at its ends.
pub(crate) fn is_trimmed(text: &str) -> bool {
    let blank = |char: char| char.is_whitespace() || is_filler(char);
    shows(text) && !text.starts_with(blank) && !text.ends_with(blank)
}
