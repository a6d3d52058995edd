//! Proofs of single entries: when there is one, for whom, and what is left of it in the log.

use serde_json::{Value, json};

use crate::support::app::{TestApp, an, question};
use crate::support::sealing::{Seen, head_of, not_sealing, sealing, unpublish};

async fn asked(app: &TestApp) -> String {
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    let answer = app.post("/v1/verify", &token, &question()).await.json();
    answer["audit_id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn an_entry_has_an_index_and_a_proof_once_a_published_checkpoint_covers_it() {
    let app = sealing().await;
    let id = asked(&app).await;
    let proof = app.proof(&id).await;
    let members: Vec<&String> = proof.as_object().unwrap().keys().collect();
    let mut expected = [
        "audit_id",
        "entry",
        "index",
        "inclusion_proof",
        "checkpoint",
    ];
    expected.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(proof["audit_id"], *id);
    let head = head_of(proof["checkpoint"].as_str().unwrap());
    assert!(proof["index"].as_u64().unwrap() < head.size);
    assert_eq!(app.entry(&id).await["index"], proof["index"]);
    app.stop().await;
}

#[actix_web::test]
async fn before_that_the_answer_says_when_to_ask_again_and_is_recorded() {
    let app = not_sealing().await;
    let id = asked(&app).await;
    assert_eq!(app.entry(&id).await["index"], Value::Null);
    let path = format!("/v1/audit/entries/{id}/proof");
    let answer = app.get(&path, &app.admin()).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.code()),
        (409, "not_sealed")
    );
    assert_eq!(answer.headers["retry-after"], "1");
    let own = app.entry_of(&answer).await;
    for (member, value) in [
        ("operation", "audit.proof"),
        ("decision", "failed"),
        ("reason", "not_sealed"),
    ] {
        assert_eq!(own[member], value, "{member}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn an_entry_whose_head_is_not_published_is_not_sealed_though_tiles_hold_it() {
    let app = sealing().await;
    app.leave_entries(1).await;
    let (older, _) = Seen::of(&app).checkpoint(1).await;
    let id = asked(&app).await;
    app.proof(&id).await;
    app.stop_sealing().await;
    unpublish(&app, older.size).await;
    assert_eq!(app.entry(&id).await["index"], Value::Null);
    let path = format!("/v1/audit/entries/{id}/proof");
    assert_eq!(app.get(&path, &app.admin()).await.code(), "not_sealed");
    app.stop().await;
}

#[actix_web::test]
async fn a_proof_is_for_whoever_may_read_the_entry_and_is_itself_recorded() {
    let app = sealing().await;
    let id = asked(&app).await;
    app.proof(&id).await;
    for (agency, parent) in [("above", None), ("beside", None), ("H29", Some("above"))] {
        let body = json!({"code": agency, "name": agency, "parent": parent});
        app.put(&format!("/v1/admin/agencies/{agency}"), &body)
            .await;
        let client = json!({"client_id": format!("{agency}-auditor"), "agency_code": agency,
            "name": "x", "scopes": ["audit:read.agency"]});
        let path = format!("/v1/admin/clients/{agency}-auditor");
        assert_eq!(app.put(&path, &client).await.status, 201);
    }
    let path = format!("/v1/audit/entries/{id}/proof");
    for (client, sees) in [
        ("H29-auditor", true),
        ("above-auditor", true),
        ("beside-auditor", false),
    ] {
        let token = app.token(client, "audit:read.agency");
        let answer = app.get(&path, &token).await;
        assert_eq!(answer.status == 200, sees, "{client}: {}", answer.text);
        if !sees {
            assert_eq!(answer.code(), "not_found");
            let own = app.entry_of(&answer).await;
            assert_eq!(
                (&own["operation"], &own["reason"]),
                (&json!("audit.proof"), &json!("not_found"))
            );
        }
    }
    let done = "SELECT count(*)::text FROM audit.entry
                WHERE operation = 'audit.proof' AND decision = 'done' AND client_id LIKE '%-auditor'";
    assert_eq!(app.rows(done).await, ["2"]);
    let unknown = "/v1/audit/entries/019aa3f2-6f00-7d4e-8c15-1d0f6b2a90e7/proof";
    for path in [unknown, "/v1/audit/entries/x/proof"] {
        assert_eq!(
            app.get(path, &app.admin()).await.code(),
            "not_found",
            "{path}"
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn neither_the_log_nor_a_proof_tells_whom_an_entry_is_about() {
    let app = sealing().await;
    let id = asked(&app).await;
    let proof = app.proof(&id).await;
    let log = Seen::of(&app);
    let entry = proof["entry"].as_str().unwrap();
    let entry = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, entry).unwrap();
    let mut seen = vec![entry, proof.to_string().into_bytes()];
    let (head, note) = log.checkpoint(1).await;
    seen.push(note.into_bytes());
    for path in crate::support::sealing::tiles_of(head.size) {
        seen.push(log.fetch(&format!("tile/{path}")).await.1);
    }
    for value in ["001095000001", "Nguyễn", "1995-03-02"] {
        let shows = |bytes: &Vec<u8>| {
            bytes
                .windows(value.len())
                .any(|part| part == value.as_bytes())
        };
        assert!(!seen.iter().any(shows), "{value}");
    }
    app.stop().await;
}
