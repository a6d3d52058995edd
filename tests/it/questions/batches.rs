//! Batches: one result an item in the order of the request, each with its own fate and entry.

use dancu::domain::entry::{Decision, Operation};
use dancu::http::problem::{Code, Language};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Desk, full, other};

fn item(name: &str, number: &str, born: &str) -> Value {
    json!({"ref": name, "subject": {"personal_id": number},
        "claims": {"full_name": "Nguyễn Văn An", "birth_date": born}})
}

fn batch(items: &[Value]) -> Value {
    json!({"context": {"procedure_code": "1.004194", "case_id": "H29/7"}, "items": items})
}

const AN: &str = "001095000001";
const NOBODY: &str = "001095999999";
const BORN: &str = "1995-03-02";

#[actix_web::test]
async fn results_come_in_order_and_a_fault_is_its_items_own() {
    let desk = Desk::under(json!({"claim_fields": []}), &[full()]).await;
    let mut forbidden = item("forbidden", AN, BORN);
    forbidden["claims"]["sex"] = "male".into();
    let mut claimless = item("claimless", AN, BORN);
    claimless.as_object_mut().unwrap().remove("claims");
    let items = [
        item("nobody", NOBODY, BORN),
        item("thirteen", "0010950000011", "1995-02-30"),
        item("an", AN, BORN),
        forbidden,
        claimless,
        item("wrong", AN, "1995-03-03"),
    ];
    let answer = desk
        .app
        .post("/v1/verify/batch", &desk.token, &batch(&items))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    let results = body["results"].as_array().unwrap();
    let short: Vec<_> = results
        .iter()
        .map(|one| {
            let word = one.get("result").unwrap_or(&one["problem"]["code"]);
            format!(
                "{} {}",
                one["ref"].as_str().unwrap(),
                word.as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            "nobody no_match",
            "thirteen validation_failed",
            "an match",
            "forbidden claim_not_permitted",
            "claimless validation_failed",
            "wrong no_match"
        ]
    );
    let pointers = |at: usize| -> Vec<&str> {
        let errors = results[at]["problem"]["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        pointers(1),
        ["/items/1/claims/birth_date", "/items/1/subject/personal_id"]
    );
    assert_eq!(pointers(3), ["/items/3/claims/sex"]);
    assert_eq!(pointers(4), ["/items/4/claims"]);
    assert_eq!(results[3]["problem"]["status"], 403);
    let instance = results[1]["problem"]["instance"].as_str().unwrap();
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert_eq!(instance, format!("urn:uuid:{id}"));

    // An entry for each item that named a person, and none for those that could not be read.
    let entries = desk.app.entries_of(Operation::Verify).await;
    let decisions: Vec<_> = entries.iter().map(|entry| entry.decision).collect();
    assert_eq!(
        decisions,
        [
            Decision::NoMatch,
            Decision::Match,
            Decision::Refused,
            Decision::NoMatch
        ]
    );
    assert!(
        entries
            .iter()
            .all(|entry| entry.batch && entry.protected.case_tag.is_some())
    );
    let ids: Vec<_> = entries
        .iter()
        .map(|entry| entry.stamp.audit_id.as_uuid().to_string())
        .collect();
    let told = [
        &results[0],
        &results[2],
        &results[3]["problem"],
        &results[5],
    ];
    let told = told.map(|one| one["audit_id"].as_str().unwrap().to_owned());
    assert_eq!(ids, told);
    assert!(results[1]["problem"].get("audit_id").is_none());
    desk.app.stop().await;
}

#[actix_web::test]
async fn the_problem_of_an_item_speaks_the_language_the_caller_prefers() {
    let desk = Desk::under(json!({"claim_fields": []}), &[full()]).await;
    let mut forbidden = item("forbidden", AN, BORN);
    forbidden["claims"]["sex"] = "male".into();
    let body = batch(&[forbidden, item("short", "1", BORN)]);
    let titles = async |language: &str| {
        let request = desk.app.request(Method::POST, "/v1/verify/batch");
        let request = request
            .bearer_auth(&desk.token)
            .header("accept-language", language)
            .header("content-type", "application/json");
        let answer = desk.app.send(request.body(body.to_string())).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let results = answer.json()["results"].clone();
        [0, 1].map(|at| {
            let problem = &results[at]["problem"];
            ["title", "action"].map(|key| problem[key].as_str().unwrap().to_owned())
        })
    };
    let expected = |language| {
        [Code::ClaimNotPermitted, Code::ValidationFailed].map(|code| {
            let texts = code.texts(language);
            [texts.title, texts.action].map(str::to_owned)
        })
    };
    assert_eq!(
        titles("vi-VN, en;q=0.5").await,
        expected(Language::Vietnamese)
    );
    assert_eq!(titles("en, vi;q=0.5").await, expected(Language::English));
    desk.app.stop().await;
}

#[actix_web::test]
async fn an_item_that_could_not_be_read_is_a_metric_and_no_entry() {
    let desk = Desk::open(&[full()]).await;
    let before = desk.app.entries().await.len();
    let body = batch(&[item("a", "1", BORN), item("b", "x", BORN)]);
    let answer = desk.app.post("/v1/verify/batch", &desk.token, &body).await;
    for result in answer.json()["results"].as_array().unwrap() {
        assert_eq!(result["problem"]["code"], "validation_failed");
        assert!(result["problem"].get("audit_id").is_none(), "{result}");
    }
    assert_eq!(desk.app.entries().await.len(), before);
    let metrics = reqwest::get(desk.app.metrics_url()).await.unwrap();
    let line = "dancu_http_item_problems_total{operation=\"verify_batch\",\
                outcome=\"validation_failed\"} 2";
    let text = metrics.text().await.unwrap();
    assert!(text.contains(line), "{text}");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_fault_of_the_envelope_refuses_all() {
    let desk = Desk::open(&[full()]).await;
    let many = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|at| item(&at.to_string(), AN, BORN))
            .collect()
    };
    let faults =
        async |path: &str, body: &Value| desk.app.post(path, &desk.token, body).await.faults();
    for path in ["/v1/verify/batch", "/v1/lookup/batch"] {
        let with_fields = |mut body: Value| {
            if path == "/v1/lookup/batch" {
                body["fields"] = json!(["sex"]);
            }
            body
        };
        let before = desk.app.entries().await.len();
        assert_eq!(
            faults(path, &with_fields(batch(&many(101)))).await,
            ["/items too_many"]
        );
        assert_eq!(
            faults(path, &with_fields(batch(&[]))).await.len(),
            1,
            "no items"
        );
        let twice = batch(&[
            item("a", AN, BORN),
            item("b", AN, BORN),
            item("a", NOBODY, BORN),
        ]);
        assert_eq!(
            faults(path, &with_fields(twice)).await,
            ["/items/2/ref duplicate_member"]
        );
        let mut nameless = batch(&many(2));
        nameless["items"][1].as_object_mut().unwrap().remove("ref");
        assert_eq!(
            faults(path, &with_fields(nameless)).await,
            ["/items/1/ref required"]
        );
        let long = batch(&[item(&"r".repeat(65), AN, BORN)]);
        assert_eq!(
            faults(path, &with_fields(long)).await,
            ["/items/0/ref length"]
        );
        assert_eq!(
            desk.app.entries().await.len(),
            before,
            "a request that is none leaves none"
        );
    }
    let hundred = desk
        .app
        .post("/v1/verify/batch", &desk.token, &batch(&many(100)))
        .await;
    assert_eq!(hundred.json()["results"].as_array().unwrap().len(), 100);
    assert_eq!(desk.app.entries_of(Operation::Verify).await.len(), 100);
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_batch_of_lookups_knows_a_version_an_item() {
    let bich = other("001190000009", json!({}));
    let desk = Desk::open(&[full(), bich]).await;
    let bich = |version: &Value| {
        json!({"ref": "bich", "subject": {"personal_id": "001190000009"}, "known_version": version,
            "claims": {"full_name": "Trần Thị Bích", "birth_date": "1990-01-01"}})
    };
    let ask = async |items: &[Value]| {
        let mut body = batch(items);
        body["fields"] = json!(["full_name"]);
        desk.app
            .post("/v1/lookup/batch", &desk.token, &body)
            .await
            .json()["results"]
            .clone()
    };
    let first = ask(&[item("an", AN, BORN), bich(&Value::Null)]).await;
    assert_eq!(first[1]["citizen"], json!({"full_name": "Trần Thị Bích"}));
    let mut known = item("an", AN, BORN);
    known["known_version"] = first[0]["version"].clone();
    let second = ask(&[known, bich(&first[0]["version"])]).await;
    assert_eq!(second[0]["unchanged"], true);
    assert!(second[0].get("citizen").is_none());
    assert_eq!(
        second[1]["citizen"], first[1]["citizen"],
        "somebody else's version is none"
    );
    let entries = desk.app.entries_of(Operation::Lookup).await;
    let disclosed: Vec<_> = entries.iter().map(|entry| entry.disclosed.len()).collect();
    assert_eq!(disclosed, [1, 1, 0, 1]);
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_forbidden_field_is_the_batchs_and_withheld_ones_are_each_items() {
    let desk = Desk::under(json!({"read_fields": ["identity"]}), &[full()]).await;
    let mut body = batch(&[item("a", AN, BORN), item("b", NOBODY, BORN)]);
    body["fields"] = json!(["email", "sex"]);
    let answer = desk.app.post("/v1/lookup/batch", &desk.token, &body).await;
    assert_eq!(answer.code(), "field_not_permitted");
    assert_eq!(answer.faults(), ["/fields/0 agreement"]);
    let entries = desk.app.entries_of(Operation::Lookup).await;
    assert_eq!(entries.len(), 2);
    assert!(
        entries
            .iter()
            .all(|entry| entry.reason.as_deref() == Some("field_not_permitted"))
    );
    body["on_forbidden"] = "withhold".into();
    let answer = desk
        .app
        .post("/v1/lookup/batch", &desk.token, &body)
        .await
        .json();
    assert_eq!(
        answer["results"][0]["withheld"],
        json!([{"field": "email", "reason": "agreement"}])
    );
    assert_eq!(answer["results"][1]["result"], "no_match");
    desk.app.stop().await;
}
