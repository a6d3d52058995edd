//! Waiting for something no longer than so long.

use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// What comes of `work`, unless it takes longer than `limit`. It is pinned by whoever has it: a future that
/// takes another by value is twice as large.
///
/// Nearly everything a request waits for is there already: a known token, a body that came with its head, a
/// record in memory. Only what is not takes a timer.
pub async fn within<F: Future + Unpin>(limit: Duration, mut work: F) -> Result<F::Output, Elapsed> {
    let at_once = std::future::poll_fn(|task| Poll::Ready(work.poll_unpin(task)));
    match at_once.await {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => timeout(limit, work).await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn what_is_there_is_taken_and_what_never_comes_is_given_up() {
        assert_eq!(within(Duration::ZERO, ready(7)).await.ok(), Some(7));
        let soon = Duration::from_millis(1);
        assert!(within(soon, pending::<()>()).await.is_err());
        let later = async {
            tokio::task::yield_now().await;
            7
        };
        assert_eq!(
            within(Duration::from_secs(60), pin!(later)).await.ok(),
            Some(7)
        );
    }
}
