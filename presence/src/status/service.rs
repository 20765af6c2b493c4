//! Statuses: who sees what of whom, and how it is changed. Reads come from the roster as far as it
//! goes; when somebody offline was last seen is looked up.

use std::{collections::HashMap, future::Future, sync::Arc};

use super::{Explanation, Export, OwnStatus, StatusPatch, UserStatus};
use crate::{
    Position, Presence, Shown, StatusRow, StatusWrite, StoreError, StoreResult, Timestamp, UserId,
    shared::Shared,
};

/// How often a change is made anew when one of the same user comes in between, at another node.
const ATTEMPTS: usize = 8;

impl Presence {
    /// The status objects of `users`, 1000 at most, in that order, as everybody sees them (R11).
    /// Costs one query if any of them has been offline for two windows, else none. Of these nobody
    /// knows when they were last seen while the store is out of reach.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store is in reach and did not answer in time.
    pub async fn statuses(&self, users: &[UserId]) -> StoreResult<Vec<UserStatus>> {
        let mut found: Vec<_> = {
            let roster = self.shared.roster();
            users.iter().map(|user| roster.status(user)).collect()
        };
        let mut unknown: Vec<_> =
            users.iter().zip(&found).filter(|(_, found)| found.is_none()).collect();
        if !unknown.is_empty() {
            unknown.sort_unstable_by_key(|(user, _)| *user);
            unknown.dedup_by_key(|(user, _)| *user);
            let unknown: Vec<_> = unknown.into_iter().map(|(user, _)| user.clone()).collect();
            let last_seen = self.last_seen(&unknown).await?;
            let roster = self.shared.roster();
            for (user, found) in users.iter().zip(&mut found) {
                found.get_or_insert_with(|| roster.offline(user, last_seen.as_ref()));
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// As [`Self::statuses`], of one user.
    ///
    /// # Errors
    ///
    /// As [`Self::statuses`].
    pub async fn status(&self, user: &UserId) -> StoreResult<UserStatus> {
        let known = self.shared.roster().status(user);
        if let Some(known) = known {
            return Ok(known);
        }
        let last_seen = self.last_seen(std::slice::from_ref(user)).await?;
        Ok(self.shared.roster().offline(user, last_seen.as_ref()))
    }

    /// Who is online and comes after `after`, `limit` at most, ascending. Whoever is online throughout
    /// is on exactly one of the pages that follow each other, whoever comes and goes meanwhile.
    #[must_use]
    pub fn online_after(&self, after: Option<&UserId>, limit: usize) -> Vec<UserStatus> {
        let set = self.online();
        let first = after.map_or(0, |after| set.ids().partition_point(|id| id <= after));
        let roster = self.shared.roster();
        // Some may have gone since the set was made.
        let online = |user: &UserId| roster.status(user).filter(|status| status.is_online);
        set.ids()[first..].iter().filter_map(online).take(limit).collect()
    }

    /// The truth about `user`, for the user alone. Costs up to two queries.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    pub async fn own_status(&self, user: &UserId) -> StoreResult<OwnStatus> {
        let (shown, online) = {
            let roster = self.shared.roster();
            (roster.shown(user).clone(), roster.find(user).map(|user| user.last_seen))
        };
        // What they say while they hide is kept from everybody, this node included.
        let shown = if shown.hidden.is_some() { self.stored(user).await? } else { shown };
        let Shown { share_last_seen, hidden, declared } = shown;
        let last_seen = match online {
            Some(at) => Some(at),
            None => self.newest_proof(user).await?,
        };
        let (user, declared) = (user.clone(), declared.at(self.now()));
        let status = UserStatus { user, is_online: online.is_some(), last_seen, declared };
        Ok(OwnStatus { status, invisible: hidden.is_some(), share_last_seen })
    }

    /// What the user says in truth, and whether they hide.
    async fn stored(&self, user: &UserId) -> StoreResult<Shown> {
        let StatusRow { declared, share_last_seen, hidden, .. } =
            self.look_up(self.shared.store.status(user)).await?;
        Ok(Shown { declared, share_last_seen, hidden: hidden.and_then(|shown| shown.hidden) })
    }

    async fn newest_proof(&self, user: &UserId) -> StoreResult<Option<Timestamp>> {
        let rows = self.look_up(self.shared.store.sessions(user)).await?;
        Ok(rows.iter().map(|row| row.last_seen).max())
    }

    /// Changes what a user says of themselves, and answers the truth. Costs a few queries and, if
    /// it changes anything, a commit.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer; the change may have been made all the same.
    pub async fn change_status(&self, user: &UserId, patch: StatusPatch) -> StoreResult<OwnStatus> {
        let of = user.clone();
        self.change(|shared| async move { change(&shared, &of, &patch).await }).await?;
        self.own_status(user).await
    }

    /// Makes a change when its turn comes, and to the end even if nobody waits for it any more:
    /// of half a change a store has to assume the worst.
    async fn change<F: Future<Output = StoreResult<()>> + Send + 'static>(
        &self,
        change: impl FnOnce(Arc<Shared>) -> F,
    ) -> StoreResult<()> {
        let turn = self.shared.turn(self.patience).await?;
        let change = change(Arc::clone(&self.shared));
        let change = tokio::spawn(async move {
            let result = change.await;
            drop(turn);
            result
        });
        change.await.map_err(StoreError::new)?
    }

    /// Why `user` is on- or offline, in truth. Costs two queries.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    pub async fn explain(&self, user: &UserId) -> StoreResult<Explanation> {
        let rows = self.look_up(self.shared.store.sessions(user)).await?;
        let hidden = self.look_up(self.shared.store.status(user)).await?.hidden;
        let since = hidden.and_then(|shown| shown.hidden).map(|hidden| hidden.since);
        Ok(Explanation::new(user.clone(), &rows, since, self.policy(), self.now()))
    }

    /// All that is stored of `user`, as of one look after the other. Costs two queries by key and one
    /// over what the nodes tell each other.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer.
    pub async fn export(&self, user: &UserId) -> StoreResult<Export> {
        let mut sessions = self.look_up(self.shared.store.sessions(user)).await?;
        sessions.sort_by(|a, b| a.session.cmp(&b.session));
        let status = self.look_up(self.shared.store.status(user)).await?;
        let status = (status.changed_at != Position::START).then_some(status);
        let told = self.look_up(self.shared.store.told(user)).await?;
        Ok(Export { user: user.clone(), sessions, status, told, now: self.now() })
    }

    /// Erases every trace of `user`, who is offline and was never seen from then on. A beat that
    /// comes later is that of somebody new.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store did not answer; some or all may have been erased.
    pub async fn erase(&self, user: &UserId) -> StoreResult<()> {
        let user = user.clone();
        self.change(|shared| async move {
            shared.store.erase(&user).await?;
            shared.catch_up().await
        })
        .await
    }

    /// Takes back what `user` said of themselves, unless they changed it since `oldest`.
    pub(crate) async fn forget_status(&self, user: UserId, oldest: Position) -> StoreResult<()> {
        self.change(move |shared| async move {
            let row = shared.store.status(&user).await?;
            let write = StatusWrite::forgetting(user, &row).filter(|_| row.changed_at < oldest);
            if let Some(write) = write {
                shared.store.write_status(&write, &shared.policy).await?;
            }
            Ok(())
        })
        .await
    }

    /// When users were last seen of whom the roster does not know it. While the store is out of reach
    /// nobody does: then they are offline, and that is all.
    async fn last_seen(&self, users: &[UserId]) -> StoreResult<Option<HashMap<UserId, Timestamp>>> {
        if self.shared.is_lost() {
            return Ok(None);
        }
        let found = self.look_up(self.shared.store.last_seen(users)).await;
        if found.is_err() {
            // Was it this look, or is it the store?
            self.shared.refresh().await;
        }
        match found {
            Err(_) if self.shared.is_lost() => Ok(None),
            found => found.map(Some),
        }
    }

    /// What `look` finds in the store.
    async fn look_up<T>(&self, look: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        self.shared.look_up(self.patience, look).await
    }
}

/// Merges `patch` into what is stored, and hears of it.
async fn change(shared: &Shared, user: &UserId, patch: &StatusPatch) -> StoreResult<()> {
    for _ in 0..ATTEMPTS {
        let row = shared.store.status(user).await?;
        let now = shared.store.clock().now();
        let written = match patch.merge(user.clone(), &row, now) {
            None => true,
            Some(write) => shared.store.write_status(&write, &shared.policy).await?,
        };
        if written {
            return shared.catch_up().await;
        }
    }
    Err(StoreError::new("the same status is being changed over and over"))
}
