//! What names look like (Unicode Technical Standard 39): nobody is to pass for another.

use icu_normalizer::DecomposingNormalizer;
use unicode_script::Script;
use unicode_security::{mixed_script::AugmentedScriptSet, skeleton};

use crate::folding::fold;

/// What `text` looks like: the same for all that look the same, folded.
///
/// It is UTS 39's skeleton but for ASCII, which stays as it is: by the skeleton alone `lll`, `Ill` and
/// `111` would be one name, and so would `amy` and `arny`. So two names are the same when they look
/// the same and one of them is not in ASCII.
pub(crate) fn shape(text: &str) -> String {
    let mut shape = String::new();
    for char in DecomposingNormalizer::new_nfd().normalize(text).chars() {
        if char.is_ascii() {
            shape.push(char);
        } else {
            shape.extend(skeleton(char.encode_utf8(&mut [0; 4])));
        }
    }
    fold(&shape)
}

/// Whether each word of `text`, which is folded, is of one script, or of those that are written
/// together: Chinese, Japanese and Korean with Latin (UTS 39, 5.2, Highly Restrictive).
pub(crate) fn is_of_natural_scripts(text: &str) -> bool {
    let separates = |char: char| char.is_ascii() && !char.is_ascii_alphabetic();
    text.split(separates).all(|word| {
        let is_latin =
            |char: &char| AugmentedScriptSet::for_char(*char).base.contains_script(Script::Latin);
        let others = resolve(word.chars().filter(|char| !is_latin(char)));
        !resolve(word.chars()).is_empty() || others.hanb || others.jpan || others.kore
    })
}

/// The scripts that all of `chars` may belong to.
fn resolve(chars: impl Iterator<Item = char>) -> AugmentedScriptSet {
    chars.fold(AugmentedScriptSet::default(), |mut all, char| {
        all.intersect_with(char.into());
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        shape(&fold(one)) == shape(&fold(other)) || shape(one) == shape(other)
    }

    #[test]
    fn names_of_other_letters_that_look_the_same_have_the_same_shape() {
        for (one, other) in [
            ("сосо", "coco"),
            ("раура", "paypa"),
            ("ТОМ", "TOM"),
            ("ВОВ", "BOB"),
            ("οοο", "ooo"),
            ("ɑda", "ada"),
            ("аԁа", "ada"),
            ("սսս", "uuu"),
            ("ハナ", "八ナ"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn names_in_ascii_are_other_names_and_so_are_those_with_accents() {
        for (one, other) in [
            ("lll", "Ill"),
            ("al1ce", "alice"),
            ("o0o", "ooo"),
            ("amy", "arny"),
            ("ada", "adá"),
            ("Müller", "Muller"),
            ("søren", "soren"),
            ("Иван", "Ivan"),
            ("山田", "山本"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_word_is_of_one_script_or_of_those_that_are_written_together() {
        for name in [
            "ada",
            "Ада",
            "ada5",
            "Ада_5",
            "Ivan Иван",
            "山田太郎",
            "やまだ太郎",
            "ヤマダAda",
            "김철수A",
            "ㄅ中",
            "سارة",
            "สมใจ",
            "अदा",
            "Ἀθηνᾶ",
            "x²",
            "🦀",
            "ada🦀",
            "ада🦀",
            "5",
            "",
            "O'Neil",
            "Νίκος.nikos",
            "שרה",
            "Ёлка",
            "ー",
            "ada・ada",
            "İstanbul",
            "ʻokina",
        ] {
            assert!(is_of_natural_scripts(&fold(name)), "{name}");
        }
        for name in [
            "аda",
            "adа",
            "pаypаl",
            "раураl",
            "gοοgle",
            "Ωmega",
            "ада中",
            "adaսա",
            "мαша",
            "日本рус",
        ] {
            assert!(!is_of_natural_scripts(&fold(name)), "{name}");
        }
    }
}
