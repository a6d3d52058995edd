//! Randomness drawn in larger portions: asking the generator for sixteen bytes at a time costs more
//! than everything else an entry needs.

use zeroize::Zeroizing;

use super::random;

/// Bytes asked for at once.
const PORTION: usize = 8192;

/// Random bytes fit for keys and nonces, each given out once.
pub struct Pool {
    bytes: Zeroizing<[u8; PORTION]>,
    used: usize,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

thread_local! {
    static OF_THREAD: std::cell::RefCell<Pool> = std::cell::RefCell::default();
}

/// `N` random bytes for an id, from a pool of the thread's.
pub fn random_id<const N: usize>() -> [u8; N] {
    OF_THREAD.with_borrow_mut(Pool::draw)
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
    pub fn draw<const N: usize>(&mut self) -> [u8; N] {
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
