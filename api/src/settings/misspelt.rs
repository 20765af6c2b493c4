//! What somebody meant who wrote a key that there is not.

use std::collections::BTreeSet;

use super::load::PREFIX;

/// From here on two names are alike: `windows` is like `window`, `port` is like none.
const ALIKE: f64 = 0.8;

/// What would do in the place of `key`, which is unknown: the key that is most like it, or the names
/// to choose from.
pub(super) fn instead_of(key: &str, known: &BTreeSet<String>) -> String {
    if let Some(meant) = meant_by(key, known) {
        return format!("{meant} is one");
    }
    let (section, _) = key.split_once('.').unwrap_or((key, ""));
    let keys: Vec<_> = in_section(section, known).collect();
    if keys.is_empty() {
        let sections = known.iter().filter(|known| !known.contains('.'));
        let sections: Vec<_> = sections.map(String::as_str).collect();
        return format!("the sections are {}", sections.join(", "));
    }
    format!("{section} has {}", keys.join(", "))
}

fn in_section<'a>(section: &str, known: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
    let keys = known.iter().filter_map(|known| known.split_once('.'));
    keys.filter(move |(of, _)| *of == section).map(|(_, key)| key)
}

fn meant_by(key: &str, known: &BTreeSet<String>) -> Option<String> {
    // Some other sign for a dot or an underscore, or none; or the section left out.
    let plain = |key: &str| key.replace(['_', '-', '.'], "");
    let same = |known: &&String| {
        let of_section = known.split_once('.').map(|(_, name)| name);
        plain(known) == plain(key) || of_section.is_some_and(|name| plain(name) == plain(key))
    };
    if let Some(same) = known.iter().find(same) {
        return Some(same.clone());
    }
    let (section, name) = key.split_once('.').unwrap_or(("", key));
    let sections = known.iter().map(String::as_str).filter(|known| !known.contains('.'));
    if section.is_empty() {
        return most_alike(name, sections).map(str::to_owned);
    }
    let section = most_alike(section, sections)?;
    let name = most_alike(name, in_section(section, known))?;
    Some(format!("{section}.{name}"))
}

fn most_alike<'a>(name: &str, of: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let alike = of.map(|other| (strsim::jaro_winkler(name, other), other));
    let (likeness, other) = alike.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (likeness >= ALIKE).then_some(other)
}

/// The name of the variable that was meant by `name`, if that names a key, but with one underscore
/// where two belong. Others begin with `LASTSEEN_` as well and are not ours: Kubernetes gives every
/// container some for a service of that name.
pub(super) fn variable(name: &str, known: &BTreeSet<String>) -> Option<String> {
    let upper = name.to_uppercase();
    let written = upper.strip_prefix(PREFIX)?.strip_prefix('_')?.replace("__", "_");
    let keys = known.iter().filter_map(|known| known.split_once('.'));
    let mut keys = keys.map(|(section, key)| (section.to_uppercase(), key.to_uppercase()));
    let (section, key) = keys.find(|(section, key)| format!("{section}_{key}") == written)?;
    Some(format!("{PREFIX}__{section}__{key}"))
}
