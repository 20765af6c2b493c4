//! Where to listen: an address or the name of a host, and a port.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; and `:8080`, `*:8080` or
/// `8080`, which are all addresses of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    All,
    Address(IpAddr),
    Name(String),
}

impl Listen {
    /// The port; 0 is any that is free.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The addresses that are meant, the one to be tried first before the others. A name is looked
    /// up now; its IPv4 addresses come first, for that is what most clients try for `localhost`.
    ///
    /// # Errors
    ///
    /// When a name is not known.
    pub fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let name = match &self.host {
            // Where there is IPv6, its socket takes IPv4 as well.
            Host::All => {
                let all: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
                return Ok(all.map(|ip| SocketAddr::new(ip, self.port)).into());
            }
            Host::Address(ip) => return Ok(vec![SocketAddr::new(*ip, self.port)]),
            Host::Name(name) => name,
        };
        let mut found: Vec<_> = (name.as_str(), self.port).to_socket_addrs()?.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        Ok(found)
    }

    /// Where a program on this machine reaches it: all addresses are reached by loopback.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub fn reachable(&self) -> io::Result<Vec<SocketAddr>> {
        let loopback = |mut address: SocketAddr| {
            match address.ip() {
                IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
                IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
                IpAddr::V4(_) | IpAddr::V6(_) => {}
            }
            address
        };
        Ok(self.resolve()?.into_iter().map(loopback).collect())
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: Host::Address(address.ip()), port: address.port() });
        }
        let refuse = |what: String| {
            Err(format!("{text:?} {what}; 127.0.0.1:8080, localhost:8080 or :8080 would do"))
        };
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Err(format!("{text:?} has no port: {} would do", SocketAddr::new(ip, 8080)));
        }
        if text.contains('/') {
            return refuse("is a URL or a path, not an address".to_owned());
        }
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (host, port) = match text.rsplit_once(':') {
            Some(parts) => parts,
            None if digits(text) => ("", text),
            None if is_name(text) => {
                return Err(format!("{text:?} has no port: {text}:8080 would do"));
            }
            None => return refuse("is not an address".to_owned()),
        };
        let host = match host {
            "" | "*" => Host::All,
            name if is_name(name) => Host::Name(name.to_owned()),
            _ => return refuse("is not an address".to_owned()),
        };
        match port.parse() {
            Ok(number) if digits(port) => Ok(Self { host, port: number }),
            _ => refuse("has no port from 0 to 65535".to_owned()),
        }
    }
}

/// Whether it may be the name of a host (RFC 1123), or one that only a container's network knows.
/// A name that ends with digits is an address that went wrong.
fn is_name(text: &str) -> bool {
    let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let has_letter = last.bytes().any(|byte| byte.is_ascii_alphabetic());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    has_letter && text.len() <= 253 && text.bytes().all(allowed)
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::All => write!(f, ":{}", self.port),
            Host::Address(ip) => SocketAddr::new(*ip, self.port).fmt(f),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.trim().parse().map_err(de::Error::custom)
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> String {
        text.parse::<Listen>().unwrap().resolve().unwrap()[0].to_string()
    }

    #[test]
    fn addresses_names_and_bare_ports_are_places_to_listen_at() {
        for (text, address) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:0", "[::1]:0"),
            ("[::]:8080", "[::]:8080"),
            (":8080", "[::]:8080"),
            ("*:8080", "[::]:8080"),
            ("8080", "[::]:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(first(text), address, "{text}");
        }
        let all = ":80".parse::<Listen>().unwrap().reachable().unwrap();
        assert_eq!(
            all.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["[::1]:80", "127.0.0.1:80"]
        );
    }

    #[test]
    fn what_is_no_place_to_listen_at_is_refused_with_what_would_do() {
        for (text, said) in [
            ("", "127.0.0.1:8080"),
            (":", "0 to 65535"),
            ("localhost", "localhost:8080 would do"),
            ("127.0.0.1", "127.0.0.1:8080 would do"),
            ("::1", "[::1]:8080 would do"),
            ("[::1]", "[::1]:8080 would do"),
            ("::", "[::]:8080 would do"),
            ("::1:8080x", "would do"),
            ("127.0.0.1:http", "would do"),
            ("127.0.0.1:65536", "would do"),
            ("localhost:99999", "0 to 65535"),
            ("localhost:+80", "0 to 65535"),
            ("http://localhost:8080", "not an address"),
            ("unix:/run/lastseen.sock", "not an address"),
            ("256.0.0.1:80", "would do"),
            ("1.2.3:80", "would do"),
            ("local host:80", "would do"),
            ("-1", "would do"),
        ] {
            let refusal = text.parse::<Listen>().unwrap_err();
            assert!(refusal.starts_with(&format!("{text:?} ")), "{refusal}");
            assert!(refusal.contains(said), "{refusal}");
        }
    }
}
