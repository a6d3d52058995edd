//! From a person of a block to the record the register holds of them.

use jiff::civil::{Date, date};

use super::dice::{About, Dice};
use super::family::{Draft, Family, day_between};
use super::household::relation;
use super::names::{Names, Spelling, folded};
use super::numbers::{COUNTRIES, Registered};
use super::places::{Extent, Place, abroad};
use super::plan::Role;
use super::{AS_OF, BLOCK};
use crate::domain::citizen::{
    BloodType, Card, Citizen, Coded, MaritalStatus, Member, Period, Person, Status, StatusKind,
};
use crate::domain::country::Country;
use crate::domain::date::PartialDate;
use crate::domain::fault::FromText;
use crate::domain::name::Name;
use crate::domain::number::OldIdNumber;
use crate::domain::reference::REFORM;
use crate::domain::sex::Sex;

/// Cards with a chip, whose numbers are the personal ones (Circular 06/2021).
const CHIP_SINCE: Date = date(2021, 1, 1);
/// The Identity Law 26/2023 is in force: the card is called căn cước.
const LAW_SINCE: Date = date(2024, 7, 1);
/// The ages at which a card runs out (Identity Law 26/2023 art. 21).
const CARD_AGES: [i16; 3] = [25, 40, 60];

impl Family<'_> {
    /// The record of the person in that seat.
    pub(super) fn citizen(&self, seat: usize) -> Citizen {
        let draft = &self.drafts[seat];
        let mut dice = Dice::of(self.world.seed, About::Record, draft.index);
        let mut citizen = self.identity(seat, &mut dice);
        self.sensitive(draft, &mut citizen, &mut dice);
        self.birth_places(seat, &mut citizen, &mut dice);
        self.residences(seat, &mut citizen, &mut dice);
        if matches!(self.plan.seats[seat].role, Role::FormerNumberOf(_)) {
            return citizen;
        }
        self.relatives(seat, &mut citizen, &mut dice);
        self.household(seat, &mut citizen);
        citizen.card = card(draft, &citizen, &mut dice);
        self.contact(draft, &mut citizen, &mut dice);
        citizen.protected = draft.lives() && draft.is_adult() && dice.chance(20);
        citizen
    }

    fn identity(&self, seat: usize, dice: &mut Dice) -> Citizen {
        let draft = &self.drafts[seat];
        let of = match self.plan.seats[seat].role {
            Role::FormerNumberOf(of) => Some(&self.drafts[usize::from(of)]),
            Role::Kin | Role::Alone => None,
        };
        // The record of a cancelled number shows the birth date as the one that counts does.
        let mut birth_dice = match of {
            Some(of) => Dice::of(self.world.seed, About::Record, of.index),
            None => dice.clone(),
        };
        let mut citizen = Citizen::new(
            draft.number,
            draft.name.clone(),
            known_birth(draft.born, &mut birth_dice),
        );
        citizen.sex = (!dice.chance(10)).then_some(draft.sex);
        citizen.old_id_numbers = draft.old_numbers.to_vec();
        citizen.nationality = (!dice.chance(60)).then_some(Country::VIETNAM);
        if dice.chance(8_700) {
            let [family, middle, given] = draft.parts.apart(draft.spelling);
            citizen.family_name = family;
            citizen.middle_name = middle;
            citizen.given_name = given;
        }
        citizen.other_name = dice.chance(350).then(|| Names::other(dice));
        citizen.status = Status {
            kind: draft.status,
            since: draft
                .since
                .filter(|_| !dice.chance(500))
                .map(PartialDate::from),
            superseded_by: of.map(|of| of.number),
        };
        citizen
    }

    fn sensitive(&self, draft: &Draft, citizen: &mut Citizen, dice: &mut Dice) {
        let codes = &self.world.ethnic_codes[draft.people];
        let (scheme, code) = if dice.chance(1_500) {
            ("1979", codes.in_1979)
        } else {
            ("2008", codes.in_2008)
        };
        citizen.ethnicity = (!dice.chance(200)).then(|| Coded {
            code: code.as_str().into(),
            scheme: Some(scheme.into()),
        });
        citizen.religion = (!dice.chance(1_200)).then(|| Coded {
            code: draft.religion.into(),
            scheme: None,
        });
        let blood = [
            BloodType::O,
            BloodType::B,
            BloodType::A,
            BloodType::Ab,
            BloodType::Unknown,
        ];
        // The shares of blood types in Vietnam, and as many again who were never tested.
        let drawn = blood[dice.weighted(&[42, 30, 21, 5, 2])];
        citizen.blood_type = dice.chance(2_500).then_some(drawn);
    }

    fn birth_places(&self, seat: usize, citizen: &mut Citizen, dice: &mut Dice) {
        let draft = &self.drafts[seat];
        let places = &self.world.places;
        let province = self
            .world
            .numbers
            .province_index(self.home, draft.registered);
        let written = |dice: &mut Dice| {
            let first = draft.born.max(date(2017, 1, 1));
            let last = date(2021, 6, 30).max(first.saturating_add(jiff::Span::new().days(60)));
            day_between(first, last.min(AS_OF), dice)
        };
        let place = places.draw(province, dice);
        let extent = match dice.below(20) {
            0..3 => Extent::ProvinceOnly,
            3 => Extent::Undated,
            _ => Extent::NoDetail,
        };
        let on = written(dice);
        let registered = places.address(place, on, extent, None);
        citizen.place_of_birth = match draft.registered {
            Registered::Abroad(country) => Some(abroad(country_of(country))),
            Registered::AtHome | Registered::Elsewhere(_) => {
                (!dice.chance(300)).then(|| registered.clone())
            }
        };
        citizen.birth_registration_place = (!dice.chance(3_000)).then_some(registered);
        // One origin for a whole line: the father's, whose own is drawn from the seat he has.
        let line = self.first_of_line(seat);
        let mut origin = Dice::of(self.world.seed, About::Dwelling, !self.drafts[line].index);
        let province = self
            .world
            .numbers
            .province_index(self.home, self.drafts[line].registered);
        let place = places.draw(province, &mut origin);
        let extent = if origin.chance(2_500) {
            Extent::ProvinceOnly
        } else {
            Extent::NoDetail
        };
        citizen.place_of_origin =
            (!dice.chance(400)).then(|| places.address(place, on, extent, None));
    }

    /// The oldest forefather in the block.
    fn first_of_line(&self, seat: usize) -> usize {
        let mut at = seat;
        while let Some(father) = self.parent(at, Sex::Male) {
            at = father;
        }
        at
    }

    fn residences(&self, seat: usize, citizen: &mut Citizen, dice: &mut Dice) {
        let draft = &self.drafts[seat];
        let dwelling = self.dwelling(self.households.dwelling(seat));
        let places = &self.world.places;
        let detail = Some(&*dwelling.detail);
        // Who was born later was entered later, maybe under the codes of today.
        let on = dwelling.since.max(day_between(
            draft.born,
            draft
                .born
                .saturating_add(jiff::Span::new().days(60))
                .min(AS_OF),
            dice,
        ));
        let permanent = places.address(dwelling.place, on, dwelling.extent, detail);
        let is_young_adult = draft.is_adult() && draft.age() < 40 && draft.lives();
        let has_none = dice.chance(80);
        if is_young_adult && dice.chance(900) && self.households.head(seat) != Some(seat) {
            let place = places.draw_destination(dice);
            let since = day_between(date(2023, 1, 1), AS_OF, dice);
            let detail = places.detail(place, dice);
            let temporary = places.address(place, since, Extent::Full, Some(&detail));
            citizen.current_residence = dice.chance(7_000).then(|| temporary.clone());
            citizen.temporary_residence = Some(temporary);
            if dice.chance(1_000) {
                citizen.absence_declaration = Some(Period {
                    from: Some(since.into()),
                    to: None,
                });
            }
        } else if has_none {
            citizen.current_residence = dice.chance(4_000).then(|| permanent.clone());
        } else if dice.chance(4_000) {
            citizen.current_residence = Some(permanent.clone());
        }
        if !has_none {
            citizen.permanent_residence = Some(permanent);
            citizen.residence_file_number = dwelling.file_number.filter(|_| draft.lives());
        }
    }

    /// Where the household of that seat lives.
    fn dwelling(&self, seat: usize) -> Dwelling {
        let mut dice = Dice::of(self.world.seed, About::Dwelling, self.drafts[seat].index);
        let places = &self.world.places;
        let place = if dice.chance(900) {
            places.draw_destination(&mut dice)
        } else {
            places.draw(self.home.province, &mut dice)
        };
        let since = if dice.chance(7_000) {
            day_between(date(2008, 1, 1), date(2025, 6, 30), &mut dice)
        } else {
            day_between(REFORM, AS_OF, &mut dice)
        };
        let (province, district) = places.old_codes(place);
        let file = format!("{province}{district}-{:06}", dice.below(1_000_000));
        Dwelling {
            place,
            since,
            extent: Extent::draw(&mut dice),
            detail: places.detail(place, &mut dice),
            file_number: dice.chance(7_000).then(|| file.into()),
        }
    }

    fn relatives(&self, seat: usize, citizen: &mut Citizen, dice: &mut Dice) {
        let draft = &self.drafts[seat];
        citizen.father = self.mention_parent(seat, Sex::Male, dice);
        citizen.mother = self.mention_parent(seat, Sex::Female, dice);
        citizen.spouse = draft.spouse.map(|spouse| self.mention(seat, spouse.into()));
        citizen.children = self
            .children(seat)
            .map(|child| self.mention(seat, child))
            .collect();
        let guardian = draft.guardian.map(usize::from);
        citizen.legal_representative = guardian.map(|guardian| self.mention_plainly(guardian));
        citizen.represented_persons = (0..BLOCK)
            .filter(|minor| self.drafts[*minor].guardian.map(usize::from) == Some(seat))
            .map(|minor| self.mention_plainly(minor))
            .collect();
        citizen.marital_status = self.marital_status(seat, dice);
        let foreign =
            self.plan.seats[seat].role == Role::Alone && draft.is_adult() && dice.chance(300);
        if foreign && draft.lives() {
            citizen.spouse = Some(foreigner(dice));
            citizen.marital_status = Some(MaritalStatus::Married);
        }
    }

    fn marital_status(&self, seat: usize, dice: &mut Dice) -> Option<MaritalStatus> {
        let draft = &self.drafts[seat];
        let status = match self.plan.seats[seat].partner {
            _ if dice.chance(150) => return None,
            _ if dice.chance(30) => MaritalStatus::Unknown,
            Some(_) if draft.spouse.is_some() => MaritalStatus::Married,
            Some(_) => MaritalStatus::DivorcedOrWidowed,
            None => MaritalStatus::Single,
        };
        Some(status)
    }

    fn household(&self, seat: usize, citizen: &mut Citizen) {
        let Some(head) = self.households.head(seat) else {
            return;
        };
        citizen.relation_to_head = Some(relation(self, head, seat).into());
        citizen.household_head = Some(self.mention_plainly(head));
        citizen.household_members = self
            .households
            .members(seat)
            .filter(|member| *member != seat)
            .map(|member| Member {
                person: self.mention_plainly(member),
                relation: Some(relation(self, head, member).into()),
            })
            .collect();
    }

    /// A relative as the record of another person names them: sometimes without the number, or
    /// with an old one only.
    fn mention(&self, of: usize, relative: usize) -> Person {
        let pair =
            self.drafts[of].index * BLOCK as u64 + self.drafts[relative].index % BLOCK as u64;
        let mut dice = Dice::of(self.world.seed, About::Mention, pair);
        let mut person = self.mention_plainly(relative);
        let old = self.drafts[relative].old_numbers.first().copied();
        match (dice.below(100), old) {
            (0..5, Some(old)) => {
                person.personal_id = None;
                person.old_id_number = Some(old);
            }
            (5..7, _) => person.personal_id = None,
            (7..12, Some(old)) => person.old_id_number = Some(old),
            (_, Some(_) | None) => {}
        }
        if dice.chance(2_000) {
            person.nationality = None;
        }
        person
    }

    fn mention_plainly(&self, relative: usize) -> Person {
        let draft = &self.drafts[relative];
        Person {
            full_name: Some(draft.name.clone()),
            personal_id: Some(draft.number),
            old_id_number: None,
            nationality: Some(Country::VIETNAM),
        }
    }

    /// A parent in the block, or one the register knows the name of and no more.
    fn mention_parent(&self, seat: usize, sex: Sex, dice: &mut Dice) -> Option<Person> {
        if let Some(parent) = self.parent(seat, sex) {
            return Some(self.mention(seat, parent));
        }
        let draft = &self.drafts[seat];
        let family = if sex == Sex::Male {
            draft.parts.family
        } else {
            self.world.names.family(draft.people, dice)
        };
        let year = draft.born.year() - dice.between(20, 36);
        let parts = self
            .world
            .names
            .draw(draft.people, family, None, sex, year, dice);
        let known = !dice.chance(1_500);
        // Never anybody's: the numbers of the population are below ten times its largest size.
        let old = format!(
            "{:09}",
            super::numbers::old_number(
                self.world.seed,
                draft.index,
                2 + u64::from(sex == Sex::Male)
            )
        );
        let old = OldIdNumber::parse(&old).expect("nine digits");
        known.then(|| Person {
            full_name: Some(parts.full(Spelling::Plain)),
            personal_id: None,
            old_id_number: dice.chance(1_500).then_some(old),
            nationality: Some(Country::VIETNAM),
        })
    }

    fn contact(&self, draft: &Draft, citizen: &mut Citizen, dice: &mut Dice) {
        if !draft.lives() || draft.age() < 15 {
            return;
        }
        // No telephone can ring: 01 was given up by mobile networks in 2018, 010 never was in use.
        let mobile = format!("0100{:06}", dice.below(1_000_000));
        citizen.mobile_number = dice.chance(7_200).then(|| mobile.into());
        if dice.chance(if draft.age() < 50 { 3_000 } else { 600 }) {
            let given: String = folded(draft.parts.given)
                .chars()
                .filter(char::is_ascii_alphabetic)
                .collect();
            let given = given.to_lowercase();
            // No message can arrive: `example` is reserved for ever (RFC 2606).
            citizen.email = Some(format!("{given}.{}@thu.example", draft.index).into());
        }
    }
}

/// Where a household lives, and since when the register knows.
struct Dwelling {
    place: Place,
    since: Date,
    extent: Extent,
    detail: Box<str>,
    file_number: Option<Box<str>>,
}

/// The birth date as far as it is known: many of the old know the year only.
fn known_birth(born: Date, dice: &mut Dice) -> PartialDate {
    let (year_only, month_only) = match born.year() {
        ..1950 => (3_600, 300),
        1950..1975 => (900, 100),
        _ => (15, 3),
    };
    let text = match dice.below(10_000) {
        roll if roll < year_only => format!("{:04}", born.year()),
        roll if roll < year_only + month_only => format!("{:04}-{:02}", born.year(), born.month()),
        _ => return PartialDate::from(born),
    };
    PartialDate::from_iso(&text).expect("a year and month of a date")
}

fn card(draft: &Draft, citizen: &Citizen, dice: &mut Dice) -> Option<Card> {
    let has_none = dice.chance(if draft.age() < 14 { 7_500 } else { 500 });
    if has_none || draft.status == StatusKind::Erroneous {
        return None;
    }
    let fourteenth = birthday(draft.born, 14);
    let first = if draft.age() < 14 {
        LAW_SINCE.max(draft.born)
    } else {
        CHIP_SINCE.max(fourteenth)
    };
    let last = draft.since.unwrap_or(AS_OF).max(first);
    let issued = day_between(first, last, dice);
    let (kind, by) = if issued >= LAW_SINCE {
        ("can_cuoc", "Bộ Công an")
    } else {
        ("cccd", "Cục Cảnh sát quản lý hành chính về trật tự xã hội")
    };
    // A card of the last two years before an age holds until the next one.
    let soon = issued.saturating_add(jiff::Span::new().years(2));
    let ages = if draft.age() < 14 {
        [14, 25, 40]
    } else {
        CARD_AGES
    };
    let expires = ages
        .into_iter()
        .map(|age| birthday(draft.born, age))
        .find(|day| *day > soon);
    Some(Card {
        number: Some(citizen.personal_id.as_str().into()),
        kind: Some(kind.into()),
        issued_on: Some(issued.into()),
        issued_by: (!dice.chance(300)).then(|| by.into()),
        expires_on: expires.map(PartialDate::from),
    })
}

/// The day somebody completes that many years; 29 February becomes the 28th.
fn birthday(born: Date, years: i16) -> Date {
    born.saturating_add(jiff::Span::new().years(years))
}

fn foreigner(dice: &mut Dice) -> Person {
    let names = [
        ("Kim Min-jun", "KR"),
        ("Chen Yi-ting", "TW"),
        ("Anna Müller", "DE"),
        ("Jean-Luc Moreau", "FR"),
        ("Satō Haruka", "JP"),
        ("John O'Neil", "US"),
        ("Jana Dvořáková", "CZ"),
        ("Somchai", "LA"),
    ];
    let (name, country) = dice.pick(&names);
    Person {
        full_name: Some(Name::parse(name).expect("a name of the list")),
        personal_id: None,
        old_id_number: None,
        nationality: Some(Country::from_text(country).expect("two capital letters")),
    }
}

fn country_of(index: usize) -> Country {
    Country::from_text(COUNTRIES[index]).expect("two capital letters")
}
