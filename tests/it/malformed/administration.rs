//! Administration: documents, conditions, pages and names.

use serde_json::{Value, json};

use super::case::{Case, Token, less, with};
use crate::support::app::procedure;

fn agency() -> Value {
    json!({"code": "H30", "name": "Sở Tư pháp"})
}

fn client() -> Value {
    json!({"client_id": "x-client", "agency_code": "H29", "name": "Một cửa",
        "scopes": ["citizen:verify"]})
}

fn officer() -> Value {
    json!({"id": "cb-1", "officer_id": "079085001234", "agency_code": "H29"})
}

fn agreement() -> Value {
    json!({"id": "x", "client_id": "onestop", "procedure_code": "1.004194",
        "operations": ["verify"], "valid_from": "2026-01-01"})
}

/// One fault in one document.
fn put(target: &str, body: &Value, faults: &[&str]) -> Case {
    Case::put(&format!("/v1/admin/{target}"), body.to_string()).faults(faults)
}

pub fn cases() -> Vec<Case> {
    [
        documents(),
        clients(),
        procedures(),
        agreements(),
        pages(),
        conditions(),
        names(),
    ]
    .concat()
}

fn documents() -> Vec<Case> {
    let one = |pointer: &str, value: Value, code: &str| {
        put(
            "agencies/H30",
            &with(&agency(), pointer, value),
            &[&format!("{pointer} {code}")],
        )
    };
    let of_officer = |pointer: &str, value: Value, code: &str| {
        put(
            "officers/cb-1",
            &with(&officer(), pointer, value),
            &[&format!("{pointer} {code}")],
        )
    };
    vec![
        put(
            "agencies/H30",
            &json!({}),
            &["/code required", "/name required"],
        ),
        one("/code", json!(""), "length"),
        one("/code", json!("H 30"), "character"),
        one("/code", json!(30), "type"),
        one("/name", json!(""), "length"),
        one("/name", json!("  "), "length"),
        one("/name", json!("x".repeat(201)), "length"),
        one("/name", json!("a\u{0}"), "character"),
        one("/name", json!(["x"]), "type"),
        one("/parent", json!("Bộ Công an"), "character"),
        one("/parent", json!(1), "type"),
        one("/level", json!(1), "unknown_member"),
        put(
            "officers/cb-1",
            &json!({}),
            &[
                "/id required",
                "/officer_id required",
                "/agency_code required",
            ],
        ),
        of_officer("/officer_id", json!("x".repeat(33)), "length"),
        of_officer("/officer_id", json!("0790 85"), "character"),
        of_officer("/name", json!("Bình\u{9f}"), "character"),
        of_officer("/active", json!("true"), "type"),
        of_officer("/password", json!("x"), "unknown_member"),
    ]
}

fn clients() -> Vec<Case> {
    let one = |pointer: &str, value: Value, fault: &str| {
        put(
            "clients/x-client",
            &with(&client(), pointer, value),
            &[fault],
        )
    };
    let scopes: Vec<String> = vec!["citizen:verify".into(); 200];
    vec![
        put(
            "clients/x-client",
            &less(&client(), "/scopes"),
            &["/scopes required"],
        ),
        put(
            "clients/x-client",
            &less(&client(), "/agency_code"),
            &["/agency_code required"],
        ),
        one("/scopes", json!("citizen:verify"), "/scopes type"),
        one("/scopes", json!(["citizen:delete"]), "/scopes/0 enum"),
        one(
            "/scopes",
            json!(["citizen:verify", "fields:everything"]),
            "/scopes/1 enum",
        ),
        one("/scopes", json!(["field:shoe_size"]), "/scopes/0 enum"),
        one("/scopes", json!([null]), "/scopes/0 type"),
        one("/scopes", json!(scopes), "/scopes too_many"),
        one("/active", json!(1), "/active type"),
        one("/issuer", json!(""), "/issuer length"),
        one(
            "/certificate_sha256",
            json!("ab"),
            "/certificate_sha256 enum",
        ),
        one("/networks", json!(["10.0.0.0/8"]), "/networks enum"),
        one("/secret", json!("x"), "/secret unknown_member"),
    ]
}

fn procedures() -> Vec<Case> {
    let one = |pointer: &str, value: Value, fault: &str| {
        put(
            "procedures/1.004194",
            &with(&procedure(), pointer, value),
            &[fault],
        )
    };
    let boxes = |boxes: Value, fault: &str| one("/form/boxes", boxes, fault);
    let crowd: serde_json::Map<String, Value> = (0..1001)
        .map(|at| (format!("b{at}"), json!("full_name")))
        .collect();
    vec![
        one("/name", json!("x".repeat(501)), "/name length"),
        one("/legal_basis", json!(224), "/legal_basis type"),
        one("/confidential", json!("no"), "/confidential type"),
        one("/form", json!([]), "/form type"),
        one("/form/code", json!(""), "/form/code length"),
        one("/form/more", json!(1), "/form/more unknown_member"),
        boxes(json!([]), "/form/boxes type"),
        boxes(json!({"a": "shoe_size"}), "/form/boxes/a enum"),
        boxes(json!({"a": 1}), "/form/boxes/a type"),
        boxes(json!({"a": null}), "/form/boxes/a type"),
        boxes(
            json!({"a": {"format": "dmy"}}),
            "/form/boxes/a/field required",
        ),
        boxes(
            json!({"a": {"field": "birth_date", "format": "mdy"}}),
            "/form/boxes/a/format enum",
        ),
        boxes(
            json!({"a": {"field": "full_name", "format": "dmy"}}),
            "/form/boxes/a/format format",
        ),
        boxes(
            json!({"a": {"field": "birth_date", "format": "name"}}),
            "/form/boxes/a/format format",
        ),
        boxes(
            json!({"a": {"format": "code", "field": "permanent_residence.address_line"}}),
            "/form/boxes/a/format format",
        ),
        boxes(
            json!({"a": {"field": "sex", "x": 1}}),
            "/form/boxes/a/x unknown_member",
        ),
        // The name of a box could carry data, so one that is none is reported at its parent.
        boxes(
            json!({"Nguyễn Văn An": "full_name"}),
            "/form/boxes character",
        ),
        boxes(json!({"": "full_name"}), "/form/boxes length"),
        boxes(json!({"a/b": "full_name"}), "/form/boxes character"),
        boxes(Value::Object(crowd), "/form/boxes too_many"),
        one("/papers", json!({}), "/papers type"),
        one("/papers/0/fields", json!([]), "/papers/0/fields length"),
        one(
            "/papers/0/fields",
            json!(["full_name", "x"]),
            "/papers/0/fields/1 enum",
        ),
        one("/papers/0/code", json!(""), "/papers/0/code length"),
        one(
            "/papers/0/price",
            json!(0),
            "/papers/0/price unknown_member",
        ),
    ]
}

fn agreements() -> Vec<Case> {
    let one = |pointer: &str, value: Value, fault: &str| {
        put(
            "agreements/x",
            &with(&agreement(), pointer, value),
            &[fault],
        )
    };
    vec![
        put(
            "agreements/x",
            &json!({"id": "x"}),
            &[
                "/client_id required",
                "/procedure_code required",
                "/operations required",
                "/valid_from required",
            ],
        ),
        one("/operations", json!([]), "/operations length"),
        one("/operations", json!(["delete"]), "/operations/0 enum"),
        one("/operations", json!(["verify", 1]), "/operations/1 type"),
        one("/read_fields", json!(["shoe_size"]), "/read_fields/0 enum"),
        one("/read_fields", json!("identity"), "/read_fields type"),
        one(
            "/read_fields",
            json!(vec!["identity"; 65]),
            "/read_fields too_many",
        ),
        one(
            "/claim_fields",
            json!(["blood_type"]),
            "/claim_fields/0 enum",
        ),
        one("/valid_from", json!("2026"), "/valid_from date"),
        one("/valid_from", json!("2026-02-30"), "/valid_from date"),
        one("/valid_from", json!(2026), "/valid_from type"),
        one("/valid_to", json!("2025-12-31"), "/valid_to range"),
        one("/valid_to", json!("forever"), "/valid_to date"),
        one("/name_match", json!("fuzzy"), "/name_match enum"),
        one("/officer", json!(true), "/officer type"),
        one("/officer", json!("always"), "/officer enum"),
        one("/quota", json!(5), "/quota type"),
        one("/quota", json!({"per_second": 5}), "/quota/per_second enum"),
        one(
            "/quota",
            json!({"per_year": null}),
            "/quota/per_year unknown_member",
        ),
    ]
}

fn pages() -> Vec<Case> {
    let page = |query: &str, fault: &str| {
        Case::new("GET", &format!("/v1/admin/agencies?{query}"), Token::Admin)
            .is(400, "validation_failed")
            .faults(&[fault])
    };
    let mut cases: Vec<Case> = [
        "0",
        "501",
        "-1",
        "+5",
        "1.5",
        "",
        "ten",
        "%31",
        "9999999999999",
    ]
    .iter()
    .map(|limit| page(&format!("limit={limit}"), "/limit range"))
    .collect();
    let cursors = ["", "%00", "a/b", "a%20b", "' OR 1=1", &"x".repeat(65)].map(encoded);
    cases.extend(
        cursors
            .iter()
            .map(|cursor| page(&format!("cursor={cursor}"), "/cursor format")),
    );
    cases.extend([
        page("limit=5&limit=5", " duplicate_member"),
        page("cursor=a&cursor=b", " duplicate_member"),
        page("limit", "/limit range"),
        page("offset=5", " unknown_member"),
        page("001095000001", " unknown_member"),
        page("Limit=5", " unknown_member"),
        page("limit=5&=", " unknown_member"),
    ]);
    cases.push(
        Case::new(
            "GET",
            "/v1/admin/officers?limit=0&cursor=%2F&x=1",
            Token::Admin,
        )
        .is(400, "validation_failed")
        .faults(&["/limit range", "/cursor format", " unknown_member"]),
    );
    cases
}

/// What cannot stand in a request line as it is.
fn encoded(text: &str) -> String {
    text.replace(' ', "%20")
}

fn conditions() -> Vec<Case> {
    let values: [&[u8]; 12] = [
        b"",
        b"x",
        b"\"x",
        b"x\"",
        b"W/x",
        b"w/\"x\"",
        b"\"a\" \"b\"",
        b"*, \"a\"",
        b"\"a\"b\"",
        b"\"\xe1\xba\xa1",
        b"1",
        b"'x'",
    ];
    let mut cases = Vec::new();
    for value in values {
        cases.push(
            Case::put("/v1/admin/agencies/H30", agency().to_string())
                .header("If-Match", value)
                .is(400, "header_invalid"),
        );
    }
    cases.extend([
        Case::put("/v1/admin/agencies/H30", agency().to_string())
            .header("If-None-Match", "?")
            .is(400, "header_invalid"),
        Case::new("DELETE", "/v1/admin/agencies/H30", Token::Admin)
            .header("If-Match", "\"a\"")
            .header("If-Match", "\"b\"")
            .is(400, "header_invalid"),
        Case::new("POST", "/v1/admin/clients/onestop/suspend", Token::Admin)
            .header("If-Match", "none")
            .is(400, "header_invalid"),
        Case::put("/v1/admin/agencies/H30", agency().to_string())
            .header("If-Match", "\"0\"")
            .is(412, "precondition_failed"),
    ]);
    cases
}

/// What cannot be an identifier is the identifier of nothing.
fn names() -> Vec<Case> {
    let long = "x".repeat(65);
    let ids = [
        "a%20b", "%00", "a%2Fb", "%C4%90", "a%0d%0ab", "%zz", "%", "a;b", "a:b", &long, "nobody",
    ];
    ids.iter()
        .map(|id| {
            Case::new("GET", &format!("/v1/admin/agencies/{id}"), Token::Admin).is(404, "not_found")
        })
        .collect()
}
