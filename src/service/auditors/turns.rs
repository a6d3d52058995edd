//! Whose turn it is: of what may take long and has few connections, a client has one thing at a time
//! done, so that whoever asks most keeps nobody from asking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Broken;

/// How long a client's next question waits for its last one, as for a connection.
const WAIT: Duration = Duration::from_millis(250);

/// Something is done for the client already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client's last question is not answered yet")]
pub(super) struct Busy;

/// The clients' turns in this process. There are no more of them than clients were registered.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Box<str>, Arc<Semaphore>>>>);

impl Turns {
    /// Does that in the client's turn. It is done to its end, and the turn is not over before, whether
    /// whoever asked still waits or not: the database does not notice that they left.
    pub(super) async fn one<T: Send + 'static>(
        &self,
        client_id: &str,
        work: impl Future<Output = Result<T, Broken>> + Send + 'static,
    ) -> Result<T, Broken> {
        let turn = self.turn(client_id).await?;
        let working = tokio::spawn(async move {
            let done = work.await;
            drop(turn);
            done
        });
        working.await?
    }

    async fn turn(&self, client_id: &str) -> Result<OwnedSemaphorePermit, Busy> {
        let client = {
            let mut clients = self.0.lock().expect("nothing panics while it is held");
            match clients.get(client_id) {
                Some(client) => Arc::clone(client),
                None => Arc::clone(
                    clients
                        .entry(client_id.into())
                        .or_insert_with(|| Arc::new(Semaphore::new(1))),
                ),
            }
        };
        match tokio::time::timeout(WAIT, client.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio::sync::oneshot;

    use super::{Broken, Turns};

    #[tokio::test]
    async fn a_turn_is_over_with_its_work_whether_anybody_waits_for_it_or_not() {
        let turns = Turns::default();
        let (done, told) = oneshot::channel::<()>();
        {
            let work = async move {
                let _told = told.await;
                Ok(())
            };
            let mut leaving = pin!(turns.one("one", work));
            assert!(futures_util::poll!(&mut leaving).is_pending());
        }
        let next = async |client| turns.one(client, async { Ok(()) }).await;
        assert!(matches!(next("one").await, Err(Broken::Busy(_))));
        assert!(next("another").await.is_ok());
        done.send(()).expect("the work goes on");
        assert!(next("one").await.is_ok());
    }
}
