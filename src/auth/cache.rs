//! A bounded map from whole tokens to what they were verified as. One worker's own, so without locks.
//!
//! Two generations stand in for an exact order of use: when the young one is full it becomes the
//! old one, and what the old one still held is forgotten. A hit in the old one moves to the young.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;

/// What a worker keeps at most, over both generations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: usize,
}

/// What an entry takes beside the token itself: the verified claims (a part of the token) and the
/// maps' own share. An estimate from above.
const OVERHEAD_BYTES: usize = 512;

/// How much of a token's end is hashed. The end is signature, which nobody can choose, and only
/// verified tokens come in, so hashing more would buy nothing. Equality is always of the whole token.
const HASHED_BYTES: usize = 64;

/// Entries by the hash of their token.
type Generation<V> = HashMap<u64, Entry<V>, RandomState>;

/// Values by whole token. No `Debug`: whoever reads a token can use it.
pub(super) struct TokenCache<V> {
    limits: Limits,
    hasher: RandomState,
    young: Generation<V>,
    old: Generation<V>,
    young_bytes: usize,
}

struct Entry<V> {
    token: Box<str>,
    value: V,
}

impl<V> TokenCache<V> {
    /// An empty cache.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            hasher: RandomState::default(),
            young: Generation::default(),
            old: Generation::default(),
            young_bytes: 0,
        }
    }

    /// The value of exactly this token.
    pub(super) fn get(&mut self, token: &str) -> Option<&V> {
        let place = self.place(token);
        if !self.young.contains_key(&place)
            && let Some(entry) = self.old.remove(&place)
        {
            self.put_entry(place, entry);
        }
        self.young
            .get(&place)
            .filter(|entry| *entry.token == *token)
            .map(|entry| &entry.value)
    }

    /// Keeps a value, making room where needed.
    pub(super) fn put(&mut self, token: &str, value: V) {
        let place = self.place(token);
        self.old.remove(&place);
        self.put_entry(
            place,
            Entry {
                token: token.into(),
                value,
            },
        );
    }

    /// Forgets exactly this token.
    pub(super) fn remove(&mut self, token: &str) {
        let place = self.place(token);
        if let Some(entry) = self.young.remove(&place) {
            self.young_bytes -= entry.bytes();
        }
        self.old.remove(&place);
    }

    fn put_entry(&mut self, place: u64, entry: Entry<V>) {
        let bytes = entry.bytes();
        if self.young.len() >= self.limits.entries / 2
            || self.young_bytes + bytes > self.limits.bytes / 2
        {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        if let Some(replaced) = self.young.insert(place, entry) {
            self.young_bytes -= replaced.bytes();
        }
    }

    fn place(&self, token: &str) -> u64 {
        let bytes = token.as_bytes();
        self.hasher
            .hash_one(&bytes[bytes.len().saturating_sub(HASHED_BYTES)..])
    }
}

impl<V> Entry<V> {
    fn bytes(&self) -> usize {
        self.token.len() * 2 + OVERHEAD_BYTES
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cache(entries: usize, bytes: usize) -> TokenCache<u32> {
        TokenCache::new(Limits { entries, bytes })
    }

    #[test]
    fn tokens_that_differ_only_before_the_hashed_end_are_not_taken_for_each_other() {
        let end = "s".repeat(HASHED_BYTES);
        let (one, other) = (
            format!("header.payload-1.{end}"),
            format!("header.payload-2.{end}"),
        );
        let mut cache = cache(100, 1 << 20);
        assert_eq!(cache.place(&one), cache.place(&other));

        cache.put(&one, 1);

        assert_eq!(cache.get(&other), None);
        assert_eq!(cache.get(&one), Some(&1));
        cache.put(&other, 2);
        assert_eq!(cache.get(&one), None);
        assert_eq!(cache.get(&other), Some(&2));
    }

    #[test]
    fn a_token_in_use_outlives_any_number_of_others() {
        let mut cache = cache(10, 1 << 20);
        cache.put("used", 0);

        for n in 0..1000 {
            cache.put(&format!("other-{n}"), n);
            assert_eq!(cache.get("used"), Some(&0), "after {n}");
        }

        assert_eq!(cache.get("other-1"), None);
    }

    #[test]
    fn a_removed_token_is_gone_from_both_generations() {
        let mut cache = cache(4, 1 << 20);
        for token in ["a", "b", "c", "d"] {
            cache.put(token, 1);
            cache.remove(token);
            assert_eq!(cache.get(token), None);
        }
        cache.put("a", 1);
        cache.put("b", 1);
        cache.put("c", 1);
        assert!(cache.old.len() == 2);

        cache.remove("a");

        assert_eq!(cache.get("a"), None);
        assert_eq!(cache.get("b"), Some(&1));
    }

    proptest! {
        #[test]
        fn neither_bound_is_ever_passed(steps in proptest::collection::vec((0_u8..4, 0_u16..40, 1_usize..900), 0..300)) {
            let limits = Limits { entries: 8, bytes: 12_000 };
            let mut cache = TokenCache::new(limits);
            let name = |n: u16, length: usize| format!("{}{n}", "x".repeat(length));
            for (step, n, length) in steps {
                match step {
                    0 => cache.remove(&name(n, length)),
                    1 => { cache.get(&name(n, length)); }
                    _ => cache.put(&name(n, length), n),
                }
                let entries = cache.young.len() + cache.old.len();
                let bytes = |map: &Generation<u16>| map.values().map(Entry::bytes).sum::<usize>();
                prop_assert!(entries <= limits.entries);
                prop_assert!(bytes(&cache.young) + bytes(&cache.old) <= limits.bytes);
                prop_assert_eq!(bytes(&cache.young), cache.young_bytes);
            }
        }
    }
}
