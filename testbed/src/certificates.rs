//! Certificates that are made for one server.

use crate::{binary, server::Server};

/// Makes, in the server's folder: the authority `ca`, which signs `server` (for `localhost` alone)
/// and `client` (for `postgres`), and the authority `other`, which signs nothing. Each is a `.crt`
/// and a `.key`.
pub(crate) fn make(server: &Server) {
    let openssl = binary::find("openssl", "OpenSSL", "openssl");
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    for name in ["ca", "other"] {
        let (key_file, file) = (format!("{name}.key"), format!("{name}.crt"));
        let subject = format!("/CN={name}");
        let request = [&openssl, "req", "-x509", "-days", "2", "-subj", &subject];
        let files = ["-keyout", &key_file, "-out", &file];
        server.run(&[&request[..], &key, &files].concat());
    }
    for (name, subject, host) in [
        ("server", "/CN=localhost", "subjectAltName=DNS:localhost"),
        ("client", "/CN=postgres", "subjectAltName=DNS:postgres"),
    ] {
        let (key_file, file, request) =
            (format!("{name}.key"), format!("{name}.crt"), format!("{name}.csr"));
        let ask = [&openssl, "req", "-subj", subject, "-addext", host];
        server.run(&[&ask[..], &key, &["-keyout", &key_file, "-out", &request]].concat());
        let sign = [&openssl, "x509", "-req", "-days", "2", "-copy_extensions", "copy"];
        let files = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
        server.run(&[&sign[..], &files, &["-in", &request, "-out", &file]].concat());
    }
}
