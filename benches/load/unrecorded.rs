//! A verification without an entry, to see what an entry costs. The product has no such way and gets
//! none: this handler is put together here, from the product's own token desk, policy, register and
//! comparison.
//!
//! What it lacks besides: papers that are replaced, problem documents, the request's id and its line
//! in the log. So what it is faster by is the most that recording can cost.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, rt};
use dancu::auth::{TokenDesk, Verifier, bearer};
use dancu::clock::{Clock, vietnam_day};
use dancu::config::Config;
use dancu::domain::claim::{Claim, Claims};
use dancu::domain::date::PartialDate;
use dancu::domain::fault::FromText;
use dancu::domain::name::{Name, NameKey};
use dancu::domain::number::PersonalId;
use dancu::domain::policy::{OfficerId, Operation};
use dancu::domain::record::{Record, judge};
use dancu::feed::{self, Follower};
use dancu::http::ops::configure_metrics;
use dancu::policy::Policy;
use dancu::register::{self, Register};
use dancu::server::listen_with;
use dancu::store::{Database, Role};
use prometheus::Registry;
use serde::Deserialize;
use tokio::task::JoinHandle;

use super::Failure;
use super::workload::Workload;

/// As in the product.
const POLICY_BOUND: Duration = Duration::from_secs(1);
/// What stands where an entry's id would.
const NO_ENTRY: &str = "00000000-0000-0000-0000-000000000000";

/// The handler, listening.
pub struct Unrecorded {
    /// Where.
    pub address: SocketAddr,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    following: JoinHandle<()>,
}

/// What it answers from.
#[derive(Clone)]
struct Desk {
    policy: Arc<Policy>,
    register: Arc<Register>,
    clock: Clock,
}

/// A verification, as far as it is looked at.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    context: Context<'a>,
    #[serde(borrow)]
    subject: Subject<'a>,
    #[serde(borrow)]
    claims: Claimed<'a>,
}

#[derive(Deserialize)]
struct Context<'a> {
    procedure_code: Cow<'a, str>,
    officer_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Subject<'a> {
    personal_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Claimed<'a> {
    full_name: Cow<'a, str>,
    birth_date: Cow<'a, str>,
}

impl Unrecorded {
    /// Begins to answer, from a cache of its own.
    pub async fn start(config: &Config, database: &Database) -> Result<Self, Failure> {
        let (clock, registry) = (Clock::default(), Registry::new());
        let issuer = config.auth.issuers.first().ok_or("there is no issuer")?;
        let policy = Arc::new(Policy::new(&issuer.issuer, POLICY_BOUND));
        let store = database.reader(Role::Service, config.register.readers);
        let register = Register::new(
            store.clone(),
            Arc::new(store.reference().await?),
            clock.clone(),
            config.register.cache_bytes,
            config.register.readers,
            register::Metrics::register(&registry)?,
        );
        let mut follower = Follower::new(
            database.reader(Role::Service, 1),
            Arc::clone(&register),
            Arc::clone(&policy),
            clock.clone(),
            feed::Metrics::register(&registry)?,
        );
        follower.poll().await?;
        let verifier = Verifier::new(&config.auth, config.http.listen)?;
        verifier.load(clock.now()).await?;
        let desk = Desk {
            policy,
            register,
            clock,
        };
        let database = database.clone();
        let readers = config.readers_of_each_worker();
        let (server, address) = listen_with(&config.http, move |service| {
            let mut desk = desk.clone();
            // As the service's own workers.
            if readers > 0 {
                let nodes = database.reader(Role::Service, readers).into();
                let reading;
                (desk.register, reading) = desk.register.of_thread(nodes, readers);
                rt::spawn(reading);
            }
            let path = Workload::Unrecorded.path();
            service
                .app_data(Data::new(desk))
                .app_data(Rc::new(TokenDesk::new(verifier.clone())))
                .service(web::resource(path).route(web::post().to(answer)));
            configure_metrics(service, registry.clone());
        })?;
        Ok(Self {
            address,
            handle: server.handle(),
            serving: tokio::spawn(server),
            following: tokio::spawn(follower.run()),
        })
    }

    /// Ends.
    pub async fn stop(self) -> Result<(), Failure> {
        self.handle.stop(false).await;
        self.serving.await??;
        self.following.abort();
        Ok(())
    }
}

async fn answer(request: HttpRequest, desk: Data<Desk>, body: Bytes) -> HttpResponse {
    match verify(&request, &desk, &body).await {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/json")
            .body(text),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

async fn verify(request: &HttpRequest, desk: &Desk, body: &[u8]) -> Result<String, Failure> {
    let now = desk.clock.now();
    let token = request.headers().get(AUTHORIZATION);
    let token = bearer(token.map(|value| value.as_bytes()))?;
    let tokens: &Rc<TokenDesk> = request.app_data().ok_or("no desk")?;
    let token = tokens.verify(token, now).await?;
    let body: Body<'_> = serde_json::from_slice(body)?;
    let number = PersonalId::parse(&body.subject.personal_id).map_err(|_| "no number")?;
    let name = Name::from_text(&body.claims.full_name).map_err(|_| "no name")?;
    let date = PartialDate::from_text(&body.claims.birth_date).map_err(|_| "no date")?;
    let officer = OfficerId::from_text(&body.context.officer_id).ok();
    let claims = [Claim::FullName(NameKey::of(&name)), Claim::BirthDate(date)];
    let grant = {
        let snapshot = desk.policy.load(now)?;
        let caller = snapshot.caller(&token.issuer, &token.client_id, &token.scopes, None);
        let caller = caller.map_err(|_| "an unknown client")?;
        let (procedure, today) = (&body.context.procedure_code, vietnam_day(now));
        let granted = snapshot.grant(&caller, Operation::Verify, procedure, officer, today);
        granted.map_err(|_| "no agreement")?
    };
    let found = desk.register.find(number).await?;
    let record = found.records.first().map_or(Record::stand_in(), |it| it);
    let judged = judge(
        record,
        &Claims(claims.into_iter().collect()),
        grant.name_match(),
        grant.protected,
        vietnam_day(now),
    );
    let matched = judged.matches && !found.records.is_empty();
    Ok(if matched {
        let name_match = judged.name.map_or("", |level| level.as_str());
        let as_of = found.as_of;
        format!(
            r#"{{"result":"match","name_match":"{name_match}","birth_date_match":"full","data_as_of":"{as_of}","audit_id":"{NO_ENTRY}"}}"#
        )
    } else {
        format!(r#"{{"result":"no_match","audit_id":"{NO_ENTRY}"}}"#)
    })
}
