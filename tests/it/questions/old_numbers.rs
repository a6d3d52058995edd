//! Nine-digit numbers of earlier cards: several people may have had one.

use serde_json::{Value, json};

use super::{Desk, other};
use crate::support::soon;

const SHARED: &str = "011111111";

/// Someone who has had the shared number.
fn holder(personal_id: &str, name: &str, patch: Value) -> Value {
    let mut citizen = other(
        personal_id,
        json!({"full_name": name, "old_id_numbers": [SHARED]}),
    );
    super::merge(&mut citizen, patch);
    citizen
}

fn asked(old: &str, name: &str) -> Value {
    json!({"subject": {"personal_id": null, "old_id_number": old},
        "claims": {"full_name": name, "birth_date": "1990-01-01"}, "fields": ["personal_id"]})
}

#[actix_web::test]
async fn of_two_people_with_one_number_the_answer_is_about_the_one_whose_claims_match() {
    let desk = Desk::open(&[
        holder("001190000001", "Trần Thị Bích", json!({})),
        holder("001190000002", "Trần Thị Cúc", json!({})),
    ])
    .await;
    for (name, number) in [
        ("Trần Thị Bích", "001190000001"),
        ("Trần Thị Cúc", "001190000002"),
    ] {
        let answer = desk.look(asked(SHARED, name)).await;
        assert_eq!(answer["citizen"]["personal_id"], number);
        // The entry is about that person, as if they had been asked for by their own number.
        let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
        let own = json!({"subject": {"personal_id": number},
            "claims": {"full_name": name, "birth_date": "1990-01-01"}, "fields": ["personal_id"]});
        let own = desk.look(own).await;
        let own = desk.app.entry(own["audit_id"].as_str().unwrap()).await;
        assert_eq!(entry["subject"], own["subject"]);
    }
    assert_eq!(
        desk.look(asked(SHARED, "Trần Thị Dung")).await["result"],
        "no_match"
    );
    assert_eq!(
        desk.look(asked("022222222", "Trần Thị Bích")).await["result"],
        "no_match"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn where_claims_fit_two_people_there_is_no_match() {
    let desk = Desk::open(&[
        holder("001190000001", "Trần Thị Bích", json!({"sex": "female"})),
        holder("001190000002", "Trần Thị Bích", json!({"sex": "male"})),
    ])
    .await;
    assert_eq!(
        desk.look(asked(SHARED, "Trần Thị Bích")).await["result"],
        "no_match"
    );
    let mut apart = asked(SHARED, "Trần Thị Bích");
    apart["claims"]["sex"] = "male".into();
    assert_eq!(
        desk.look(apart).await["citizen"]["personal_id"],
        "001190000002"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_cancelled_number_and_its_successor_are_one_person_and_the_successor_answers() {
    let cancelled =
        json!({"status": {"kind": "number_cancelled", "superseded_by": "001190000002"}});
    let desk = Desk::open(&[
        holder("001190000001", "Trần Thị Bích", cancelled),
        holder("001190000002", "Trần Thị Bích", json!({})),
    ])
    .await;
    let answer = desk.look(asked(SHARED, "Trần Thị Bích")).await;
    assert_eq!(answer["citizen"]["personal_id"], "001190000002");
    assert!(answer.get("status").is_none());
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_number_that_was_cancelled_leads_to_its_status_and_to_the_successors_file() {
    let cancelled =
        json!({"status": {"kind": "number_cancelled", "superseded_by": "001190000002"}});
    let desk = Desk::open(&[
        holder("001190000001", "Trần Thị Bích", cancelled),
        other("001190000002", json!({})),
    ])
    .await;
    let old = desk.look(asked(SHARED, "Trần Thị Bích")).await;
    assert_eq!(old["status"]["kind"], "number_cancelled");
    assert_eq!(old["citizen"], json!({}));
    let successor = desk.look(json!({"subject": {"personal_id": "001190000002"},
        "claims": {"full_name": "Trần Thị Bích", "birth_date": "1990-01-01"}, "fields": ["sex"]}));
    let successor = successor.await;
    let mut subjects = Vec::new();
    for answer in [old, successor] {
        let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
        subjects.push(entry["subject"].clone());
    }
    assert_eq!(
        subjects[0], subjects[1],
        "the log files both under the current number"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_number_the_register_no_longer_gives_someone_leads_to_them_no_more() {
    let desk = Desk::open(&[holder("001190000001", "Trần Thị Bích", json!({}))]).await;
    assert_eq!(
        desk.look(asked(SHARED, "Trần Thị Bích")).await["result"],
        "match"
    );
    let corrected = other("001190000001", json!({"old_id_numbers": ["033333333"]}));
    desk.app
        .change(&[json!({"op": "upsert", "revision": 2, "citizen": corrected})])
        .await;
    let gone = async || desk.look(asked(SHARED, "Trần Thị Bích")).await["result"] == "no_match";
    soon("the old number is forgotten", gone).await;
    assert_eq!(
        desk.look(asked("033333333", "Trần Thị Bích")).await["result"],
        "match"
    );
    desk.app.stop().await;
}
