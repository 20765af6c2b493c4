//! What a SQLite URL says of how to open the file.

use crate::ConnectError;

/// `url` with the mode that a store needs: a file that is not there is made, unless the URL says
/// `mode=rw`.
///
/// # Errors
///
/// When it says that nothing may be written.
pub(in crate::store) fn writable(url: &str) -> Result<String, ConnectError> {
    let query = url.split_once('?').map(|(_, query)| query);
    let given = |wanted: &str| {
        query.into_iter().flat_map(|query| query.split('&')).any(|part| part == wanted)
    };
    if given("mode=ro") || given("immutable=1") || given("immutable=true") {
        return Err(ConnectError::Url(
            "beats must be written: mode=rwc would do, or mode=rw for a file that is there",
        ));
    }
    let has_mode =
        query.is_some_and(|query| query.split('&').any(|part| part.starts_with("mode=")));
    Ok(match query {
        _ if has_mode => url.to_owned(),
        Some("") => format!("{url}mode=rwc"),
        Some(_) => format!("{url}&mode=rwc"),
        None => format!("{url}?mode=rwc"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_unless_the_url_says_otherwise() {
        for (url, opened) in [
            ("sqlite://x.db", "sqlite://x.db?mode=rwc"),
            ("sqlite:x.db?", "sqlite:x.db?mode=rwc"),
            ("sqlite://x.db?cache=private", "sqlite://x.db?cache=private&mode=rwc"),
            ("sqlite://x.db?mode=rw", "sqlite://x.db?mode=rw"),
            ("sqlite://x.db?mode=rwc", "sqlite://x.db?mode=rwc"),
        ] {
            assert_eq!(writable(url).unwrap(), opened);
        }
        for url in ["sqlite://x.db?mode=ro", "sqlite://x.db?cache=shared&immutable=1"] {
            assert!(writable(url).unwrap_err().to_string().contains("mode=rwc would do"), "{url}");
        }
    }
}
