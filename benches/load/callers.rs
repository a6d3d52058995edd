//! Who asks: agencies, clients and agreements, put in place as an administrator would, and tokens.

use dancu::auth::development::{DevelopmentIssuer, TokenRequest};
use dancu::clock::Clock;
use dancu::domain::field::FieldGroup;
use dancu::domain::policy::Procedure;
use dancu::policy::catalogue;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Failure;
use super::child::Started;
use super::options::Options;
use super::service::ADMINISTRATOR;

/// The sets of fields that every agreement permits.
pub const GROUPS: [FieldGroup; 7] = [
    FieldGroup::Identity,
    FieldGroup::Birth,
    FieldGroup::Residence,
    FieldGroup::CivilStatus,
    FieldGroup::Family,
    FieldGroup::Household,
    FieldGroup::Contact,
];

/// Clients, each of an agency of its own and with one agreement.
const CLIENTS: usize = 5;

/// How long tokens live: longer than any measurement.
const LIFETIME: SignedDuration = SignedDuration::from_hours(23);

/// A client, and what it asks with.
#[derive(Debug)]
pub struct Caller {
    /// The procedure of its agreement.
    pub procedure_code: String,
    /// Its tokens.
    pub tokens: Vec<String>,
}

/// Puts everything in place.
pub fn admit(started: &Started, options: &Options) -> Result<Vec<Caller>, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(admit_all(started, usize::from(options.tokens)))
}

async fn admit_all(started: &Started, tokens: usize) -> Result<Vec<Caller>, Failure> {
    let issuer = DevelopmentIssuer::open(&started.data_dir)?;
    let sign = |client_id: &str, scopes: &str| {
        let request = TokenRequest {
            client_id,
            scopes,
            officer_id: None,
            lifetime: LIFETIME,
        };
        issuer.sign(&request, Clock::default().now())
    };
    let office = Office {
        http: reqwest::Client::builder().no_proxy().build()?,
        url: format!("http://{}/v1/admin", started.address),
        token: sign(ADMINISTRATOR, "admin")?,
    };
    let sets: Vec<&str> = GROUPS.iter().map(|group| group.name()).collect();
    let mut scopes = vec!["citizen:verify".to_owned(), "citizen:lookup".to_owned()];
    scopes.extend(sets.iter().map(|set| format!("fields:{set}")));
    let procedures = catalogue::shipped().into_iter();
    let mut callers = Vec::new();
    for (at, procedure) in procedures
        .filter(|one| one.form.is_some())
        .take(CLIENTS.min(tokens))
        .enumerate()
    {
        let client_id = format!("load-{at}");
        office
            .admit(at, &client_id, &procedure, &scopes, &sets)
            .await?;
        // The first clients have one token more, where they cannot have the same number.
        let mine = (at..tokens).step_by(CLIENTS);
        let tokens: Result<_, _> = mine.map(|_| sign(&client_id, &scopes.join(" "))).collect();
        callers.push(Caller {
            procedure_code: procedure.code.as_str().to_owned(),
            tokens: tokens?,
        });
    }
    Ok(callers)
}

/// The administrator's way in.
struct Office {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Office {
    async fn admit(
        &self,
        at: usize,
        client_id: &str,
        procedure: &Procedure,
        scopes: &[String],
        sets: &[&str],
    ) -> Result<(), Failure> {
        let (agency, code) = (format!("LOAD.{at}"), procedure.code.as_str());
        self.put(
            "agencies",
            &agency,
            json!({"code": agency, "name": "Cơ quan mẫu"}),
        )
        .await?;
        let client = json!({"client_id": client_id, "agency_code": agency,
            "name": "Phần mềm mẫu", "scopes": scopes});
        self.put("clients", client_id, client).await?;
        self.put("procedures", code, serde_json::to_value(procedure)?)
            .await?;
        let agreement = json!({"id": client_id, "client_id": client_id, "procedure_code": code,
            "operations": ["verify", "lookup", "prefill"], "read_fields": sets,
            "claim_fields": ["sex"], "valid_from": "2020-01-01", "officer": "recorded"});
        self.put("agreements", client_id, agreement).await
    }

    async fn put(&self, kind: &str, id: &str, document: Value) -> Result<(), Failure> {
        let answer = self
            .http
            .put(format!("{}/{kind}/{id}", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(document.to_string())
            .send()
            .await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(format!("{kind}/{id}: {}: {}", answer.status(), answer.text().await?).into())
    }
}
