use serde_json::{Value, json};

use super::*;

/// The documents of the contract.
fn documents() -> [(Kind, Value); 5] {
    [
        (
            Kind::Agency,
            json!({"code": "H29", "name": "UBND Thành phố Hồ Chí Minh", "parent": null}),
        ),
        (
            Kind::Client,
            json!({"client_id": "onestop-hcm", "issuer": null, "agency_code": "H29",
                "name": "Một cửa điện tử TP.HCM", "active": true,
                "scopes": ["citizen:verify", "citizen:lookup", "fields:identity"],
                "certificate_sha256": null, "networks": []}),
        ),
        (
            Kind::Officer,
            json!({"id": "hcm-cb-0042", "officer_id": "079085001234", "agency_code": "H29",
                "name": "Trần Thị Bình", "active": true}),
        ),
        (
            Kind::Procedure,
            json!({"code": "1.004194", "name": "Đăng ký tạm trú",
                "legal_basis": "Luật Cư trú 2020", "confidential": false,
                "form": {"code": "CT01", "boxes": {"ho_va_ten": "full_name",
                    "ngay_sinh": {"field": "birth_date", "format": "dmy"},
                    "noi_thuong_tru": "permanent_residence.address_line"}},
                "papers": [{"code": "cccd_copy", "name": "Bản sao CCCD",
                    "fields": ["personal_id", "full_name", "birth_date"]}]}),
        ),
        (
            Kind::Agreement,
            json!({"id": "hcm-tam-tru", "client_id": "onestop-hcm", "procedure_code": "1.004194",
                "operations": ["verify", "lookup", "prefill"],
                "read_fields": ["identity", "residence"],
                "claim_fields": ["sex", "permanent_residence"], "valid_from": "2026-01-01",
                "valid_to": null, "name_match": "folded", "officer": "registered",
                "quota": null}),
        ),
    ]
}

fn faults(kind: Kind, document: &Value) -> Vec<(String, &'static str)> {
    match read_item(kind, document.to_string().as_bytes()).unwrap() {
        Ok(_) => Vec::new(),
        Err(faults) => faults
            .into_iter()
            .map(|fault| (fault.pointer, fault.code.as_str()))
            .collect(),
    }
}

#[test]
fn what_is_put_is_what_is_given_back() {
    for (kind, document) in documents() {
        let item = read_item(kind, document.to_string().as_bytes())
            .unwrap()
            .unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&item.to_json()).unwrap(),
            document
        );
        let again = read_item(kind, item.to_json().as_bytes()).unwrap().unwrap();
        assert_eq!((again.etag(), &again), (item.etag(), &item));
    }
}

#[test]
fn null_and_absent_members_are_the_same_and_have_their_defaults() {
    let required = [
        json!({"code": "H29", "name": "UBND"}),
        json!({"client_id": "c", "agency_code": "H29", "name": "x", "scopes": []}),
        json!({"id": "o", "officer_id": "1", "agency_code": "H29"}),
        json!({"code": "p", "name": "x"}),
        json!({"id": "a", "client_id": "c", "procedure_code": "p", "operations": ["verify"],
            "valid_from": "2026-01-01"}),
    ];
    for ((kind, whole), short) in documents().into_iter().zip(required) {
        let mut nulls = short.clone();
        for member in whole.as_object().unwrap().keys() {
            nulls
                .as_object_mut()
                .unwrap()
                .entry(member.as_str())
                .or_insert(Value::Null);
        }
        let absent = read_item(kind, short.to_string().as_bytes())
            .unwrap()
            .unwrap();
        let null = read_item(kind, nulls.to_string().as_bytes())
            .unwrap()
            .unwrap();
        assert_eq!(absent, null);
        for member in short.as_object().unwrap().keys() {
            let mut less = short.clone();
            less.as_object_mut().unwrap().remove(member);
            assert_eq!(faults(kind, &less), [(format!("/{member}"), "required")]);
        }
    }
    let client = json!({"client_id": "c", "agency_code": "H", "name": "x", "scopes": []});
    let Item::Client(client) = read_item(Kind::Client, client.to_string().as_bytes())
        .unwrap()
        .unwrap()
    else {
        panic!("a client was read");
    };
    assert!(client.active);
}

#[test]
fn every_fault_of_a_document_has_its_pointer() {
    let procedure = json!({"code": "a b", "name": " ", "form": {"code": "CT01", "boxes": {
            "a": "nothing", "b": {"field": "full_name", "format": "bold", "more": 1}, "c": null,
            "Số 1": "sex", "d": 7, "e": {"field": "full_name", "format": "dmy"},
            "f": {"format": "code", "field": "email"}}},
        "papers": [{"code": "p", "name": "x", "fields": []},
            {"code": "q", "name": "x", "fields": ["sex", "no.such"]}], "extra": 1});
    let mut found = faults(Kind::Procedure, &procedure);
    found.sort();
    assert_eq!(
        found,
        [
            ("/code".into(), "character"),
            ("/extra".into(), "unknown_member"),
            ("/form/boxes".into(), "character"),
            ("/form/boxes/a".into(), "enum"),
            ("/form/boxes/b/format".into(), "enum"),
            ("/form/boxes/b/more".into(), "unknown_member"),
            ("/form/boxes/c".into(), "type"),
            ("/form/boxes/d".into(), "type"),
            ("/form/boxes/e/format".into(), "format"),
            ("/form/boxes/f/format".into(), "format"),
            ("/name".into(), "length"),
            ("/papers/0/fields".into(), "length"),
            ("/papers/1/fields/1".into(), "enum"),
        ]
    );
    let agreement = json!({"id": "a", "client_id": "c", "procedure_code": "p",
        "operations": ["verify", "search"], "read_fields": ["identity", "everything"],
        "claim_fields": ["email"], "valid_from": "2026-02-30", "officer": "some",
        "name_match": "fuzzy"});
    let mut found = faults(Kind::Agreement, &agreement);
    found.sort();
    assert_eq!(
        found,
        [
            ("/claim_fields/0".into(), "enum"),
            ("/name_match".into(), "enum"),
            ("/officer".into(), "enum"),
            ("/operations/1".into(), "enum"),
            ("/read_fields/1".into(), "enum"),
            ("/valid_from".into(), "date"),
        ]
    );
}

#[test]
fn a_paper_proves_something_and_an_agreement_allows_something() {
    let paper = json!({"code": "p", "name": "x",
        "papers": [{"code": "p", "name": "x", "fields": []}]});
    assert_eq!(
        faults(Kind::Procedure, &paper),
        [("/papers/0/fields".into(), "length")]
    );
    let mut agreement = documents()[4].1.clone();
    agreement["operations"] = json!([]);
    assert_eq!(
        faults(Kind::Agreement, &agreement),
        [("/operations".into(), "length")]
    );
}

#[test]
fn days_are_whole_and_in_order() {
    let mut agreement = documents()[4].1.clone();
    agreement["valid_to"] = json!("2026-01-01");
    assert_eq!(faults(Kind::Agreement, &agreement), []);
    agreement["valid_to"] = json!("2025-12-31");
    assert_eq!(
        faults(Kind::Agreement, &agreement),
        [("/valid_to".into(), "range")]
    );
    for bad in [
        "20260101",
        "2026-1-1",
        "2026-01-01T00:00",
        "+2026-01-1",
        "01/01/2026",
    ] {
        agreement["valid_to"] = json!(bad);
        assert_eq!(
            faults(Kind::Agreement, &agreement),
            [("/valid_to".into(), "date")]
        );
    }
}

#[test]
fn reserved_members_are_taken_only_empty() {
    for empty in [
        json!(null),
        json!({}),
        json!({"per_second": null, "per_day": null}),
    ] {
        let mut agreement = documents()[4].1.clone();
        agreement["quota"] = empty;
        assert_eq!(faults(Kind::Agreement, &agreement), []);
    }
    let mut agreement = documents()[4].1.clone();
    agreement["quota"] = json!({"per_second": 200, "per_year": null});
    let mut found = faults(Kind::Agreement, &agreement);
    found.sort();
    let expected = [
        ("/quota/per_second".into(), "enum"),
        ("/quota/per_year".into(), "unknown_member"),
    ];
    assert_eq!(found, expected);

    let mut client = documents()[1].1.clone();
    client["networks"] = json!(["10.0.0.0/8"]);
    client["certificate_sha256"] = json!("00");
    let mut found = faults(Kind::Client, &client);
    found.sort();
    assert_eq!(
        found,
        [
            ("/certificate_sha256".into(), "enum"),
            ("/networks".into(), "enum")
        ]
    );
    client["networks"] = json!(null);
    client["certificate_sha256"] = json!("");
    assert_eq!(faults(Kind::Client, &client), []);
}

#[test]
fn only_known_scopes_are_registered() {
    let mut client = documents()[1].1.clone();
    client["scopes"] = json!(["citizen:verify", "fields:all", "field:residence", "openid"]);
    assert_eq!(
        faults(Kind::Client, &client),
        [("/scopes/1".into(), "enum"), ("/scopes/3".into(), "enum")]
    );
}
