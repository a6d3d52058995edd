//! SHA-256 as RFC 6962 section 2.1 uses it: of leaves, of nodes, of small whole trees.

use std::fmt;

use aws_lc_rs::digest::{self, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a hash.
pub const HASH_LENGTH: usize = 32;

/// Characters of a hash in base64.
const BASE64_LENGTH: usize = 44;

/// Bytes up to which an entry is copied behind its prefix and hashed in one piece, which is a
/// quarter faster than in two.
const SHORT_ENTRY: usize = 1023;

/// A hash of the tree. `Debug` and `Display` give standard base64, as checkpoints do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; HASH_LENGTH]);

impl Hash {
    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; HASH_LENGTH]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; HASH_LENGTH] {
        &self.0
    }

    /// From standard base64 with padding, in its one canonical form.
    pub fn from_base64(text: &str) -> Option<Self> {
        if text.len() != BASE64_LENGTH {
            return None;
        }
        let bytes = STANDARD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of a leaf: SHA-256(0x00 || entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut leaf = [0x00; 1 + SHORT_ENTRY];
    if let Some(place) = leaf.get_mut(1..=entry.len()) {
        place.copy_from_slice(entry);
        return finished(&digest::digest(&SHA256, &leaf[..=entry.len()]));
    }
    let mut context = digest::Context::new(&SHA256);
    context.update(&[0x00]);
    context.update(entry);
    finished(&context.finish())
}

/// The hash of a node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [0x01; 1 + 2 * HASH_LENGTH];
    node[1..=HASH_LENGTH].copy_from_slice(&left.0);
    node[1 + HASH_LENGTH..].copy_from_slice(&right.0);
    finished(&digest::digest(&SHA256, &node))
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    finished(&digest::digest(&SHA256, &[]))
}

fn finished(digest: &digest::Digest) -> Hash {
    Hash(
        digest
            .as_ref()
            .try_into()
            .expect("a SHA-256 digest has 32 bytes"),
    )
}

/// The root of a tree over these leaf hashes (RFC 6962 section 2.1, MTH).
///
/// It recurses by halves, so its depth is the tree's height.
pub(super) fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => empty_root(),
        [only] => *only,
        [left, right] => node_hash(left, right),
        many => {
            let (left, right) = many.split_at(1 << (many.len() - 1).ilog2());
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// Hashes that were laid one after the other, as a tile is served; `None` for a part of a hash.
pub fn hashes_from_bytes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_LENGTH>();
    rest.is_empty()
        .then(|| hashes.iter().copied().map(Hash).collect())
}

/// Lays hashes one after the other, as a tile is served.
pub fn hashes_to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
