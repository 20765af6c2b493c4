//! Passwords, and their hashes.

use std::{cell::RefCell, fmt};

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHasher, Version,
    password_hash::{
        Error,
        phc::{Output, PasswordHash},
    },
};

use crate::{
    Invalid,
    rules::{ensure, has_length},
};

/// A password that may be set, with no way to print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password `text`, exactly as it was sent: 8 to 128 characters.
    ///
    /// # Errors
    ///
    /// When it is shorter or longer.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        ensure(has_length(text, 8, 128), "a password has 8 to 128 characters")?;
        Ok(Self(text.to_owned()))
    }

    /// Its hash, with a salt of its own, as a PHC string. Takes some 20 ms and 19 MiB.
    ///
    /// # Errors
    ///
    /// When the operating system has no randomness.
    pub(crate) fn hash(&self) -> Result<String, Error> {
        Ok(argon2id()?.hash_password(self.0.as_bytes())?.to_string())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

/// Stands in for the hash of an account that is not there: made of nothing, it fits no password,
/// and to find that out takes as long as with any other.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWFuZC10aGVpcg\
                       $bm8gcGFzc3dvcmQgaGFzIGdvdCB0aGlzIGhhc2guLi4";

/// OWASP's: 19 MiB, two passes, one lane.
fn argon2id() -> Result<Argon2<'static>, argon2::Error> {
    let params = Params::new(19 * 1024, 2, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether `password` is the one that `known` is the hash of. Without one it is not, which takes
/// just as long.
pub(crate) fn verify(password: &str, known: Option<&str>) -> bool {
    verify_by(known, |hash| fits(password, hash).is_ok())
}

fn verify_by(known: Option<&str>, fits: impl FnOnce(&str) -> bool) -> bool {
    let fits = fits(known.unwrap_or(NOBODYS));
    fits && known.is_some()
}

thread_local! {
    /// What a hash is made in. It is kept: to hand 19 MiB back and take them anew for every login holds
    /// up each thread that wants memory, and the lock on it would be held by one that gives way to all.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

fn fits(password: &str, hash: &str) -> Result<(), Error> {
    let known = PasswordHash::new(hash)?;
    let (Some(salt), Some(expected)) = (&known.salt, &known.hash) else {
        return Err(Error::PasswordInvalid);
    };
    let params = Params::try_from(&known)?;
    let blocks = params.block_count();
    let argon2id = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = vec![0; expected.len()];
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(blocks, Block::default());
        argon2id.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, memory)
    })?;
    // In a time that does not depend on what is compared.
    if Output::new(&output)? == *expected { Ok(()) } else { Err(Error::PasswordInvalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_8_to_128_characters_whatever_they_are() {
        for good in ["12345678", &"🦀".repeat(8), &"é".repeat(128), "        ", "a\0b\nc\td\r"] {
            assert!(Password::parse(good).is_ok(), "{good:?}");
        }
        for wrong in ["", "1234567", &"é".repeat(7), &"x".repeat(129)] {
            assert!(Password::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_hash_is_argon2id_with_a_salt_of_its_own_and_fits_its_password_alone() {
        let password = Password::parse("correct horse ").unwrap();
        let hashes = [password.hash().unwrap(), password.hash().unwrap()];
        assert_ne!(hashes[0], hashes[1]);
        for hash in &hashes {
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            assert!(verify("correct horse ", Some(hash)));
            for wrong in ["correct horse", "Correct horse ", "", "correct horse  "] {
                assert!(!verify(wrong, Some(hash)), "{wrong:?}");
            }
        }
    }

    #[test]
    fn a_password_of_nobody_is_hashed_like_any_other_and_fits_never() {
        let mut hashed = Vec::new();
        let right = verify_by(None, |hash| {
            hashed.push(hash.to_owned());
            true
        });
        assert!(!right, "not even if it fits");
        assert_eq!(hashed, [NOBODYS]);

        let real = Password::parse("12345678").unwrap().hash().unwrap();
        let [real, nobodys] = [&real[..], NOBODYS].map(|hash| PasswordHash::new(hash).unwrap());
        assert_eq!((real.algorithm, real.version), (nobodys.algorithm, nobodys.version));
        assert_eq!(real.params, nobodys.params);
        let lengths = |hash: &PasswordHash| {
            (hash.salt.as_ref().unwrap().len(), hash.hash.as_ref().unwrap().len())
        };
        assert_eq!(lengths(&real), lengths(&nobodys));
        assert_eq!(fits("12345678", NOBODYS), Err(Error::PasswordInvalid), "it was hashed");
    }

    #[test]
    fn a_password_never_shows() {
        assert_eq!(format!("{:?}", Password::parse("12345678").unwrap()), "********");
    }
}
