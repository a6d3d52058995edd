//! Administration over HTTP: what is put is what is got, and every change leaves its before and
//! after.

use dancu::domain::entry::{Decision, Decoded, Month, Operation};
use dancu::keys::{Kek, Keys};
use dancu::store::Role;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{ADMIN, Answer, TestApp, procedure};

/// A request of the bootstrap client, with headers.
async fn send(
    app: &TestApp,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = app.request(method, path).bearer_auth(app.admin());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    app.send(request).await
}

fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

/// A service that knows agency `H29`, procedure `1.004194`, and client and agreement `enrolled`.
async fn furnished() -> TestApp {
    let app = TestApp::start().await;
    app.enrol("enrolled", &["citizen:verify"], json!({})).await;
    app
}

#[rstest]
#[case::agency("agencies/H30", json!({"code": "H30", "name": "Sở Tư pháp", "parent": "H29"}),
    json!({"code": "H30", "name": "Sở Tư pháp mới", "parent": null}))]
#[case::client("clients/new", json!({"client_id": "new", "issuer": null, "agency_code": "H29",
        "name": "Cổng", "active": false, "scopes": ["citizen:verify", "fields:identity"],
        "certificate_sha256": null, "networks": []}),
    json!({"client_id": "new", "agency_code": "H29", "name": "Cổng", "scopes": []}))]
#[case::procedure("procedures/p.1", json!({"code": "p.1", "name": "Đăng ký", "legal_basis": "Luật",
        "confidential": true, "form": procedure()["form"], "papers": procedure()["papers"]}),
    json!({"code": "p.1", "name": "Đăng ký", "form": null, "papers": null}))]
#[case::agreement("agreements/a.1", json!({"id": "a.1", "client_id": "enrolled",
        "procedure_code": "1.004194", "operations": ["lookup", "verify"],
        "read_fields": ["residence", "email"], "claim_fields": ["sex"],
        "valid_from": "2010-01-01", "valid_to": "2010-12-31", "name_match": "folded",
        "officer": "registered"}),
    json!({"id": "a.1", "client_id": "enrolled", "procedure_code": "1.004194",
        "operations": [], "read_fields": null, "valid_from": "2010-01-01",
        "valid_to": "2010-06-30", "quota": {"per_second": null}}))]
#[case::officer("officers/o.1", json!({"id": "o.1", "officer_id": "079085001234",
        "agency_code": "H29", "name": "Lê Văn Cán", "active": false}),
    json!({"id": "o.1", "officer_id": "079085001234", "agency_code": "H29"}))]
#[actix_web::test]
async fn what_is_put_is_what_is_got_until_it_is_deleted(
    #[case] path: &str,
    #[case] first: Value,
    #[case] second: Value,
) {
    let app = furnished().await;
    let path = format!("/v1/admin/{path}");
    let put = async |body: &Value| send(&app, Method::PUT, &path, &[], Some(body)).await;
    let get = async || send(&app, Method::GET, &path, &[], None).await;
    assert_eq!(get().await.code(), "not_found");

    let second = match &second["operations"] {
        // An agreement without any operation is none.
        Value::Array(list) if list.is_empty() => {
            assert_eq!(put(&second).await.faults(), ["/operations length"]);
            let mut second = second;
            second["operations"] = json!(["prefill"]);
            second
        }
        _ => second,
    };
    let created = put(&first).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let got = get().await;
    assert_eq!(got.json(), created.json());
    assert_eq!(etag(&got), etag(&created));
    for (member, value) in first.as_object().unwrap() {
        assert_eq!(&got.json()[member], value, "{member}");
    }

    // The same again, and with null where nothing stood, is the same.
    let mut explicit = first.clone();
    for (member, value) in got.json().as_object().unwrap() {
        explicit[member] = value.clone();
    }
    for same in [&first, &explicit, &got.json()] {
        let again = put(same).await;
        assert_eq!(again.status, 200, "{}", again.text);
        assert_eq!(etag(&again), etag(&created));
    }

    let replaced = put(&second).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text);
    assert_ne!(etag(&replaced), etag(&created));
    assert_eq!(get().await.json(), replaced.json());
    // What was left out is gone, not kept.
    for (member, value) in first.as_object().unwrap() {
        let changed = second.get(member).is_none_or(|new| new != value);
        let empty = [Value::Null, json!([])].contains(value);
        if changed && !empty {
            assert_ne!(&replaced.json()[member], value, "{member}");
        }
    }
    // Null and absent are the same.
    let mut bare = second.clone();
    bare.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    assert_eq!(etag(&put(&bare).await), etag(&replaced));

    let deleted = send(&app, Method::DELETE, &path, &[], None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(deleted.text, "");
    assert_eq!(get().await.status, 404);
    let again = send(&app, Method::DELETE, &path, &[], None).await;
    assert_eq!(again.code(), "not_found");
    assert!(
        again.json()["audit_id"].is_string(),
        "the attempt is recorded"
    );
    app.stop().await;
}

#[actix_web::test]
async fn a_change_to_another_version_than_the_writer_saw_is_not_made() {
    let app = furnished().await;
    let path = "/v1/admin/agencies/H31";
    let body = |name: &str| json!({"code": "H31", "name": name});
    let put = async |header: (&str, &str), name: &str| {
        send(&app, Method::PUT, path, &[header], Some(&body(name))).await
    };
    assert_eq!(
        put(("if-match", "*"), "a").await.code(),
        "precondition_failed"
    );
    let first = put(("if-none-match", "*"), "a").await;
    assert_eq!(first.status, 201);
    let failed = put(("if-none-match", "*"), "b").await;
    assert_eq!(
        (failed.status.as_u16(), &*failed.code()),
        (412, "precondition_failed")
    );
    assert!(failed.json()["audit_id"].is_string());
    let seen = etag(&first);
    let second = put(("if-match", &seen), "b").await;
    assert_eq!(second.status, 200);
    assert_eq!(put(("if-match", &seen), "c").await.status, 412);
    assert_eq!(
        send(&app, Method::DELETE, path, &[("if-match", &seen)], None)
            .await
            .status,
        412
    );
    assert_eq!(
        send(&app, Method::GET, path, &[], None).await.json()["name"],
        "b"
    );
    let newest = etag(&second);
    assert_eq!(
        send(&app, Method::DELETE, path, &[("if-match", &newest)], None)
            .await
            .status,
        204
    );
    assert_eq!(
        put(("if-match", "no tag"), "d").await.code(),
        "header_invalid"
    );
    app.stop().await;
}

#[actix_web::test]
async fn a_malformed_precondition_is_a_fault_of_the_head_and_comes_before_the_token() {
    let app = furnished().await;
    let request = app
        .request(Method::DELETE, "/v1/admin/agencies/H29")
        .header("if-match", "x");
    assert_eq!(app.send(request).await.code(), "header_invalid");
    app.stop().await;
}

#[actix_web::test]
async fn agreements_of_one_client_and_procedure_may_not_share_a_day() {
    let app = furnished().await;
    let agreement = |id: &str, from: &str, to: Value| {
        json!({"id": id, "client_id": "enrolled", "procedure_code": "1.004194",
            "operations": ["verify"], "valid_from": from, "valid_to": to})
    };
    let put = async |id: &str, from: &str, to: Value| {
        let path = format!("/v1/admin/agreements/{id}");
        send(
            &app,
            Method::PUT,
            &path,
            &[],
            Some(&agreement(id, from, to)),
        )
        .await
    };
    // The one that is there begins on 2020-01-01 and has no end.
    let before = put("before", "2019-01-01", json!("2019-12-31")).await;
    assert_eq!(before.status, 201, "{}", before.text);
    let clash = put("clash", "2019-12-31", json!("2019-12-31")).await;
    assert_eq!((clash.status.as_u16(), &*clash.code()), (409, "conflict"));
    assert_eq!(
        put("clash", "2030-01-01", Value::Null).await.code(),
        "conflict"
    );
    assert_eq!(
        put("before", "2019-01-01", json!("2020-01-01"))
            .await
            .code(),
        "conflict"
    );
    assert_eq!(
        put("before", "2019-01-01", json!("2019-06-30"))
            .await
            .status,
        200
    );
    assert_eq!(
        put("clash", "2019-12-31", json!("2019-12-31")).await.status,
        201
    );
    app.stop().await;
}

#[actix_web::test]
async fn what_others_refer_to_is_neither_deleted_nor_missing() {
    let app = furnished().await;
    let officer = json!({"id": "o", "officer_id": "CB-1", "agency_code": "H29"});
    assert_eq!(app.put("/v1/admin/officers/o", &officer).await.status, 201);
    for path in ["agencies/H29", "clients/enrolled", "procedures/1.004194"] {
        let path = format!("/v1/admin/{path}");
        let refused = send(&app, Method::DELETE, &path, &[], None).await;
        assert_eq!(
            (refused.status.as_u16(), &*refused.code()),
            (409, "conflict"),
            "{path}"
        );
    }
    for (path, body, pointer) in [
        (
            "agencies/X",
            json!({"code": "X", "name": "x", "parent": "NO"}),
            "/parent",
        ),
        (
            "agencies/H29",
            json!({"code": "H29", "name": "x", "parent": "H29"}),
            "/parent",
        ),
        (
            "clients/x",
            json!({"client_id": "x", "agency_code": "NO", "name": "x", "scopes": []}),
            "/agency_code",
        ),
        (
            "officers/x",
            json!({"id": "x", "officer_id": "x", "agency_code": "NO"}),
            "/agency_code",
        ),
        (
            "agreements/x",
            json!({"id": "x", "client_id": "no", "procedure_code": "1.004194",
            "operations": ["verify"], "valid_from": "2026-01-01"}),
            "/client_id",
        ),
        ("agencies/X", json!({"code": "Y", "name": "x"}), "/code"),
    ] {
        let answer = app.put(&format!("/v1/admin/{path}"), &body).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{path}");
    }
    // From the last to the first nothing is in the way.
    for path in [
        "agreements/enrolled",
        "clients/enrolled",
        "procedures/1.004194",
        "officers/o",
        "agencies/H29",
    ] {
        let path = format!("/v1/admin/{path}");
        let deleted = send(&app, Method::DELETE, &path, &[], None).await;
        // The bootstrap client has an agency of its own.
        assert_eq!(deleted.status, 204, "{path}: {}", deleted.text);
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_list_goes_on_where_its_cursor_says_and_shows_each_once() {
    let app = furnished().await;
    for at in 0..5 {
        let body = json!({"code": format!("L{at}"), "name": "x"});
        assert_eq!(
            app.put(&format!("/v1/admin/agencies/L{at}"), &body)
                .await
                .status,
            201
        );
    }
    let get = async |path: &str| app.get(path, &app.admin()).await;
    let whole = get("/v1/admin/agencies").await.json();
    assert_eq!(whole["next_cursor"], Value::Null);
    let mut paged = Vec::new();
    let mut path = "/v1/admin/agencies?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let page = get(&path).await.json();
        paged.extend(page["items"].as_array().unwrap().clone());
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/admin/agencies?limit=2&cursor={cursor}");
    }
    assert_eq!(json!(paged), whole["items"]);
    assert_eq!(pages, paged.len().div_ceil(2));
    for (query, fault) in [
        ("limit=0", "/limit range"),
        ("limit=501", "/limit range"),
        ("limit=x", "/limit range"),
        ("cursor=%20", "/cursor format"),
        ("page=2", " unknown_member"),
        ("limit=1&limit=2", " duplicate_member"),
    ] {
        let answer = get(&format!("/v1/admin/agencies?{query}")).await;
        assert_eq!(answer.faults(), [fault], "{query}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_suspended_client_is_refused_until_it_is_resumed() {
    let app = furnished().await;
    let token = app.token("enrolled", "citizen:verify");
    let activate = async |verb: &str| {
        send(
            &app,
            Method::POST,
            &format!("/v1/admin/clients/enrolled/{verb}"),
            &[],
            None,
        )
        .await
    };
    assert_eq!(app.get("/v1/me", &token).await.status, 200);
    let suspended = activate("suspend").await;
    assert_eq!(suspended.status, 200, "{}", suspended.text);
    assert_eq!(suspended.json()["active"], false);
    // In force here at once, and again changes nothing.
    assert_eq!(app.get("/v1/me", &token).await.code(), "client_suspended");
    assert_eq!(etag(&activate("suspend").await), etag(&suspended));
    assert_eq!(activate("resume").await.json()["active"], true);
    assert_eq!(app.get("/v1/me", &token).await.status, 200);
    let unknown = send(
        &app,
        Method::POST,
        "/v1/admin/clients/no/suspend",
        &[],
        None,
    )
    .await;
    assert_eq!(unknown.code(), "not_found");
    app.stop().await;
}

#[rstest]
#[case("clients/x", json!({"client_id": "x", "agency_code": "H29", "name": "x", "scopes": [],
    "networks": ["10.0.0.0/8"]}), "/networks")]
#[case("clients/x", json!({"client_id": "x", "agency_code": "H29", "name": "x", "scopes": [],
    "certificate_sha256": "00"}), "/certificate_sha256")]
#[case("agreements/x", json!({"id": "x", "client_id": "enrolled", "procedure_code": "1.004194",
    "operations": ["verify"], "valid_from": "2000-01-01", "valid_to": "2000-01-01",
    "quota": {"per_second": 5}}), "/quota/per_second")]
#[actix_web::test]
async fn what_would_not_be_enforced_is_not_taken(
    #[case] path: &str,
    #[case] body: Value,
    #[case] pointer: &str,
) {
    let app = furnished().await;
    let answer = app.put(&format!("/v1/admin/{path}"), &body).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    app.stop().await;
}

/// What is sealed beside an entry, once its digest is checked.
async fn state(app: &TestApp, entry: &Decoded) -> (Option<Value>, Option<Value>) {
    let client = app.database.client().await;
    let (lane, seq) = (
        entry.stamp.lane.cast_signed(),
        entry.stamp.seq.cast_signed(),
    );
    let query = "SELECT sealed FROM audit.attachment WHERE lane_id = $1 AND seq = $2";
    let row = client.query_one(query, &[&lane, &seq]).await.unwrap();
    let sealed: Vec<u8> = row.get(0);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &sealed);
    assert_eq!(
        entry.digest.unwrap(),
        digest.as_ref(),
        "the entry holds the digest"
    );
    for readable in ["Sở", "H40", "name"] {
        let bytes = readable.as_bytes();
        assert!(
            !sealed.windows(bytes.len()).any(|window| window == bytes),
            "it is sealed"
        );
    }
    let store = app.database.database().store(Role::Service, 1);
    let keys = Keys::new(Kek::load(&app.config.kek_file(), false).unwrap(), store);
    let month: Month = entry.protected.month.unwrap();
    let plain = keys
        .unseal_attachment(month, &entry.nonce, &sealed)
        .await
        .unwrap();
    let (before, after): (Option<String>, Option<String>) = minicbor::decode(&plain).unwrap();
    let parse = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap());
    (parse(before), parse(after))
}

#[actix_web::test]
async fn each_change_is_recorded_with_its_before_and_after_sealed_beside_the_entry() {
    let app = furnished().await;
    let path = "/v1/admin/agencies/H40";
    let first = app
        .put(path, &json!({"code": "H40", "name": "Sở Nội vụ"}))
        .await
        .json();
    let second = app
        .put(path, &json!({"code": "H40", "name": "Sở Y tế"}))
        .await
        .json();
    assert_eq!(
        send(&app, Method::DELETE, path, &[], None).await.status,
        204
    );
    let mut changes = app.entries_of(Operation::AgencyPut).await.split_off(1);
    changes.extend(app.entries_of(Operation::AgencyDelete).await);
    let mut states = Vec::new();
    for entry in &changes {
        assert_eq!(entry.decision, Decision::Done);
        assert_eq!(entry.client_id.as_deref(), Some(ADMIN));
        states.push(state(&app, entry).await);
    }
    assert_eq!(
        states,
        [
            (None, Some(first.clone())),
            (Some(first), Some(second.clone())),
            (Some(second), None),
        ]
    );
    app.stop().await;
}

#[actix_web::test]
async fn reading_and_failing_are_recorded_too() {
    let app = furnished().await;
    let before = app.entries().await.len();
    assert_eq!(
        app.get("/v1/admin/agencies/H29", &app.admin()).await.status,
        200
    );
    assert_eq!(
        app.get("/v1/admin/agencies", &app.admin()).await.status,
        200
    );
    assert_eq!(
        app.get("/v1/admin/agencies/NO", &app.admin()).await.status,
        404
    );
    // What cannot be an identifier is the identifier of nothing.
    for path in ["/v1/admin/agencies/a%20b", "/v1/audit/entries/1"] {
        let answer = app.get(path, &app.admin()).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["audit_id"].is_string(), "{path}");
    }
    let entries = app.entries().await.split_off(before);
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.operation.as_str(),
                entry.decision.as_str(),
                entry.reason.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("admin.agency.get", "done", None),
            ("admin.agency.list", "done", None),
            ("admin.agency.get", "failed", Some("not_found")),
            ("admin.agency.get", "failed", Some("not_found")),
        ]
    );
    let reads = "SELECT decision FROM audit.entry WHERE operation = 'audit.entry'";
    assert_eq!(app.rows(reads).await, ["failed"]);
    app.stop().await;
}
