//! Whether the store takes writes.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::StoreResult;

/// Since when every write has failed; nothing while they succeed.
#[derive(Debug, Default)]
pub(crate) struct Writes(Mutex<Option<Instant>>);

impl Writes {
    /// Hears how a write went. Logged when that changes.
    pub(crate) fn hear<T>(&self, written: &StoreResult<T>) {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Ok(_) if since.take().is_some() => log::info!("the store takes writes again"),
            Ok(_) => {}
            Err(error) => {
                if since.is_none() {
                    log::error!("the store takes no writes: {}", error.trace());
                    *since = Some(Instant::now());
                }
            }
        }
    }

    /// For how long every write has failed.
    pub(crate) fn failing_for(&self) -> Option<Duration> {
        let since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.map(|since| since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreError;

    #[tokio::test(start_paused = true)]
    async fn writes_fail_from_the_first_failure_to_the_next_success() {
        let (writes, second) = (Writes::default(), Duration::from_secs(1));
        let failure = || StoreResult::<()>::Err(StoreError::new("read only"));
        assert_eq!(writes.failing_for(), None);
        writes.hear(&failure());
        tokio::time::advance(second).await;
        writes.hear(&failure());
        tokio::time::advance(second).await;
        assert_eq!(writes.failing_for(), Some(2 * second));
        writes.hear(&Ok(()));
        assert_eq!(writes.failing_for(), None);
    }
}
