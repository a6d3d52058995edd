//! Randomness drawn in larger portions: asking the generator for sixteen bytes at a time costs more
//! than everything else an entry needs.

use zeroize::Zeroizing;

use crate::clock::random;

/// Bytes asked for at once.
const PORTION: usize = 8192;

/// Random bytes fit for keys and nonces, each given out once.
pub(super) struct Pool {
    bytes: Zeroizing<[u8; PORTION]>,
    used: usize,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            bytes: Zeroizing::new([0; PORTION]),
            used: PORTION,
        }
    }
}

impl Pool {
    /// The next `N` bytes.
    pub(super) fn draw<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= PORTION) };
        if self.used + N > PORTION {
            random(self.bytes.as_mut());
            self.used = 0;
        }
        let from = self.used;
        self.used += N;
        self.bytes[from..self.used]
            .try_into()
            .expect("the range has N bytes")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Pool;

    #[test]
    fn nothing_is_given_out_twice() {
        let mut pool = Pool::default();
        let drawn: HashSet<[u8; 16]> = (0..1_000).map(|_| pool.draw()).collect();
        assert_eq!(drawn.len(), 1_000);
        assert!(!drawn.contains(&[0; 16]));
    }
}
