//! The load: threads that each drive a share of the connections from one `epoll`, in a closed loop
//! (the next request when the last is answered) or an open one (requests come when they come).
//!
//! In the open loop latency counts from the moment a request was due, whether or not a connection
//! was free for it: a stall is felt by everyone who came meanwhile. Requests are copied together
//! from prepared bytes and answers are read as far as their length and their first word, so that
//! little of the machine goes to asking.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::thread;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::answer::Verdict;
use super::connection::{Connection, Progress};
use super::dice::Dice;
use super::script::Script;

/// How long answers may be waited for once nothing more is asked, beside the time they were asked in:
/// whoever asks for more than can be answered waits for the rest.
const GRACE: Duration = Duration::from_secs(5);
/// The longest wait between two looks at the clock.
const TICK: Duration = Duration::from_millis(20);
/// Events taken at once.
const EVENTS: usize = 256;

/// When requests are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As soon as a connection has its answer.
    Closed,
    /// So many a second, at random moments, whatever the answers do.
    Open(f64),
}

/// How long a slice of the time is.
pub const SLICE: Duration = Duration::from_millis(100);

/// That the rate of an open loop changes.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// How long after it counts.
    pub after: Duration,
    /// So many a second then.
    pub rate: f64,
}

/// What came of a slice of the time, from when it counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slice {
    /// Requests that were due in it and answered.
    pub right: u64,
    /// Requests that were due in it and refused.
    pub refused: u64,
    /// Answers that came in it.
    pub answered: u64,
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// What is asked.
    pub script: &'a Script,
    /// Where.
    pub target: SocketAddr,
    /// When.
    pub pace: Pace,
    /// Whether the service may refuse what is too much.
    pub may_refuse: bool,
    /// The change of the rate, where slices of the time are to be told apart.
    pub change: Option<Change>,
    /// Over how many connections.
    pub connections: usize,
    /// By how many threads.
    pub threads: usize,
    /// How long before it counts.
    pub ramp: Duration,
    /// How long it counts.
    pub measured: Duration,
    /// Another seed, other people.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Nanoseconds of each counted request, sorted.
    pub latencies: Vec<u64>,
    /// How many answers came within the time that counts.
    pub answered: u64,
    /// How many answers were right in all, those included that came before it counted.
    pub right: u64,
    /// How many requests were refused, of those that would have counted.
    pub refused: u64,
    /// Nanoseconds from sent to refused of each of them, sorted.
    pub refusals: Vec<u64>,
    /// What came of each slice of the time, where that was wanted.
    pub slices: Vec<Slice>,
    /// Nanoseconds from due to sent of each counted request for which a connection was free, sorted:
    /// the generator's own fault. Of the open loop only.
    pub lags: Vec<u64>,
    /// Answers that were not what they must be, and requests never answered.
    pub faults: u64,
    /// The first of the wrong answers.
    pub example: Option<String>,
}

/// Generates the load; returns when the last answer is in.
pub fn run(load: &Load<'_>) -> io::Result<Outcome> {
    let begin = Instant::now() + load.ramp;
    let share = |thread: usize| {
        let least = load.connections / load.threads;
        least + usize::from(thread < load.connections % load.threads)
    };
    let outcomes: io::Result<Vec<Outcome>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..load.threads)
            .map(|thread| {
                scope.spawn(move || Driver::new(load, thread, share(thread), begin)?.run())
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut all = Outcome::default();
    for mut one in outcomes? {
        all.latencies.append(&mut one.latencies);
        all.answered += one.answered;
        all.right += one.right;
        all.refused += one.refused;
        all.refusals.append(&mut one.refusals);
        if all.slices.len() < one.slices.len() {
            all.slices.resize(one.slices.len(), Slice::default());
        }
        for (all, one) in all.slices.iter_mut().zip(&one.slices) {
            all.right += one.right;
            all.refused += one.refused;
            all.answered += one.answered;
        }
        all.lags.append(&mut one.lags);
        all.faults += one.faults;
        all.example = all.example.or(one.example);
    }
    all.latencies.sort_unstable();
    all.refusals.sort_unstable();
    all.lags.sort_unstable();
    Ok(all)
}

/// One thread's share.
struct Driver<'a> {
    script: &'a Script,
    may_refuse: bool,
    epoll: rustix::fd::OwnedFd,
    connections: Vec<Connection>,
    /// Whoever has waited longest asks next, for the service closes what never asks.
    idle: VecDeque<usize>,
    /// When the next request is due, and how many are a second. Of the open loop only.
    schedule: Option<(Instant, f64)>,
    /// When another number is.
    change: Option<(Instant, f64)>,
    /// Requests that are due, and have no connection yet.
    overdue: VecDeque<Instant>,
    begin: Instant,
    end: Instant,
    /// When nothing more is waited for.
    last: Instant,
    dice: Dice,
    outcome: Outcome,
}

impl<'a> Driver<'a> {
    fn new(load: &Load<'a>, thread: usize, share: usize, begin: Instant) -> io::Result<Self> {
        // By default the kernel rounds waits up by 50 µs, which the open loop would count.
        rustix::thread::set_current_timer_slack(NonZero::new(1_000))?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(share);
        for index in 0..share {
            let connection = Connection::open(load.target)?;
            let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(&epoll, &connection.stream, data, flags)?;
            connections.push(connection);
        }
        let schedule = match load.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some((Instant::now(), rate / load.threads as f64)),
        };
        let change = load.change.map(|change| {
            let rate = change.rate / load.threads as f64;
            (begin + change.after, rate)
        });
        Ok(Self {
            script: load.script,
            may_refuse: load.may_refuse,
            change,
            epoll,
            idle: (0..share).collect(),
            connections,
            schedule,
            overdue: VecDeque::new(),
            begin,
            end: begin + load.measured,
            last: begin + load.measured * 2 + GRACE,
            dice: Dice::new(load.seed * 1_000 + thread as u64),
            outcome: Outcome::default(),
        })
    }

    fn run(mut self) -> io::Result<Outcome> {
        if self.schedule.is_none() {
            while let Some(index) = self.idle.pop_front() {
                self.send(index, Instant::now())?;
            }
        }
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            let now = Instant::now();
            self.send_what_is_due(now)?;
            if now >= self.end && self.idle.len() == self.connections.len() {
                return Ok(self.outcome);
            }
            if now >= self.last {
                let waiting = self.connections.len() - self.idle.len() + self.overdue.len();
                self.outcome.faults += waiting as u64;
                return Ok(self.outcome);
            }
            events.clear();
            let wait = Timespec::try_from(self.wait(now)).map_err(io::Error::other)?;
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                let index = usize::try_from(event.data.u64()).map_err(io::Error::other)?;
                self.look(index)?;
            }
        }
    }

    fn wait(&self, now: Instant) -> Duration {
        match self.schedule {
            Some((due, _)) if due < self.end => due.saturating_duration_since(now).min(TICK),
            Some(_) | None => TICK,
        }
    }

    fn send_what_is_due(&mut self, now: Instant) -> io::Result<()> {
        while let Some((due, rate)) = self.schedule
            && due <= now
            && due < self.end
        {
            let rate = match self.change {
                Some((from, changed)) if due >= from => changed,
                Some(_) | None => rate,
            };
            self.schedule = Some((due + self.dice.gap(rate), rate));
            if let Some(index) = self.idle.pop_front() {
                self.send(index, due)?;
                if due >= self.begin {
                    let lag = self.connections[index].since.elapsed();
                    self.outcome.lags.push(nanoseconds(lag));
                }
            } else {
                self.overdue.push_back(due);
            }
        }
        Ok(())
    }

    fn send(&mut self, index: usize, since: Instant) -> io::Result<()> {
        let connection = &mut self.connections[index];
        connection.since = since;
        connection.expected = self.script.write(&mut self.dice, &mut connection.request);
        if self.may_refuse {
            connection.sent_at = Instant::now();
        }
        connection.send()
    }

    fn look(&mut self, index: usize) -> io::Result<()> {
        let connection = &mut self.connections[index];
        let Progress::Answered(verdict, _) = connection.look()? else {
            return Ok(());
        };
        let (now, since) = (Instant::now(), connection.since);
        // Closed: what was answered in the time. Open: what was due in it, whenever it was answered.
        let in_time = now >= self.begin && now < self.end;
        let counted = match self.schedule {
            None => in_time,
            Some(_) => since >= self.begin,
        };
        let sent_at = connection.sent_at;
        if self.change.is_some() && verdict != Verdict::Wrong {
            let right = verdict == Verdict::Right;
            let due = slice(&mut self.outcome.slices, self.begin, since);
            due.right += u64::from(right);
            due.refused += u64::from(!right);
            slice(&mut self.outcome.slices, self.begin, now).answered += u64::from(right);
        }
        match verdict {
            Verdict::Right => {
                self.outcome.right += 1;
                self.outcome.answered += u64::from(in_time);
                if counted {
                    self.outcome.latencies.push(nanoseconds(now - since));
                }
            }
            Verdict::Refused if self.may_refuse => {
                if counted {
                    self.outcome.refused += 1;
                    self.outcome.refusals.push(nanoseconds(now - sent_at));
                }
            }
            Verdict::Refused | Verdict::Wrong => {
                self.outcome.faults += 1;
                let example = &mut self.outcome.example;
                example.get_or_insert_with(|| connection.last_answer());
            }
        }
        let next = match self.schedule {
            None => (now < self.end).then_some(now),
            Some(_) => self.overdue.pop_front(),
        };
        match next {
            Some(since) => self.send(index, since),
            None => {
                self.idle.push_back(index);
                Ok(())
            }
        }
    }
}

/// The slice of a moment; all before it counts are thrown together into one that is not kept.
fn slice(slices: &mut Vec<Slice>, begin: Instant, at: Instant) -> &mut Slice {
    let since = at.saturating_duration_since(begin);
    let index = usize::try_from(since.as_nanos() / SLICE.as_nanos()).unwrap_or(usize::MAX);
    if slices.len() <= index {
        slices.resize(index + 1, Slice::default());
    }
    &mut slices[index]
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
