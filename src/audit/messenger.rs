//! What goes between lanes and the waiters of one thread: together, not one by one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, oneshot};

use super::queue::{Queue, Reply};

/// A reply on its way to whoever waits for it.
type Carried = (oneshot::Sender<Reply>, Reply);

/// Goes between the lanes and the waiters of one thread.
///
/// To wake a task on another thread takes a system call, and the thread goes round its event loop for
/// it. A batch ends the waiting of dozens at the same moment: they are handed over together, and
/// woken by [`Messenger::run`] on their own thread, where waking costs nothing.
///
/// The other way it is alike. A transaction costs as much as a dozen entries do, so a lane does not begin one
/// while the thread still has requests at hand whose entries could be part of it: it is rung for when
/// the thread has nothing else to do, which is at once where little is asked, or when something has waited
/// for a while ([`Queue::push`]). Waiting by a clock would cost the quiet hours what it gains in the busy
/// ones.
#[derive(Clone, Debug, Default)]
pub struct Messenger(Arc<Satchel>);

#[derive(Debug, Default)]
struct Satchel {
    replies: Mutex<Vec<Carried>>,
    filled: Notify,
    /// How often something was queued.
    queued: AtomicU64,
    to_ring: Notify,
}

impl Messenger {
    /// Tells whoever waits and rings for the lanes of that queue, for as long as this is polled. It belongs
    /// on the thread of those who wait.
    pub(super) async fn run(&self, queue: &Queue) {
        tokio::join!(self.tell(), self.ring(queue));
    }

    async fn tell(&self) {
        loop {
            self.0.filled.notified().await;
            let replies = std::mem::take(&mut *self.lock());
            for (waiter, reply) in replies {
                tell(waiter, reply);
            }
        }
    }

    async fn ring(&self, queue: &Queue) {
        loop {
            self.0.to_ring.notified().await;
            let mut queued = self.queued();
            loop {
                // Everything that is ready runs first, and whatever came over the network meanwhile.
                tokio::task::yield_now().await;
                let now = self.queued();
                if now == queued {
                    break;
                }
                queued = now;
            }
            queue.ring();
        }
    }

    /// Rings once this thread has nothing else to do.
    pub(super) fn ring_later(&self) {
        self.0.queued.fetch_add(1, Ordering::Relaxed);
        self.0.to_ring.notify_one();
    }

    fn queued(&self) -> u64 {
        self.0.queued.load(Ordering::Relaxed)
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
                () = messenger.tell() => unreachable!("it runs on"),
                told = theirs => assert!(told.len() == 3 && told.iter().all(Result::is_ok)),
            }
        }
    }
}
