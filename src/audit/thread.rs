//! The thread a lane lives on, with its connection and nothing else.
//!
//! On one thread the two hand each batch to one another without waking anybody, which on a runtime of
//! several threads costs system calls and the caches of the core it moves to.

use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

use super::lane::Writer;
use super::lanes::Shared;
use super::opening::{OpenError, open};

/// A lane that was opened, and is written until its process closes it.
pub(super) struct Started {
    /// Its number.
    pub lane: i64,
    /// Resolves when its thread has ended; to an error where that was not foreseen.
    pub ended: oneshot::Receiver<()>,
}

/// Opens a lane on a thread of its own, and leaves it there to be written.
pub(super) async fn start(
    shared: Arc<Shared>,
    closing: watch::Receiver<bool>,
) -> Result<Started, OpenError> {
    let (tell_opened, opened) = oneshot::channel();
    let (tell_ended, ended) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(OpenError::Thread)?;
    let living = move || {
        runtime.block_on(async move {
            let lane = match open(&shared, None, &[]).await {
                Ok(lane) => lane,
                Err(error) => return drop(tell_opened.send(Err(error))),
            };
            let number = lane.lane;
            let writer = Writer::new(shared, closing, lane);
            // Where nobody waits for it any more, nobody keeps it open either.
            drop(tell_opened.send(Ok(number)));
            writer.run().await;
        });
        // The connection is closed with it, before anybody is told.
        drop(runtime);
        let _told = tell_ended.send(());
    };
    std::thread::Builder::new()
        .name("audit-lane".into())
        .spawn(living)
        .map_err(OpenError::Thread)?;
    let lane = opened.await.unwrap_or(Err(OpenError::TimedOut))?;
    Ok(Started { lane, ended })
}
