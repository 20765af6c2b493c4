//! Rates as an operator writes them: `20,40`, or `0` for none.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How much somebody may ask for; without end if nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Option<Rate>);

/// So many requests per second, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In the long run, per second.
    pub per_second: NonZeroU32,
    /// After a silence, at once.
    pub burst: NonZeroU32,
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse::<NonZeroU32>().ok();
        let rate = text.split_once(',').and_then(|(per_second, burst)| {
            Some(Rate { per_second: number(per_second)?, burst: number(burst)? })
        });
        match rate {
            None if text.trim() != "0" => {
                Err(format!("{text:?} is neither 0 nor a rate and a burst such as 20,40"))
            }
            rate => Ok(Self(rate)),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("0"),
            Some(Rate { per_second, burst }) => write!(f, "{per_second},{burst}"),
        }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_as_they_are_read() {
        for text in ["0", "20,40", "1,1", "4294967295,1"] {
            assert_eq!(text.parse::<Limit>().unwrap().to_string(), text);
        }
        assert_eq!("20, 40".parse::<Limit>().unwrap().to_string(), "20,40");
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in
            ["", "20", "0,0", "0,40", "20,0", "-1,4", "1.5,4", "20,40,60", "off", "4294967296,1"]
        {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
