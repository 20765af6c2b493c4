//! Members of a patch (RFC 7396).

use serde::{Deserialize, Deserializer};

/// A member of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T = String> {
    /// It was left out.
    #[default]
    Nothing,
    /// It was null.
    Null,
    /// It was this.
    Value(T),
}

/// For serde's `deserialize_with`, beside `default`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Given<T>, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.map_or(Given::Null, Given::Value))
}
