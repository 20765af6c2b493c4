//! `docs/contract.md` says what is so: what is cited is there, and what is there exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The whole repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn contract() -> String {
    read("docs/contract.md")
}

/// Folders that hold what others wrote, or what is made of our sources.
const FOREIGN: [&str; 5] = ["target", "node_modules", "served", "dist", ".git"];

/// Every source and page that may cite the contract, and its path.
fn sources() -> Vec<(PathBuf, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.extend((!FOREIGN.contains(&name)).then_some(path));
            } else if ["rs", "sql", "ts", "tsx", "md", "toml", "py"].contains(&kind) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// The numbers that follow `letter` where it begins a word, such as the 11 of `R11`.
fn numbered(text: &str, letter: char) -> impl Iterator<Item = u32> {
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let words = text.split(move |char| !is_word(char));
    words.filter_map(move |word| {
        let digits = word.strip_prefix(letter)?;
        (digits.len() <= 2).then(|| digits.parse().ok())?
    })
}

/// The numbers of the sections that `line` cites, unless they are those of somebody else's document.
fn sections(line: &str) -> impl Iterator<Item = &str> {
    let cites = !line.contains("RFC") && !line.contains("contract.md");
    let after = ["section ", "Section "].map(|word| line.split(word).skip(1));
    after.into_iter().flatten().filter(move |_| cites).filter_map(|rest| {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.');
        let number = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        (!number.is_empty()).then_some(number)
    })
}

#[test]
fn every_rule_that_is_cited_is_a_rule_and_every_rule_is_cited() {
    let contract = contract();
    let rules = contract.lines().filter_map(|line| line.strip_prefix("- **"));
    let rules: BTreeSet<_> = rules.filter_map(|rule| numbered(rule, 'R').next()).collect();
    assert_eq!(rules, (1..=12).collect(), "they are numbered without a gap");
    let (mut cited, mut citations) = (BTreeSet::new(), 0);
    for (path, text) in sources().iter().filter(|(path, _)| !path.ends_with("docs/contract.md")) {
        for rule in numbered(text, 'R') {
            assert!(rules.contains(&rule), "{} cites R{rule}", path.display());
            cited.insert(rule);
            citations += 1;
        }
    }
    assert_eq!(cited, rules);
    assert!(citations > 100, "{citations}");
}

#[test]
fn every_section_that_is_cited_is_a_section() {
    let contract = contract();
    let headings = contract.lines().filter(|line| line.starts_with("##"));
    let headings: BTreeSet<_> = headings.filter_map(|line| line.split(' ').nth(1)).collect();
    let mut citations = 0;
    for (path, text) in sources() {
        for number in text.lines().flat_map(sections) {
            assert!(headings.contains(number), "{} cites section {number}", path.display());
            citations += 1;
        }
    }
    assert!(citations >= 10, "{citations}");
}

#[test]
fn every_route_of_the_document_is_in_the_contract_and_the_other_way_round() {
    let document: Value = serde_json::from_str(&read("openapi/openapi.json")).unwrap();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys();
        let methods = methods.filter(|_| path.starts_with("/api/"));
        documented.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let contract = contract();
    let routes = contract.lines().filter_map(|line| line.strip_prefix("| `"));
    let routes = routes.filter_map(|row| row.split('`').next());
    let routes: BTreeSet<_> = routes.filter(|first| first.contains(" /")).collect();
    assert_eq!(routes, documented.iter().map(String::as_str).collect());
}

/// Each key of `default.toml` with its default; none for one that is commented out.
fn defaults() -> Vec<(String, Option<String>)> {
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in read("api/config/default.toml").lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        }
        let (comment, setting) = match line.strip_prefix("# ") {
            Some(setting) => (true, setting),
            None => (false, line),
        };
        let Some((key, value)) = setting.split_once(" = ") else { continue };
        if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            let value = if ["[]", "\"\""].contains(&value) {
                None
            } else {
                Some(value.trim_matches('"').to_owned())
            };
            found.push((format!("{section}.{key}"), value.filter(|_| !comment)));
        }
    }
    found
}

#[test]
fn every_setting_is_in_the_contract_with_its_default_and_the_other_way_round() {
    let contract = contract();
    let rows = contract.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = rows.filter_map(|row| row.split_once("` | "));
    let rows = rows.filter(|(key, _)| key.contains('.') && !key.contains(' '));
    let rows: Vec<_> = rows.map(|(key, rest)| (key, rest.split(" | ").next().unwrap())).collect();
    let defaults = defaults();
    assert!(defaults.len() > 30, "{defaults:?}");
    for (key, default) in &defaults {
        let stated = rows.iter().find(|(stated, _)| stated == key);
        let (_, stated) = stated.unwrap_or_else(|| panic!("{key} is not in the contract"));
        match default {
            Some(default) => assert_eq!(*stated, format!("`{default}`"), "{key}"),
            None => assert!(!stated.starts_with('`'), "{key} has no default, but {stated}"),
        }
    }
    for (key, _) in rows {
        assert!(defaults.iter().any(|(known, _)| known == key), "{key} is no setting");
    }
}
