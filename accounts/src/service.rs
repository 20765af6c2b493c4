//! [`Accounts`]: register, log in, look people up.

use std::{fmt, io, net::IpAddr, sync::Arc, time::Duration};

use entity::account::Model;
use presence::{PresenceStore, StoreError, StoreResult, Timestamp, Trust, UserId, UserIdKind};
use sea_orm::DatabaseConnection;

use crate::{
    Account, Password, Place, Profile, Search, Username,
    account::number,
    folding::fold,
    guesses::{Guesses, Wait},
    password,
    store::Store,
    threads::{Full, Threads},
};

/// The accounts of all users.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    ids: UserIdKind,
    threads: Threads,
    guesses: Arc<Guesses>,
}

/// Why a request about accounts was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// Somebody has that name.
    #[error("this user name is taken")]
    Taken,
    /// Too many wrong passwords for that name: whether this one is right was not looked at, or it was
    /// wrong as well. How long to wait.
    #[error("too many wrong passwords: wait before the next")]
    Guessing(Duration),
    /// More wait to have their passwords hashed than can be in good time.
    #[error("too many are logging in at the moment")]
    Overloaded,
    /// The database did not answer. The cause is for the log.
    #[error("accounts are out of reach at the moment")]
    Unavailable(#[from] StoreError),
}

/// What became of the old password of who wants a new one.
#[derive(Debug)]
pub enum OldPassword {
    /// Who asks has no account, hence no password.
    NoAccount,
    /// It is not theirs.
    Wrong,
    /// It is, and may be replaced.
    Right(PasswordChange),
}

/// A new password that may take the place of the old one, with no way to print either.
pub struct PasswordChange {
    number: i64,
    old_hash: String,
    new_hash: String,
}

impl fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordChange").field("number", &self.number).finish_non_exhaustive()
    }
}

type Result<T> = std::result::Result<T, AccountsError>;

/// As many passwords wait at most: a second or two of work.
const WAITING: usize = 64;

impl Accounts {
    /// The accounts in `db`, whose schema is up to date, and the threads that hash passwords.
    /// `connections` at most are used at once; the database is given `timeout` to answer; ids are
    /// of the kind `ids`. Guesses at passwords are `limited`, or any number is taken.
    ///
    /// # Errors
    ///
    /// When the operating system has no more threads.
    pub fn new(
        db: DatabaseConnection,
        connections: u32,
        ids: UserIdKind,
        timeout: Duration,
        limited: bool,
    ) -> io::Result<Self> {
        let threads = Threads::start(WAITING)?;
        let guesses = Arc::new(Guesses::new(limited));
        Ok(Self { store: Store::new(db, connections, timeout), ids, threads, guesses })
    }

    /// The same, in the database that holds `presence` as well: they are out of reach while that is
    /// not where it was opened.
    #[must_use]
    pub fn beside(self, presence: &Arc<dyn PresenceStore>) -> Self {
        Self { store: self.store.beside(presence), ..self }
    }

    /// With failures of connections told to `trust`.
    #[must_use]
    pub fn trusting(self, trust: &Trust) -> Self {
        Self { store: self.store.trusting(trust), ..self }
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
    /// wrong shows in nothing, the time included. It is a guess from the address `from`; `now` tells
    /// store time.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn login(
        &self,
        username: &str,
        password: String,
        from: IpAddr,
        now: impl Fn() -> Timestamp + Send + 'static,
    ) -> Result<Option<Account>> {
        let name = Username::of_login(username).ok();
        let who = self.guesses.guesser(&fold(username), from);
        self.guesses.look(who, now())?;
        let place = self.threads.place()?;
        let found = match name {
            Some(name) => self.store.by_name(&name).await?,
            None => None,
        };
        let hash = found.as_ref().map(|model| model.password_hash.clone());
        let guesses = Arc::clone(&self.guesses);
        let judge =
            move || guesses.judge(who, now, || password::verify(&password, hash.as_deref()));
        let right = place.run(judge).await??;
        Ok(self.read(found.filter(|_| right))?)
    }

    /// Whether `old` is the password of `user`, and if so `new` made ready to replace it. It is a
    /// guess like a login's.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn check_password(
        &self,
        user: &UserId,
        (old, new): (String, Password),
        from: IpAddr,
        now: impl Fn() -> Timestamp + Send + 'static,
    ) -> Result<OldPassword> {
        let Some(model) = self.model(user).await? else { return Ok(OldPassword::NoAccount) };
        let who = self.guesses.guesser(&model.username_key, from);
        self.guesses.look(who, now())?;
        let (guesses, old_hash) = (Arc::clone(&self.guesses), model.password_hash);
        let change = self.threads.place()?.run(move || {
            if !guesses.judge(who, now, || password::verify(&old, Some(&old_hash)))? {
                return Ok(OldPassword::Wrong);
            }
            let new_hash = new.hash().map_err(StoreError::new)?;
            Ok(OldPassword::Right(PasswordChange { number: model.id, old_hash, new_hash }))
        });
        change.await?
    }

    /// Puts a new password into the place of the old one; says whether that was still the one that it
    /// was checked against.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`]; the change may have been made then.
    pub async fn change_password(&self, change: PasswordChange) -> Result<bool> {
        let PasswordChange { number, old_hash, new_hash } = change;
        Ok(self.store.replace_hash(number, old_hash, new_hash).await?)
    }

    /// The account of `user`, if there is one.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`].
    pub async fn find(&self, user: &UserId) -> Result<Option<Account>> {
        Ok(self.read(self.model(user).await?)?)
    }

    /// The first `limit` accounts after that of `after`, by ascending id.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`].
    pub async fn list(&self, after: Option<&UserId>, limit: u64) -> Result<Vec<Account>> {
        let models = self.store.list(after.and_then(number), limit).await?;
        let read = |model| Account::read(model, self.ids).map_err(StoreError::new);
        Ok(models.into_iter().map(read).collect::<StoreResult<_>>()?)
    }

    /// The first `limit` accounts that `search` finds after the place `after`, each with its place, in
    /// the order of these. It costs what it answers, however many accounts there are.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`].
    pub async fn search(
        &self,
        search: &Search,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<(Account, Place)>> {
        let found = self.store.search(search, after, limit).await?;
        let read =
            |(model, place)| Ok((Account::read(model, self.ids).map_err(StoreError::new)?, place));
        Ok(found.into_iter().map(read).collect::<StoreResult<_>>()?)
    }

    /// Makes all accounts findable, and their names unlike others': those that nodes of an older version
    /// wrote are neither. Tells how many these were. To be called before a node serves.
    ///
    /// # Errors
    ///
    /// [`AccountsError::Unavailable`]; to repeat it is safe.
    pub async fn catch_up(&self) -> Result<usize> {
        Ok(self.store.catch_up().await?)
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

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl From<Full> for AccountsError {
    fn from(_: Full) -> Self {
        Self::Overloaded
    }
}

impl From<Wait> for AccountsError {
    fn from(Wait(wait): Wait) -> Self {
        Self::Guessing(wait)
    }
}
