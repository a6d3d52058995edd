//! What a caller can put into an entry's text, and who sees it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::{AN, CASE, EVERYTHING, OFFICER, Rig, ids};
use crate::support::app::{TestApp, question};

/// A number that a caller writes where none belongs.
const SMUGGLED: &str = "079085009999";

/// Everything an auditor is shown of that entry who reveals nothing, with its canonical bytes; and the
/// entry, revealed.
async fn shown(rig: &Rig, id: &str) -> (Vec<u8>, Value) {
    rig.found(id).await;
    let proof = rig.app.proof(id).await;
    let mut hidden = STANDARD.decode(proof["entry"].as_str().unwrap()).unwrap();
    hidden.extend(rig.app.entry(id).await.to_string().bytes());
    let listed = rig.search(&json!({"limit": 500})).await;
    assert!(ids(&listed).iter().any(|it| it == id));
    hidden.extend(listed.to_string().bytes());
    for format in ["ndjson", "csv"] {
        let format = json!({"format": format});
        let exported = rig.post("/v1/audit/export", &format).await;
        hidden.extend(exported.text.bytes());
    }
    for by in ["procedure", "client", "officer"] {
        let by = json!({"group_by": [by]});
        let counted = rig.post("/v1/audit/statistics", &by).await;
        hidden.extend(counted.text.bytes());
    }
    let revealed = json!({"limit": 500, "reveal": true, "reason": "Kiểm tra"});
    let revealed = rig.search(&revealed).await;
    let entries = revealed["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["audit_id"] == id);
    (hidden, entry.unwrap().clone())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[actix_web::test]
async fn a_procedure_that_nobody_registered_is_no_word_of_the_log() {
    let rig = Rig::open().await;
    let smuggled = json!({"context": {"procedure_code": SMUGGLED}});
    let looked = json!({"context": {"procedure_code": SMUGGLED}, "fields": ["full_name"]});
    let by_lookup = rig.ask("other", "/v1/lookup", AN, looked).await;
    let batch = json!({"context": {"procedure_code": SMUGGLED},
        "items": [{"ref": "1", "subject": {"personal_id": AN}, "claims": question()["claims"]}]});
    let token = rig.app.token("other", "citizen:verify");
    let refused = rig.app.post("/v1/verify/batch", &token, &batch).await;
    assert_eq!(refused.code(), "procedure_not_permitted");
    let in_a_batch = refused.json()["audit_id"].as_str().unwrap().to_owned();
    let id = rig.ask("onestop", "/v1/verify", AN, smuggled).await;
    let (hidden, entry) = shown(&rig, &id).await;
    assert!(!holds(&hidden, SMUGGLED));
    assert_eq!(entry["procedure_code"], SMUGGLED, "it is sealed, not lost");
    assert_eq!(entry["reason"], "procedure_not_permitted");
    for id in [by_lookup, in_a_batch] {
        let (_, entry) = shown(&rig, &id).await;
        assert_eq!(entry["procedure_code"], SMUGGLED);
    }
    let kept = format!(
        "SELECT 'tally' FROM audit.tally WHERE procedure_code = '{SMUGGLED}'
         UNION ALL SELECT 'searched' FROM audit.search_entry WHERE procedure_code = '{SMUGGLED}'
         UNION ALL SELECT 'entry' FROM audit.entry WHERE procedure_code = '{SMUGGLED}'
            OR position('{SMUGGLED}'::bytea IN entry) > 0"
    );
    assert_eq!(rig.app.rows(&kept).await, [""; 0]);

    // One that is registered is a word, also where nothing was agreed about it.
    let known = json!({"context": {"procedure_code": "9.secret"}});
    let known = rig.ask("onestop", "/v1/verify", AN, known).await;
    let entry = rig.app.entry(&known).await;
    assert_eq!(
        (&entry["procedure_code"], &entry["reason"]),
        (&json!("9.secret"), &json!("procedure_not_permitted"))
    );
    rig.app.stop().await;
}

/// The token with another `sub`, signed by the same issuer.
fn with_subject(app: &TestApp, token: &str, subject: &str) -> String {
    let header: Header = jsonwebtoken::decode_header(token).unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let mut claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims["sub"] = subject.into();
    let key = app.config.data_dir.join("keys/development-issuer.p8");
    let key = EncodingKey::from_ec_der(&std::fs::read(key).unwrap());
    jsonwebtoken::encode(&header, &claims, &key).unwrap()
}

#[actix_web::test]
async fn a_tokens_subject_that_names_somebody_shows_to_whoever_may_see_people() {
    let rig = Rig::open().await;
    let scopes = "citizen:verify";
    for (subject, in_token, in_request, is_private) in [
        // The officer, named by the token or by the request.
        ("CB-kanari-7", Some("CB-kanari-7"), None, true),
        ("CB-kanari-8", None, Some("CB-kanari-8"), true),
        (OFFICER, Some(OFFICER), Some(OFFICER), true),
        // Numbers, whoever the officer is.
        ("079085007777", None, Some("CB-kanari-9"), true),
        ("officer:079085006666", None, None, true),
        ("312345678", None, None, true),
        ("may-chu-7", None, Some("CB-kanari-9"), false),
    ] {
        let token = rig.app.token_for("other", scopes, in_token);
        let token = with_subject(&rig.app, &token, subject);
        let mut asked = question();
        if let Some(officer) = in_request {
            asked["context"]["officer_id"] = officer.into();
        }
        let answer = rig.app.post("/v1/verify", &token, &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let id = answer.json()["audit_id"].as_str().unwrap().to_owned();
        let (hidden, entry) = shown(&rig, &id).await;
        assert_eq!(holds(&hidden, subject), !is_private, "{subject}");
        assert_eq!(entry["token_sub"], subject, "it is sealed, not lost");
        let officer = in_request.or(in_token);
        assert_eq!(entry["officer"].as_str(), officer, "{subject}");
    }
    // Auditors' own, and whoever is turned away before anything was asked.
    let auditor = rig.app.token("inspector", EVERYTHING);
    let auditor = with_subject(&rig.app, &auditor, "079085005555");
    let read = rig.app.post("/v1/audit/search", &auditor, &json!({})).await;
    let stranger = with_subject(&rig.app, &rig.app.token("nobody", scopes), "079085004444");
    let turned_away = rig.app.post("/v1/verify", &stranger, &question()).await;
    assert_eq!(turned_away.code(), "client_unknown");
    for (answer, subject) in [(read, "079085005555"), (turned_away, "079085004444")] {
        let id = answer.json()["audit_id"].as_str().unwrap().to_owned();
        let (hidden, entry) = shown(&rig, &id).await;
        assert!(!holds(&hidden, subject), "{subject}");
        assert_eq!(entry["token_sub"], subject);
    }
    let all = rig.post("/v1/audit/export", &json!({})).await.text;
    for value in [AN, OFFICER, CASE] {
        assert!(!all.contains(value), "{value}");
    }
    rig.app.stop().await;
}
