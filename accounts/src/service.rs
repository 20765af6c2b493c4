//! [`Accounts`]: register, log in, look people up.

use std::{io, time::Duration};

use entity::account::Model;
use presence::{StoreError, StoreResult, Timestamp, Trust, UserId, UserIdKind};
use sea_orm::DatabaseConnection;

use crate::{
    Account, Password, Profile, Search, Username,
    account::number,
    password,
    store::Store,
    threads::{Full, Threads},
};

/// The accounts of all users.
#[derive(Clone, Debug)]
pub struct Accounts {
    store: Store,
    ids: UserIdKind,
    threads: Threads,
}

/// Why a request about accounts was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// Somebody has that name.
    #[error("this user name is taken")]
    Taken,
    /// More wait to have their passwords hashed than can be in good time.
    #[error("too many are logging in at the moment")]
    Overloaded,
    /// The database did not answer. The cause is for the log.
    #[error("accounts are out of reach at the moment")]
    Unavailable(#[from] StoreError),
}

type Result<T> = std::result::Result<T, AccountsError>;

/// As many passwords wait at most: a second or two of work.
const WAITING: usize = 64;

impl Accounts {
    /// The accounts in `db`, whose schema is up to date, and the threads that hash passwords.
    /// `connections` at most are used at once; the database is given `timeout` to answer; ids are
    /// of the kind `ids`.
    ///
    /// # Errors
    ///
    /// When the operating system has no more threads.
    pub fn new(
        db: DatabaseConnection,
        connections: u32,
        ids: UserIdKind,
        timeout: Duration,
    ) -> io::Result<Self> {
        let threads = Threads::start(WAITING)?;
        Ok(Self { store: Store::new(db, connections, timeout), ids, threads })
    }

    /// With failures of connections told to `trust`.
    #[must_use]
    pub fn trusting(mut self, trust: Trust) -> Self {
        self.store.trust = trust;
        self
    }

    #[cfg(test)]
    pub(crate) fn hashing_on(self, threads: Threads) -> Self {
        Self { threads, ..self }
    }

    /// Makes an account, at `now` in store time. Of many who want a name at once, one gets it.
    ///
    /// # Errors
    ///
    /// [`AccountsError`]. After [`AccountsError::Unavailable`] the account may have been made.
    pub async fn register(
        &self,
        username: &Username,
        password: Password,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<Account> {
        let hash = self.threads.place()?.run(move || password.hash()).await?;
        let hash = hash.map_err(StoreError::new)?;
        let number = self.store.insert(username, hash, profile, now).await?;
        let made = self.store.by_number(number.ok_or(AccountsError::Taken)?).await?;
        self.read(made)?.ok_or_else(|| StoreError::new("an account is gone again").into())
    }

    /// The account of that name, if that is its password. Whether the name or the password is
    /// wrong shows in nothing, the time included.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn login(&self, username: &str, password: String) -> Result<Option<Account>> {
        let place = self.threads.place()?;
        let found = match Username::parse(username) {
            Ok(username) => self.store.by_name(&username).await?,
            Err(_) => None,
        };
        let hash = found.as_ref().map(|model| model.password_hash.clone());
        let right = place.run(move || password::verify(&password, hash.as_deref())).await?;
        Ok(self.read(found.filter(|_| right))?)
    }

    /// The account of `user`, if there is one.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`].
    pub async fn find(&self, user: &UserId) -> Result<Option<Account>> {
        Ok(self.read(self.model(user).await?)?)
    }

    /// The first `limit` accounts after that of `after`, of those that `search` finds, by ascending
    /// id. A search costs a look at every account from there on.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`].
    pub async fn list(
        &self,
        after: Option<&UserId>,
        limit: u64,
        search: Option<&Search>,
    ) -> Result<Vec<Account>> {
        let models = self.store.list(after.and_then(number), limit, search).await?;
        let read = |model| Account::read(model, self.ids).map_err(StoreError::new);
        Ok(models.into_iter().map(read).collect::<StoreResult<_>>()?)
    }

    /// Changes what `user` says of themselves, and tells what their account is then; nothing if
    /// they have none.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`]; to repeat it is safe.
    pub async fn change(&self, user: &UserId, profile: Profile) -> Result<Option<Account>> {
        let Some(model) = self.model(user).await? else { return Ok(None) };
        if !profile.is_empty() {
            self.store.update(&model, profile).await?;
        }
        self.find(user).await
    }

    /// Deletes the account of `user`, and says whether there was one. Their tokens stay good for
    /// presence until they expire; their id is never given out again.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`]; to repeat it is safe.
    pub async fn erase(&self, user: &UserId) -> Result<bool> {
        match number(user) {
            Some(number) => Ok(self.store.delete(number).await?),
            None => Ok(false),
        }
    }

    async fn model(&self, user: &UserId) -> StoreResult<Option<Model>> {
        match number(user) {
            Some(number) => self.store.by_number(number).await,
            None => Ok(None),
        }
    }

    fn read(&self, model: Option<Model>) -> StoreResult<Option<Account>> {
        model.map(|model| Account::read(model, self.ids)).transpose().map_err(StoreError::new)
    }
}

impl From<Full> for AccountsError {
    fn from(_: Full) -> Self {
        Self::Overloaded
    }
}
