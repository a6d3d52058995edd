//! What waits for a lane: bounded in number and in age, so that overload is told at once.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use smallvec::SmallVec;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::{Draft, Messenger, RecordError};
use crate::domain::entry::AuditId;

/// How long busy threads keep an idle lane from writing what they queued, about as long as a commit takes.
const LINGER: Duration = Duration::from_micros(500);

/// What a waiter is told: an id for each of its drafts, or that they are not durable.
pub(super) type Reply = Result<SmallVec<[AuditId; 1]>, RecordError>;

/// Drafts that are written together, and who waits for them.
#[derive(Debug)]
pub(super) struct Waiting {
    pub drafts: SmallVec<[Draft; 1]>,
    pub reply: oneshot::Sender<Reply>,
    pub messenger: Option<Messenger>,
    since: Instant,
}

/// The queue all lanes of a process take from.
#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    arrived: Notify,
    capacity: usize,
    oldest: Duration,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Waiting>,
    drafts: usize,
    /// Whether what waits is to be written now: no thread that queued some of it has more at hand.
    rung: bool,
    /// Lanes that have nothing to write, and since when there is one.
    idle: usize,
    idle_since: Option<Instant>,
    closed: bool,
}

impl Queue {
    /// A queue of at most `capacity` drafts, which takes no more when the oldest has waited longer
    /// than that for a lane.
    pub(super) fn new(capacity: usize, oldest: Duration) -> Self {
        Self {
            inner: Mutex::default(),
            arrived: Notify::new(),
            capacity,
            oldest,
        }
    }

    /// Queues drafts, or refuses them at once. The reply comes by `messenger`, where there is one; it rings,
    /// too, once its thread has nothing else to do.
    pub(super) fn push(
        &self,
        drafts: SmallVec<[Draft; 1]>,
        messenger: Option<&Messenger>,
    ) -> Result<oneshot::Receiver<Reply>, RecordError> {
        let (reply, receiver) = oneshot::channel();
        let since = Instant::now();
        let mut inner = self.lock();
        let old = |first: &Waiting| since.duration_since(first.since) > self.oldest;
        if inner.closed {
            return Err(RecordError::Unavailable);
        }
        if inner.drafts + drafts.len() > self.capacity || inner.waiting.front().is_some_and(old) {
            drop(inner);
            self.ring();
            return Err(RecordError::Overloaded);
        }
        inner.drafts += drafts.len();
        inner.waiting.push_back(Waiting {
            drafts,
            reply,
            messenger: messenger.cloned(),
            since,
        });
        let waited = inner.waited(since);
        match messenger {
            Some(messenger) if waited < LINGER => {
                inner.rung = false;
                drop(inner);
                messenger.ring_later();
            }
            Some(_) | None => {
                drop(inner);
                self.ring();
            }
        }
        Ok(receiver)
    }

    /// Has what waits written now.
    pub(super) fn ring(&self) {
        let mut inner = self.lock();
        if !inner.waiting.is_empty() && !std::mem::replace(&mut inner.rung, true) {
            drop(inner);
            self.arrived.notify_one();
        }
    }

    /// Waits until it is rung for what waits, and takes as much as fits `limit` drafts (a larger group
    /// goes alone). Nothing is taken if this is given up while it waits.
    pub(super) async fn take(&self, limit: usize) -> Vec<Waiting> {
        let _idle = Idle::new(self);
        loop {
            if self.lock().rung {
                let taken = self.try_take(limit);
                if !taken.is_empty() {
                    return taken;
                }
            }
            self.arrived.notified().await;
        }
    }

    /// Takes without waiting, rung or not.
    pub(super) fn try_take(&self, limit: usize) -> Vec<Waiting> {
        let mut inner = self.lock();
        let mut count = 0;
        let mut drafts = 0;
        for waiting in &inner.waiting {
            if count > 0 && drafts + waiting.drafts.len() > limit {
                break;
            }
            count += 1;
            drafts += waiting.drafts.len();
        }
        let taken = inner.waiting.drain(..count).collect();
        inner.drafts -= drafts;
        inner.rung &= !inner.waiting.is_empty();
        if inner.rung {
            // Another lane may be idle.
            self.arrived.notify_one();
        }
        taken
    }

    /// Takes no more in; what waits already can still be taken out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
    }

    /// How many drafts wait.
    pub(super) fn depth(&self) -> usize {
        self.lock().drafts
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("nothing panics while it is held")
    }
}

impl Inner {
    /// How long something has waited by then though a lane was idle.
    fn waited(&self, now: Instant) -> Duration {
        let idle = self.idle_since.zip(self.waiting.front());
        idle.map_or(Duration::ZERO, |(since, first)| {
            now.duration_since(since.max(first.since))
        })
    }
}

/// Counts a lane as idle for as long as it is held.
struct Idle<'a>(&'a Queue);

impl<'a> Idle<'a> {
    fn new(queue: &'a Queue) -> Self {
        let mut inner = queue.lock();
        inner.idle += 1;
        inner.idle_since.get_or_insert_with(Instant::now);
        drop(inner);
        Self(queue)
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.idle -= 1;
        if inner.idle == 0 {
            inner.idle_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use futures_util::FutureExt;
    use smallvec::{SmallVec, smallvec};
    use tokio::time::Instant;

    use super::{Draft, Messenger, Queue, RecordError};
    use crate::domain::entry::{Decision, Entry, Operation};

    fn drafts(count: usize) -> SmallVec<[Draft; 1]> {
        let draft = Draft::of_lane(&Entry::new(Operation::Me, Decision::Refused));
        smallvec![draft; count]
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let queue = Queue::new(3, Duration::MAX);
        queue.push(drafts(2), None).unwrap();
        assert_eq!(
            queue.push(drafts(2), None).unwrap_err(),
            RecordError::Overloaded
        );
        queue.push(drafts(1), None).unwrap();
        assert_eq!(queue.depth(), 3);
    }

    #[test]
    fn a_closed_queue_gives_out_what_it_has_and_takes_nothing() {
        let queue = Queue::new(3, Duration::MAX);
        queue.push(drafts(1), None).unwrap();
        queue.close();
        assert_eq!(
            queue.push(drafts(1), None).unwrap_err(),
            RecordError::Unavailable
        );
        assert_eq!(queue.try_take(9).len(), 1);
    }

    #[tokio::test]
    async fn an_idle_lane_waits_for_the_bell_of_who_queued_last() {
        let queue = Queue::new(9, Duration::MAX);
        let messenger = Messenger::default();
        let taken = || queue.take(9).now_or_never().map(|taken| taken.len());
        queue.push(drafts(1), Some(&messenger)).unwrap();
        assert_eq!(taken(), None);
        queue.ring();
        queue.push(drafts(1), Some(&messenger)).unwrap();
        assert_eq!(taken(), None, "somebody is busy again");
        queue.ring();
        assert_eq!(taken(), Some(2));
        queue.push(drafts(1), None).unwrap();
        assert_eq!(taken(), Some(1), "nobody rings for it");
        // However busy everybody is, an idle lane does not stay idle.
        let mut waiting = pin!(queue.take(9));
        assert!(waiting.as_mut().now_or_never().is_none());
        let begun = Instant::now();
        while waiting.as_mut().now_or_never().is_none() {
            let _ = queue.push(drafts(1), Some(&messenger));
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }

    #[test]
    fn a_group_is_never_divided_and_a_large_one_goes_alone() {
        let queue = Queue::new(100, Duration::MAX);
        for count in [2, 2, 50, 1] {
            queue.push(drafts(count), None).unwrap();
        }
        let sizes = || {
            queue
                .try_take(5)
                .iter()
                .map(|it| it.drafts.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(), [2, 2]);
        assert_eq!(sizes(), [50]);
        assert_eq!(sizes(), [1]);
        assert_eq!(queue.depth(), 0);
    }
}
