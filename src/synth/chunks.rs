//! A population drawn on several threads, and handed out in order and in bounded memory.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{BLOCK, Population};
use crate::domain::citizen::Citizen;

/// Citizens in a chunk: whole blocks, so that none is drawn twice.
const CHUNK: u64 = 50 * BLOCK as u64;
/// Chunks a thread may be ahead.
const AHEAD: usize = 2;

/// Chunks of a population in order of index, each made into a `T` on the thread that drew it.
///
/// The threads take turns and each waits while it is ahead; dropping this ends them.
#[derive(Debug)]
pub struct Chunks<T> {
    threads: Vec<Receiver<T>>,
    next: usize,
}

/// Those citizens in order of index, drawn on all cores: for whoever takes them one by one.
pub fn people(
    population: &Population,
    indices: Range<u64>,
) -> impl Iterator<Item = Citizen> + Send + 'static {
    Chunks::on_all_cores(population, indices, |citizens| citizens.collect::<Vec<_>>()).flatten()
}

impl<T: Send + 'static> Chunks<T> {
    /// Begins to draw those indices on as many threads as the machine has cores.
    pub fn on_all_cores(
        population: &Population,
        indices: Range<u64>,
        make: impl Fn(&mut dyn Iterator<Item = Citizen>) -> T + Clone + Send + 'static,
    ) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::start(population, indices, cores, make)
    }

    /// Begins to draw those indices on that many threads (at least one).
    pub fn start(
        population: &Population,
        indices: Range<u64>,
        threads: usize,
        make: impl Fn(&mut dyn Iterator<Item = Citizen>) -> T + Clone + Send + 'static,
    ) -> Self {
        let count = u64::try_from(threads.max(1)).expect("a machine has few cores");
        let receivers = (0..count).map(|thread| {
            let (send, receive) = sync_channel(AHEAD);
            let (population, make, indices) = (population.clone(), make.clone(), indices.clone());
            thread::spawn(move || draw(&population, indices, (thread, count), &make, &send));
            receive
        });
        Self {
            threads: receivers.collect(),
            next: 0,
        }
    }
}

impl<T> Iterator for Chunks<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        // The first thread that has no more had the last turn: so none of the others has.
        let chunk = self.threads[self.next].recv().ok()?;
        self.next = (self.next + 1) % self.threads.len();
        Some(chunk)
    }
}

fn draw<T>(
    population: &Population,
    indices: Range<u64>,
    (thread, count): (u64, u64),
    make: &impl Fn(&mut dyn Iterator<Item = Citizen>) -> T,
    send: &SyncSender<T>,
) {
    let end = indices.end.min(population.size());
    let mut chunk = indices.start / CHUNK + thread;
    while (chunk * CHUNK).max(indices.start) < end {
        let from = (chunk * CHUNK).max(indices.start);
        let to = ((chunk + 1) * CHUNK).min(end);
        let made = make(&mut population.range(from..to));
        if send.send(made).is_err() {
            return;
        }
        chunk += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_draw_what_one_would_have_drawn_and_in_order() {
        let population = Population::new(3, 5_500);
        let expected: Vec<Citizen> = population.range(330..5_500).collect();
        for threads in [0, 1, 2, 3, 9] {
            let chunks = Chunks::start(&population, 330..9_999, threads, |citizens| {
                citizens.collect::<Vec<_>>()
            });
            let drawn: Vec<Citizen> = chunks.flatten().collect();
            assert_eq!(drawn.len(), expected.len());
            assert!(drawn == expected, "{threads} threads");
        }
    }

    #[test]
    fn nothing_is_drawn_from_an_empty_range() {
        let population = Population::new(3, 100);
        let mut chunks = Chunks::start(&population, 100..100, 2, |citizens| citizens.count());
        assert_eq!(chunks.next(), None);
    }

    #[test]
    fn whoever_stops_early_leaves_no_thread_waiting() {
        let population = Population::new(3, 1_000_000);
        let made = std::sync::Arc::new(());
        let held = made.clone();
        let mut chunks = Chunks::start(&population, 0..1_000_000, 2, move |citizens| {
            (citizens.count(), held.clone())
        });
        assert_eq!(chunks.next().map(|(count, _)| count), Some(1_000));
        drop(chunks);
        // Both threads give up their hold once they find nobody listening.
        while std::sync::Arc::strong_count(&made) > 1 {
            thread::yield_now();
        }
    }
}
