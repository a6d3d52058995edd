//! Signals: planted behaviour that is found, and the same below the threshold that is not.

mod events;
mod kin;
mod kinds;
mod log;
mod readers;
mod usual;

use std::sync::Arc;

use dancu::clock::Clock;
use dancu::config::Config;
use dancu::config::SignalsConfig;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp, an, question};
use crate::support::database;
use crate::support::sealing::until;

/// A Wednesday, ten past ten in Vietnam.
pub const MORNING: &str = "2026-11-18T03:10:00Z";
pub const OFFICER: &str = "CB-kanari-1";
pub const AN: &str = "001095000001";
const SCOPES: [&str; 3] = ["citizen:verify", "citizen:lookup", "fields:identity"];

/// A service that looks for what a test switches on, and callers of two agencies.
pub struct Rig {
    pub app: TestApp,
}

/// Nothing is looked for.
pub fn nothing() -> SignalsConfig {
    let mut signals = SignalsConfig::default();
    signals.distinct_people.enabled = false;
    signals.no_match_ratio.enabled = false;
    signals.sequential_numbers.enabled = false;
    signals.many_officers.enabled = false;
    signals.off_hours.enabled = false;
    signals.self_lookup.enabled = false;
    signals.relatives_lookup.enabled = false;
    signals.sudden_volume.enabled = false;
    signals
}

impl Rig {
    /// At [`MORNING`], looking for what `switch` says and for nothing else.
    pub async fn open(switch: impl FnOnce(&mut SignalsConfig)) -> Self {
        Self::at(MORNING, switch).await
    }

    /// The same at another time.
    pub async fn at(time: &str, switch: impl FnOnce(&mut SignalsConfig)) -> Self {
        let clock = Clock::frozen(time.parse().unwrap());
        let app = TestApp::over(Arc::new(database().await), clock, |config| {
            configure(config, switch);
        })
        .await;
        app.enrol("onestop", &SCOPES, json!({"officer": "recorded"}))
            .await;
        let put = async |path: &str, body: Value| {
            let answer = app.put(path, &body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
        };
        let agency = json!({"code": "H30", "name": "UBND tỉnh"});
        put("/v1/admin/agencies/H30", agency).await;
        for (client, agency, scopes) in [
            ("second", "H29", json!(SCOPES)),
            ("other", "H30", json!(SCOPES)),
            ("inspector", "H29", json!(["audit:read", "audit:reveal"])),
            ("local", "H29", json!(["audit:read.agency", "audit:reveal"])),
        ] {
            let body = json!({"client_id": client, "agency_code": agency, "name": "x",
                "scopes": scopes});
            put(&format!("/v1/admin/clients/{client}"), body).await;
        }
        for client in ["second", "other"] {
            let body = json!({"id": client, "client_id": client, "procedure_code": "1.004194",
                "operations": ["verify", "lookup"], "read_fields": ["identity"],
                "valid_from": "2020-01-01"});
            put(&format!("/v1/admin/agreements/{client}"), body).await;
        }
        app.register(&[an()]).await;
        Self { app }
    }

    /// Another process over the same database, which looks for the same.
    pub async fn another(&self) -> TestApp {
        let first = self.app.config.clone();
        TestApp::over(
            Arc::clone(&self.app.database),
            self.app.clock.clone(),
            |config| {
                config.data_dir = first.data_dir;
                config.auth.issuers = first.auth.issuers;
                config.audit.seal_interval_ms = first.audit.seal_interval_ms;
                config.signals = first.signals;
            },
        )
        .await
    }

    /// Moves the clock.
    pub fn now(&self, time: &str) {
        self.app.clock.set(time.parse::<Timestamp>().unwrap());
    }

    /// A verification of that number, by that officer of `onestop`.
    pub async fn ask(&self, officer: &str, number: &str) -> String {
        self.ask_by("onestop", Some(officer), number).await
    }

    /// A verification by any client, which nobody's claims match but An's.
    pub async fn ask_by(&self, client: &str, officer: Option<&str>, number: &str) -> String {
        ask(&self.app, client, officer, number).await
    }

    /// What an inspector is answered, who may see people.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let token = self.app.token("inspector", "audit:read audit:reveal");
        self.app.post(path, &token, body).await
    }

    /// All signals, the newest first, once everything up to that entry was looked at.
    pub async fn signals(&self, last: &str) -> Vec<Value> {
        self.looked_at(last).await;
        self.page(&json!({})).await["signals"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Waits until everything up to that entry was looked at.
    pub async fn looked_at(&self, last: &str) {
        until("the entry was looked at", async || {
            let index = self.app.entry(last).await["index"].as_u64()?;
            let page = self.page(&json!({"limit": 1})).await;
            (page["complete_to_index"].as_u64()? >= index).then_some(())
        })
        .await;
    }

    /// A page of signals.
    pub async fn page(&self, body: &Value) -> Value {
        let answer = self.post("/v1/audit/signals", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The ids of the entries behind a signal, the newest first.
    pub async fn behind(&self, signal: &Value) -> Vec<String> {
        let path = format!("/v1/audit/signals/{}/entries", signal["id"]);
        let answer = self.post(&path, &json!({"limit": 500})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        let entries = page["entries"].as_array().unwrap();
        let id = |entry: &Value| entry["audit_id"].as_str().unwrap().to_owned();
        entries.iter().map(id).collect()
    }
}

fn configure(config: &mut Config, switch: impl FnOnce(&mut SignalsConfig)) {
    config.audit.seal_interval_ms = 20;
    config.signals = nothing();
    switch(&mut config.signals);
}

/// A verification of that number by a client of that process.
pub async fn ask(app: &TestApp, client: &str, officer: Option<&str>, number: &str) -> String {
    let mut body = question();
    body["subject"] = json!({"personal_id": number});
    if let Some(officer) = officer {
        body["context"]["officer_id"] = officer.into();
    }
    // After the clock was moved the permissions have to be confirmed anew.
    until("an answer", async || {
        let token = app.token(client, "citizen:verify");
        let answer = app.post("/v1/verify", &token, &body).await;
        if answer.code() == "policy_unavailable" {
            return None;
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
        Some(answer.json()["audit_id"].as_str().unwrap().to_owned())
    })
    .await
}

/// A number whose running digits are these, of nobody the register has.
pub fn number(running: u32) -> String {
    format!("001195{running:06}")
}

/// Kind, actor, value, threshold and entries of signals, in the order of these.
pub fn told(signals: &[Value]) -> Vec<String> {
    let mut told: Vec<String> = signals
        .iter()
        .map(|it| {
            format!(
                "{} {} {} of {} in {}",
                it["kind"].as_str().unwrap(),
                it["actor"].as_str().unwrap(),
                it["value"],
                it["threshold"],
                it["entries"]
            )
        })
        .collect();
    told.sort_unstable();
    told
}
