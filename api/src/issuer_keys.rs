//! The issuer's keys: read at the start, and again when they may have changed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::rt;
use jsonwebtoken::Algorithm;
use log::Level;
use presence::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{
    auth::{CacheState, Claims, Expectations, Keys, TokenError, Verifier},
    key_source::{KeySource, Unreadable},
};

/// Verifies tokens by the keys that the issuer has now.
///
/// Keys that were read once go on counting until others were read in their place: an issuer that
/// is down, or a file that is just being written, takes nobody's token away.
#[derive(Debug)]
pub struct IssuerKeys {
    verifier: Verifier,
    source: KeySource,
    algorithms: Vec<Algorithm>,
    /// What the keys were made of.
    read: Mutex<Vec<u8>>,
    failing: AtomicBool,
    looks: watch::Sender<Looks>,
}

/// When somebody last looked for other keys.
#[derive(Clone, Copy, Debug, Default)]
struct Looks {
    began: Option<Instant>,
    under_way: bool,
}

/// Longer than a look takes.
const LOOK: Duration = Duration::from_secs(7);

impl IssuerKeys {
    /// Reads the keys at `source` and holds tokens to `expectations`.
    pub(crate) async fn read(
        source: KeySource,
        algorithms: &[Algorithm],
        expectations: Expectations,
    ) -> Result<Self, Unreadable> {
        let read = source.read().await?;
        let keys = source.keys(&read, algorithms)?;
        tell_passed_over(&keys);
        let verifier = Verifier::new(keys, expectations);
        Ok(Self {
            verifier,
            source,
            algorithms: algorithms.to_vec(),
            read: Mutex::new(read),
            failing: AtomicBool::default(),
            looks: watch::Sender::default(),
        })
    }

    /// See [`Verifier::verify`].
    ///
    /// # Errors
    ///
    /// [`TokenError`] when the token is not valid.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Claims>, TokenError> {
        self.verifier.verify(token, now)
    }

    /// See [`Verifier::cache`].
    pub(crate) fn cache(&self) -> CacheState {
        self.verifier.cache()
    }

    /// Whether a token that was refused with `error` may be good by keys that are not known yet.
    pub(crate) fn may_know_later(&self, error: TokenError) -> bool {
        error == TokenError::UnknownKey && self.source.may_change()
    }

    /// Looks for other keys, unless somebody did a short while ago, and returns when that is done.
    /// All who ask meanwhile wait for the same look.
    pub(crate) async fn look_again(self: &Arc<Self>) {
        self.look(self.source.pause());
        let mut looks = self.looks.subscribe();
        // Whether it worked is seen by what the keys say now.
        timeout(LOOK, looks.wait_for(|looks| !looks.under_way)).await.ok();
    }

    /// Looks for other keys now and then, as long as there may be any.
    pub(crate) async fn keep_current(self: Arc<Self>) {
        while self.source.may_change() {
            sleep(self.source.look_every()).await;
            self.look(Duration::ZERO);
        }
    }

    /// Begins to look, unless somebody does or began less than `pause` ago.
    fn look(self: &Arc<Self>, pause: Duration) {
        let begins = self.looks.send_if_modified(|looks| {
            let due = looks.began.is_none_or(|began| began.elapsed() >= pause);
            let begins = due && !looks.under_way;
            if begins {
                *looks = Looks { began: Some(Instant::now()), under_way: true };
            }
            begins
        });
        if begins {
            let keys = Arc::clone(self);
            // In a task of its own: whoever asked may hang up, and the next would begin anew.
            rt::spawn(async move {
                let renewed = keys.renew().await;
                keys.tell(renewed);
                keys.looks.send_modify(|looks| looks.under_way = false);
            });
        }
    }

    /// Takes over what is there now, and says whether that is something else.
    async fn renew(&self) -> Result<bool, Unreadable> {
        let read = self.source.read().await?;
        let is_known = || *self.read.lock().unwrap_or_else(PoisonError::into_inner) == read;
        if is_known() {
            return Ok(false);
        }
        let keys = self.source.keys(&read, &self.algorithms)?;
        tell_passed_over(&keys);
        self.verifier.replace_keys(keys);
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(true)
    }

    /// Logs a failure once until it is over.
    fn tell(&self, renewed: Result<bool, Unreadable>) {
        let was_failing = self.failing.swap(renewed.is_err(), Ordering::Relaxed);
        match renewed {
            Ok(true) => log::info!("the keys have changed: the new ones count from now on"),
            Ok(false) if was_failing => log::info!("the keys can be read again"),
            Err(error) if !was_failing => {
                log::error!("the keys cannot be read, so the old ones go on counting: {error}");
            }
            Ok(false) | Err(_) => {}
        }
    }
}

/// Once for each set: what is not used is told when it is read, and not when a token asks for it.
fn tell_passed_over(keys: &Keys) {
    for key in keys.passed_over() {
        let level = if key.is_odd() { Level::Warn } else { Level::Info };
        log::log!(level, "a key of the set is passed over: {key}");
    }
}
