//! What claims are compared with, in the same run of bytes as the fragments, behind them: one key after
//! another, each behind its kind. Names that are in a fragment already are not written again. Not here:
//! the comparison.

use crate::domain::claim::{Relative, Residence};
use crate::domain::field::Leaf;
use crate::domain::name::{NameKey, NameTexts};
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::reference::{CommuneCode, ProvinceCode};

use super::fragments::Fragments;

/// The person's own name, which comes first.
const OWN: u8 = 0;
const FATHER: u8 = 1;
const MOTHER: u8 = 2;
const SPOUSE: u8 = 3;
const OLD: u8 = 4;
const HEAD: u8 = 5;
const PROVINCE: u8 = 6;
const COMMUNE: u8 = 7;

/// Bytes of a name before its texts: where the NFC text is, and the lengths of all three.
const NAME: usize = 4 + 3 * 2;

/// A unit that a claim about a residence may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Province(ProvinceCode),
    Commune(CommuneCode),
}

impl Unit {
    const fn kind(&self) -> u8 {
        match self {
            Self::Province(_) => PROVINCE,
            Self::Commune(_) => COMMUNE,
        }
    }

    fn digits(&self) -> &[u8] {
        match self {
            Self::Province(code) => code.as_str().as_bytes(),
            Self::Commune(code) => code.as_str().as_bytes(),
        }
    }
}

const fn kind_of(relative: Relative) -> u8 {
    match relative {
        Relative::Father => FATHER,
        Relative::Mother => MOTHER,
        Relative::Spouse => SPOUSE,
    }
}

/// Which residences a unit is of: a bit each.
const fn bit_of(residence: Residence) -> u8 {
    match residence {
        Residence::Permanent => 1,
        Residence::Temporary => 2,
        Residence::Current => 4,
    }
}

/// Writes keys behind the fragments of a run.
pub(super) struct Writer {
    run: Vec<u8>,
    fragments_end: usize,
    units: Vec<(Unit, u8)>,
}

impl Writer {
    /// Behind those fragments; the person's own name is at `leaf` of them.
    pub fn new(fragments: Vec<u8>, name: &NameKey, leaf: Leaf) -> Self {
        let mut writer = Self {
            fragments_end: fragments.len(),
            run: fragments,
            units: Vec::with_capacity(16),
        };
        writer.name(OWN, name, leaf);
        writer
    }

    /// A relative's name, which is at `leaf` of the fragments.
    pub fn relative(&mut self, relative: Relative, name: &NameKey, leaf: Leaf) {
        self.name(kind_of(relative), name, leaf);
    }

    /// A number of an earlier card.
    pub fn old_id_number(&mut self, number: &OldIdNumber) {
        self.run.push(OLD);
        self.run.extend_from_slice(number.as_str().as_bytes());
    }

    /// The number of the household's head.
    pub fn household_head(&mut self, number: &PersonalId) {
        self.run.push(HEAD);
        self.run.extend_from_slice(number.as_str().as_bytes());
    }

    /// A unit that one of the residences lies in.
    pub fn unit(&mut self, residence: Residence, unit: Unit) {
        let bit = bit_of(residence);
        match self.units.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, residences)) => *residences |= bit,
            None => self.units.push((unit, bit)),
        }
    }

    /// The whole run in memory of just its size, and where its keys begin.
    pub fn build(mut self) -> (Box<[u8]>, u32) {
        for (unit, residences) in &self.units {
            self.run.extend([unit.kind(), *residences]);
            self.run.extend_from_slice(unit.digits());
        }
        let keys = u32::try_from(self.fragments_end).expect("a record is far below 4 GiB");
        // Copied: the allocator would leave a vector that shrinks where it is, with the room it had.
        (Box::from(&*self.run), keys)
    }

    fn name(&mut self, kind: u8, name: &NameKey, leaf: Leaf) {
        let NameTexts {
            nfc,
            canonical,
            folded,
        } = name.texts();
        let folded = if folded == canonical { &[] } else { folded };
        let fragments = Fragments::of(&self.run[..self.fragments_end]);
        let written = fragments.place(leaf).and_then(|place| {
            let text = place.start + 1..place.end.checked_sub(1)?;
            (self.run.get(text.clone())? == nfc).then_some(text.start)
        });
        let behind = self.run.len() + 1 + NAME + canonical.len() + folded.len();
        let at = u32::try_from(written.unwrap_or(behind)).expect("a record is far below 4 GiB");
        self.run.push(kind);
        self.run.extend_from_slice(&at.to_le_bytes());
        for text in [nfc, canonical, folded] {
            self.run.extend_from_slice(&length(text).to_le_bytes());
        }
        self.run.extend_from_slice(canonical);
        self.run.extend_from_slice(folded);
        if written.is_none() {
            self.run.extend_from_slice(nfc);
        }
    }
}

fn length(text: &[u8]) -> u16 {
    u16::try_from(text.len()).expect("a name's texts are together below 64 KiB")
}

/// The keys of a run.
#[derive(Clone, Copy)]
pub(super) struct Keys<'r> {
    run: &'r [u8],
    from: usize,
}

/// One of them.
#[derive(Clone, Copy)]
enum Key<'r> {
    Name(u8, NameTexts<'r>),
    Other(u8, &'r [u8]),
    Unit(u8, u8, &'r [u8]),
}

impl<'r> Keys<'r> {
    /// Those of a run that begin there.
    pub const fn of(run: &'r [u8], from: u32) -> Self {
        Self {
            run,
            from: from as usize,
        }
    }

    /// The person's own name.
    pub fn own_name(self) -> NameTexts<'r> {
        let own = self.run.get(self.from + 1..);
        let own = own.and_then(|bytes| name(self.run, bytes));
        own.expect("every run has been written by a writer").0
    }

    /// A relative's name, if it is known.
    pub fn relative(self, relative: Relative) -> Option<NameTexts<'r>> {
        self.iter().find_map(|key| match key {
            Key::Name(kind, texts) if kind == kind_of(relative) => Some(texts),
            Key::Name(..) | Key::Other(..) | Key::Unit(..) => None,
        })
    }

    /// Whether a number of an earlier card is this one; none where no earlier card is known.
    pub fn has_had(self, number: &OldIdNumber) -> Option<bool> {
        self.any(|key| match key {
            Key::Other(OLD, digits) => Some(digits == number.as_str().as_bytes()),
            Key::Other(..) | Key::Name(..) | Key::Unit(..) => None,
        })
    }

    /// Whether the household's head has this number; none where no number is known.
    pub fn is_headed_by(self, number: &PersonalId) -> Option<bool> {
        self.any(|key| match key {
            Key::Other(HEAD, digits) => Some(digits == number.as_str().as_bytes()),
            Key::Other(..) | Key::Name(..) | Key::Unit(..) => None,
        })
    }

    /// Whether that residence lies in the unit; none where no unit of its kind is known.
    pub fn lies_in(self, residence: Residence, unit: &Unit) -> Option<bool> {
        self.any(|key| match key {
            Key::Unit(kind, residences, digits)
                if kind == unit.kind() && residences & bit_of(residence) != 0 =>
            {
                Some(digits == unit.digits())
            }
            Key::Unit(..) | Key::Name(..) | Key::Other(..) => None,
        })
    }

    /// Whether one of the keys that say anything says yes.
    fn any(self, says: impl Fn(Key<'r>) -> Option<bool>) -> Option<bool> {
        self.iter()
            .filter_map(says)
            .reduce(|one, other| one | other)
    }

    fn iter(self) -> impl Iterator<Item = Key<'r>> {
        let mut rest = self.run.get(self.from..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (&kind, tail) = rest.split_first()?;
            let key;
            (key, rest) = match kind {
                OLD | HEAD => {
                    let digits = if kind == OLD { 9 } else { 12 };
                    let (digits, tail) = tail.split_at_checked(digits)?;
                    (Key::Other(kind, digits), tail)
                }
                PROVINCE | COMMUNE => {
                    let (&residences, tail) = tail.split_first()?;
                    let digits = if kind == PROVINCE { 2 } else { 5 };
                    let (digits, tail) = tail.split_at_checked(digits)?;
                    (Key::Unit(kind, residences, digits), tail)
                }
                _ => {
                    let (texts, tail) = name(self.run, tail)?;
                    (Key::Name(kind, texts), tail)
                }
            };
            Some(key)
        })
    }
}

/// The name that begins these bytes of a run, and what is behind it.
fn name<'r>(run: &'r [u8], bytes: &'r [u8]) -> Option<(NameTexts<'r>, &'r [u8])> {
    let (&[a, b, c, d, n, nn, k, kk, f, ff], tail) = bytes.split_first_chunk::<NAME>()?;
    let at = u32::from_le_bytes([a, b, c, d]) as usize;
    let [nfc, canonical, folded] = [[n, nn], [k, kk], [f, ff]];
    let length = |bytes| usize::from(u16::from_le_bytes(bytes));
    let behind = run.len() - tail.len();
    let (canonical, tail) = tail.split_at_checked(length(canonical))?;
    let (folded, tail) = tail.split_at_checked(length(folded))?;
    let text = run.get(at..at + length(nfc))?;
    // The NFC text is behind the others where no fragment has it.
    let tail = if at >= behind {
        tail.get(text.len()..)?
    } else {
        tail
    };
    let folded = if folded.is_empty() { canonical } else { folded };
    let texts = NameTexts {
        nfc: text,
        canonical,
        folded,
    };
    Some((texts, tail))
}
