//! The key-encryption key: one file, from which nothing but wrapping and record versions is derived.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Error, MonthKeys, file};
use crate::clock::random;
use crate::domain::entry::Month;
use crate::store::WrappedKeys;

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
    id: [u8; 8],
}

impl std::fmt::Debug for Kek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kek({})", hex::encode(self.id))
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

    /// A new random pair of keys for that month, wrapped.
    pub(super) fn wrap_new(&self, month: Month) -> WrappedKeys {
        let mut pair = Zeroizing::new([0; PAIR]);
        random(pair.as_mut());
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        self.wrap(month, &pair, nonce)
    }

    fn wrap(&self, month: Month, pair: &[u8; PAIR], nonce: [u8; NONCE_LEN]) -> WrappedKeys {
        let mut sealed = pair.to_vec();
        let tag = self
            .wrapping
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(month)),
                &mut sealed,
            )
            .expect("64 bytes are not too long to seal");
        WrappedKeys {
            kek_id: self.id,
            bytes: [&nonce, sealed.as_slice(), tag.as_ref()].concat(),
        }
    }

    /// The keys of that month, if this key wrapped them for that month.
    pub(super) fn unwrap(&self, month: Month, wrapped: &WrappedKeys) -> Result<MonthKeys, Error> {
        if wrapped.kek_id != self.id {
            return Err(Error::OtherKek(month));
        }
        let damaged = || Error::Damaged(month);
        let split = wrapped.bytes.split_first_chunk::<NONCE_LEN>();
        let (&nonce, sealed) = split.ok_or_else(damaged)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let pair = self
            .wrapping
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to(month)),
                &mut sealed,
            )
            .map_err(|_| damaged())?;
        let (tag_key, seal_key) = pair.split_at_checked(LENGTH).ok_or_else(damaged)?;
        let tag_key = tag_key.try_into().map_err(|_| damaged())?;
        let seal_key = seal_key.try_into().map_err(|_| damaged())?;
        Ok(MonthKeys::new(month, tag_key, seal_key))
    }
}

/// A key for AES-256-GCM-SIV, which forgives a repeated nonce (RFC 8452).
pub(super) fn aead_key(key: &[u8; LENGTH]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM_SIV, key).expect("the key has 32 bytes");
    LessSafeKey::new(key)
}

fn bound_to(month: Month) -> Vec<u8> {
    [
        b"dancu month key v1".as_slice(),
        &month.number().to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use std::fs;

    use super::{Error, Kek, Month};

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

    #[test]
    fn wrapped_keys_open_only_for_their_month_and_their_key() {
        let kek = Kek::from_bytes(&[7; 32]);
        let month = Month::from_number(202_611).unwrap();
        let mut wrapped = kek.wrap_new(month);
        assert!(kek.unwrap(month, &wrapped).is_ok());
        let other_month = kek.unwrap(month.next(), &wrapped);
        assert!(matches!(other_month, Err(Error::Damaged(_))));
        let other_kek = Kek::from_bytes(&[8; 32]).unwrap(month, &wrapped);
        assert!(matches!(other_kek, Err(Error::OtherKek(_))));
        wrapped.bytes[20] ^= 1;
        assert!(matches!(
            kek.unwrap(month, &wrapped),
            Err(Error::Damaged(_))
        ));
    }
}
