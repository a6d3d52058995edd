//! Trials about numbers: personal numbers, and the nine-digit numbers of earlier cards.

use super::answers::{exact, member, no_match, read, refused};
use super::example;
use super::question::Question;
use crate::domain::citizen::Citizen;
use crate::domain::number::PersonalId;
use crate::domain::sex::Sex;
use crate::http::Trial;
use crate::synth::{BLOCK, Case, Population};

pub fn trials(population: &Population, plain: &Citizen) -> Vec<Trial> {
    let right = Question::of(plain);
    let mut trials = Vec::new();
    trials.extend(nobodys(population, plain).map(|number| {
        right.clone().about("personal_id", number.as_str()).verify(
            [
                "A number nobody has: answered like a wrong claim",
                "Số không có trong cơ sở dữ liệu: trả lời như khi thông tin không khớp",
            ],
            no_match(),
        )
    }));
    trials.push(right.clone().about("personal_id", "0871901476").at(
        "/v1/verify",
        [
            "Ten digits: the fault says what it looks like",
            "Mười chữ số: lỗi cho biết đó có thể là mã số thuế",
        ],
        refused(
            400,
            "validation_failed",
            &[("/subject/personal_id", "length")],
        ),
    ));
    trials.extend(example(population, Case::OldNumber).and_then(|person| {
        let number = person.old_id_numbers.first()?;
        let question = Question::of(&person).about("old_id_number", number.as_str());
        Some(question.verify(
            [
                "By an old nine-digit number",
                "Theo số chứng minh nhân dân chín chữ số",
            ],
            exact(""),
        ))
    }));
    trials.extend(shared(population).into_iter().flatten());
    trials.extend(example(population, Case::NumberDiffers).map(|person| {
        let question = Question::of(&person).fields(&["sex", "birth_date"]);
        let citizen = format!(
            "{{\"birth_date\":{{\"value\":\"{}\",\"precision\":\"{}\"}}{}}}",
            person.birth_date,
            person.birth_date.precision().as_str(),
            member("sex", person.sex.map(Sex::as_str)),
        );
        question.lookup(
            [
                "Number and record disagree, which is lawful: a warning",
                "Số định danh và bản ghi khác nhau (hợp pháp): có cảnh báo",
            ],
            read(&person, &citizen, ""),
        )
    }));
    trials
}

/// A number of the person's place and year that nobody has.
fn nobodys(population: &Population, person: &Citizen) -> Option<PersonalId> {
    let mut numbers = (0..1_000_000)
        .rev()
        .filter_map(|running| person.personal_id.with_running(running));
    numbers.find(|number| population.index_of(*number).is_none())
}

/// Two people who had one old number, and somebody who had not.
fn shared(population: &Population) -> Option<[Trial; 3]> {
    let index = population.example(Case::SharedOldNumber)?;
    let one = population.citizen(index);
    let number = one.old_id_numbers.first()?;
    let block = index - index % BLOCK as u64;
    let mut others = population.range(block..block + BLOCK as u64);
    let other = others.find(|other| {
        other.personal_id != one.personal_id && other.old_id_numbers.first() == Some(number)
    })?;
    let nobody = Question::of(&one).claims("Nguyễn Văn Không", &one.birth_date.to_string());
    let by_number = |question: Question| question.about("old_id_number", number.as_str());
    Some([
        by_number(Question::of(&one)).verify(
            [
                "By an old number that two people had: the one whose claims match",
                "Số chứng minh nhân dân từng cấp cho hai người: người khớp thông tin",
            ],
            exact(""),
        ),
        by_number(Question::of(&other)).verify(
            [
                "The same number, the other person",
                "Cùng số đó, người còn lại",
            ],
            exact(""),
        ),
        by_number(nobody).verify(
            [
                "The same number, somebody else",
                "Cùng số đó, một người khác",
            ],
            no_match(),
        ),
    ])
}
