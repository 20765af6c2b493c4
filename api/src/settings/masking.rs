//! URLs without what may be secret in them: for `lastseen config`, the log and refusals.

use serde::Serializer;

use super::secret::MASK;

/// Parameters that hold no secret, and that an operator wants to see.
const PLAIN: [&str; 14] = [
    "cache",
    "charset",
    "connect_timeout",
    "dbname",
    "host",
    "immutable",
    "mode",
    "port",
    "schema",
    "search_path",
    "socket",
    "ssl-mode",
    "sslmode",
    "vfs",
];

/// Writes `url` without what may be secret.
pub(super) fn serialize<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked(url))
}

/// `url` with the password before the host masked, and the values of all parameters but those that
/// are known to hold no secret. Rather too much than too little: an `@` may stand in a password, or
/// behind the host, and so may a `?`.
pub(super) fn masked(url: &str) -> String {
    let before_host = url.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let (user, _) = user.split_once(':')?;
        Some(format!("{scheme}://{user}:{MASK}@{host}"))
    });
    let url = before_host.unwrap_or_else(|| url.to_owned());
    let (url, fragment) = match url.split_once('#') {
        Some((url, _)) => (url, format!("#{MASK}")),
        None => (&url[..], String::new()),
    };
    let Some((address, query)) = url.split_once('?') else {
        return format!("{url}{fragment}");
    };
    let query: Vec<_> = query.split(['&', ';']).map(parameter).collect();
    format!("{address}?{}{fragment}", query.join("&"))
}

/// One parameter. What has no name may be a value.
fn parameter(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if PLAIN.contains(&name) => text.to_owned(),
        Some((name, _)) => format!("{name}={MASK}"),
        None if text.is_empty() => String::new(),
        None => MASK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_may_be_secret_shows_wherever_it_stands_in_a_url() {
        for (url, shown) in [
            ("postgres://ada:word@db:5432/x", "postgres://ada:********@db:5432/x"),
            ("postgres://ada:w@or/d?@db/x?a=b", "postgres://ada:********@db/x?a=********"),
            ("postgres://ada:w?o#rd@db/x", "postgres://ada:********@db/x"),
            (
                "postgres://db/x?user=ada&password=word",
                "postgres://db/x?user=********&password=********",
            ),
            ("mysql://db/x?PASSWORD=word&a", "mysql://db/x?PASSWORD=********&********"),
            (
                "postgres://db/x?sslmode=require&sslkey=%2Fkey&sslpassword=word",
                "postgres://db/x?sslmode=require&sslkey=********&sslpassword=********",
            ),
            ("postgres://ada:word@db/x?a=b@c", "postgres://ada:********@c"),
            ("postgres://ada@db/x", "postgres://ada@db/x"),
            ("postgres://db/x?host=/run&dbname=x", "postgres://db/x?host=/run&dbname=x"),
            ("sqlite://lastseen.db?mode=rwc", "sqlite://lastseen.db?mode=rwc"),
            (
                "https://issuer/jwks?apikey=word#word",
                "https://issuer/jwks?apikey=********#********",
            ),
            ("https://issuer/jwks", "https://issuer/jwks"),
        ] {
            assert_eq!(masked(url), shown);
        }
    }
}
