//! Where SECURITY.md and `docs/` say that a test shows something, there is that test.

use std::{fs, path::Path};

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The sources of the module `name` of these tests.
fn sources(name: &str) -> String {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    read(&format!("{name}.rs")).unwrap_or_default() + &below(&module)
}

/// All that is in the files of `folder`, and of those in it.
fn below(folder: &Path) -> String {
    let paths = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path());
    paths
        .map(|path| if path.is_dir() { below(&path) } else { fs::read_to_string(path).unwrap() })
        .collect()
}

#[test]
fn every_test_that_is_named_exists() {
    let pages = ["../SECURITY.md", "../docs/operate.md"].map(|page| read(page).unwrap()).concat();
    let named = pages.split('`').filter_map(|word| word.split_once("::"));
    let named: Vec<_> = named
        .filter(|(module, test)| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            module.bytes().chain(test.bytes()).all(plain)
        })
        .collect();
    assert!(named.len() > 40, "{named:?}");
    for (module, test) in named {
        assert!(sources(module).contains(&format!("fn {test}(")), "{module}::{test}");
    }
    let elsewhere = [
        "../accounts/src/guesses.rs",
        "../accounts/src/tests.rs",
        "../accounts/src/turns.rs",
        "../api/src/limits.rs",
        "../api/src/auth/tests.rs",
        "../api/src/auth/tests/keys.rs",
        "../api/src/auth/tests/shapes.rs",
        "../presence/src/service_tests/refusals.rs",
    ];
    let elsewhere = elsewhere.map(|file| read(file).unwrap()).concat();
    for test in [
        "a_remembered_token_expires_like_any_other",
        "a_search_is_served_by_an_index",
        "a_request_keeps_its_turn_until_it_ends_even_if_nobody_waits_for_it",
        "any_number_of_names_takes_no_more_room_than_some_and_pushes_out_nobody_who_goes_on",
        "a_symmetric_key_beside_a_public_one_verifies_its_own_family_alone",
        "signatures_of_curves_have_one_form",
        "a_million_keys_take_no_more_room_than_one_and_harm_nobody",
        "what_would_wait_too_long_is_refused_at_once",
    ] {
        assert!(pages.contains(test) && elsewhere.contains(&format!("fn {test}(")), "{test}");
    }
}
