//! A name for a set of users that depends on nothing but who is in it.

use std::{fmt, hash::Hasher};

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::{UserId, UserIdValue};

/// The sum of a keyed 128-bit hash of each user in the set: whoever comes is added and whoever
/// goes is subtracted, in any order, so that all nodes agree on it at no cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetTag(u128);

/// The same on every node and for ever: a tag is compared with one of another node and another
/// day. It guards against accidents; whoever chooses ids could only deceive those who poll.
const KEY: [u8; 16] = *b"lastseen set tag";

impl SetTag {
    /// The tag of a set of `users`, who are all different.
    #[must_use]
    pub fn of(users: &[UserId]) -> Self {
        let mut tag = Self::default();
        for user in users {
            tag.add(user);
        }
        tag
    }

    pub(crate) fn add(&mut self, user: &UserId) {
        self.0 = self.0.wrapping_add(hash(user));
    }

    pub(crate) fn remove(&mut self, user: &UserId) {
        self.0 = self.0.wrapping_sub(hash(user));
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for SetTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

fn hash(user: &UserId) -> u128 {
    let mut hasher = SipHasher24::new_with_key(&KEY);
    match user.value() {
        UserIdValue::Integer(id) => hasher.write(&id.to_le_bytes()),
        UserIdValue::String(id) => hasher.write(id.as_bytes()),
    }
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserIdKind;

    fn tag(ids: &[&str]) -> String {
        let ids: Vec<_> =
            ids.iter().map(|id| UserId::parse(UserIdKind::String, id).unwrap()).collect();
        SetTag::of(&ids).to_string()
    }

    #[test]
    fn a_tag_depends_on_the_set_and_not_on_its_order() {
        assert_eq!(tag(&["ada", "bob", "eve"]), tag(&["eve", "ada", "bob"]));
        assert_ne!(tag(&["ada", "bob"]), tag(&["ada", "eve"]));
        assert_ne!(tag(&["ada", "bob"]), tag(&["adab", "ob"]));
        assert_eq!(tag(&[]), "0".repeat(32));
    }

    #[test]
    fn a_tag_is_the_same_on_every_machine() {
        let five = UserId::integer(5).unwrap();
        assert_eq!(SetTag::of(&[five]).to_string(), "57efa6cb3404e4ad9c233dbd17e1c259");
    }

    #[test]
    fn who_goes_leaves_the_tag_as_it_was() {
        let [five, six] = [5, 6].map(|id| UserId::integer(id).unwrap());
        let mut tag = SetTag::of(std::slice::from_ref(&five));
        tag.add(&six);
        tag.remove(&six);
        assert_eq!(tag, SetTag::of(&[five]));
    }
}
