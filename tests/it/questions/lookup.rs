//! `lookup`: exactly the fields that are asked for and allowed, in the form the contract gives them.

use serde_json::{Value, json};

use super::{Desk, SCOPES, an_with, full, other};

#[actix_web::test]
async fn a_path_selects_its_value_and_a_parent_its_whole_object() {
    let desk = Desk::open(&[full()]).await;
    assert_eq!(
        desk.fields(&["full_name"]).await,
        json!({"full_name": "Nguyễn Văn An"})
    );
    assert_eq!(
        desk.fields(&["permanent_residence.current.commune_code"])
            .await,
        json!({"permanent_residence": {"current": {"commune_code": "00004"}}})
    );
    assert_eq!(
        desk.fields(&["card.issued_on", "birth_date.value", "children.full_name"])
            .await,
        json!({"birth_date": {"value": "1995-03-02"},
            "card": {"issued_on": {"value": "2022-04-15", "precision": "day"}},
            "children": [{"full_name": "Nguyễn Thị Dung"}, {"full_name": "Nguyễn Văn Em"}]})
    );
    let once = desk
        .fields(&["sex", "permanent_residence", "full_name"])
        .await;
    let again = [
        "full_name",
        "permanent_residence.address_line",
        "sex",
        "permanent_residence",
        "sex",
    ];
    assert_eq!(
        desk.fields(&again).await,
        once,
        "order and duplicates do not matter"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn values_read_as_the_contract_writes_them() {
    let desk = Desk::open(&[full()]).await;
    let fields = desk
        .fields(&[
            "permanent_residence",
            "temporary_residence",
            "ethnicity",
            "religion",
            "blood_type",
            "sex",
            "marital_status",
            "birth_date",
            "old_id_numbers",
            "age",
            "is_adult",
            "residence.basis",
            "address_line",
            "household_members",
            "family_name",
            "absence_declaration",
            "card",
        ])
        .await;
    let line = "12 Phố Cũ, Phường Ba Đình, Thành phố Hà Nội";
    assert_eq!(
        fields["permanent_residence"],
        json!({
        "as_recorded": {"country": "VN", "province_code": "01",
            "province_name": "Thành phố Hà Nội", "district_code": "001",
            "district_name": "Quận Ba Đình", "commune_code": "00013",
            "commune_name": "Phường Quán Thánh", "detail": "12 Phố Cũ",
            "recorded_on": {"value": "2020-05-01", "precision": "day"}},
        "current": {"status": "mapped", "province_code": "01",
            "province_name": "Thành phố Hà Nội", "commune_code": "00004",
            "commune_name": "Phường Ba Đình"},
        "address_line": line})
    );
    // Split in two: as recorded it stays what it was, and now it may be either.
    let current = &fields["temporary_residence"]["current"];
    assert_eq!(current["status"], "ambiguous");
    assert!(current.get("commune_code").is_none());
    let candidates = current["candidates"].as_array().unwrap();
    let codes: Vec<_> = candidates
        .iter()
        .map(|one| one["commune_code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["00004", "00008"]);
    assert_eq!(
        candidates[1],
        json!({"province_code": "01", "province_name": "Thành phố Hà Nội",
        "commune_code": "00008", "commune_name": "Phường Ngọc Hà"})
    );
    assert_eq!(
        fields["temporary_residence"]["address_line"],
        "3 Ngõ Nhỏ, Phường Ngọc Hà, Quận Ba Đình, Thành phố Hà Nội"
    );

    assert_eq!(
        fields["ethnicity"],
        json!({"code": "01", "scheme": "2008", "name": "Kinh"})
    );
    assert_eq!(fields["religion"]["code"], "00");
    assert!(fields["religion"]["name"].is_string());
    assert_eq!(fields["blood_type"], "AB");
    assert_eq!(fields["sex"], "male");
    assert_eq!(fields["marital_status"], "married");
    assert_eq!(
        fields["birth_date"],
        json!({"value": "1995-03-02", "precision": "day"})
    );
    assert_eq!(fields["old_id_numbers"], json!(["012345678"]));
    assert_eq!(fields["family_name"], "Nguyễn");
    assert!(fields["age"].as_u64().unwrap() >= 31);
    assert_eq!(fields["is_adult"], true);
    assert_eq!(fields["residence"], json!({"basis": "permanent"}));
    assert_eq!(fields["address_line"], line);
    assert_eq!(
        fields["household_members"][1],
        json!({"full_name": "Trần Thị Cúc",
        "personal_id": "001195000004", "relation": "vợ"})
    );
    let from = json!({"value": "2026-01-01", "precision": "day"});
    assert_eq!(fields["absence_declaration"], json!({"from": from}));
    assert_eq!(fields["card"]["kind"], "can_cuoc");
    desk.app.stop().await;
}

#[actix_web::test]
async fn residence_is_the_first_of_permanent_temporary_and_current() {
    let split = super::split();
    let moved = super::moved();
    let at = |permanent: Value, temporary: Value, current: Value| {
        an_with(
            json!({"permanent_residence": permanent, "temporary_residence": temporary,
            "current_residence": current}),
        )
    };
    let mut revision = 1;
    let desk = Desk::open(&[]).await;
    for (citizen, basis, commune) in [
        (
            at(split.clone(), moved.clone(), moved.clone()),
            Some("permanent"),
            "00016",
        ),
        (
            at(Value::Null, moved.clone(), split.clone()),
            Some("temporary"),
            "23557",
        ),
        (
            at(Value::Null, Value::Null, split),
            Some("current"),
            "00016",
        ),
        (at(Value::Null, Value::Null, Value::Null), None, ""),
    ] {
        desk.app
            .change(&[json!({"op": "upsert", "revision": revision, "citizen": citizen})])
            .await;
        revision += 1;
        let seen = async || {
            let fields = desk.fields(&["residence", "address_line"]).await;
            fields["residence"]["basis"].as_str() == basis
                && fields["residence"]["as_recorded"]["commune_code"]
                    .as_str()
                    .unwrap_or("")
                    == commune
                && fields["residence"]["address_line"] == fields["address_line"]
        };
        crate::support::soon("residence follows the record", seen).await;
    }
    assert_eq!(desk.fields(&["residence", "address_line"]).await, json!({}));
    desk.app.stop().await;
}

#[actix_web::test]
async fn what_is_not_recorded_is_left_out_and_no_name_part_is_made_up() {
    let desk = Desk::open(&[other("001190000009", json!({"birth_date": "2008"}))]).await;
    let fields = [
        "given_name",
        "family_name",
        "sex",
        "father",
        "children",
        "card",
        "email",
        "permanent_residence",
        "residence",
        "religion.name",
        "age",
        "full_name",
    ];
    let answer = desk
        .look(
            json!({"subject": {"personal_id": "001190000009"}, "fields": fields,
            "claims": {"full_name": "Trần Thị Bích", "birth_date": "2008-02-03"}}),
        )
        .await;
    // Eighteen or not: a year alone does not say how old.
    assert_eq!(answer["citizen"], json!({"full_name": "Trần Thị Bích"}));
    assert_eq!(answer["birth_date_match"], "partial");
    assert!(answer.get("withheld").is_none(), "nothing was kept back");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_forbidden_field_refuses_the_request_and_each_is_pointed_at_scope_first() {
    let desk = Desk::under(json!({"read_fields": ["identity", "contact"]}), &[full()]).await;
    let token = desk.without(&["fields:contact", "fields:card"]);
    let fields = [
        "full_name",
        "email",
        "permanent_residence.current",
        "card",
        "sex",
    ];
    let answer = desk
        .send_with(&token, "/v1/lookup", json!({"fields": fields}))
        .await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.code()),
        (403, "field_not_permitted")
    );
    let told: Vec<_> = answer.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap().to_owned();
            assert!(!text("reason").is_empty());
            (text("pointer"), text("field"), text("code"))
        })
        .collect();
    let expected = [
        ("/fields/1", "email", "scope"),
        ("/fields/2", "permanent_residence.current", "agreement"),
        // Neither has it: the scope is named.
        ("/fields/3", "card", "scope"),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(told, expected);

    let patch = json!({"fields": fields, "on_forbidden": "withhold"});
    let answer = desk.ask_with(&token, "/v1/lookup", patch).await;
    assert_eq!(
        answer["citizen"],
        json!({"full_name": "Nguyễn Văn An", "sex": "male"})
    );
    assert_eq!(
        answer["withheld"],
        json!([{"field": "email", "reason": "scope"},
        {"field": "permanent_residence.current", "reason": "agreement"},
        {"field": "card", "reason": "scope"}])
    );
    let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["fields"]["disclosed"], json!(["full_name", "sex"]));
    assert_eq!(
        entry["fields"]["withheld"],
        json!(["email", "permanent_residence.current", "card"])
    );

    // A refusal does not depend on whether there is such a person.
    let unknown = json!({"fields": fields, "subject": {"personal_id": "001095999999"}});
    let answer = desk.send_with(&token, "/v1/lookup", unknown).await;
    assert_eq!(answer.code(), "field_not_permitted");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_sensitive_field_needs_its_own_scope_and_its_own_line() {
    let sets = json!({"read_fields": ["identity", "birth", "residence", "card", "civil_status",
        "family", "household", "contact", "derived"]});
    let desk = Desk::under(sets, &[full()]).await;
    let sensitive = ["ethnicity", "religion", "blood_type"];
    let lacks = async |token: &str| {
        let answer = desk
            .send_with(token, "/v1/lookup", json!({"fields": sensitive}))
            .await;
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors.as_array().unwrap().len(), 3, "{}", answer.text);
        errors[0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(lacks(&desk.token).await, "agreement");
    let names = SCOPES
        .iter()
        .filter(|scope| scope.starts_with("field:"))
        .copied();
    assert_eq!(
        lacks(&desk.without(&names.collect::<Vec<_>>())).await,
        "scope"
    );
    desk.agree(json!({"read_fields": sensitive})).await;
    assert_eq!(desk.fields(&sensitive).await.as_object().unwrap().len(), 3);
    desk.app.stop().await;
}

#[actix_web::test]
async fn derived_fields_answer_without_the_data_behind_them() {
    let derived = json!({"read_fields": ["derived", "address_line"]});
    let desk = Desk::under(derived, &[full()]).await;
    let fields = desk.fields(&["is_adult", "age", "address_line"]).await;
    assert_eq!(fields.as_object().unwrap().len(), 3);
    for behind in ["birth_date", "permanent_residence", "residence"] {
        let answer = desk.send("/v1/lookup", json!({"fields": [behind]})).await;
        assert_eq!(answer.code(), "field_not_permitted", "{behind}");
    }
    desk.app.stop().await;
}

#[actix_web::test]
async fn warnings_go_to_those_who_may_read_the_fields_concerned() {
    // A man of 1995 with the number of a woman of 1990, of a prefix nobody was given.
    let mut citizen = full();
    citizen["personal_id"] = "003190000009".into();
    let desk = Desk::open(&[citizen]).await;
    let told = async |token: &str| {
        let patch = json!({"subject": {"personal_id": "003190000009"}, "fields": ["full_name"]});
        desk.ask_with(token, "/v1/lookup", patch).await["warnings"].clone()
    };
    assert_eq!(
        told(&desk.token).await,
        json!([
            "number_birth_year_differs",
            "number_sex_differs",
            "number_prefix_unassigned"
        ])
    );
    let scopes = |fields: &str| {
        desk.app.token(
            "onestop",
            &format!("citizen:lookup field:full_name {fields}"),
        )
    };
    let without_sex = scopes("field:personal_id field:birth_date");
    assert_eq!(
        told(&without_sex).await,
        json!(["number_birth_year_differs", "number_prefix_unassigned"])
    );
    assert_eq!(
        told(&scopes("field:sex field:birth_date")).await,
        Value::Null
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn data_are_as_of_a_moment_ago() {
    let desk = Desk::open(&[full()]).await;
    let before = desk.app.clock.now();
    let answer = desk.look(json!({"fields": ["sex"]})).await;
    let as_of: jiff::Timestamp = answer["data_as_of"].as_str().unwrap().parse().unwrap();
    assert!(
        (before.as_second() - as_of.as_second()).abs() <= 3,
        "{as_of}"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn what_is_asked_for_twice_is_withheld_once() {
    let desk = Desk::open(&[full()]).await;
    let token = desk.without(&["fields:contact"]);
    let patch = json!({"fields": ["email", "full_name", "email"], "on_forbidden": "withhold"});
    let answer = desk.ask_with(&token, "/v1/lookup", patch).await;
    let once = json!([{"field": "email", "reason": "scope"}]);
    assert_eq!(answer["withheld"], once);
    let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["fields"]["withheld"], json!(["email"]));
    desk.app.stop().await;
}
