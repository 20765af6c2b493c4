//! Durations as an operator writes them: `5m`, `10s`, `250ms`.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A duration written as an integer and one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// The units, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A hundred years, in milliseconds: sums with times never come near the end of what holds them.
const LONGEST: u64 = 36_500 * 86_400_000;

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let millis = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, millis)| number.parse::<u64>().ok()?.checked_mul(millis));
        let millis =
            millis.ok_or_else(|| format!("{text:?} is not a duration such as 5m, 10s or 250ms"))?;
        if millis > LONGEST {
            return Err(format!("{text:?} is more than a hundred years, 36500d"));
        }
        Ok(Self(Duration::from_millis(millis)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let whole = |(_, unit): &(&str, u64)| millis != 0 && millis % unit == 0;
        let (name, unit) = UNITS.into_iter().find(whole).unwrap_or(("s", 1_000));
        write!(f, "{}{name}", millis / unit)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["0s", "1ms", "250ms", "1s", "90s", "5m", "2h", "90d", "36500d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("60s".parse::<Span>().unwrap().to_string(), "1m");
        assert_eq!("0ms".parse::<Span>().unwrap().0, Duration::ZERO);
    }

    #[test]
    fn a_span_needs_one_number_and_one_unit() {
        for text in
            ["", "5", "m", "5 m", "-5m", "1.5s", "5min", "1m30s", "99999999999999999d", "36501d"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
