//! Trials about names and birth dates: what is taken for the same, and what is not.

use super::answers::{exact, no_match, verified};
use super::example;
use super::question::Question;
use crate::domain::citizen::Citizen;
use crate::domain::name::NameKey;
use crate::domain::sex::Sex;
use crate::http::Trial;
use crate::synth::{Case, Population};

pub fn trials(population: &Population, plain: &Citizen) -> Vec<Trial> {
    let right = Question::of(plain);
    let (name, date) = (plain.full_name.as_str(), plain.birth_date.to_string());
    let named = |name: &str| right.clone().claims(name, &date);
    let born = |date: &str| right.clone().claims(name, date);
    let capitals = name.to_uppercase();
    let plainly = NameKey::of(&plain.full_name);
    let plainly = String::from_utf8_lossy(plainly.texts().folded).to_uppercase();
    let mut trials = vec![
        right.verify(["All as it is recorded", "Khớp hoàn toàn"], exact("")),
        named(&capitals).verify(
            ["The name in capitals", "Họ tên viết hoa toàn bộ"],
            verified("canonical", "full", ""),
        ),
        named(&plainly).by_bank().verify(
            [
                "The name without diacritics or spaces, where the agreement takes it",
                "Họ tên không dấu, không khoảng trắng, khi thỏa thuận cho phép",
            ],
            verified("folded", "full", ""),
        ),
        named(&plainly).verify(
            [
                "The same where it does not",
                "Như trên khi thỏa thuận không cho phép",
            ],
            no_match(),
        ),
        named("Nguyễn Văn Không").verify(["Another name", "Họ tên khác"], no_match()),
        born("1900-01-01").verify(["Another birth date", "Ngày sinh khác"], no_match()),
        born(&plain.birth_date.year().to_string()).verify(
            [
                "Only the year, where the day is recorded: it would fit many",
                "Chỉ có năm sinh trong khi cơ sở dữ liệu có đủ ngày",
            ],
            no_match(),
        ),
    ];
    trials.extend(example(population, Case::YearOnlyBirth).map(|person| {
        let claimed = format!("{}-03-02", person.birth_date);
        let question = Question::of(&person).claims(person.full_name.as_str(), &claimed);
        question.verify(
            [
                "A day, where only the year is recorded: it agrees as far as it goes",
                "Có ngày sinh trong khi cơ sở dữ liệu chỉ có năm",
            ],
            verified("exact", "partial", ""),
        )
    }));
    trials.extend(example(population, Case::EthnicName).map(|person| {
        Question::of(&person).verify(
            [
                "A name that is no Kinh name",
                "Họ tên của người dân tộc thiểu số",
            ],
            exact(""),
        )
    }));
    trials.extend(other_sex(plain).map(|sex| {
        let question = right.clone().claims_too("sex", &format!("\"{sex}\""));
        question.verify(
            [
                "A further claim that does not hold",
                "Thông tin bổ sung không khớp",
            ],
            no_match(),
        )
    }));
    trials.push(right.by_bank().claims_too("age_at_least", "18").verify(
        ["Of age? The birth date is not told", "Đã đủ 18 tuổi chưa"],
        exact(""),
    ));
    trials
}

fn other_sex(citizen: &Citizen) -> Option<&'static str> {
    match citizen.sex? {
        Sex::Male => Some(Sex::Female.as_str()),
        Sex::Female => Some(Sex::Male.as_str()),
        Sex::Unknown => None,
    }
}
