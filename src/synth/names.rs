//! Names: surnames by their real shares, given names by lists, and the ways they get spelled.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::dice::Dice;
use super::peoples::PEOPLES;
use crate::domain::name::Name;
use crate::domain::sex::Sex;

/// The parts of a name as its bearer would say them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Họ; some peoples have none.
    pub(super) family: Option<&'static str>,
    /// Chữ đệm, one or two.
    pub(super) middle: [Option<&'static str>; 2],
    /// Tên.
    pub(super) given: &'static str,
    /// Whether the family name stands last.
    pub(super) family_last: bool,
}

/// How a register spells a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As the lists have it: the tone mark where it was always put (`hòa`).
    Plain,
    /// The tone mark where schools put it today (`hoà`).
    NewTone,
    /// All in capitals.
    Capitals,
    /// Without any diacritic.
    Folded,
    /// Đ as the eth of Latin-1, which looks the same.
    Eth,
    /// Letters and marks apart (NFD).
    Decomposed,
}

impl Spelling {
    /// One by share: see the table in [`synth`](super).
    pub(super) fn draw(dice: &mut Dice) -> Self {
        match dice.weighted(&[7_300, 2_400, 200, 40, 30, 30]) {
            0 => Self::Plain,
            1 => Self::NewTone,
            2 => Self::Capitals,
            3 => Self::Folded,
            4 => Self::Eth,
            _ => Self::Decomposed,
        }
    }

    fn write(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => Cow::Borrowed(text),
            Self::NewTone => new_tone(text),
            Self::Capitals => Cow::Owned(text.to_uppercase()),
            Self::Folded => Cow::Owned(folded(text)),
            Self::Eth => Cow::Owned(text.replace('Đ', "\u{D0}").replace('đ', "\u{F0}")),
            Self::Decomposed => Cow::Owned(text.nfd().collect()),
        }
    }
}

impl Parts {
    /// The whole name in that spelling.
    pub(super) fn full(&self, spelling: Spelling) -> Name {
        let mut words: [Option<&str>; 4] = [
            self.family,
            self.middle[0],
            self.middle[1],
            Some(self.given),
        ];
        if self.family_last {
            words.rotate_left(1);
        }
        let mut text = String::with_capacity(48);
        for word in words.into_iter().flatten() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        name(&spelling.write(&text))
    }

    /// Family, middle and given name, each on its own.
    pub(super) fn apart(&self, spelling: Spelling) -> [Option<Name>; 3] {
        let one = |text: &str| name(&spelling.write(text));
        let middle = match self.middle {
            [Some(first), Some(second)] => Some(one(&format!("{first} {second}"))),
            [first, second] => first.or(second).map(one),
        };
        [self.family.map(one), middle, Some(one(self.given))]
    }
}

/// The lists of Kinh names.
#[derive(Debug)]
pub(super) struct Names {
    families: Vec<&'static str>,
    shares: Vec<u16>,
    boys: Vec<(&'static str, &'static str)>,
    girls: Vec<(&'static str, &'static str)>,
}

/// Family names that are the marks of other peoples in the published shares.
const MARKS: [&str; 2] = ["Y", "H'"];

/// Middle names of men, the commonest first.
const MEN_MIDDLE: [&str; 12] = [
    "Văn", "Văn", "Văn", "Hữu", "Đức", "Quang", "Đình", "Xuân", "Công", "Ngọc", "Bá", "Duy",
];
/// Given names of men, the commonest first.
const MEN: [&str; 48] = [
    "Hùng", "Anh", "Tuấn", "Minh", "Dũng", "Huy", "Sơn", "Đức", "Nam", "Hải", "Long", "Cường",
    "Thắng", "Thành", "Hiếu", "Trung", "Bình", "Quân", "Hòa", "Tùng", "Phong", "Hoàng", "Kiên",
    "Toàn", "Quang", "Tú", "Linh", "Tiến", "Lâm", "Khánh", "Mạnh", "Việt", "Đạt", "Phúc", "Vinh",
    "Tâm", "Tài", "Thịnh", "Lợi", "Khoa", "Duy", "Bảo", "Chiến", "Thoại", "Nghĩa", "Khải", "Đông",
    "Úy",
];
/// Given names of women, the commonest first.
const WOMEN: [&str; 48] = [
    "Anh", "Hương", "Trang", "Linh", "Phương", "Hà", "Thảo", "Hoa", "Lan", "Hằng", "Huyền", "Nga",
    "Thu", "Hạnh", "Mai", "Thủy", "Nhung", "Hiền", "Ngọc", "Vân", "Yến", "Dung", "Hồng", "Thúy",
    "Loan", "Ngân", "Tuyết", "Liên", "Oanh", "Huệ", "Trinh", "Quỳnh", "Xuân", "Tâm", "Hòa",
    "Nguyệt", "Bích", "Ánh", "Thanh", "Diệp", "Cúc", "Đào", "Châu", "My", "Vy", "Ly", "Khuyên",
    "Gấm",
];
/// Names people go by at home.
const OTHER_NAMES: [&str; 12] = [
    "Tí",
    "Bé Ba",
    "Út",
    "Hai",
    "Tư",
    "Năm",
    "Cu Tèo",
    "Gái",
    "Sáu Lúa",
    "Bờm",
    "Mít",
    "Tý",
];

impl Names {
    pub(super) fn shipped() -> Self {
        let (families, shares) = include_str!("data/surnames.csv")
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .filter(|(family, _)| !MARKS.contains(family))
            .map(|(family, percent)| {
                let (whole, fraction) = percent.split_once('.').expect("shares have a point");
                let hundredths: u16 = format!("{whole}{fraction:0<2}")
                    .parse()
                    .expect("shares are decimal numbers");
                (family, hundredths)
            })
            .unzip();
        Self {
            families,
            shares,
            boys: pairs(include_str!("data/given_boy.txt")),
            girls: pairs(include_str!("data/given_girl.txt")),
        }
    }

    /// A family name of that people; none where it has none.
    pub(super) fn family(&self, people: usize, dice: &mut Dice) -> Option<&'static str> {
        match people {
            0 => Some(self.families[dice.weighted(&self.shares)]),
            other => PEOPLES[other].family(dice),
        }
    }

    /// The name of somebody of that people and family, born in that year.
    pub(super) fn draw(
        &self,
        people: usize,
        family: Option<&'static str>,
        mothers: Option<&'static str>,
        sex: Sex,
        year: i16,
        dice: &mut Dice,
    ) -> Parts {
        PEOPLES[people]
            .name(family, sex, dice)
            .unwrap_or_else(|| self.kinh(family, mothers, sex, year, dice))
    }

    fn kinh(
        &self,
        family: Option<&'static str>,
        mothers: Option<&'static str>,
        sex: Sex,
        year: i16,
        dice: &mut Dice,
    ) -> Parts {
        let (list, given, marks, share): (_, _, &[&str], _) = if sex == Sex::Female {
            (
                &self.girls,
                &WOMEN,
                &["Thị"],
                mark_share(year, 8_500, 2_500),
            )
        } else {
            (
                &self.boys,
                &MEN,
                &MEN_MIDDLE,
                mark_share(year, 8_000, 3_500),
            )
        };
        let marked = dice.chance(share);
        let (pair, short) = (dice.pick(list), dice.pick_early(given));
        let mark = dice.pick(marks);
        let (middle, given) = match (marked, dice.below(100)) {
            // Lê Hùng: no middle name.
            (_, 0..3) => ([None, None], short),
            // Nguyễn Thị Minh Anh.
            (true, 3..20) => ([Some(mark), Some(pair.0)], pair.1),
            (true, _) => ([Some(mark), None], short),
            // Nguyễn Trần Minh Anh: the mother's family name in the middle.
            (false, 3..10) => ([mothers, Some(pair.0)], pair.1),
            (false, _) => ([Some(pair.0), None], pair.1),
        };
        Parts {
            family,
            middle,
            given,
            family_last: false,
        }
    }

    /// A name somebody goes by at home.
    pub(super) fn other(dice: &mut Dice) -> Name {
        name(dice.pick(&OTHER_NAMES))
    }
}

/// Văn and Thị go out of use: how many in ten thousand of that year have it.
fn mark_share(year: i16, before_1960: u32, now: u32) -> u32 {
    let since = u32::from(year.clamp(1960, 2020).abs_diff(1960));
    before_1960 - (before_1960 - now) * since / 60
}

/// Lines of exactly two words, middle and given name.
fn pairs(list: &'static str) -> Vec<(&'static str, &'static str)> {
    list.lines()
        .filter_map(|line| line.trim().split_once(' '))
        .filter(|(_, given)| !given.contains(' '))
        .collect()
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("every list is read by a test")
}

/// Syllables in which the place of the tone mark changed, at the end of a word.
const TONES: [(&str, &str); 15] = [
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"),
    ("õe", "oẽ"),
    ("ọe", "oẹ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
];

/// The name with its tone marks where schools put them today.
pub(super) fn new_tone(text: &str) -> Cow<'_, str> {
    let changes = |word: &str| TONES.iter().any(|(old, _)| word.ends_with(old));
    if !text.split(' ').any(changes) {
        return Cow::Borrowed(text);
    }
    let words = text.split(' ').map(|word| {
        TONES
            .iter()
            .find_map(|(old, new)| Some(format!("{}{new}", word.strip_suffix(old)?)))
            .unwrap_or_else(|| word.to_owned())
    });
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// Whether a tone mark of the name stands where schools put it today.
pub(super) fn has_new_tone(text: &str) -> bool {
    let is_new = |word: &str| {
        let end = TONES.iter().find_map(|(_, new)| word.strip_suffix(new));
        // In Quý the u belongs to the consonant; there is no other place for the mark.
        end.is_some_and(|before| !before.ends_with(['Q', 'q']))
    };
    text.split(' ').any(is_new)
}

/// The name in basic letters.
pub(super) fn folded(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            'Đ' => 'D',
            'đ' => 'd',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::dice::About;
    use super::super::provinces::PROVINCES;
    use super::*;
    use crate::domain::name::{Level, NameKey};

    #[test]
    fn every_people_of_every_province_has_names() {
        for (people, _) in PROVINCES.iter().flat_map(|province| province.peoples) {
            let known = PEOPLES.iter().any(|known| known.name == *people);
            assert!(known, "{people}");
        }
    }

    #[test]
    fn every_name_of_every_people_is_a_name_in_every_spelling() {
        let names = Names::shipped();
        let mut dice = Dice::of(1, About::Person, 0);
        for people in 0..PEOPLES.len() {
            for round in 0..400 {
                let sex = if round % 2 == 0 {
                    Sex::Male
                } else {
                    Sex::Female
                };
                let family = names.family(people, &mut dice);
                let parts = names.draw(people, family, Some("Trần"), sex, 1990, &mut dice);
                let plain = NameKey::of(&parts.full(Spelling::Plain));
                for (spelling, least) in [
                    (Spelling::NewTone, Level::Canonical),
                    (Spelling::Capitals, Level::Canonical),
                    (Spelling::Folded, Level::Folded),
                    (Spelling::Eth, Level::Canonical),
                    (Spelling::Decomposed, Level::Exact),
                ] {
                    let key = NameKey::of(&parts.full(spelling));
                    assert!(plain.compare(&key) >= least, "{parts:?} {spelling:?}");
                    parts.apart(spelling);
                }
            }
        }
    }

    #[test]
    fn the_lists_are_read_whole() {
        let names = Names::shipped();
        assert_eq!((names.families.len(), names.shares.len()), (36, 36));
        assert_eq!((names.boys.len(), names.girls.len()), (1_228, 1_302));
    }

    #[test]
    fn the_tone_mark_moves_only_where_two_spellings_exist() {
        assert_eq!(new_tone("Nguyễn Thị Thúy Hòa"), "Nguyễn Thị Thuý Hoà");
        assert_eq!(new_tone("Trần Hoàng Quý"), "Trần Hoàng Quý");
        assert!(has_new_tone("Lê Hoà") && !has_new_tone("Lê Quý Hòa"));
    }
}
