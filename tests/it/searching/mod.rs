//! Auditors' questions about the whole log: searches, reports, numbers, exports, journals.

mod exports;
mod limits;
mod pages;
mod people;
mod private;
mod readings;
mod upkeep;

use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp, an, procedure, question};
use crate::support::sealing::until;

const AN: &str = "001095000001";
const BINH: &str = "001095000002";
const OFFICER: &str = "079085001234";
const CASE: &str = "H29.12-261121-0007";
const EVERYTHING: &str = "audit:read audit:reveal";

/// A service whose log holds some questions of two agencies, and an auditor of each kind.
pub struct Rig {
    pub app: TestApp,
}

impl Rig {
    pub async fn open() -> Self {
        Self::over(TestApp::with(|config| config.audit.seal_interval_ms = 20).await).await
    }

    /// The same over a service of its own configuration.
    pub async fn over(app: TestApp) -> Self {
        let scopes = ["citizen:verify", "citizen:lookup", "fields:identity"];
        app.enrol("onestop", &scopes, json!({"officer": "recorded"}))
            .await;
        let put = async |path: &str, body: Value| {
            let answer = app.put(path, &body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
        };
        put(
            "/v1/admin/agencies/H30",
            json!({"code": "H30", "name": "UBND tỉnh"}),
        )
        .await;
        put(
            "/v1/admin/clients/other",
            json!({"client_id": "other", "agency_code": "H30",
            "name": "x", "scopes": scopes}),
        )
        .await;
        let mut secret = procedure();
        secret["code"] = "9.secret".into();
        secret["confidential"] = true.into();
        put("/v1/admin/procedures/9.secret", secret).await;
        for (id, procedure) in [("other-open", "1.004194"), ("other-secret", "9.secret")] {
            put(
                &format!("/v1/admin/agreements/{id}"),
                json!({"id": id, "client_id": "other",
                "procedure_code": procedure, "operations": ["verify", "lookup"],
                "read_fields": ["identity"], "valid_from": "2020-01-01"}),
            )
            .await;
        }
        for (client, agency, scopes) in [
            ("inspector", "H29", json!(["audit:read", "audit:reveal"])),
            ("local", "H29", json!(["audit:read.agency"])),
        ] {
            put(
                &format!("/v1/admin/clients/{client}"),
                json!({"client_id": client,
                "agency_code": agency, "name": "x", "scopes": scopes}),
            )
            .await;
        }
        let mut binh = an();
        binh["personal_id"] = BINH.into();
        binh["old_id_numbers"] = json!(["123456789"]);
        app.register(&[an(), binh]).await;
        Self { app }
    }

    /// Asks about a person by `client`, with the question changed by `patch`.
    pub async fn ask(&self, client: &str, path: &str, number: &str, patch: Value) -> String {
        let mut body = question();
        body["subject"]["personal_id"] = number.into();
        if client == "onestop" {
            body["context"]["officer_id"] = OFFICER.into();
            body["context"]["case_id"] = CASE.into();
        }
        crate::questions::merge(&mut body, patch);
        let token = self
            .app
            .token(client, "citizen:verify citizen:lookup fields:identity");
        let answer = self.app.post(path, &token, &body).await;
        answer.json()["audit_id"].as_str().unwrap().to_owned()
    }

    /// A verification by `client`.
    pub async fn verify(&self, client: &str, number: &str) -> String {
        self.ask(client, "/v1/verify", number, json!({})).await
    }

    /// What an inspector is answered, who may see people.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let token = self.app.token("inspector", EVERYTHING);
        self.app.post(path, &token, body).await
    }

    /// Waits until an entry can be found.
    pub async fn found(&self, id: &str) {
        until("the entry can be found", async || {
            let listed = self.search(&json!({"limit": 500})).await;
            ids(&listed).contains(&id.to_owned()).then_some(())
        })
        .await;
    }

    /// Waits until so many questions of auditors wait for a table that is locked.
    pub async fn waiting(&self, count: usize) {
        let query = "SELECT pid::text FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'dancu_audit' AND wait_event_type = 'Lock'";
        until("they wait", async || {
            (self.app.rows(query).await.len() >= count).then_some(())
        })
        .await;
    }

    /// Moves a frozen clock; from then on something can be decided again.
    pub async fn now(&self, at: jiff::Timestamp) {
        self.app.clock.set(at);
        until("the permissions are confirmed", async || {
            let token = self.app.token("inspector", EVERYTHING);
            let answer = self.app.get("/v1/me", &token).await;
            (answer.status == 200).then_some(())
        })
        .await;
    }

    /// A search by an inspector.
    pub async fn search(&self, body: &Value) -> Value {
        let answer = self.post("/v1/audit/search", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The ids of all entries that a search finds, page by page.
    pub async fn walk(&self, mut body: Value) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let page = self.search(&body).await;
            seen.extend(ids(&page));
            if page["next_cursor"].is_null() {
                return seen;
            }
            body["cursor"] = page["next_cursor"].clone();
        }
    }
}

/// The ids of a page's entries, in order.
pub fn ids(page: &Value) -> Vec<String> {
    let entries = page["entries"].as_array().unwrap();
    let id = |entry: &Value| entry["audit_id"].as_str().unwrap().to_owned();
    entries.iter().map(id).collect()
}
