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

/// The pseudonyms under which the log files what was asked about these numbers.
async fn filed_under(desk: &Desk, numbers: &[&str]) -> Vec<Value> {
    let mut subjects = Vec::new();
    for number in numbers {
        let answer = desk.look(json!({"subject": {"personal_id": number},
            "claims": {"full_name": "Trần Thị Bích", "birth_date": "1990-01-01"},
            "fields": ["sex"]}));
        let answer = answer.await;
        let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
        subjects.push(entry["subject"].clone());
    }
    subjects
}

fn superseded_by(number: &str) -> Value {
    json!({"status": {"kind": "number_cancelled", "superseded_by": number}})
}

#[actix_web::test]
async fn a_chain_of_numbers_is_filed_under_its_last_as_soon_as_that_is_known() {
    const FIRST: &str = "001190000001";
    const SECOND: &str = "001190000002";
    const THIRD: &str = "001190000003";
    let all = [FIRST, SECOND, THIRD];
    let desk = Desk::open(&[
        holder(FIRST, "Trần Thị Bích", superseded_by(SECOND)),
        other(SECOND, json!({"full_name": "Trần Thị Bích"})),
        holder(THIRD, "Trần Thị Bích", json!({})),
    ])
    .await;
    let [first, second, third]: [Value; 3] = filed_under(&desk, &all).await.try_into().unwrap();
    assert_eq!(first, second);
    assert_ne!(second, third);
    assert_eq!(
        desk.look(asked(SHARED, "Trần Thị Bích")).await["result"],
        "no_match",
        "two people have had the number"
    );

    // Only the second record changes; what is kept of the first depends on it.
    let mut replaced = superseded_by(THIRD);
    super::merge(
        &mut replaced,
        json!({"op": "status", "personal_id": SECOND, "revision": 2}),
    );
    desk.app.change(&[replaced]).await;
    let one_file =
        async || filed_under(&desk, &all).await == [third.clone(), third.clone(), third.clone()];
    soon("all are filed under the third", one_file).await;
    // Now the number was one person's, two steps apart, and the living one answers.
    let answer = desk.look(asked(SHARED, "Trần Thị Bích")).await;
    assert_eq!(answer["citizen"]["personal_id"], THIRD);

    let back = json!({"op": "status", "personal_id": SECOND, "revision": 3,
        "status": {"kind": "active"}});
    desk.app.change(&[back]).await;
    let apart =
        async || filed_under(&desk, &all).await == [second.clone(), second.clone(), third.clone()];
    soon("the chain ends at the second again", apart).await;
    desk.app.stop().await;
}

#[actix_web::test]
async fn numbers_that_replace_each_other_in_a_circle_are_one_file_and_answered() {
    let desk = Desk::open(&[
        holder(
            "001190000001",
            "Trần Thị Bích",
            superseded_by("001190000002"),
        ),
        holder(
            "001190000002",
            "Trần Thị Bích",
            superseded_by("001190000003"),
        ),
        holder(
            "001190000003",
            "Trần Thị Bích",
            superseded_by("001190000001"),
        ),
    ])
    .await;
    let all = ["001190000001", "001190000002", "001190000003"];
    let filed = filed_under(&desk, &all).await;
    assert_eq!(filed[0], filed[1]);
    assert_eq!(filed[1], filed[2]);
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
