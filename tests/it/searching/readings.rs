//! What an auditor's reading leaves: what was read, why, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use dancu::audit::{self, Lanes, Metrics, Published};
use dancu::auth::VerifiedToken;
use dancu::auth::development::ISSUER;
use dancu::clock::vietnam_day;
use dancu::domain::auditing::ExportFormat;
use dancu::domain::entry::{AuditId, Decision, Decoded};
use dancu::domain::scope::Scopes;
use dancu::keys::{Kek, Keys};
use dancu::policy::{Caller, Policy};
use dancu::service::auditors::{
    Auditors, Filters, Grouping, Order, Paging, Showing, SignalFilters,
};
use dancu::service::{Asking, Error, Log, TransparencyLog};
use dancu::store::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AN, CASE, EVERYTHING, OFFICER, Rig};

const REASON: &str = "Khiếu nại 12/2026";

/// What an inspector reads of another, everything revealed: the entry of that reading.
async fn revealed(rig: &Rig, id: &str) -> Value {
    rig.found(id).await;
    let body =
        json!({"client_id": "inspector", "limit": 500, "reveal": true, "reason": "Giám sát"});
    let page = rig.search(&body).await;
    let entries = page["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["audit_id"] == id);
    entry.unwrap().clone()
}

#[actix_web::test]
async fn a_reading_says_what_was_read_to_whoever_may_see_people_and_to_nobody_else() {
    let rig = Rig::open().await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    rig.app.proof(&id).await;
    let day = rig.app.clock.today().to_string();
    let token = rig.app.token("inspector", EVERYTHING);
    let own = async |operation: &str| {
        let query = format!(
            "SELECT audit_id::text FROM audit.entry
             WHERE operation = '{operation}' AND client_id = 'inspector' ORDER BY at DESC LIMIT 1"
        );
        rig.app.rows(&query).await[0].clone()
    };
    // The entry and its proof name their own readings nowhere but in the log.
    for (path, operation) in [("", "audit.entry"), ("/proof", "audit.proof")] {
        let path = format!("/v1/audit/entries/{id}{path}");
        assert_eq!(rig.app.get(&path, &token).await.status, 200);
        let entry = revealed(&rig, &own(operation).await).await;
        assert_eq!(entry["target"], id, "{operation}");
    }
    let by_officer = json!({"officer_id": OFFICER, "case_id": CASE, "from": "2026-01-01",
        "decision": "match"});
    let conditions = json!({"officer_id": OFFICER, "case_id": CASE, "decision": "match",
        "from": "2025-12-31T17:00:00Z"});
    let with = |patch: Value| {
        let mut body = by_officer.clone();
        crate::questions::merge(&mut body, patch);
        body
    };
    for (path, operation, body, said) in [
        (
            "search",
            "audit.search",
            with(json!({})),
            conditions.clone(),
        ),
        (
            "export",
            "audit.export",
            with(json!({"format": "csv"})),
            conditions.clone(),
        ),
        (
            "statistics",
            "audit.statistics",
            json!({"group_by": ["day"], "filters": by_officer}),
            conditions,
        ),
        (
            "reconciliation",
            "audit.reconciliation",
            json!({"day": day, "client_id": "onestop"}),
            json!({"day": day, "client_id": "onestop"}),
        ),
        (
            "signals",
            "audit.signals",
            json!({"kind": "self_lookup", "agency_code": "H29"}),
            json!({"kind": "self_lookup", "agency_code": "H29"}),
        ),
        (
            "subject-report",
            "audit.subject_report",
            json!({"subject": {"personal_id": AN}, "to": "2030-01-01T00:00:00Z"}),
            json!({"to": "2030-01-01T00:00:00Z"}),
        ),
    ] {
        let answer = rig.post(&format!("/v1/audit/{path}"), &body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let entry = revealed(&rig, &own(operation).await).await;
        let target: Value = serde_json::from_str(entry["target"].as_str().unwrap()).unwrap();
        assert_eq!(target, said, "{path}");
        let mut names: Vec<&str> = said.as_object().unwrap().keys().map(|it| &**it).collect();
        names.extend((path == "subject-report").then_some("subject"));
        let claims = entry["claims"].as_array().unwrap();
        assert_eq!(claims.len(), names.len(), "{path}: {claims:?}");
    }
    // Without a reveal only that something was.
    let hidden = rig
        .search(&json!({"client_id": "inspector", "limit": 500}))
        .await;
    let text = hidden.to_string();
    for value in [OFFICER, CASE, AN] {
        assert!(!text.contains(value), "{value}");
    }
    for entry in hidden["entries"].as_array().unwrap() {
        assert!(entry["target"].is_null() && entry["purpose"].is_null());
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn why_something_was_revealed_is_read_by_whoever_may_reveal_too() {
    let rig = Rig::open().await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let body = json!({"operation": "verify", "reveal": true, "reason": REASON});
    let page = rig.search(&body).await;
    let own = page["audit_id"].as_str().unwrap();
    assert_eq!(
        page["entries"][0]["revealed"], false,
        "a question reveals nothing"
    );
    let entry = revealed(&rig, own).await;
    assert_eq!(
        (&entry["revealed"], &entry["purpose"], &entry["target"]),
        (
            &json!(true),
            &json!(REASON),
            &json!("{\"operation\":\"verify\"}")
        )
    );
    let plain = rig.app.entry(own).await;
    assert_eq!(
        (&plain["revealed"], &plain["purpose"], &plain["target"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    for format in ["ndjson", "csv"] {
        let mut body = json!({"client_id": "inspector", "format": format});
        let exported = rig.post("/v1/audit/export", &body).await.text;
        assert!(!exported.contains(REASON), "{format}");
        body["reveal"] = true.into();
        body["reason"] = "Giám sát".into();
        let exported = rig.post("/v1/audit/export", &body).await.text;
        assert!(exported.contains(REASON), "{format}");
    }
    // What an administrator changed shows likewise.
    let changed = json!({"operation": "admin.client.put", "reveal": true, "reason": "x"});
    let changed = rig.search(&changed).await;
    let targets: Vec<&str> = changed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["target"].as_str().unwrap())
        .collect();
    assert!(targets.contains(&"onestop"), "{targets:?}");
    rig.app.stop().await;
}

/// The use cases of a process of its own, over that of the rig.
struct Beside {
    auditors: Auditors,
    log: Log,
    lanes: Arc<Lanes>,
    token: VerifiedToken,
    caller: Caller,
}

impl Beside {
    /// Reads for `local`, whose policy was never confirmed.
    async fn uncertain(rig: &Rig) -> Self {
        let database = rig.app.database.database();
        let kek = Kek::load(&rig.app.config.kek_file(), false).unwrap();
        let keys = Arc::new(Keys::new(kek, database.store(Role::Service, 1)));
        let config = audit::Config {
            unsafe_for_tests: true,
            ..audit::Config::default()
        };
        let clock = rig.app.clock.clone();
        let lanes = Lanes::open(
            database.clone(),
            Arc::clone(&keys),
            clock.clone(),
            config,
            Metrics::default(),
        )
        .await;
        let lanes = Arc::new(lanes.unwrap());
        let log = Log::new(Arc::clone(&lanes));
        let scopes = "audit:read.agency";
        let policy = Policy::new(ISSUER, Duration::from_secs(1));
        let reads = database.reader(Role::Service, 1);
        policy.poll(&reads, &clock).await.unwrap();
        let caller = policy
            .load(clock.now())
            .unwrap()
            .caller(ISSUER, "local", &Scopes::parse(scopes), None)
            .unwrap();
        let now = clock.now();
        let reader = || database.reader(Role::Audit, 1);
        Self {
            auditors: Auditors::new(
                audit::Log::new(reader(), reader(), reader()),
                Arc::new(Policy::new(ISSUER, Duration::from_secs(1))),
                keys,
                reads,
                log.clone(),
                clock,
            ),
            log,
            lanes,
            token: VerifiedToken {
                issuer: ISSUER.into(),
                client_id: "local".into(),
                token_id: "t".into(),
                subject: "local".into(),
                officer_id: None,
                issued_at: now,
                expires_at: now,
                scopes: dancu::domain::scope::Scopes::parse(scopes),
                certificate: None,
            },
            caller,
        }
    }

    fn asking(&self, rig: &Rig) -> Asking<'_> {
        let now = rig.app.clock.now();
        Asking {
            token: &self.token,
            caller: &self.caller,
            request_id: Uuid::from_u128(7),
            address: None,
            now,
            today: vietnam_day(now),
        }
    }
}

/// The entry of a reading that failed because what the auditor may see is not certain.
fn uncertain<T>(read: Result<T, Error>) -> Uuid {
    match read {
        Err(Error::PolicyUnavailable { audit_id }) => audit_id.expect("it leaves an entry"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was answered"),
    }
}

async fn recorded(rig: &Rig, id: Uuid) -> Decoded {
    let client = rig.app.database.client().await;
    let query = "SELECT entry FROM audit.entry WHERE audit_id = $1";
    let row = client.query_one(query, &[&id]).await.unwrap();
    Decoded::from_canonical(row.get(0)).unwrap()
}

#[actix_web::test]
async fn what_cannot_be_decided_is_said_to_be_so_by_every_reading_and_recorded() {
    let rig = Rig::open().await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let beside = Beside::uncertain(&rig).await;
    let (auditors, asking) = (&beside.auditors, beside.asking(&rig));
    let id = AuditId::from_uuid(id.parse().unwrap());
    let (filters, showing) = (Filters::default(), Showing::default());
    let paging = Paging {
        order: Order::Newest,
        cursor: None,
        limit: 10,
    };
    let (now, today) = (rig.app.clock.now(), rig.app.clock.today());
    let grouping = Grouping::default();
    let signals = SignalFilters::default();
    let failed = [
        (
            "audit.entry",
            uncertain(auditors.entry(&asking, id, &showing).await),
        ),
        ("audit.proof", uncertain(auditors.proof(&asking, id).await)),
        (
            "audit.search",
            uncertain(auditors.search(&asking, &filters, &paging, &showing).await),
        ),
        (
            "audit.subject_report",
            uncertain(
                auditors
                    .subject_report(&asking, &filters, &paging, None)
                    .await,
            ),
        ),
        (
            "audit.statistics",
            uncertain(
                auditors
                    .statistics(&asking, grouping, &filters, &showing)
                    .await,
            ),
        ),
        (
            "audit.statistics",
            uncertain(auditors.overview(&asking, now, now).await),
        ),
        (
            "audit.export",
            uncertain(
                auditors
                    .export(&asking, &filters, ExportFormat::Ndjson, &showing)
                    .await,
            ),
        ),
        (
            "audit.reconciliation",
            uncertain(auditors.reconciliation(&asking, today, "onestop").await),
        ),
        (
            "audit.signals",
            uncertain(
                auditors
                    .signals(&asking, &signals, None, 10, &showing)
                    .await,
            ),
        ),
        (
            "audit.signal_entries",
            uncertain(
                auditors
                    .signal_entries(&asking, Some(1), None, 10, &showing)
                    .await,
            ),
        ),
    ];
    for (operation, id) in failed {
        let entry = recorded(&rig, id).await;
        assert_eq!(
            (
                entry.operation.as_str(),
                entry.decision,
                entry.reason.as_deref()
            ),
            (operation, Decision::Failed, Some("policy_unavailable"))
        );
    }
    beside.lanes.close().await;
    rig.app.stop().await;
}

#[actix_web::test]
async fn the_state_of_the_log_that_cannot_be_read_leaves_an_entry_that_says_so() {
    let rig = Rig::open().await;
    let beside = Beside::uncertain(&rig).await;
    let reader = rig.app.database.database().reader(Role::Audit, 1);
    let transparency = TransparencyLog::new(Published::new(reader));
    let client = rig.app.database.client().await;
    let lock = "BEGIN; LOCK TABLE audit.checkpoint IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
    let state = transparency.state(&beside.asking(&rig), &beside.log).await;
    client.batch_execute("ROLLBACK").await.unwrap();
    let Err(Error::Overloaded { audit_id: Some(id) }) = state else {
        panic!("{state:?}");
    };
    let entry = recorded(&rig, id).await;
    assert_eq!(
        (
            entry.operation.as_str(),
            entry.decision,
            entry.reason.as_deref()
        ),
        ("console.log", Decision::Failed, Some("overloaded"))
    );
    beside.lanes.close().await;
    rig.app.stop().await;
}
