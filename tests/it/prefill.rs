//! The shipped procedures over the synthetic population: each box filled or explained.

use dancu::domain::citizen::{Citizen, StatusKind};
use dancu::policy::catalogue;
use dancu::register::import;
use dancu::store::Role;
use dancu::synth::Population;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::app::TestApp;

const CITIZENS: u64 = 1_000;

/// Requests under way at once.
const CONCURRENT: usize = 32;

const CLIENT: &str = "prefill";

const SETS: [&str; 9] = [
    "identity",
    "birth",
    "residence",
    "card",
    "civil_status",
    "family",
    "household",
    "contact",
    "derived",
];

const SENSITIVE: [&str; 3] = ["ethnicity", "religion", "blood_type"];

#[actix_web::test]
async fn every_box_of_every_shipped_procedure_is_filled_or_explained() {
    let app = TestApp::start().await;
    let population = Population::new(1, CITIZENS);
    let people: Vec<Citizen> = population.iter().collect();
    let store = app.database.database().store(Role::Feed, 1);
    import::load(&store, people.clone().into_iter(), |_| {})
        .await
        .unwrap();
    let token = enrol(&app).await;
    let (mut filled, mut boxes) = (0, 0);
    for procedure in catalogue::shipped() {
        // Some procedures only ask for a confirmation, and have nothing to fill.
        let Some(form) = procedure.form.as_ref() else {
            continue;
        };
        let names: Vec<&str> = form.boxes.iter().map(|one| one.name.as_str()).collect();
        let code = procedure.code.as_str();
        let asked = people.iter().map(|person| {
            let body = question(code, person);
            let (app, token) = (&app, &token);
            // So many at once may be too much for a slow machine, which says so: a caller asks again.
            async move {
                loop {
                    let answer = app.post("/v1/prefill", token, &body).await;
                    if answer.code() != "overloaded" {
                        return (person, answer);
                    }
                }
            }
        });
        let mut answers = futures_util::stream::iter(asked).buffer_unordered(CONCURRENT);
        while let Some((person, answer)) = answers.next().await {
            assert_eq!(answer.status, 200, "{code}: {}", answer.text);
            let answer = answer.json();
            if person.status.kind == StatusKind::Erroneous {
                assert_eq!(answer["result"], "no_match");
                continue;
            }
            assert_eq!(answer["result"], "match", "{code}: {answer}");
            boxes += names.len();
            filled += check(&names, &answer, person);
        }
    }
    let share = filled * 100 / boxes;
    assert!(share > 60, "only {share} % of all boxes are filled");
    app.stop().await;
}

/// Each box once, with a value or with a reason; how many have a value.
fn check(names: &[&str], answer: &Value, person: &Citizen) -> usize {
    let values = answer["values"].as_object().unwrap();
    let missing = answer["missing"].as_array().unwrap();
    for name in names {
        let value = values.get(*name);
        let reasons: Vec<&Value> = missing
            .iter()
            .filter(|one| one["box"] == *name)
            .map(|one| &one["reason"])
            .collect();
        match (value, &reasons[..]) {
            (Some(Value::String(text)), []) => assert!(!text.trim().is_empty(), "{name}"),
            (None, [reason]) => {
                let protected = *reason == "protected";
                assert!(protected || *reason == "not_recorded", "{name}: {reason}");
                assert_eq!(protected, protected && person.protected, "{name}");
            }
            other => panic!("{name} is neither filled nor explained: {other:?}"),
        }
    }
    assert_eq!(
        values.len() + missing.len(),
        names.len(),
        "boxes nobody asked for"
    );
    values.len()
}

fn question(code: &str, person: &Citizen) -> Value {
    json!({"context": {"procedure_code": code},
        "subject": {"personal_id": person.personal_id.as_str()},
        "claims": {"full_name": person.full_name.as_str(),
            "birth_date": person.birth_date.to_string()}})
}

async fn enrol(app: &TestApp) -> String {
    let fields = SENSITIVE.map(|field| format!("field:{field}"));
    let sets = SETS.map(|set| format!("fields:{set}"));
    let scopes: Vec<&str> = ["citizen:lookup"]
        .into_iter()
        .chain(sets.iter().chain(&fields).map(|s| &**s))
        .collect();
    app.enrol(
        CLIENT,
        &scopes,
        json!({"id": CLIENT, "valid_to": "2020-01-02"}),
    )
    .await;
    let read_fields: Vec<&str> = SETS.into_iter().chain(SENSITIVE).collect();
    for (at, procedure) in catalogue::shipped().iter().enumerate() {
        let code = procedure.code.as_str();
        let body = serde_json::to_value(procedure).unwrap();
        let put = app
            .put(&format!("/v1/admin/procedures/{code}"), &body)
            .await;
        assert!(put.status.is_success(), "{}", put.text);
        let agreement = json!({"id": format!("a{at}"), "client_id": CLIENT,
            "procedure_code": code, "operations": ["prefill"], "read_fields": read_fields,
            "valid_from": "2021-01-01"});
        let put = app
            .put(&format!("/v1/admin/agreements/a{at}"), &agreement)
            .await;
        assert!(put.status.is_success(), "{}", put.text);
    }
    app.token(CLIENT, &scopes.join(" "))
}
