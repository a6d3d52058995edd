//! Trials about people who are not simply active, and about people under address protection.

use super::answers::{exact, member, no_match, read};
use super::example;
use super::question::Question;
use crate::domain::citizen::Citizen;
use crate::http::{Text, Trial};
use crate::synth::{Case, Population};

pub fn trials(population: &Population) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (case, kind, about) in [
        (
            Case::Deceased,
            "deceased",
            ["Somebody who has died", "Người đã chết"],
        ),
        (
            Case::Missing,
            "missing",
            ["Somebody declared missing", "Người bị tuyên bố mất tích"],
        ),
    ] {
        trials.extend(example(population, case).map(|person| living(&person, kind, about)));
    }
    trials.extend(example(population, Case::NumberCancelled).map(|person| {
        let successor = person.status.superseded_by.as_ref();
        let new = member("superseded_by", successor.map(|number| number.as_str()));
        let question = Question::of(&person).fields(&["full_name", "sex"]);
        question.lookup(
            [
                "A cancelled number: an empty record, and the number to ask with",
                "Số đã bị hủy: không có dữ liệu, kèm số thay thế",
            ],
            read(
                &person,
                "{}",
                &format!(",\"status\":{{\"kind\":\"number_cancelled\"{new}}}"),
            ),
        )
    }));
    trials.extend(example(population, Case::Successor).map(|person| {
        Question::of(&person).verify(
            [
                "A person whose number replaced another",
                "Người mang số thay thế",
            ],
            exact(""),
        )
    }));
    trials.extend(example(population, Case::Erroneous).map(|person| {
        Question::of(&person).verify(
            [
                "A record made in error: never found",
                "Bản ghi sai sót: không bao giờ được tìm thấy",
            ],
            no_match(),
        )
    }));
    trials.extend(
        example(population, Case::Protected)
            .into_iter()
            .flat_map(|person| protected(&person)),
    );
    trials
}

fn living(person: &Citizen, kind: &str, about: Text) -> Trial {
    // Since when is told to those who may read `death_or_missing`, which the counter may not here.
    Question::of(person).verify(
        about,
        exact(&format!(",\"status\":{{\"kind\":\"{kind}\"}}")),
    )
}

fn protected(person: &Citizen) -> Vec<Trial> {
    let right = Question::of(person);
    let reading = right
        .clone()
        .fields(&["full_name", "permanent_residence.current"]);
    let name = member("full_name", Some(person.full_name.as_str()));
    let withheld = "{\"field\":\"permanent_residence.current\",\"reason\":\"protected\"}";
    let mut trials = vec![
        right.verify(
            [
                "Somebody under address protection",
                "Người được bảo vệ thông tin cư trú",
            ],
            exact(""),
        ),
        reading.lookup(
            [
                "The same: where they live is withheld",
                "Như trên: nơi cư trú được giữ kín",
            ],
            read(
                person,
                &format!("{{{}}}", &name[1..]),
                &format!(",\"withheld\":[{withheld}]"),
            ),
        ),
    ];
    let province = person
        .permanent_residence
        .as_ref()
        .and_then(|home| home.province_code.as_ref());
    trials.extend(province.map(|code| {
        right
            .claims_too("permanent_residence.province_code", &format!("\"{code}\""))
            .verify(
                [
                    "The same: a claim about where they live never matches",
                    "Như trên: thông tin về nơi cư trú không bao giờ khớp",
                ],
                no_match(),
            )
    }));
    trials
}
