//! Tokens whose signature was found good before.

use std::{fmt, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Claims, TokenError};

/// How many tokens are remembered: at about 200 bytes each, 13 MB.
const CAPACITY: usize = 64 * 1024;

/// The claims of tokens by the SHA-256 of the whole token, signature included: whoever finds
/// another token with the same hash could as well forge the signature.
///
/// Claims are remembered, not validity: the times in them are checked at every use, and a token
/// that fails then is forgotten.
pub(super) struct Cache(quick_cache::sync::Cache<[u8; 32], Arc<Claims>>);

/// How the cache of verified tokens is doing since the keys last changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheState {
    /// How many tokens are remembered.
    pub tokens: usize,
    /// How often a token was.
    pub hits: u64,
    /// How often it was not.
    pub misses: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(CAPACITY))
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({} tokens)", self.len())
    }
}

impl Cache {
    /// How many tokens are remembered.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How it is doing.
    pub(super) fn state(&self) -> CacheState {
        CacheState { tokens: self.len(), hits: self.0.hits(), misses: self.0.misses() }
    }

    /// What is remembered of `token`, or what `verify` makes of it, if it passes `check`. Failures
    /// are not remembered: an attacker has more wrong tokens than we have room.
    ///
    /// # Errors
    ///
    /// Those of `verify` and `check`.
    pub(super) fn get_or_verify(
        &self,
        token: &str,
        verify: impl FnOnce() -> Result<Arc<Claims>, TokenError>,
        check: impl Fn(&Claims) -> Result<(), TokenError>,
    ) -> Result<Arc<Claims>, TokenError> {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some(claims) = self.0.get(&key) {
            check(&claims).inspect_err(|_| drop(self.0.remove(&key)))?;
            return Ok(claims);
        }
        let claims = verify()?;
        check(&claims)?;
        self.0.insert(key, Arc::clone(&claims));
        Ok(claims)
    }
}
