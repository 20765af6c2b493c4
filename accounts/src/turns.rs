//! Turns at the database, which presence uses as well.

use std::{sync::Arc, time::Duration};

use presence::{PresenceStore, StoreError, StoreResult, Trust};
use sea_orm::DbErr;
use tokio::{
    sync::Semaphore,
    time::{error::Elapsed, timeout},
};

/// How many requests of a kind may be on their way: presence is not to wait for connections behind
/// a storm of them, nor is one kind behind another.
#[derive(Clone)]
pub(crate) struct Turns {
    free: Arc<Semaphore>,
    /// How long the database may take, the wait for a turn included.
    timeout: Duration,
    /// The presence in the same database, which knows whether it is still where it was opened.
    presence: Option<Arc<dyn PresenceStore>>,
    /// Who hears of failures of connections.
    trust: Trust,
}

/// A request that takes so many times longer than anybody waits is given up: it has lost its server.
const GIVEN_UP: u32 = 10;

impl Turns {
    pub(crate) fn new(count: u32, timeout: Duration) -> Self {
        let (free, trust) = (Arc::new(Semaphore::new(count as usize)), Trust::default());
        Self { free, timeout, presence: None, trust }
    }

    pub(crate) fn beside(self, presence: Arc<dyn PresenceStore>) -> Self {
        Self { presence: Some(presence), ..self }
    }

    pub(crate) fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// What `request` comes to, in its turn.
    ///
    /// A request that was begun goes on when nobody waits for it any more, and keeps its turn until
    /// then: so would the database, whatever is known here.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        request: impl Future<Output = Result<T, DbErr>> + Send + 'static,
    ) -> StoreResult<T> {
        self.presence.as_ref().map_or(Ok(()), |presence| presence.check())?;
        let answer = self.answer(request).await.unwrap_or_else(|out| Err(StoreError::new(out)));
        answer.inspect_err(|error| log::warn!("accounts: {}", error.trace()))
    }

    async fn answer<T: Send + 'static>(
        &self,
        request: impl Future<Output = Result<T, DbErr>> + Send + 'static,
    ) -> Result<StoreResult<T>, Elapsed> {
        let answer = async {
            let turn = Arc::clone(&self.free).acquire_owned().await;
            let given_up = self.timeout * GIVEN_UP;
            let request = tokio::spawn(async move {
                let answer = timeout(given_up, request).await;
                drop(turn);
                answer
            });
            match request.await {
                Ok(Ok(answer)) => {
                    answer.inspect_err(|error| self.trust.judge(error)).map_err(StoreError::new)
                }
                Ok(Err(given_up)) => Err(StoreError::new(given_up)),
                Err(aborted) => Err(StoreError::new(aborted)),
            }
        };
        timeout(self.timeout, answer).await
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn a_request_keeps_its_turn_until_it_ends_even_if_nobody_waits_for_it() {
        let turns = Turns::new(1, TIMEOUT);
        let (end, ended) = oneshot::channel::<()>();
        let (say, begun) = oneshot::channel();
        let waiting = tokio::spawn({
            let turns = turns.clone();
            async move {
                let request = async {
                    say.send(()).ok();
                    ended.await.ok();
                    Ok(())
                };
                turns.take(request).await
            }
        });
        begun.await.unwrap();
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled(), "its client has hung up");
        assert!(turns.take(async { Ok(5) }).await.is_err(), "the turn is not free");
        end.send(()).unwrap();
        assert_eq!(turns.take(async { Ok(5) }).await.unwrap(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_not_waited_for_any_longer_and_given_up_later() {
        let turns = Turns::new(1, TIMEOUT);
        let endless = turns.take(std::future::pending::<Result<(), DbErr>>());
        assert!(endless.await.is_err());
        assert_eq!(turns.free.available_permits(), 0);
        tokio::time::sleep(TIMEOUT * GIVEN_UP).await;
        assert_eq!(turns.take(async { Ok(5) }).await.unwrap(), 5);
    }
}
