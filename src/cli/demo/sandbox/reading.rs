//! Trials about reading fields.

use super::answers::{member, read};
use super::example;
use super::question::{Question, text};
use crate::domain::citizen::Citizen;
use crate::domain::sex::Sex;
use crate::http::Trial;
use crate::synth::{Case, Population};

pub fn trials(population: &Population, plain: &Citizen) -> Vec<Trial> {
    let right = Question::of(plain);
    let name = text(plain.full_name.as_str());
    let sex = member("sex", plain.sex.map(Sex::as_str));
    let mut trials = vec![
        right.clone().fields(&["full_name", "sex"]).lookup(
            [
                "Exactly the fields asked for",
                "Chỉ các trường được yêu cầu",
            ],
            read(plain, &format!("{{\"full_name\":{name}{sex}}}"), ""),
        ),
        right
            .clone()
            .fields(&["full_name", "mobile_number"])
            .and("\"on_forbidden\":\"withhold\"")
            .lookup(
                [
                    "What the agreement does not have is withheld, where that is asked for",
                    "Trường ngoài thỏa thuận được giữ lại khi có yêu cầu",
                ],
                read(
                    plain,
                    &format!("{{\"full_name\":{name}}}"),
                    ",\"withheld\":[{\"field\":\"mobile_number\",\"reason\":\"agreement\"}]",
                ),
            ),
        by_number_alone(&right, &name),
    ];
    trials.extend(example(population, Case::NoResidence).map(|person| {
        let question = Question::of(&person).fields(&["full_name", "permanent_residence.current"]);
        let name = text(person.full_name.as_str());
        question.lookup(
            [
                "Nothing recorded: a field without a value is left out",
                "Không có dữ liệu: trường không có giá trị được bỏ qua",
            ],
            read(&person, &format!("{{\"full_name\":{name}}}"), ""),
        )
    }));
    for (case, status, about) in [
        (
            Case::NewAddress,
            "mapped",
            [
                "Living in a unit of today",
                "Cư trú tại đơn vị hành chính hiện hành",
            ],
        ),
        (
            Case::SplitCommune,
            "ambiguous",
            [
                "Living in a commune that was divided in July 2025",
                "Cư trú tại xã đã bị chia tách từ tháng 7 năm 2025",
            ],
        ),
    ] {
        trials.extend(example(population, case).map(|person| {
            let question = Question::of(&person).fields(&["permanent_residence.current.status"]);
            let current =
                format!("{{\"permanent_residence\":{{\"current\":{{\"status\":\"{status}\"}}}}}}");
            question.lookup(about, read(&person, &current, ""))
        }));
    }
    trials
}

/// What the portal's agreement lifts: it knows whom it speaks for.
fn by_number_alone(right: &Question, name: &str) -> Trial {
    let question = right
        .clone()
        .with_token(Some("PORTAL"))
        .under("1.004222", None)
        .without_claims()
        .fields(&["full_name"]);
    question.lookup(
        [
            "By the number alone, where scope and agreement have lookup.id_only",
            "Chỉ theo số định danh, khi thỏa thuận có lookup.id_only",
        ],
        format!(
            "{{\"result\":\"match\",\"citizen\":{{\"full_name\":{name}}},\"version\":\"…\",\
             \"data_as_of\":\"…\",\"audit_id\":\"…\"}}"
        ),
    )
}
