//! What makes two texts the same, whoever wrote them on whatever keyboard.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};

/// `text` without what only looks different: case, the width of letters, ligatures, and the two
/// ways to write an accent. Two texts are the same when these are.
///
/// Unicode's compatibility caseless match (The Unicode Standard, D146), in its composed form:
/// folding makes letters that can be normalised, and the other way around.
pub(crate) fn fold(text: &str) -> String {
    let (case, compose) = (CaseMapper::new(), ComposingNormalizer::new_nfkc());
    let text = DecomposingNormalizer::new_nfd().normalize(text);
    let text = compose.normalize(&case.fold_string(&text)).into_owned();
    compose.normalize(&case.fold_string(&text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_different_is_the_same() {
        for (one, other) in [
            ("Ada", "aDA"),
            ("Straße", "STRASSE"),
            ("\u{c5}sa", "A\u{30a}SA"),
            ("\u{ff21}\u{ff44}\u{ff41}", "ada"),
            ("\u{fb03}", "FFI"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("\u{2126}", "ω"),
            ("ПРИВЕТ", "привет"),
            ("\u{345}\u{3b1}", "\u{399}\u{391}"),
            ("\u{2163}", "iv"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_different_stays_so() {
        for (one, other) in [("ada", "adá"), ("ada", "аda"), ("ada", "ada "), ("1", "l")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn what_was_folded_stays_as_it_is() {
        for text in ["Straße", "\u{1e9e}", "\u{fdfa}", "İstanbul", "\u{390}", "\u{1f80}", "ﬀ"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }
}
