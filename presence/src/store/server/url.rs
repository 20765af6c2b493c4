//! The URL of a database server, in one spelling for each parameter.

use percent_encoding::percent_decode_str;

use crate::ConnectError;

/// Which server, with the parameters that its driver knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct ServerUrl {
    pub(super) text: String,
    pub(super) is_postgres: bool,
    /// Where the tables are to be, if the URL says it.
    pub(in crate::store) schema: Option<String>,
}

const POSTGRES: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "schema",
    "statement-cache-capacity",
];

const MYSQL: &[&str] =
    &["sslmode", "ssl-ca", "ssl-cert", "ssl-key", "socket", "statement-cache-capacity"];

impl ServerUrl {
    /// # Errors
    ///
    /// When it names a parameter about TLS that is not known: to go on without would be to trust
    /// whom one was told not to.
    pub(in crate::store) fn new(url: &str, is_postgres: bool) -> Result<Self, ConnectError> {
        let (before, query) = url.split_once('?').unwrap_or((url, ""));
        // A user at a socket has no host, which no URL may do without.
        let before = before.replacen("@/", "@localhost/", 1);
        let mut parameters = Vec::new();
        let mut schema = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (given, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = spelling(given, is_postgres);
            match name.as_str() {
                "schema" if is_postgres => schema = Some(decoded(value)),
                name if is_known(name, is_postgres) => {
                    parameters.push((name.to_owned(), value.to_owned()));
                }
                name if ["ssl", "tls"]
                    .iter()
                    .any(|tls| name.to_ascii_lowercase().contains(tls)) =>
                {
                    let name = printable(given);
                    return Err(ConnectError::Parameter { name, known: known_tls(is_postgres) });
                }
                _ => log::warn!("database.url: {} is not known, and ignored", printable(given)),
            }
        }
        check_tls(&mut parameters, is_postgres);
        let pairs = parameters.iter().map(|(name, value)| format!("{name}={value}"));
        let pairs = pairs.collect::<Vec<_>>().join("&");
        let text = if pairs.is_empty() { before } else { format!("{before}?{pairs}") };
        Ok(Self { text, is_postgres, schema })
    }
}

fn is_known(name: &str, is_postgres: bool) -> bool {
    let known = if is_postgres { POSTGRES } else { MYSQL };
    known.contains(&name) || is_postgres && name.starts_with("options[")
}

/// Both drivers, and other programs, spell the same in many ways.
fn spelling(name: &str, is_postgres: bool) -> String {
    let plain = decoded(name).to_ascii_lowercase().replace(['-', '_'], "");
    let name = match (&*plain, is_postgres) {
        ("sslmode", _) => "sslmode",
        ("sslrootcert" | "sslca", true) => "sslrootcert",
        ("sslrootcert" | "sslca", false) => "ssl-ca",
        ("sslcert", false) => "ssl-cert",
        ("sslkey", false) => "ssl-key",
        ("applicationname", true) => "application_name",
        ("statementcachecapacity", _) => "statement-cache-capacity",
        ("currentschema", true) => "schema",
        // MySQL's charset and time zone are set by each session for itself.
        _ => return decoded(name),
    };
    name.to_owned()
}

/// Brings the mode to the words of the driver, and verifies a server whose authority is given, as
/// libpq and MySQL's own client do.
fn check_tls(parameters: &mut Vec<(String, String)>, is_postgres: bool) {
    let mode = |value: &str| {
        let plain = value.to_ascii_lowercase().replace('_', "-");
        let words = match &*plain {
            "disable" | "disabled" => ["disable", "disabled"],
            "prefer" | "preferred" => ["prefer", "preferred"],
            "require" | "required" => ["require", "required"],
            "verify-ca" => ["verify-ca", "verify_ca"],
            "verify-full" | "verify-identity" => ["verify-full", "verify_identity"],
            _ => return value.to_owned(),
        };
        words[usize::from(!is_postgres)].to_owned()
    };
    for (_, value) in parameters.iter_mut().filter(|(name, _)| name == "sslmode") {
        *value = mode(value);
    }
    let authority = if is_postgres { "sslrootcert" } else { "ssl-ca" };
    if parameters.iter().any(|(name, _)| name == authority) {
        let given = parameters.iter().rfind(|(name, _)| name == "sslmode");
        if given.is_none_or(|(_, value)| value.starts_with("require")) {
            parameters.push(("sslmode".to_owned(), mode("verify-ca")));
        }
    }
}

fn known_tls(is_postgres: bool) -> &'static str {
    if is_postgres {
        "sslmode, sslrootcert, sslcert and sslkey"
    } else {
        "ssl-mode, ssl-ca, ssl-cert and ssl-key"
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// What is no word may be the end of a password with a `?` in it.
fn printable(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.chars().all(is_word) { name.to_owned() } else { "a parameter".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(url: &str) -> String {
        ServerUrl::new(url, url.starts_with("postgres")).unwrap().text
    }

    #[test]
    fn parameters_are_spelled_as_the_driver_knows_them() {
        for (given, expected) in [
            ("postgres://h/d?ssl-mode=REQUIRE", "postgres://h/d?sslmode=require"),
            ("postgres://h/d?sslmode=verify_full", "postgres://h/d?sslmode=verify-full"),
            ("mysql://h/d?ssl-mode=verify-full", "mysql://h/d?sslmode=verify_identity"),
            ("mysql://h/d?sslmode=require", "mysql://h/d?sslmode=required"),
            (
                "mysql://h/d?sslmode=VERIFY_CA&sslrootcert=a",
                "mysql://h/d?sslmode=verify_ca&ssl-ca=a",
            ),
            ("postgres://h/d?connect_timeout=5", "postgres://h/d"),
        ] {
            assert_eq!(text(given), expected);
        }
    }

    #[test]
    fn an_authority_that_is_given_is_asked() {
        let verified = "postgres://h/d?sslrootcert=a&sslmode=verify-ca";
        assert_eq!(text("postgres://h/d?sslrootcert=a"), verified);
        assert!(text("postgres://h/d?sslmode=require&sslrootcert=a").ends_with("=verify-ca"));
        assert!(text("mysql://h/d?ssl-ca=a").ends_with("&sslmode=verify_ca"));
    }

    #[test]
    fn a_parameter_about_tls_that_is_not_known_is_refused() {
        for url in ["mysql://h/d?useSSL=true", "postgres://h/d?tls=1", "mysql://h/d?ssl=true"] {
            assert!(ServerUrl::new(url, url.starts_with('p')).is_err(), "{url}");
        }
    }

    #[test]
    fn a_schema_is_for_the_session_to_set() {
        let url = ServerUrl::new("postgres://h/d?schema=my%20app&sslmode=disable", true).unwrap();
        assert_eq!(url.schema.as_deref(), Some("my app"));
        assert_eq!(url.text, "postgres://h/d?sslmode=disable");
    }
}
