//! One block brought to life: names, sexes, birth days, fates and marriages of its twenty people.
//!
//! All of a block is drawn together, because records of relatives must agree. What a single
//! record holds beyond that is in [`record`](super::record); who lives with whom in
//! [`household`](super::household).

use jiff::civil::{Date, date};
use smallvec::SmallVec;

use super::dice::{About, Dice};
use super::household::Households;
use super::names::{Parts, Spelling};
use super::numbers::{COUNTRIES, Home, Registered, old_number};
use super::peoples::{PEOPLES, People};
use super::plan::{LAST_YEAR, Plan, Role};
use super::{AS_OF, BLOCK, World};
use crate::domain::citizen::StatusKind;
use crate::domain::name::Name;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::sex::Sex;

/// Since when the register knows of deaths.
const COLLECTED_SINCE: Date = date(2017, 1, 1);
/// Who is born later is a minor.
const ORPHANS_SINCE: Date = date(2008, 10, 31);
/// The last birth year that could still get a card with nine digits.
const LAST_OLD_NUMBER: i16 = 2002;
/// Days from January to [`AS_OF`] in the last year.
const LAST_DAYS: u32 = 304;

/// What is drawn of a person together with the rest of the block.
#[derive(Debug)]
pub(super) struct Draft {
    /// Place in the whole population.
    pub(super) index: u64,
    pub(super) number: PersonalId,
    pub(super) registered: Registered,
    pub(super) parts: Parts,
    pub(super) spelling: Spelling,
    pub(super) name: Name,
    pub(super) sex: Sex,
    pub(super) born: Date,
    /// Index into [`PEOPLES`].
    pub(super) people: usize,
    /// Code of the religion.
    pub(super) religion: &'static str,
    pub(super) status: StatusKind,
    pub(super) since: Option<Date>,
    pub(super) old_numbers: SmallVec<[OldIdNumber; 2]>,
    /// Husband or wife, where both live and are not divorced.
    pub(super) spouse: Option<u8>,
    /// Was married to the partner of the plan.
    pub(super) is_divorced: bool,
    /// Who acts for a minor.
    pub(super) guardian: Option<u8>,
}

impl Draft {
    /// Alive as far as anybody knows, under a number that counts.
    pub(super) fn lives(&self) -> bool {
        self.status == StatusKind::Active
    }

    /// Completed years on [`AS_OF`].
    pub(super) fn age(&self) -> i16 {
        let to_come = (AS_OF.month(), AS_OF.day()) < (self.born.month(), self.born.day());
        AS_OF.year() - self.born.year() - i16::from(to_come)
    }

    pub(super) fn is_adult(&self) -> bool {
        self.age() >= 18
    }
}

/// The people of one block.
#[derive(Debug)]
pub(super) struct Family<'w> {
    pub(super) world: &'w World,
    pub(super) block: u64,
    pub(super) home: Home,
    pub(super) plan: Plan,
    /// In order of seat.
    pub(super) drafts: Vec<Draft>,
    pub(super) households: Households,
}

/// A person's lineage, before there is a name.
#[derive(Clone, Copy)]
struct Line {
    people: usize,
    family: Option<&'static str>,
    religion: &'static str,
}

impl<'w> Family<'w> {
    /// The block of that number.
    pub(super) fn draw(world: &'w World, block: u64) -> Self {
        let home = world.numbers.home(block);
        let plan = world.numbers.plan(home);
        let mut dice = Dice::of(world.seed, About::Family, block);
        let sexes = sexes(&plan, home, &mut dice);
        let births = births(&plan, home, &mut dice);
        let mut lines: Vec<Line> = Vec::with_capacity(BLOCK);
        let mut drafts: Vec<Draft> = Vec::with_capacity(BLOCK);
        for seat in 0..BLOCK {
            let draft = match plan.seats[seat].role {
                Role::FormerNumberOf(of) => {
                    let seat = Seat { block, seat };
                    former_number(
                        world,
                        home,
                        seat,
                        births[seat.seat].year(),
                        &drafts[usize::from(of)],
                    )
                }
                Role::Kin | Role::Alone => {
                    let registered = registered(&plan, seat, births[seat], &mut dice);
                    let line = line(
                        world, home, &plan, seat, registered, &sexes, &lines, &mut dice,
                    );
                    lines.push(line);
                    let mother = plan.seats[seat].parents.and_then(|parents| {
                        let mother = parents
                            .into_iter()
                            .find(|p| sexes[usize::from(*p)] == Sex::Female);
                        lines.get(usize::from(mother?))?.family
                    });
                    let seat = Seat { block, seat };
                    let mut draft = person(
                        world,
                        home,
                        seat,
                        registered,
                        line,
                        mother,
                        sexes[seat.seat],
                        births[seat.seat],
                    );
                    if plan.seats[seat.seat].role == Role::Alone {
                        correct(&mut draft, &mut dice);
                    }
                    draft
                }
            };
            drafts.push(draft);
        }
        let mut family = Self {
            world,
            block,
            home,
            plan,
            drafts,
            households: Households::default(),
        };
        family.draw_fates(&mut dice);
        family.draw_marriages(&mut dice);
        family.share_an_old_number(&mut dice);
        family.households = Households::draw(&family, &mut dice);
        family.draw_guardians(&mut dice);
        family
    }

    /// The seats of somebody's children in the block.
    pub(super) fn children(&self, seat: usize) -> impl Iterator<Item = usize> {
        self.plan
            .seats
            .iter()
            .enumerate()
            .filter(move |(_, child)| {
                child
                    .parents
                    .is_some_and(|parents| parents.iter().any(|p| usize::from(*p) == seat))
            })
            .map(|(child, _)| child)
    }

    /// The seat of the father or mother, where the register holds them.
    pub(super) fn parent(&self, seat: usize, sex: Sex) -> Option<usize> {
        let parents = self.plan.seats[seat].parents?;
        parents
            .into_iter()
            .map(usize::from)
            .find(|p| self.drafts[*p].sex == sex)
    }

    fn draw_fates(&mut self, dice: &mut Dice) {
        for seat in 0..BLOCK {
            let role = self.plan.seats[seat].role;
            let last_birth = self
                .children(seat)
                .map(|child| self.drafts[child].born)
                .max();
            let draft = &mut self.drafts[seat];
            let earliest = last_birth
                .unwrap_or(draft.born)
                .max(draft.born)
                .max(COLLECTED_SINCE);
            let fate = match (role, dice.below(10_000), draft.age()) {
                (Role::FormerNumberOf(_), _, _) => continue,
                (Role::Alone, 0..500, _) => StatusKind::Erroneous,
                (_, roll, age) if roll < deaths(age) => StatusKind::Deceased,
                (_, 9_985.., 18..) => StatusKind::Missing,
                (Role::Kin | Role::Alone, _, _) => continue,
            };
            draft.status = fate;
            draft.since = Some(day_between(earliest, AS_OF, dice));
        }
        self.draw_accidents(dice);
    }

    /// Parents who died together, so that some children have none.
    fn draw_accidents(&mut self, dice: &mut Dice) {
        for seat in 0..BLOCK {
            let partner = self.plan.seats[seat].partner.map(usize::from);
            let Some(partner) = partner.filter(|partner| *partner > seat) else {
                continue;
            };
            let youngest = self
                .children(seat)
                .map(|child| self.drafts[child].born)
                .max();
            let Some(youngest) = youngest.filter(|born| *born > ORPHANS_SINCE && dice.chance(100))
            else {
                continue;
            };
            let day = day_between(youngest.max(COLLECTED_SINCE), AS_OF, dice);
            for parent in [seat, partner] {
                self.drafts[parent].status = StatusKind::Deceased;
                self.drafts[parent].since = Some(day);
            }
        }
    }

    fn draw_marriages(&mut self, dice: &mut Dice) {
        for seat in 0..BLOCK {
            let Some(partner) = self.plan.seats[seat]
                .partner
                .filter(|p| usize::from(*p) > seat)
            else {
                continue;
            };
            let other = usize::from(partner);
            let both_known = [seat, other].iter().all(|s| {
                matches!(
                    self.drafts[*s].status,
                    StatusKind::Active | StatusKind::Missing
                )
            });
            if dice.chance(500) {
                self.drafts[seat].is_divorced = true;
                self.drafts[other].is_divorced = true;
            } else if both_known {
                self.drafts[seat].spouse = Some(partner);
                self.drafts[other].spouse = u8::try_from(seat).ok();
            }
        }
    }

    /// Two people who are no kin were given the same nine digits.
    fn share_an_old_number(&mut self, dice: &mut Dice) {
        if !dice.chance(1_000) {
            return;
        }
        let ok = |draft: &Draft| {
            !draft.old_numbers.is_empty() && draft.status != StatusKind::NumberCancelled
        };
        let holders: SmallVec<[usize; BLOCK]> =
            (0..BLOCK).filter(|s| ok(&self.drafts[*s])).collect();
        if let [first, .., last] = holders[..] {
            let shared = self.drafts[first].old_numbers[0];
            self.drafts[last].old_numbers[0] = shared;
            if let Role::FormerNumberOf(of) = self.plan.seats[BLOCK - 1].role
                && usize::from(of) == last
            {
                self.drafts[BLOCK - 1].old_numbers[0] = shared;
            }
        }
    }

    /// Minors without a living parent have a guardian, and some others a recorded parent.
    fn draw_guardians(&mut self, dice: &mut Dice) {
        for seat in 0..BLOCK {
            let is_recorded = dice.chance(1_000);
            let draft = &self.drafts[seat];
            if draft.is_adult() || !draft.lives() {
                continue;
            }
            let living = [Sex::Female, Sex::Male]
                .into_iter()
                .find_map(|sex| self.parent(seat, sex).filter(|p| self.drafts[*p].lives()));
            let guardian = match living {
                Some(parent) => is_recorded.then_some(parent),
                None => self.households.head(seat),
            };
            let guardian = guardian.filter(|g| self.drafts[*g].is_adult());
            self.drafts[seat].guardian = guardian.and_then(|g| u8::try_from(g).ok());
        }
    }
}

/// A seat of a block.
#[derive(Clone, Copy)]
struct Seat {
    block: u64,
    seat: usize,
}

impl Seat {
    fn number(self) -> u64 {
        u64::try_from(self.seat).expect("a block has few seats")
    }

    fn index(self) -> u64 {
        self.block * BLOCK as u64 + self.number()
    }
}

fn sexes(plan: &Plan, home: Home, dice: &mut Dice) -> [Sex; BLOCK] {
    let mut sexes = [Sex::Unknown; BLOCK];
    for (seat, planned) in plan.seats.iter().enumerate() {
        let male = match planned.partner.map(usize::from) {
            Some(partner) if partner < seat => sexes[partner] == Sex::Female,
            Some(partner) => {
                let older = plan.seats[partner].year(home.step) - planned.year(home.step);
                match older {
                    5.. => true,
                    1..5 => dice.chance(8_500),
                    0 => dice.chance(5_000),
                    -4..0 => dice.chance(1_500),
                    ..-4 => false,
                }
            }
            // More boys than girls are born, and more so than elsewhere.
            None => dice.chance(5_150),
        };
        sexes[seat] = if male { Sex::Male } else { Sex::Female };
    }
    sexes
}

/// Birth days. Siblings of following years are at least ten months apart.
fn births(plan: &Plan, home: Home, dice: &mut Dice) -> [Date; BLOCK] {
    let mut days = [0_u32; BLOCK];
    let year = |seat: usize| {
        let seat = &plan.seats[seat];
        match seat.role {
            Role::FormerNumberOf(of) => plan.seats[usize::from(of)].year(home.step),
            Role::Kin | Role::Alone => seat.year(home.step),
        }
    };
    let mut order: [usize; BLOCK] = std::array::from_fn(|seat| seat);
    order.sort_by_key(|seat| year(*seat));
    for (at, seat) in order.into_iter().enumerate() {
        let last = if year(seat) == LAST_YEAR {
            LAST_DAYS
        } else {
            365
        };
        days[seat] = dice.below(last);
        let parents = plan.seats[seat].parents;
        let before = order[..at].iter().filter(|other| {
            parents.is_some()
                && plan.seats[**other].parents == parents
                && year(**other) + 1 == year(seat)
        });
        if let Some(least) = before.map(|other| days[*other]).max() {
            days[seat] = days[seat].max(least.saturating_sub(60)).min(last - 1);
        }
    }
    std::array::from_fn(|seat| {
        let first = Date::new(year(seat), 1, 1).expect("a year of the plan");
        first + jiff::Span::new().days(days[seat])
    })
}

fn registered(plan: &Plan, seat: usize, born: Date, dice: &mut Dice) -> Registered {
    let abroad = dice.chance(40);
    let country = dice.index(COUNTRIES.len());
    match plan.seats[seat].mover {
        Some(mover) => Registered::Elsewhere(mover),
        None if abroad && born.year() >= 1955 => Registered::Abroad(country),
        None => Registered::AtHome,
    }
}

/// People, family name and religion: of the father (of the mother where children are in her
/// clan), of a child that was drawn before, or new.
#[expect(
    clippy::too_many_arguments,
    reason = "all of them are the state of one drawing"
)]
fn line(
    world: &World,
    home: Home,
    plan: &Plan,
    seat: usize,
    registered: Registered,
    sexes: &[Sex; BLOCK],
    lines: &[Line],
    dice: &mut Dice,
) -> Line {
    let own = &plan.seats[seat];
    if let Some([a, b]) = own.parents.map(|parents| parents.map(usize::from))
        && a < seat
    {
        let (father, mother) = if sexes[a] == Sex::Male {
            (a, b)
        } else {
            (b, a)
        };
        let (father, mother) = (lines[father], lines[mother]);
        let mothers = PEOPLES[father.people].is_matrilineal() && father.people == mother.people;
        return Line {
            family: if mothers {
                mother.family
            } else {
                father.family
            },
            ..father
        };
    }
    let child = lines.iter().enumerate().find(|(child, line)| {
        let is_parent = plan.seats[*child]
            .parents
            .is_some_and(|parents| parents.iter().any(|p| usize::from(*p) == seat));
        let gives = if PEOPLES[line.people].is_matrilineal() {
            Sex::Female
        } else {
            Sex::Male
        };
        is_parent && sexes[seat] == gives
    });
    if let Some((_, line)) = child {
        return *line;
    }
    let province = world.numbers.province(home, registered);
    let partner = own
        .partner
        .and_then(|partner| lines.get(usize::from(partner)));
    let people = match partner {
        Some(partner) if dice.chance(9_000) && own.mover.is_none() => partner.people,
        _ => {
            let mut left = dice.below(1_000);
            let found = province.peoples.iter().find(|(_, share)| {
                let share = u32::from(*share);
                let here = left < share;
                left = left.saturating_sub(share);
                here
            });
            found.map_or(0, |(name, _)| People::index_of(name))
        }
    };
    Line {
        people,
        family: world.names.family(people, dice),
        religion: match partner {
            Some(partner) if dice.chance(8_500) => partner.religion,
            _ => religion(PEOPLES[people].name, dice),
        },
    }
}

fn religion(people: &str, dice: &mut Dice) -> &'static str {
    let codes = ["00", "02", "01", "08", "03", "05", "04", "13"];
    let weights = match people {
        "Chăm" => [15, 1, 2, 1, 0, 0, 32, 49],
        "Khmer" => [10, 1, 88, 1, 0, 0, 0, 0],
        "Mông" | "Ê Đê" | "Gia Rai" | "Mnông" | "Cơ Ho" => [60, 8, 0, 32, 0, 0, 0, 0],
        _ => [860, 61, 48, 8, 10, 6, 0, 0],
    };
    codes[dice.weighted(&weights)]
}

#[expect(
    clippy::too_many_arguments,
    reason = "all of them are the state of one drawing"
)]
fn person(
    world: &World,
    home: Home,
    seat: Seat,
    registered: Registered,
    line: Line,
    mothers: Option<&'static str>,
    sex: Sex,
    born: Date,
) -> Draft {
    let mut dice = Dice::of(world.seed, About::Person, seat.index());
    let year = born.year();
    let number = world
        .numbers
        .number(home, seat.number(), registered, year, sex);
    let parts = world
        .names
        .draw(line.people, line.family, mothers, sex, year, &mut dice);
    let spelling = Spelling::draw(&mut dice);
    Draft {
        index: seat.index(),
        number,
        registered,
        parts,
        spelling,
        name: parts.full(spelling),
        sex,
        born,
        people: line.people,
        religion: line.religion,
        status: StatusKind::Active,
        since: None,
        old_numbers: old_numbers(world.seed, seat.index(), year, &mut dice),
        spouse: None,
        is_divorced: false,
        guardian: None,
    }
}

/// Corrected people keep their number (Decree 70/2024 art. 11), so that it disagrees with the record.
fn correct(draft: &mut Draft, dice: &mut Dice) {
    match (dice.below(100), draft.sex) {
        (0..2, _) => draft.born = draft.born.saturating_sub(jiff::Span::new().years(1)),
        (2..4, Sex::Male) => draft.sex = Sex::Female,
        (2..4, _) => draft.sex = Sex::Male,
        (_, _) => {}
    }
}

/// The record a cancelled number leaves behind: the same person under other digits.
fn former_number(world: &World, home: Home, seat: Seat, year: i16, of: &Draft) -> Draft {
    let mut dice = Dice::of(world.seed, About::Person, seat.index());
    // A wrong sex in the number is the commonest reason to cancel it.
    let sex = match (dice.chance(6_000), of.sex) {
        (true, Sex::Male) => Sex::Female,
        (true, _) => Sex::Male,
        (false, sex) => sex,
    };
    let at_home = Registered::AtHome;
    let earliest = of.born.max(COLLECTED_SINCE);
    Draft {
        index: seat.index(),
        number: world
            .numbers
            .number(home, seat.number(), at_home, year, sex),
        registered: at_home,
        name: of.name.clone(),
        status: StatusKind::NumberCancelled,
        since: Some(day_between(earliest, AS_OF, &mut dice)),
        old_numbers: of.old_numbers.clone(),
        spouse: None,
        is_divorced: false,
        guardian: None,
        ..*of
    }
}

fn old_numbers(seed: u64, index: u64, year: i16, dice: &mut Dice) -> SmallVec<[OldIdNumber; 2]> {
    let (has_one, has_two) = (dice.chance(8_600), dice.chance(600));
    let count = match year {
        ..=LAST_OLD_NUMBER if has_one => 1 + u64::from(has_two),
        _ => 0,
    };
    (0..count)
        .map(|which| {
            let digits = format!("{:09}", old_number(seed, index, which));
            OldIdNumber::parse(&digits).expect("a value below 10^9 has nine digits")
        })
        .collect()
}

/// How many in ten thousand of that age have died since the register began and are still in it.
const fn deaths(age: i16) -> u32 {
    match age {
        ..40 => 30,
        40..60 => 130,
        60..70 => 500,
        70..80 => 1_200,
        80..90 => 3_300,
        90..98 => 7_000,
        98.. => 9_800,
    }
}

/// A day from the first to the last, both included.
pub(super) fn day_between(first: Date, last: Date, dice: &mut Dice) -> Date {
    let days = (last - first).get_days();
    let step = dice.below(u32::try_from(days.max(0)).expect("it is not negative") + 1);
    first + jiff::Span::new().days(step)
}
