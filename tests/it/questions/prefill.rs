//! `prefill`: the boxes of a form, why one stays empty, and the papers that need not be brought.

use serde_json::{Value, json};

use super::{Desk, full, merge};
use crate::support::app::procedure;

/// Gives the procedure these boxes and papers.
async fn form(desk: &Desk, boxes: Value, papers: Value) {
    let mut body = procedure();
    body["form"]["boxes"] = boxes;
    body["papers"] = papers;
    let answer = desk.app.put("/v1/admin/procedures/1.004194", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[actix_web::test]
async fn each_format_writes_its_value() {
    let desk = Desk::open(&[full()]).await;
    let table: &[(&str, &str, &str)] = &[
        ("full_name", "plain", "Nguyễn Văn An"),
        ("full_name", "upper", "NGUYỄN VĂN AN"),
        ("birth_date", "plain", "1995-03-02"),
        ("birth_date", "dmy", "02/03/1995"),
        ("card.issued_on", "dmy", "15/04/2022"),
        ("absence_declaration.from", "dmy", "01/01/2026"),
        (
            "permanent_residence",
            "plain",
            "12 Phố Cũ, Phường Ba Đình, Thành phố Hà Nội",
        ),
        (
            "permanent_residence",
            "line",
            "12 Phố Cũ, Phường Ba Đình, Thành phố Hà Nội",
        ),
        (
            "permanent_residence.address_line",
            "upper",
            "12 PHỐ CŨ, PHƯỜNG BA ĐÌNH, THÀNH PHỐ HÀ NỘI",
        ),
        ("permanent_residence", "code", "00004"),
        ("permanent_residence", "name", "Phường Ba Đình"),
        (
            "permanent_residence.as_recorded.commune_code",
            "plain",
            "00013",
        ),
        (
            "residence",
            "line",
            "12 Phố Cũ, Phường Ba Đình, Thành phố Hà Nội",
        ),
        ("residence.basis", "plain", "permanent"),
        ("nationality", "plain", "Việt Nam"),
        ("nationality", "name", "Việt Nam"),
        ("nationality", "code", "VN"),
        ("blood_type", "plain", "AB"),
        ("blood_type", "code", "03"),
        ("ethnicity", "plain", "Kinh"),
        ("ethnicity", "name", "Kinh"),
        ("ethnicity", "code", "01"),
        ("father.full_name", "plain", "Nguyễn Văn Bình"),
        ("father", "plain", "Nguyễn Văn Bình"),
        ("children", "plain", "Nguyễn Thị Dung; Nguyễn Văn Em"),
        (
            "children.personal_id",
            "plain",
            "001320000005; 001222000006",
        ),
        ("old_id_numbers", "plain", "012345678"),
        ("card", "plain", "001095000001"),
        ("is_adult", "plain", "Có"),
    ];
    let boxes: Value = table
        .iter()
        .enumerate()
        .map(|(at, (field, format, _))| {
            (format!("b{at}"), json!({"field": field, "format": format}))
        })
        .collect();
    form(&desk, boxes, json!([])).await;
    let answer = desk.ask("/v1/prefill", json!({})).await;
    assert_eq!(answer["form_code"], "CT01");
    assert_eq!(answer["missing"], json!([]));
    for (at, (field, format, value)) in table.iter().enumerate() {
        assert_eq!(
            answer["values"][format!("b{at}")],
            *value,
            "{field} {format}"
        );
    }
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_cancelled_number_does_not_tell_that_it_was_protected() {
    let mut citizen = full();
    let status = json!({"kind": "number_cancelled"});
    merge(&mut citizen, json!({"protected": true, "status": status}));
    let desk = Desk::open(&[citizen]).await;
    form(&desk, json!({"noi": "permanent_residence"}), json!([])).await;
    let token = desk.without(&["citizen:protected"]);
    let answer = desk.ask_with(&token, "/v1/prefill", json!({})).await;
    let why = json!([{"box": "noi", "field": "permanent_residence", "reason": "not_recorded"}]);
    assert_eq!(answer["missing"], why);
    desk.app.stop().await;
}

#[actix_web::test]
async fn what_is_recorded_as_unknown_replaces_no_paper() {
    let mut unknown = full();
    merge(&mut unknown, json!({"marital_status": "unknown"}));
    for (citizen, replaced) in [(full(), json!(["hon_nhan"])), (unknown, json!([]))] {
        let desk = Desk::open(&[citizen]).await;
        let papers = json!([{"code": "hon_nhan", "name": "Giấy xác nhận tình trạng hôn nhân",
            "fields": ["marital_status"]}]);
        form(&desk, json!({"ten": "full_name"}), papers).await;
        let answer = desk.look(json!({"fields": ["marital_status"]})).await;
        let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
        assert_eq!(entry["papers_replaced"], replaced);
        desk.app.stop().await;
    }
}

#[actix_web::test]
async fn an_empty_box_says_why() {
    let mut citizen = full();
    merge(&mut citizen, json!({"protected": true, "spouse": null}));
    let desk = Desk::under(
        json!({"read_fields": ["identity", "residence", "family", "civil_status"]}),
        &[citizen],
    )
    .await;
    let boxes = json!({"ten": "full_name", "vo": "spouse.full_name", "mau": "blood_type",
        "the": "card.number", "noi": "permanent_residence", "hon_nhan": "marital_status"});
    form(&desk, boxes, json!([])).await;
    let token = desk.without(&["fields:civil_status", "field:blood_type"]);
    let answer = desk.ask_with(&token, "/v1/prefill", json!({})).await;
    assert_eq!(answer["result"], "match");
    assert_eq!(answer["values"], json!({"ten": "Nguyễn Văn An"}));
    // In the order of the form, which is that of its names as this test writes it.
    assert_eq!(
        answer["missing"],
        json!([
        {"box": "hon_nhan", "field": "marital_status", "reason": "scope"},
        {"box": "mau", "field": "blood_type", "reason": "scope"},
        {"box": "noi", "field": "permanent_residence", "reason": "protected"},
        {"box": "the", "field": "card.number", "reason": "agreement"},
        {"box": "vo", "field": "spouse.full_name", "reason": "not_recorded"}])
    );
    let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["operation"], "prefill");
    assert_eq!(entry["fields"]["disclosed"], json!(["full_name"]));
    let withheld = json!([
        "marital_status",
        "blood_type",
        "permanent_residence",
        "card.number"
    ]);
    assert_eq!(entry["fields"]["withheld"], withheld);
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_paper_is_replaced_when_each_of_its_fields_was_disclosed_or_confirmed() {
    let desk = Desk::open(&[full()]).await;
    let papers = json!([
        {"code": "cccd", "name": "Bản sao CCCD", "fields": ["personal_id", "full_name", "birth_date"]},
        {"code": "cu_tru", "name": "Giấy xác nhận cư trú", "fields": ["permanent_residence.address_line"]},
        {"code": "ket_hon", "name": "Giấy chứng nhận kết hôn", "fields": ["spouse.full_name", "marital_status"]},
        {"code": "khai_sinh", "name": "Giấy khai sinh", "fields": ["father.full_name", "place_of_birth"]}]);
    let boxes = json!({"noi": "permanent_residence.address_line", "vo": "spouse.full_name"});
    form(&desk, boxes, papers).await;
    let codes = |answer: &Value| -> Vec<String> {
        let papers = answer["papers_replaced"].as_array().unwrap();
        papers
            .iter()
            .map(|paper| paper["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let answer = desk.ask("/v1/prefill", json!({})).await;
    assert_eq!(codes(&answer), ["cccd", "cu_tru"]);
    assert_eq!(answer["papers_replaced"][0]["name"], "Bản sao CCCD");
    // A claim confirms what the form does not disclose.
    let married = json!({"claims": {"marital_status": "married"}});
    assert_eq!(
        codes(&desk.ask("/v1/prefill", married).await),
        ["cccd", "cu_tru", "ket_hon"]
    );

    // Verifications and lookups count theirs in the log.
    let counted = async |answer: Value| {
        desk.app.entry(answer["audit_id"].as_str().unwrap()).await["papers_replaced"].clone()
    };
    assert_eq!(counted(desk.claim(json!({})).await).await, json!(["cccd"]));
    let verified =
        desk.claim(json!({"spouse.full_name": "Trần Thị Cúc", "marital_status": "married"}));
    assert_eq!(counted(verified.await).await, json!(["cccd", "ket_hon"]));
    let looked = desk
        .look(json!({"fields": ["father", "place_of_birth"]}))
        .await;
    assert_eq!(counted(looked).await, json!(["cccd", "khai_sinh"]));
    let wrong = desk.claim(json!({"birth_date": "1995-03-03"})).await;
    assert_eq!(counted(wrong).await, json!([]), "no match replaces nothing");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_procedure_without_a_form_has_nothing_to_prefill() {
    let desk = Desk::open(&[full()]).await;
    let mut body = procedure();
    body["form"] = Value::Null;
    assert_eq!(
        desk.app
            .put("/v1/admin/procedures/1.004194", &body)
            .await
            .status,
        200
    );
    let answer = desk.send("/v1/prefill", json!({})).await;
    assert_eq!(answer.code(), "operation_not_permitted");
    assert_eq!(desk.ask("/v1/verify", json!({})).await["result"], "match");
    desk.app.stop().await;
}

#[actix_web::test]
async fn nobody_fills_no_form() {
    let desk = Desk::open(&[full()]).await;
    let answer = desk
        .ask(
            "/v1/prefill",
            json!({"claims": {"birth_date": "1995-03-03"}}),
        )
        .await;
    let members: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(members, ["audit_id", "result"]);
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_box_on_a_whole_object_discloses_what_it_tells_and_no_more() {
    let desk = Desk::open(&[full()]).await;
    form(
        &desk,
        json!({"con": "children", "ngay_sinh": {"field": "birth_date", "format": "dmy"}}),
        json!([{"code": "whole", "name": "x", "fields": ["children"]},
            {"code": "named", "name": "x", "fields": ["children.full_name", "birth_date"]}]),
    )
    .await;
    let answer = desk.ask("/v1/prefill", json!({})).await;
    let papers: Vec<&Value> = answer["papers_replaced"]
        .as_array()
        .unwrap()
        .iter()
        .map(|paper| &paper["code"])
        .collect();
    assert_eq!(papers, ["named"], "their numbers were not told");
    let id = answer["audit_id"].as_str().unwrap();
    let disclosed = &desk.app.entry(id).await["fields"]["disclosed"];
    assert_eq!(*disclosed, json!(["birth_date", "children.full_name"]));
    desk.app.stop().await;
}
