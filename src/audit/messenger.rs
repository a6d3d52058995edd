//! How waiters hear that their entries are durable: those of one thread together.

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, oneshot};

use super::queue::Reply;

/// A reply on its way to whoever waits for it.
type Carried = (oneshot::Sender<Reply>, Reply);

/// Carries replies to the waiters of one thread.
///
/// To wake a task on another thread takes a system call, and the thread goes round its event loop for
/// it. A batch ends the waiting of dozens at the same moment: they are handed over together, and
/// woken by [`Messenger::run`] on their own thread, where waking costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Messenger(Arc<Satchel>);

#[derive(Debug, Default)]
struct Satchel {
    replies: Mutex<Vec<Carried>>,
    filled: Notify,
}

impl Messenger {
    /// Tells whoever waits, for as long as this is polled. It belongs on the thread of those who wait.
    pub async fn run(self) {
        loop {
            self.0.filled.notified().await;
            let replies = std::mem::take(&mut *self.lock());
            for (waiter, reply) in replies {
                tell(waiter, reply);
            }
        }
    }

    fn carry(&self, replies: impl IntoIterator<Item = Carried>) {
        self.lock().extend(replies);
        self.0.filled.notify_one();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Carried>> {
        let replies = self.0.replies.lock();
        replies.expect("nothing panics while it is held")
    }
}

/// The replies of one batch, sorted by who carries them.
#[derive(Debug, Default)]
pub(super) struct Replies(Vec<(Messenger, Vec<Carried>)>);

impl Replies {
    /// Adds a reply. Where nobody carries it, it is told at once.
    pub(super) fn add(
        &mut self,
        messenger: Option<Messenger>,
        waiter: oneshot::Sender<Reply>,
        reply: Reply,
    ) {
        let Some(messenger) = messenger else {
            tell(waiter, reply);
            return;
        };
        // As many messengers as the service has workers: no more than cores.
        let mut known = self.0.iter_mut();
        let known = known.find(|(other, _)| Arc::ptr_eq(&other.0, &messenger.0));
        match known {
            Some((_, replies)) => replies.push((waiter, reply)),
            None => self.0.push((messenger, vec![(waiter, reply)])),
        }
    }

    /// Hands everything over.
    pub(super) fn send(self) {
        for (messenger, replies) in self.0 {
            messenger.carry(replies);
        }
    }
}

fn tell(waiter: oneshot::Sender<Reply>, reply: Reply) {
    if waiter.send(reply).is_err() {
        tracing::debug!("nobody waits for this entry any more");
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use smallvec::smallvec;
    use tokio::sync::oneshot;

    use super::{Messenger, Replies};

    #[tokio::test]
    async fn everyone_is_told_by_their_own_messenger() {
        let messengers = [Messenger::default(), Messenger::default()];
        let mut replies = Replies::default();
        let mut waiting = Vec::new();
        for at in 0..9 {
            let (waiter, waits) = oneshot::channel();
            replies.add(messengers.get(at % 3).cloned(), waiter, Ok(smallvec![]));
            waiting.push((at % 3, waits));
        }
        replies.send();
        // Those without one know at once, the others when theirs has come.
        waiting.retain_mut(|(_, waits)| waits.try_recv().is_err());
        assert!(waiting.len() == 6 && waiting.iter().all(|(whose, _)| *whose < 2));
        for (at, messenger) in messengers.into_iter().enumerate() {
            let theirs = waiting.iter_mut().filter(|(whose, _)| *whose == at);
            let theirs = join_all(theirs.map(|(_, waits)| waits));
            tokio::select! {
                () = messenger.run() => unreachable!("it runs on"),
                told = theirs => assert!(told.len() == 3 && told.iter().all(Result::is_ok)),
            }
        }
    }
}
