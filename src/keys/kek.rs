//! The key-encryption key: one file, from which nothing but wrapping and record versions is derived.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Error, FIRST_GENERATION, MonthKeys, file};
use crate::clock::random;
use crate::domain::entry::Month;
use crate::store::{KekId, WrappedKeys};

/// Bytes of the key.
const LENGTH: usize = 32;
/// A key file is no longer than this; more is not read.
const FILE_LIMIT: u64 = 256;
/// Bytes of a month's pair of keys.
const PAIR: usize = 2 * LENGTH;

/// The key that wraps the months' keys.
pub struct Kek {
    wrapping: LessSafeKey,
    version: Zeroizing<[u8; LENGTH]>,
    id: KekId,
}

impl std::fmt::Debug for Kek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kek({})", self.name())
    }
}

impl Kek {
    /// Reads the key file; where there is none and `create` allows it, makes one.
    pub fn load(path: &Path, create: bool) -> Result<Self, Error> {
        let failed = |source| Error::File {
            path: path.into(),
            source,
        };
        match Self::read(path) {
            Err(Error::Missing(_)) if create => {
                let mut key = Zeroizing::new([0; LENGTH]);
                random(key.as_mut());
                let text = Zeroizing::new(STANDARD.encode(key.as_ref()) + "\n");
                file::make(path, &text).map_err(failed)?;
                Self::read(path)
            }
            result => result,
        }
    }

    /// How this key is called: a digest, which tells nothing of the key.
    pub fn name(&self) -> String {
        hex::encode(self.id)
    }

    /// The key made of these bytes.
    pub fn from_bytes(key: &[u8; LENGTH]) -> Self {
        // Each use has a key of its own, so that no two can ever be played against each other.
        let derive = |label: &[u8]| {
            let mut out = Zeroizing::new([0; LENGTH]);
            hkdf::Salt::new(hkdf::HKDF_SHA256, b"dancu")
                .extract(key)
                .expand(&[label], hkdf::HKDF_SHA256)
                .and_then(|material| material.fill(out.as_mut()))
                .expect("32 bytes are what HKDF-SHA256 gives at least");
            out
        };
        let id = derive(b"key-encryption key id v1");
        Self {
            wrapping: aead_key(&derive(b"month key wrapping v1")),
            version: derive(b"record version v1"),
            id: *id.first_chunk().expect("8 of 32 bytes"),
        }
    }

    fn read(path: &Path) -> Result<Self, Error> {
        let text = file::read(path, FILE_LIMIT)?;
        let bytes = STANDARD.decode(text.trim_end()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| Error::Format(path.into()))?;
        let key = bytes.as_slice().try_into();
        let key: &[u8; LENGTH] = key.map_err(|_| Error::Format(path.into()))?;
        Ok(Self::from_bytes(key))
    }

    /// The key of records' versions.
    pub(super) fn version_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.version.as_ref())
    }

    /// What tells this key from another.
    pub(super) fn id(&self) -> KekId {
        self.id
    }

    /// A new random pair of keys for that month, wrapped.
    pub(super) fn wrap_new(&self, month: Month, generation: u32) -> WrappedKeys {
        let mut pair = Zeroizing::new([0; PAIR]);
        random(pair.as_mut());
        self.wrap(month, generation, pair.as_ref())
    }

    /// The same pair as `wrapped` holds, which `old` wrapped, wrapped by this key.
    pub(super) fn rewrap(&self, old: &Self, wrapped: &WrappedKeys) -> Result<WrappedKeys, Error> {
        let pair = old.open(wrapped)?;
        let ours = self.wrap(wrapped.month, wrapped.generation, &pair);
        // The old key is about to be thrown away, so what took its place is tried at once.
        if *self.open(&ours)? == *pair {
            Ok(ours)
        } else {
            Err(Error::Damaged(wrapped.month))
        }
    }

    /// The keys in there, if this key wrapped them for that month and generation.
    pub(super) fn unwrap(&self, wrapped: &WrappedKeys) -> Result<MonthKeys, Error> {
        let pair = self.open(wrapped)?;
        let (tag_key, seal_key) = pair.split_at(LENGTH);
        let whole = "open gave two keys of 32 bytes";
        let tag_key = tag_key.first_chunk().expect(whole);
        let seal_key = seal_key.first_chunk().expect(whole);
        let (month, generation) = (wrapped.month, wrapped.generation);
        Ok(MonthKeys::new(month, generation, tag_key, seal_key))
    }

    fn wrap(&self, month: Month, generation: u32, pair: &[u8]) -> WrappedKeys {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        let mut sealed = pair.to_vec();
        let tag = self
            .wrapping
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(month, generation)),
                &mut sealed,
            )
            .expect("64 bytes are not too long to seal");
        WrappedKeys {
            month,
            generation,
            kek_id: self.id,
            bytes: [&nonce, sealed.as_slice(), tag.as_ref()].concat(),
        }
    }

    fn open(&self, wrapped: &WrappedKeys) -> Result<Zeroizing<Vec<u8>>, Error> {
        let month = wrapped.month;
        if wrapped.kek_id != self.id {
            return Err(Error::OtherKek(month));
        }
        let damaged = || Error::Damaged(month);
        let split = wrapped.bytes.split_first_chunk::<NONCE_LEN>();
        let (&nonce, sealed) = split.ok_or_else(damaged)?;
        let mut pair = Zeroizing::new(sealed.to_vec());
        let length = self
            .wrapping
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(month, wrapped.generation)),
                &mut pair,
            )
            .map_err(|_| damaged())?
            .len();
        pair.truncate(length);
        if length == PAIR {
            Ok(pair)
        } else {
            Err(damaged())
        }
    }
}

/// A key for AES-256-GCM-SIV, which forgives a repeated nonce (RFC 8452).
pub(super) fn aead_key(key: &[u8; LENGTH]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM_SIV, key).expect("the key has 32 bytes");
    LessSafeKey::new(key)
}

/// What a wrapped pair is good for. A first generation is bound as it was before there were others.
fn bound_to(month: Month, generation: u32) -> Vec<u8> {
    let month = month.number().to_be_bytes();
    if generation == FIRST_GENERATION {
        [b"dancu month key v1".as_slice(), &month].concat()
    } else {
        let generation = generation.to_be_bytes();
        [b"dancu month key v2".as_slice(), &month, &generation].concat()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use std::fs;

    use super::{Error, Kek, Month, WrappedKeys};

    fn directory(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("dancu-kek-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_key_file_is_made_once_and_only_where_that_is_allowed() {
        let path = directory("made").join("keys/kek");
        assert!(matches!(Kek::load(&path, false), Err(Error::Missing(_))));
        let made = Kek::load(&path, true).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Kek::load(&path, true).unwrap().id, made.id);
        fs::remove_dir_all(path.parent().unwrap().parent().unwrap()).unwrap();
    }

    #[test]
    fn a_key_file_others_can_read_or_of_another_length_is_refused() {
        let path = directory("refused").join("kek");
        Kek::load(&path, true).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Kek::load(&path, true), Err(Error::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "c2hvcnQ=").unwrap();
        assert!(matches!(Kek::load(&path, true), Err(Error::Format(_))));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    fn month() -> Month {
        Month::from_number(202_611).unwrap()
    }

    #[test]
    fn wrapped_keys_open_only_for_their_month_their_generation_and_their_key() {
        let kek = Kek::from_bytes(&[7; 32]);
        for generation in [1, 2] {
            let wrapped = kek.wrap_new(month(), generation);
            assert!(kek.unwrap(&wrapped).is_ok());
            let other_month = WrappedKeys {
                month: month().next(),
                ..wrapped.clone()
            };
            let other_generation = WrappedKeys {
                generation: 3 - generation,
                ..wrapped.clone()
            };
            let mut altered = wrapped.clone();
            altered.bytes[20] ^= 1;
            for other in [other_month, other_generation, altered] {
                assert!(matches!(kek.unwrap(&other), Err(Error::Damaged(_))));
            }
            let other_kek = Kek::from_bytes(&[8; 32]).unwrap(&wrapped);
            assert!(matches!(other_kek, Err(Error::OtherKek(_))));
        }
    }

    #[test]
    fn a_rewrapped_pair_is_the_same_pair_under_the_new_key_alone() {
        let (old, new) = (Kek::from_bytes(&[7; 32]), Kek::from_bytes(&[8; 32]));
        let before = old.wrap_new(month(), 2);
        let after = new.rewrap(&old, &before).unwrap();
        assert_eq!((after.month, after.generation), (month(), 2));
        assert_eq!(old.open(&before).unwrap(), new.open(&after).unwrap());
        assert!(matches!(old.unwrap(&after), Err(Error::OtherKek(_))));
        assert!(matches!(new.rewrap(&old, &after), Err(Error::OtherKek(_))));
    }

    /// Made by the version before there were generations; the databases of that version hold such.
    #[test]
    fn what_the_version_before_wrapped_still_opens() {
        let kek = Kek::from_bytes(&[7; 32]);
        let bytes = hex::decode("000102030405060708090a0ba6b3a5b82db6603be0d8a531896de32b71506432044346c50cc921dd1544db4dfcd08cb7fe95f38f227c77d2b8a1e867b76fc84a3f109bfcc08664ee66c0fa006fcebf77ce2ef98f7b79fe77a69d2df7").unwrap();
        let wrapped = WrappedKeys {
            month: month(),
            generation: 1,
            kek_id: kek.id,
            bytes,
        };
        assert_eq!(*kek.open(&wrapped).unwrap(), [[1_u8; 32], [2; 32]].concat());
    }
}
