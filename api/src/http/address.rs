//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{HttpRequest, http::header, web};

use crate::settings::Network;

/// The proxies that are believed when they say for whom they ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies(pub(crate) Vec<Network>);

/// The address of the client: that of the socket, unless it is a trusted proxy's. Then the last one
/// in `X-Forwarded-For` that is not: what stands before it, the client may have made up, down to
/// the bytes. Whoever is behind a hop that is no address counts as the proxy that passed it on.
pub(super) fn of(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    let proxies = request.app_data::<web::Data<TrustedProxies>>();
    let is_trusted = |address: IpAddr| {
        let address = address.to_canonical();
        proxies.is_some_and(|proxies| proxies.0.iter().any(|proxy| proxy.contains(address)))
    };
    let lines: Vec<_> = request.headers().get_all(header::X_FORWARDED_FOR).collect();
    let mut hops = lines.iter().rev().flat_map(|line| {
        line.as_bytes().rsplit(|byte| *byte == b',').map(|hop| address(hop.trim_ascii()))
    });
    let mut client = peer;
    while is_trusted(client)
        && let Some(Some(hop)) = hops.next()
    {
        client = hop;
    }
    client
}

/// An address, perhaps with a port.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?;
    let with_port = || hop.parse().map(|address: SocketAddr| address.ip()).ok();
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use actix_web::{http::header::HeaderValue, test::TestRequest};

    use super::*;

    fn client<T: AsRef<[u8]>>(peer: &str, forwarded: &[T]) -> String {
        let networks = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];
        let proxies = TrustedProxies(networks.map(|text| text.parse().unwrap()).into());
        let mut request = TestRequest::get()
            .app_data(web::Data::new(proxies))
            .peer_addr(SocketAddr::new(peer.parse().unwrap(), 5000));
        for line in forwarded {
            let line = HeaderValue::from_bytes(line.as_ref()).unwrap();
            request = request.append_header((header::X_FORWARDED_FOR, line));
        }
        of(&request.to_http_request()).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client::<&str>("192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn a_trusted_proxy_is_and_so_are_those_behind_it_up_to_the_first_stranger() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "198.51.100.7", "10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("fd00::1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("fd00::1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["10.0.0.3,10.0.0.2"]), "10.0.0.3", "all are ours");
    }

    #[test]
    fn nonsense_is_charged_to_who_passed_it_on() {
        for nonsense in ["", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "x, 10.0.0.2x", "ünï"] {
            assert_eq!(client("10.0.0.1", &[nonsense]), "10.0.0.1", "{nonsense}");
        }
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client::<&str>("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn bytes_before_what_the_proxy_says_do_not_hide_it() {
        for odd in [&b"\xff\xfe"[..], b"\xc3\x28", b"\"", b"\t\x80", b"1.1.1.1\xa0"] {
            let line = [odd, b",\t198.51.100.7 "].concat();
            assert_eq!(client("10.0.0.1", &[line]), "198.51.100.7", "{odd:?}");
            assert_eq!(client("10.0.0.1", &[odd, b"198.51.100.7"]), "198.51.100.7", "{odd:?}");
            assert_eq!(client("10.0.0.1", &[odd]), "10.0.0.1", "{odd:?}");
        }
    }
}
