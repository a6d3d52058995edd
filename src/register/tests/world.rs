//! The world around the cache: what the database held when, what the feed said of it and how far it was
//! followed; and so what may be answered, and what may not any more.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::Polled;
use crate::domain::fault::FromText;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::store::register_feed::{Changes, FeedChange};

/// One, and the father whom the other's record names.
pub const PEOPLE: usize = 2;
pub const FATHER: usize = 1;

/// By how much an answer may be older than its question, if the feed tells what changes.
const FEED_BOUND_MS: i64 = 800;
/// And if it does not.
const CACHE_BOUND_MS: i64 = 30_000;

/// The number of one of them.
pub fn number(person: usize) -> PersonalId {
    PersonalId::from_text(&format!("00109500000{person}")).unwrap()
}

/// The nine-digit number that several of them may have had.
pub fn old_number() -> OldIdNumber {
    OldIdNumber::from_text("012345678").unwrap()
}

pub fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

/// A row of the register; nobody, as long as it has no revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    revision: u64,
    erroneous: bool,
    protected: bool,
    has_old_number: bool,
}

impl Row {
    fn new(revision: u64) -> Self {
        Self {
            revision,
            ..Self::default()
        }
    }
}

/// What the database holds at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State([Row; PEOPLE]);

impl State {
    /// What is shown of a person: the revision, and the father unless he is protected.
    pub fn shown(&self, person: usize) -> Option<(u64, bool)> {
        let row = self.0[person];
        let found = row.revision > 0 && !row.erroneous;
        found.then(|| {
            (
                row.revision,
                Self::names_father(person) && !self.hides_father(),
            )
        })
    }

    pub const fn names_father(person: usize) -> bool {
        person != FATHER
    }

    pub const fn hides_father(&self) -> bool {
        self.0[FATHER].protected
    }

    /// Who has had the nine-digit number.
    pub fn holders(&self) -> Vec<usize> {
        let holds = |person: &usize| self.0[*person].has_old_number;
        (0..PEOPLE).filter(holds).collect()
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Person(usize),
    Old,
}

impl Key {
    fn differs(self, one: &State, other: &State) -> bool {
        match self {
            Self::Person(person) => one.shown(person) != other.shown(person),
            Self::Old => one.holders() != other.holders(),
        }
    }
}

/// What happens to one person.
#[derive(Clone, Copy, Debug)]
pub enum What {
    Written,
    Removed,
    ProtectionTurned,
    OldNumberTurned,
}

/// How others learn of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    Each,
    Everything,
    /// Somebody wrote the table behind the feed's back.
    Not,
}

/// A step of the world or of the service. Steps of reads and questions count those there are, again
/// from the first after the last.
#[derive(Clone, Debug)]
pub enum Step {
    TimePasses(i64),
    Commit(Vec<(usize, What)>, Announced),
    /// Changes that were not followed yet are removed from the feed.
    Prune,
    /// A whole poll, between whose statements nothing happens.
    Poll,
    PollBegins,
    PollSeesHead,
    /// With the number of changes a page holds.
    PollReadsPage(usize),
    /// What was read arrives, and the register is told.
    PollTells,
    PollFails,
    Ask(Key),
    Leave(usize),
    /// A whole read, during which nothing happens.
    Read,
    ReadBegins,
    /// What is asked for again shortly before its time is over begins to be read again.
    RenewalBegins,
    ReadSees(usize),
    ReadEnds(usize),
    ReadFails(usize),
}

#[derive(Clone, Debug)]
struct Commit {
    at_ms: i64,
    state: State,
    /// Its last place in the feed.
    position: Option<usize>,
}

#[derive(Clone, Debug)]
enum Poll {
    Begun {
        since_ms: i64,
    },
    Reading {
        position: usize,
        head: usize,
        polled: Polled,
    },
    Read {
        head: usize,
        polled: Polled,
        page: Page,
    },
}

/// What a poll read.
#[derive(Clone, Debug)]
struct Page {
    /// Where the next one goes on.
    position: usize,
    changes: Vec<FeedChange>,
    gap: bool,
    /// The newest commit when it was read.
    commit: usize,
}

/// What a poll tells the register.
#[derive(Clone, Debug)]
pub struct Told {
    pub changes: Vec<FeedChange>,
    pub gap: bool,
    /// None where more is to come.
    pub polled: Option<Polled>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub now_ms: i64,
    /// The first is what was there before the first poll.
    commits: Vec<Commit>,
    feed: Vec<FeedChange>,
    /// How many changes of the feed are removed.
    pruned: usize,
    poll: Option<Poll>,
    /// The position from which the next poll goes on.
    followed: usize,
    /// The position up to which changes are noted, also by a poll that failed after.
    noted: usize,
    /// The newest commit when everything was dropped the last time.
    dropped_at: usize,
    /// The database's time of the last poll that came to its end.
    pub current_to_ms: i64,
    /// What the last step told the register.
    pub told: Option<Told>,
}

impl World {
    fn open(state: State) -> Self {
        let now_ms = 1_000_000;
        let polled = Polled {
            since: time(now_ms),
            database_time: time(now_ms),
        };
        Self {
            now_ms,
            commits: vec![Commit {
                at_ms: now_ms,
                state,
                position: None,
            }],
            feed: Vec::new(),
            pruned: 0,
            poll: None,
            followed: 0,
            noted: 0,
            dropped_at: 0,
            current_to_ms: now_ms,
            told: Some(Told {
                changes: Vec::new(),
                gap: false,
                polled: Some(polled),
            }),
        }
    }

    pub fn state(&self) -> &State {
        &self.commits.last().unwrap().state
    }

    /// How many commits there were.
    pub const fn commits(&self) -> usize {
        self.commits.len()
    }

    /// The states that were in force from that commit on.
    pub fn states_from(&self, commit: usize) -> impl Iterator<Item = &State> {
        self.commits[commit..].iter().map(|commit| &commit.state)
    }

    /// The oldest state that a question of now may be answered by.
    pub fn oldest(&self, key: Key) -> usize {
        let must_be_seen = |at: usize, commit: &Commit| {
            let noted = commit
                .position
                .is_some_and(|position| position <= self.noted);
            let announced_ms = self.now_ms - FEED_BOUND_MS;
            noted
                || at <= self.dropped_at
                || (commit.position.is_some() && commit.at_ms < announced_ms)
                || commit.at_ms < self.now_ms - CACHE_BOUND_MS
        };
        self.newest_change(key, must_be_seen)
    }

    /// The oldest state that is current as of that time of the database's.
    pub fn oldest_as_of(&self, key: Key, as_of_ms: i64) -> usize {
        self.newest_change(key, |_, commit| {
            commit.position.is_some() && commit.at_ms < as_of_ms
        })
    }

    fn newest_change(&self, key: Key, which: impl Fn(usize, &Commit) -> bool) -> usize {
        let changed = |at: usize| key.differs(&self.commits[at - 1].state, &self.commits[at].state);
        (1..self.commits.len())
            .rev()
            .find(|at| changed(*at) && which(*at, &self.commits[*at]))
            .unwrap_or(0)
    }

    fn commit(&mut self, changes: &[(usize, What)], announced: Announced) {
        let mut state = *self.state();
        for (person, what) in changes {
            if announced == Announced::Not && state.shown(*person).is_none() {
                // Nobody depends on nobody's protection, so who appeared unannounced could be shown as
                // before what was announced later.
                continue;
            }
            let row = &mut state.0[*person];
            let had_old_number = row.has_old_number;
            row.revision += 1;
            row.erroneous = matches!(what, What::Removed);
            row.protected ^= matches!(what, What::ProtectionTurned);
            row.has_old_number ^= matches!(what, What::OldNumberTurned);
            if announced == Announced::Each {
                let old = had_old_number || row.has_old_number;
                self.announce(Changes::Citizen {
                    personal_id: number(*person),
                    old_numbers: old.then(old_number).into_iter().collect(),
                    protected_changed: matches!(what, What::ProtectionTurned),
                });
            }
        }
        if announced == Announced::Everything {
            self.announce(Changes::Everything);
        }
        self.commits.push(Commit {
            at_ms: self.now_ms,
            state,
            position: (announced != Announced::Not).then_some(self.feed.len()),
        });
    }

    fn announce(&mut self, what: Changes) {
        let position = i64::try_from(self.feed.len()).unwrap() + 1;
        self.feed.push(FeedChange { position, what });
    }

    fn begin_poll(&mut self) {
        let since_ms = self.now_ms;
        self.poll = Some(Poll::Begun { since_ms });
    }

    fn see_head(&mut self) {
        let Some(Poll::Begun { since_ms }) = self.poll else {
            unreachable!("a precondition");
        };
        let (position, head) = (self.followed, self.feed.len());
        let polled = Polled {
            since: time(since_ms),
            database_time: time(self.now_ms),
        };
        self.poll = Some(if position == head {
            let page = self.page(head, Vec::new(), false);
            Poll::Read { head, polled, page }
        } else {
            Poll::Reading {
                position,
                head,
                polled,
            }
        });
    }

    /// Reads a page of the feed, as the follower does.
    fn read_page(&mut self, limit: usize) {
        let Some(Poll::Reading {
            position,
            head,
            polled,
        }) = self.poll
        else {
            unreachable!("a precondition");
        };
        let first = position.max(self.pruned);
        let changes: Vec<FeedChange> = self.feed.iter().skip(first).take(limit).cloned().collect();
        // Where nothing is left of what was announced, it goes on at the head.
        let next = if changes.is_empty() {
            head
        } else {
            first + changes.len()
        };
        let page = self.page(next, changes, first > position);
        self.poll = Some(Poll::Read { head, polled, page });
    }

    const fn page(&self, position: usize, changes: Vec<FeedChange>, gap: bool) -> Page {
        Page {
            position,
            changes,
            gap,
            commit: self.commits.len() - 1,
        }
    }

    fn tell(&mut self) {
        let Some(Poll::Read { head, polled, page }) = self.poll.take() else {
            unreachable!("a precondition");
        };
        let Page {
            position,
            changes,
            gap,
            commit,
        } = page;
        let everything = |change: &FeedChange| change.what == Changes::Everything;
        if gap || changes.iter().any(everything) {
            self.dropped_at = commit;
        }
        self.noted = self.noted.max(position);
        let ends = position >= head;
        if ends {
            self.followed = position;
            self.current_to_ms = polled.database_time.as_millisecond();
        } else {
            self.poll = Some(Poll::Reading {
                position,
                head,
                polled,
            });
        }
        self.told = Some(Told {
            changes,
            gap,
            polled: ends.then_some(polled),
        });
    }
}

impl ReferenceStateMachine for World {
    type State = Self;
    type Transition = Step;

    /// Some are registered; nobody is answered before the first poll.
    fn init_state() -> BoxedStrategy<Self> {
        prop::array::uniform(0..2_u64)
            .prop_map(|revisions| Self::open(State(revisions.map(Row::new))))
            .boxed()
    }

    fn transitions(world: &Self) -> BoxedStrategy<Step> {
        let what = prop_oneof![
            Just(What::Written),
            Just(What::Removed),
            Just(What::OldNumberTurned)
        ];
        let change = prop_oneof![
            3 => (0..PEOPLE, what),
            1 => Just((FATHER, What::ProtectionTurned)),
        ];
        let announced = prop_oneof![
            8 => Just(Announced::Each),
            1 => Just(Announced::Everything),
            2 => Just(Announced::Not),
        ];
        let commit = (prop::collection::vec(change, 1..3), announced)
            .prop_map(|(changes, announced)| Step::Commit(changes, announced));
        let passes = prop_oneof![
            2 => 1..300_i64,
            3 => 400..800_i64,
            1 => 15_000..25_000_i64,
            1 => 28_000..31_000_i64,
        ];
        let polls = match world.poll {
            None => prop_oneof![Just(Step::Poll), Just(Step::PollBegins)].boxed(),
            Some(Poll::Begun { .. }) => {
                prop_oneof![9 => Just(Step::PollSeesHead), 1 => Just(Step::PollFails)].boxed()
            }
            Some(Poll::Reading { .. }) => {
                let page = (1..4_usize).prop_map(Step::PollReadsPage);
                prop_oneof![9 => page, 1 => Just(Step::PollFails)].boxed()
            }
            Some(Poll::Read { .. }) => {
                prop_oneof![9 => Just(Step::PollTells), 1 => Just(Step::PollFails)].boxed()
            }
        };
        let key = prop_oneof![4 => (0..PEOPLE).prop_map(Key::Person), 1 => Just(Key::Old)];
        prop_oneof![
            5 => commit,
            1 => Just(Step::Prune),
            5 => passes.prop_map(Step::TimePasses),
            if world.poll.is_none() { 4 } else { 8 } => polls,
            12 => key.prop_map(Step::Ask),
            1 => any::<usize>().prop_map(Step::Leave),
            4 => Just(Step::Read),
            3 => Just(Step::RenewalBegins),
            6 => Just(Step::ReadBegins),
            6 => any::<usize>().prop_map(Step::ReadSees),
            6 => any::<usize>().prop_map(Step::ReadEnds),
            1 => any::<usize>().prop_map(Step::ReadFails),
        ]
        .boxed()
    }

    fn preconditions(world: &Self, step: &Step) -> bool {
        match step {
            Step::Poll | Step::PollBegins => world.poll.is_none(),
            Step::PollSeesHead => matches!(world.poll, Some(Poll::Begun { .. })),
            Step::PollReadsPage(_) => matches!(world.poll, Some(Poll::Reading { .. })),
            Step::PollTells => matches!(world.poll, Some(Poll::Read { .. })),
            Step::PollFails => world.poll.is_some(),
            Step::TimePasses(_)
            | Step::Commit(..)
            | Step::Prune
            | Step::Ask(_)
            | Step::Leave(_)
            | Step::Read
            | Step::ReadBegins
            | Step::RenewalBegins
            | Step::ReadSees(_)
            | Step::ReadEnds(_)
            | Step::ReadFails(_) => true,
        }
    }

    fn apply(mut world: Self, step: &Step) -> Self {
        world.told = None;
        // No two things happen at one time, so that before and after are told apart.
        world.now_ms += 1;
        match step {
            Step::TimePasses(ms) => world.now_ms += ms,
            Step::Commit(changes, announced) => world.commit(changes, *announced),
            Step::Prune => world.pruned = world.feed.len(),
            Step::Poll => {
                world.begin_poll();
                world.see_head();
                if matches!(world.poll, Some(Poll::Reading { .. })) {
                    world.read_page(usize::MAX);
                }
                world.tell();
            }
            Step::PollBegins => world.begin_poll(),
            Step::PollSeesHead => world.see_head(),
            Step::PollReadsPage(limit) => world.read_page(*limit),
            Step::PollTells => world.tell(),
            Step::PollFails => world.poll = None,
            Step::Ask(_)
            | Step::Leave(_)
            | Step::Read
            | Step::ReadBegins
            | Step::RenewalBegins
            | Step::ReadSees(_)
            | Step::ReadEnds(_)
            | Step::ReadFails(_) => {}
        }
        world
    }
}
