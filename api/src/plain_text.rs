//! Text that may come from outside, made fit for a line of the log or of an answer.

/// The first `most` characters of `text`, in one line: what would move a cursor, ring, hide, turn
/// letters around or begin a line is written out.
pub(crate) fn plain_text(text: &str, most: usize) -> String {
    let mut plain = String::with_capacity(text.len().min(most));
    for (written, letter) in text.chars().enumerate() {
        if written == most {
            plain.push('…');
            break;
        }
        match letter {
            '"' | '\'' | '\\' => plain.push(letter),
            _ => plain.extend(letter.escape_debug()),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_is_left_and_what_does_not_is_written_out() {
        let fine = "Ünï \"quoted\" 'and' \\ 🎉 é: 日本";
        assert_eq!(plain_text(fine, 100), fine);
        for odd in ["\u{1b}[2J", "\r\n", "\u{7}", "\u{0}", "\u{7f}", "\u{9b}31m", "\u{85}"] {
            assert!(!plain_text(odd, 100).contains(|letter: char| letter.is_control()), "{odd:?}");
        }
        for hidden in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{2028}", "\u{e0041}"] {
            assert!(plain_text(hidden, 100).starts_with("\\u{"), "{hidden:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(plain_text("ééé", 3), "ééé");
        assert_eq!(plain_text("éééé", 3), "ééé…");
        assert!(plain_text(&"\u{0}".repeat(1 << 20), 100).len() < 1000);
    }
}
