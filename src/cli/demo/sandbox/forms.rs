//! Trials about forms that are filled, and about batches.

use super::answers::member;
use super::example;
use super::question::{Question, text};
use crate::domain::citizen::Citizen;
use crate::domain::date::PartialDate;
use crate::domain::sex::Sex;
use crate::http::{Text, Trial};
use crate::synth::{Case, Population};

/// Boxes of the form that the agreement does not cover.
const NOT_AGREED: [(&str, &str); 5] = [
    ("so_dien_thoai", "mobile_number"),
    ("thu_dien_tu", "email"),
    ("ho_ten_chu_ho", "household_head.full_name"),
    ("quan_he_voi_chu_ho", "relation_to_head"),
    ("so_dinh_danh_chu_ho", "household_head.personal_id"),
];

pub fn trials(population: &Population, plain: &Citizen) -> Vec<Trial> {
    let mut trials = vec![filled(
        plain,
        None,
        [
            "A filled form, with the boxes the agreement does not cover",
            "Biểu mẫu được điền sẵn, kèm các ô ngoài thỏa thuận",
        ],
    )];
    trials.extend(example(population, Case::NoResidence).map(|person| {
        filled(
            &person,
            Some("not_recorded"),
            ["A box for which nothing is recorded", "Ô không có dữ liệu"],
        )
    }));
    trials.extend(example(population, Case::Protected).map(|person| {
        filled(
            &person,
            Some("protected"),
            [
                "A box that is withheld from a person under protection",
                "Ô được giữ kín của người được bảo vệ",
            ],
        )
    }));
    trials.push(batch(plain));
    trials
}

/// The registration of temporary residence (CT01), without addresses for that reason.
fn filled(person: &Citizen, without_addresses: Option<&str>, about: Text) -> Trial {
    let name = text(&person.full_name.as_str().to_uppercase());
    let sex = match person.sex {
        Some(Sex::Male) => Some("Nam"),
        Some(Sex::Female) => Some("Nữ"),
        Some(Sex::Unknown) | None => None,
    };
    let mut values = format!(
        "\"ho_va_ten\":{name},\"ngay_sinh\":\"{}\"{},\"so_dinh_danh\":\"{}\"",
        day_first(person.birth_date),
        member("gioi_tinh", sex),
        person.personal_id.as_str(),
    );
    let mut missing: Vec<String> = NOT_AGREED
        .iter()
        .map(|(name, field)| empty(name, field, "agreement"))
        .collect();
    let mut address = |box_name: &str, field: &str, recorded: bool| match without_addresses {
        None if recorded => values += &member(box_name, Some("…")),
        None => missing.push(empty(box_name, field, "not_recorded")),
        Some(reason) => missing.push(empty(box_name, field, reason)),
    };
    let (home, now) = (&person.permanent_residence, &person.current_residence);
    address(
        "noi_thuong_tru",
        "permanent_residence.address_line",
        home.is_some(),
    );
    address(
        "noi_o_hien_tai",
        "current_residence.address_line",
        now.is_some(),
    );
    let missing = missing.join(",");
    let answer = format!(
        "{{\"result\":\"match\",\"form_code\":\"CT01\",\"values\":{{{values}}},\"missing\":[{missing}],\
         \"papers_replaced\":[{{\"code\":\"cccd_copy\",\"name\":\"…\"}}],\"name_match\":\"exact\",\
         \"birth_date_match\":\"full\",\"data_as_of\":\"…\",\"audit_id\":\"…\"}}"
    );
    Question::of(person).at("/v1/prefill", about, (200, answer))
}

fn empty(name: &str, field: &str, reason: &str) -> String {
    format!("{{\"box\":\"{name}\",\"field\":\"{field}\",\"reason\":\"{reason}\"}}")
}

fn day_first(date: PartialDate) -> String {
    let text = date.to_string();
    let parts: Vec<&str> = text.rsplit('-').collect();
    parts.join("/")
}

/// A right item, one that does not match, and one with a fault.
fn batch(plain: &Citizen) -> Trial {
    let right = Question::of(plain);
    let wrong = right.clone().claims(plain.full_name.as_str(), "1900-01-01");
    let faulty = right.clone().about("personal_id", "0871901476");
    let problem = "{\"type\":\"/problems/validation_failed\",\"title\":\"…\",\"status\":400,\
                   \"detail\":\"…\",\"instance\":\"…\",\"code\":\"validation_failed\",\"action\":\"…\",\
                   \"errors\":[{\"pointer\":\"/items/2/subject/personal_id\",\"code\":\"length\",\
                   \"reason\":\"…\"}]}";
    let answer = format!(
        "{{\"results\":[{{\"ref\":\"a\",\"result\":\"match\",\"name_match\":\"exact\",\
         \"birth_date_match\":\"full\",\"data_as_of\":\"…\",\"audit_id\":\"…\"}},\
         {{\"ref\":\"b\",\"result\":\"no_match\",\"audit_id\":\"…\"}},\
         {{\"ref\":\"c\",\"problem\":{problem}}}]}}"
    );
    Trial {
        body: right.batch(&[wrong, faulty]),
        ..right.at(
            "/v1/verify/batch",
            [
                "A batch: a fault inside an item is that item's",
                "Theo lô: lỗi của một mục chỉ thuộc về mục đó",
            ],
            (200, answer),
        )
    }
}
