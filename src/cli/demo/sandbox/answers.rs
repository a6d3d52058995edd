//! The answers of the page, with their members in the order in which they are sent. `…` stands for a
//! text that differs from time to time. Not here: the questions.

use super::question::text;
use crate::domain::citizen::Citizen;

/// What does not hold, or nobody has.
pub fn no_match() -> String {
    "{\"result\":\"no_match\",\"audit_id\":\"…\"}".into()
}

/// A match at those levels, with further members between them and the last ones.
pub fn verified(name: &str, birth_date: &str, more: &str) -> String {
    format!(
        "{{\"result\":\"match\",\"name_match\":\"{name}\",\"birth_date_match\":\"{birth_date}\"{more},\
         \"data_as_of\":\"…\",\"audit_id\":\"…\"}}"
    )
}

/// The same where everything is as it is recorded.
pub fn exact(more: &str) -> String {
    verified("exact", "full", more)
}

/// That person's record, looked up, that reads so, with further members before the last ones.
pub fn read(person: &Citizen, citizen: &str, more: &str) -> String {
    let warnings = warnings(person);
    format!(
        "{{\"result\":\"match\",\"citizen\":{citizen},\"name_match\":\"exact\",\
         \"birth_date_match\":\"full\"{more}{warnings},\"version\":\"…\",\"data_as_of\":\"…\",\"audit_id\":\"…\"}}"
    )
}

/// A member with a text; empty where there is none.
pub fn member(name: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!(",\"{name}\":{}", text(value)))
}

/// A refusal of that status and code, with the places of its faults.
pub fn refused(status: u16, code: &str, faults: &[(&str, &str)]) -> (u16, String) {
    let faults: Vec<String> = faults
        .iter()
        .map(|(pointer, code)| format!("{{\"pointer\":\"{pointer}\",\"code\":\"{code}\"}}"))
        .collect();
    let errors = if faults.is_empty() {
        String::new()
    } else {
        format!(",\"errors\":[{}]", faults.join(","))
    };
    // Every 403 has its entry.
    let entry = if status == 403 {
        ",\"audit_id\":\"…\""
    } else {
        ""
    };
    (
        status,
        format!(
            "{{\"type\":\"/problems/{code}\",\"status\":{status},\"code\":\"{code}\"{errors}{entry}}}"
        ),
    )
}

/// In what number and record of that person disagree.
fn warnings(person: &Citizen) -> String {
    let year = person.birth_date.year() != person.personal_id.birth_year();
    let sex = person
        .sex
        .is_some_and(|sex| sex != person.personal_id.sex());
    let differing = [
        (year, "\"number_birth_year_differs\""),
        (sex, "\"number_sex_differs\""),
    ];
    let told = differing.iter().filter(|(differs, _)| *differs);
    let told: Vec<&str> = told.map(|(_, warning)| *warning).collect();
    if told.is_empty() {
        String::new()
    } else {
        format!(",\"warnings\":[{}]", told.join(","))
    }
}
