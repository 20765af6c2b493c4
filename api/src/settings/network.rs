//! Networks: `10.0.0.0/8`, `fd00::/8`, or one address.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Serialize, Serializer};

use super::list::Word;

/// Some addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether `address` is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = ipnet::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Self(address.into())),
            Err(_) => text.parse().map(Self),
        }
    }
}

impl Word for Network {
    fn read(text: &str) -> Result<Self, String> {
        let known = "is neither an address nor a network such as 10.0.0.0/8";
        text.parse().map_err(|_| known.to_owned())
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
