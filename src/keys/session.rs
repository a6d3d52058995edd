//! What seals an auditor's access token while they are signed in to the console: keys derived from a
//! random id that only their browser keeps. Not here: the browser, and where the sealed token lies.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use crate::clock::random;

/// Bytes of an id: as many as of a key, so that guessing the one is guessing the other.
const LENGTH: usize = 32;

/// The random id of a session, as the browser shows it. Whoever has it is signed in.
pub struct SessionId(Zeroizing<[u8; LENGTH]>);

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionId").finish_non_exhaustive()
    }
}

impl SessionId {
    /// A new one.
    pub fn fresh() -> Self {
        let mut id = Zeroizing::new([0; LENGTH]);
        random(id.as_mut());
        Self(id)
    }

    /// From what [`to_text`](Self::to_text) gave; nothing else is one.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut id = Zeroizing::new([0; LENGTH]);
        let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !text.bytes().all(lower) {
            return None;
        }
        hex::decode_to_slice(text, id.as_mut()).ok()?;
        Some(Self(id))
    }

    /// For the browser to keep.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_ref()))
    }

    /// What the session is found by. It tells nothing of the id.
    pub fn digest(&self) -> [u8; LENGTH] {
        *self.derive(b"console session digest v1")
    }

    /// The token under this session's own key.
    pub fn seal(&self, token: &str) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce);
        let mut sealed = token.as_bytes().to_vec();
        self.key()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .expect("a token of some kilobytes is not too long to seal");
        [nonce.as_slice(), &sealed].concat()
    }

    /// The token, if this session's key sealed it.
    pub fn open(&self, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut token = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .key()
            .open_in_place(nonce, Aad::empty(), &mut token)
            .ok()?;
        let text = std::str::from_utf8(opened).ok()?;
        Some(Zeroizing::new(text.to_owned()))
    }

    fn key(&self) -> LessSafeKey {
        let key = self.derive(b"console session seal v1");
        let key = UnboundKey::new(&AES_256_GCM_SIV, key.as_ref());
        LessSafeKey::new(key.expect("the key has 32 bytes"))
    }

    fn derive(&self, label: &[u8]) -> Zeroizing<[u8; LENGTH]> {
        let mut out = Zeroizing::new([0; LENGTH]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, b"dancu")
            .extract(self.0.as_ref())
            .expand(&[label], hkdf::HKDF_SHA256)
            .and_then(|material| material.fill(out.as_mut()))
            .expect("32 bytes are what HKDF-SHA256 gives at least");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_opened_by_its_own_session_only_and_in_one_piece() {
        let (mine, other) = (SessionId::fresh(), SessionId::fresh());
        let sealed = mine.seal("a.b.c");
        assert_eq!(mine.open(&sealed).unwrap().as_str(), "a.b.c");
        assert!(other.open(&sealed).is_none());
        assert_ne!(mine.seal("a.b.c"), sealed, "every seal has its own nonce");
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(mine.open(&damaged).is_none(), "byte {at}");
            assert!(mine.open(&sealed[..at]).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn an_id_has_one_text_and_its_digest_and_debug_do_not_show_it() {
        let id = SessionId::fresh();
        let text = id.to_text();
        assert_eq!(text.len(), 64);
        let again = SessionId::from_text(&text).unwrap();
        assert_eq!(again.digest(), id.digest());
        assert_ne!(hex::encode(id.digest()), *text);
        assert!(!format!("{id:?}").contains(text.as_str()));
        let (upper, long) = (text.to_uppercase(), format!("{}00", text.as_str()));
        for bad in ["", "00", &upper[..], &long[..], &"g".repeat(64)] {
            assert!(
                SessionId::from_text(bad).is_none() || bad == text.as_str(),
                "{bad}"
            );
        }
    }
}
