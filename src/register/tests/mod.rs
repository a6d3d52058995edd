//! The race of reads, changes and questions, step by step: the real register, to which a world of plain
//! data is told and of which questions are asked, every await being a place where anything else may
//! happen.

mod world;

use std::collections::{BTreeMap, HashMap};
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use jiff::civil::{Date, date};
use prometheus::Registry;
use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::loader::{Load, Reads, Renewals};
use super::memory::{self, Held};
use super::{Found, Metrics, Polled, Register};
use crate::clock::Clock;
use crate::domain::citizen::{Citizen, Person};
use crate::domain::date::PartialDate;
use crate::domain::fault::FromText;
use crate::domain::field::Field;
use crate::domain::name::Name;
use crate::domain::number::Number;
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::domain::revision::Meta;
use crate::store::Error;
use world::{FATHER, Key, PEOPLE, State, Step, World, number, old_number, time};

const TODAY: Date = date(2026, 1, 1);

/// A question that is not answered yet.
struct Question {
    key: Key,
    answer: Pin<Box<dyn Future<Output = Result<Found, Error>>>>,
    /// The oldest state by which it may be answered: of whoever is asked for, and of everybody to whom
    /// that leads.
    oldest: usize,
    oldest_of_people: [usize; PEOPLE],
    current_to_ms: i64,
}

/// A read under way.
struct Read {
    load: Load,
    /// What the database gave, once it did.
    seen: Option<HashMap<memory::Key, Held>>,
}

/// The register, what it is asked, and what it asks the database.
struct Desk {
    runtime: tokio::runtime::Runtime,
    clock: Clock,
    register: Arc<Register>,
    metrics: Metrics,
    /// The register as each of some threads has it, and what that thread reads.
    threads: [(Arc<Register>, Reads); 3],
    renewals: Renewals,
    /// How many were asked.
    asked: usize,
    under_way: Vec<Read>,
    questions: Vec<Question>,
}

impl Desk {
    fn open(world: &World) -> Self {
        let clock = Clock::frozen(time(world.now_ms));
        let metrics = Metrics::register(&Registry::new()).unwrap();
        let reference = Arc::default();
        let (register, reads, renewals) =
            Register::unread(reference, clock.clone(), 1 << 20, metrics.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let threads = [(); 2].map(|()| {
            let (other, reads) = register.beside();
            (Arc::new(other), reads)
        });
        let register = Arc::new(register);
        let [one, other] = threads;
        let threads = [(Arc::clone(&register), reads), one, other];
        let desk = Self {
            // Questions set timers, which nobody drives: no step depends on how long it takes.
            runtime: runtime.unwrap(),
            clock,
            register,
            metrics,
            threads,
            renewals,
            asked: 0,
            under_way: Vec::new(),
            questions: Vec::new(),
        };
        desk.hear(world);
        desk
    }

    /// Does the service's part of a step, if there is anything to do.
    fn apply(&mut self, world: &World, step: Step) {
        self.clock.set(time(world.now_ms));
        match step {
            Step::Ask(key) => self.ask(world, key),
            Step::Leave(which) => {
                if let Some(at) = nth(which, self.questions.len()) {
                    drop(self.questions.swap_remove(at));
                }
            }
            Step::Read => {
                if self.begin_read() {
                    let at = self.under_way.len() - 1;
                    self.see(world, at);
                    self.end(at);
                }
            }
            Step::ReadBegins => {
                self.begin_read();
            }
            Step::RenewalBegins => {
                if let Some(reading) = self.renewals.at_once() {
                    self.begin(reading);
                }
            }
            Step::ReadSees(which) => {
                if let Some(at) = nth(which, self.under_way.len()) {
                    self.see(world, at);
                }
            }
            Step::ReadEnds(which) => {
                let seen = |at: &usize| self.under_way[*at].seen.is_some();
                let seen: Vec<usize> = (0..self.under_way.len()).filter(seen).collect();
                if let Some(at) = nth(which, seen.len()) {
                    self.end(seen[at]);
                }
            }
            Step::ReadFails(which) => {
                if let Some(at) = nth(which, self.under_way.len()) {
                    self.fail(at);
                }
            }
            Step::TimePasses(_)
            | Step::Commit(..)
            | Step::Prune
            | Step::Poll
            | Step::PollBegins
            | Step::PollSeesHead
            | Step::PollReadsPage(_)
            | Step::PollTells
            | Step::PollFails => {}
        }
        self.hear(world);
        self.take_answers(world);
    }

    /// What the feed tells.
    fn hear(&self, world: &World) {
        let Some(told) = &world.told else { return };
        match told.polled {
            Some(polled) => self.register.follow(&told.changes, told.gap, polled),
            None => self.register.note(&told.changes, told.gap),
        }
    }

    fn ask(&mut self, world: &World, key: Key) {
        let (register, _) = &self.threads[self.asked % self.threads.len()];
        let register = Arc::clone(register);
        self.asked += 1;
        self.questions.push(Question {
            key,
            answer: Box::pin(async move {
                match key {
                    Key::Person(person) => register.find(number(person)).await,
                    Key::Old => register.find_by_old_number(old_number()).await,
                }
            }),
            oldest: world.oldest(key),
            oldest_of_people: std::array::from_fn(|person| world.oldest(Key::Person(person))),
            current_to_ms: world.current_to_ms,
        });
    }

    /// A reader takes what waits, if anything does.
    fn begin_read(&mut self) -> bool {
        let _timers = self.runtime.enter();
        let mut threads = self.threads.iter();
        let load = threads.find_map(|(_, reads)| {
            let mut next = pin!(reads.next());
            // Once more, for what others might ask meanwhile has had its turn.
            (0..2).find_map(|_| next.as_mut().now_or_never().flatten())
        });
        load.map(|load| self.begin(load)).is_some()
    }

    fn begin(&mut self, load: Load) {
        for key in load.reading.keys() {
            let is_read = |read: &Read| read.load.reading.keys().any(|other| other == key);
            assert!(!self.under_way.iter().any(is_read), "read twice at once");
        }
        self.under_way.push(Read { load, seen: None });
    }

    /// The database gives what it holds now.
    fn see(&mut self, world: &World, at: usize) {
        let read = &mut self.under_way[at];
        let keys = read.load.reading.keys();
        let seen = keys.map(|key| (key, held(world.state(), &key)));
        read.seen.get_or_insert_with(|| seen.collect());
    }

    fn end(&mut self, at: usize) {
        let Read { mut load, seen } = self.under_way.swap_remove(at);
        for (key, held) in seen.unwrap() {
            load.arrived(key, held);
        }
        load.end();
    }

    fn fail(&mut self, at: usize) {
        drop(self.under_way.swap_remove(at));
    }

    /// Goes on with every question, and looks at the answers.
    fn take_answers(&mut self, world: &World) {
        let _timers = self.runtime.enter();
        let mut context = Context::from_waker(Waker::noop());
        self.questions.retain_mut(
            |question| match question.answer.as_mut().poll(&mut context) {
                Poll::Pending => true,
                Poll::Ready(Ok(found)) => {
                    question.check(world, &found);
                    false
                }
                Poll::Ready(Err(_)) => false,
            },
        );
    }

    /// Reads until nobody waits any more.
    fn read_all(&mut self, world: &World) {
        // Whoever joined a read that counts no more waits for one more, and old numbers lead to people.
        for _ in 0..8 {
            self.begin_read();
            while !self.under_way.is_empty() {
                self.see(world, 0);
                self.end(0);
            }
            self.take_answers(world);
        }
        assert!(self.questions.is_empty(), "nobody is left waiting");
    }
}

impl Question {
    fn check(&self, world: &World, found: &Found) {
        let as_of_ms = found.as_of.as_millisecond();
        assert!(
            as_of_ms >= self.current_to_ms,
            "less is promised than known"
        );
        let from = |key, asked: usize| asked.max(world.oldest_as_of(key, as_of_ms));
        let mut shown: BTreeMap<usize, (u64, bool)> = BTreeMap::new();
        for record in &found.records {
            let person = (0..PEOPLE).find(|person| number(*person) == record.personal_id);
            let present = record.present(false, TODAY);
            let father = present.intersects(&Field::Father.mask());
            shown.insert(person.unwrap(), (record.revision, father));
        }
        // Whether that person was so at a time that is not too long ago.
        let holds = |person: &usize| {
            let from = from(Key::Person(*person), self.oldest_of_people[*person]);
            let mut states = world.states_from(from);
            states.any(|state| state.shown(*person).as_ref() == shown.get(person))
        };
        let right = match self.key {
            Key::Person(person) => holds(&person),
            Key::Old => world.states_from(from(Key::Old, self.oldest)).any(|state| {
                let holders = state.holders();
                holders.iter().all(holds) && shown.keys().all(|it| holders.contains(it))
            }),
        };
        assert!(
            right,
            "{:?} is answered {shown:?} as of {as_of_ms}, as it was no longer since commit {} of {}",
            self.key,
            self.oldest,
            world.commits() - 1
        );
    }
}

fn nth(which: usize, count: usize) -> Option<usize> {
    which.checked_rem(count)
}

/// What a read finds.
fn held(state: &State, key: &memory::Key) -> Held {
    match key {
        memory::Key::Old(_) => {
            let numbers = state.holders().into_iter().map(number);
            Held::Numbers(Arc::new(numbers.collect()))
        }
        memory::Key::Person(asked) => {
            let person = (0..PEOPLE).find(|person| number(*person) == *asked);
            let record = person.and_then(|person| {
                let (revision, _) = state.shown(person)?;
                Some(Arc::new(record(state, person, revision)))
            });
            Held::Person(record)
        }
    }
}

fn record(state: &State, person: usize, revision: u64) -> Record {
    static REFERENCE: LazyLock<Reference> = LazyLock::new(Reference::shipped);
    let born = PartialDate::from_text("1995-03-02").unwrap();
    let mut citizen = Citizen::new(
        number(person),
        Name::from_text("Nguyễn Văn An").unwrap(),
        born,
    );
    let mut meta = Meta {
        revision,
        ..Meta::default()
    };
    if State::names_father(person) {
        citizen.father = Some(Person {
            personal_id: Some(number(FATHER)),
            ..Person::default()
        });
        if state.hides_father() {
            meta.protected_relatives = Box::new([Number::Personal(number(FATHER))]);
        }
    }
    Record::new(&citizen, &meta, &REFERENCE, TODAY)
}

struct Freshness;

impl StateMachineTest for Freshness {
    type SystemUnderTest = Desk;
    type Reference = World;

    fn init_test(world: &World) -> Desk {
        Desk::open(world)
    }

    fn apply(mut desk: Desk, world: &World, step: Step) -> Desk {
        desk.apply(world, step);
        desk
    }

    /// Whatever happened, everybody is answered in the end, and then from memory.
    fn teardown(mut desk: Desk, mut world: World) {
        for step in [Step::PollFails, Step::Poll] {
            if World::preconditions(&world, &step) {
                world = World::apply(world, &step);
                desk.apply(&world, step);
            }
        }
        let keys = || (0..PEOPLE).map(Key::Person).chain([Key::Old]);
        for _ in 0..2 {
            keys().for_each(|key| desk.ask(&world, key));
            desk.take_answers(&world);
            desk.read_all(&world);
        }
        let misses = desk.metrics.misses.get();
        keys().for_each(|key| desk.ask(&world, key));
        desk.take_answers(&world);
        assert_eq!(
            (desk.questions.len(), desk.metrics.misses.get()),
            (0, misses)
        );
    }
}

prop_state_machine! {
    // Enough that each way in which this was broken on purpose is found nearly always.
    #![proptest_config(Config::with_cases(1_000))]

    #[test]
    fn no_answer_is_older_than_what_was_followed_nor_than_it_says_nor_than_its_bounds(
        sequential 20..150 => Freshness
    );
}

#[tokio::test]
async fn all_who_had_an_old_number_are_read_by_one_statement() {
    let metrics = Metrics::register(&Registry::new()).expect("fresh");
    let (reference, clock) = (Arc::default(), Clock::frozen(time(1_000)));
    let (register, reads, _renewals) = Register::unread(reference, clock, 1 << 20, metrics);
    let mut question = Box::pin(register.find_by_old_number(old_number()));
    assert!(futures_util::poll!(&mut question).is_pending());
    let mut load = reads.next().await.expect("it is asked for");
    let holders: Vec<_> = (0..PEOPLE).map(number).collect();
    let held = Held::Numbers(Arc::new(holders.clone().into()));
    load.arrived(memory::Key::Old(old_number()), held);
    load.end();
    assert!(futures_util::poll!(&mut question).is_pending());
    let load = reads.next().await.expect("its holders are");
    let holders = holders.into_iter().map(memory::Key::Person);
    assert!(load.reading.keys().eq(holders), "{load:?}");
}
