//! The access history of a demonstration: asked day by day through the use cases, the lanes and the
//! sealing of a service, as ADR 0027 says. What is asked is [`synth::history`](crate::synth::history).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::try_join_all;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use prometheus::Registry;
use serde_json::{Value, json};

use super::super::attach::{Attached, system_user};
use super::super::ending::Ending;
use super::super::{Failure, say};
use crate::audit::{self, Lanes, SealMetrics, Sealing};
use crate::auth::VerifiedToken;
use crate::auth::development::ISSUER;
use crate::clock::{Clock, random};
use crate::config::{Config, Seal};
use crate::domain::claim::Subject;
use crate::domain::entry::{self, Decision, Entry};
use crate::domain::fault::FromText;
use crate::domain::field;
use crate::domain::policy::Code;
use crate::domain::question::{Context, OnForbidden, Question, Wanted};
use crate::domain::scope::Scopes;
use crate::feed::{self, Follower};
use crate::keys::Keys;
use crate::policy::{Caller, Policy};
use crate::register::{self, Register};
use crate::server::seal_settings;
use crate::service::{Asking, Citizens, Error, Log, LookupItem, TurnedAway};
use crate::store::{Database, Role};
use crate::synth::Population;
use crate::synth::history::{Ask, History, Planted, What};

/// Calls that wait for their entries together.
const AT_ONCE: usize = 256;
/// How often what a busy machine could not do in time is tried. A service would answer 503; here it
/// would end the demonstration before it began.
const TRIES: usize = 30;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// Connections that read people.
const READERS: usize = 2;
/// Cached people; the pool that is asked about takes a fraction of it.
const CACHE_BYTES: u64 = 64 << 20;
/// A token's life: an office day's.
const LIFETIME: SignedDuration = SignedDuration::from_hours(10);
/// Where the planted abuses are told.
const PLANTED: &str = "planted.json";

/// Makes the history of so many days and of today up to now; once a database, and only before
/// anything of its log was shown.
pub async fn make(
    days: u16,
    population: &Population,
    seed: u64,
    config: &Config,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<(), Failure> {
    let database = &attached.database;
    if days == 0 || !database.store(Role::Audit, 1).may_have_past().await? {
        return Ok(());
    }
    say(&format!("Making an access history of {days} days …"));
    let clock = Clock::default();
    let now = clock.now();
    let history = History::new(population, seed, clock.today(), now, days);
    let first = history.begins().ok_or("the history has no day")?;
    audit::maintain(database, &Clock::frozen(first), days, None).await?;
    let mut writing = Writing::default();
    let asked = async {
        let offices = Offices::open(database, attached.keys(config)?, now).await?;
        for &day in history.days() {
            offices.day(day, history.asks(day), &mut writing).await?;
        }
        Ok::<_, Failure>(())
    };
    let outcome = ending.unless_told(asked).await;
    if let Some(lanes) = writing.lanes.take() {
        lanes.close().await;
    }
    conclude(outcome.is_ok(), writing.entries, config, attached).await?;
    outcome?;
    fs::write(planted_file(config), told(&history)?)?;
    Ok(())
}

/// Where the abuses that were planted are told.
pub fn planted_file(config: &Config) -> PathBuf {
    Path::new(&config.data_dir).join(PLANTED)
}

/// Records that the history was made, or how far, and has it sealed, so that it verifies from the
/// first answer on.
async fn conclude(
    whole: bool,
    entries: u64,
    config: &Config,
    attached: &Attached,
) -> Result<(), Failure> {
    let open = attached.log(config).await?;
    let user = system_user();
    let decision = if whole {
        Decision::Done
    } else {
        Decision::Failed
    };
    let entry = Entry {
        count: Some(entries),
        system_user: Some(&user),
        ..Entry::new(entry::Operation::CliHistory, decision)
    };
    let recorded = open.log.record(&entry).await;
    open.close().await;
    recorded?;
    match config.audit.seal {
        Seal::Here if whole => {
            let (signer, settings) = seal_settings(config, attached.is_embedded())?;
            let metrics = SealMetrics::register(&Registry::new())?;
            let database = attached.database.clone();
            let sealing = Sealing::start(database, signer, Clock::default(), settings, metrics);
            sealing.stop().await;
        }
        Seal::Here | Seal::Elsewhere => {}
    }
    Ok(())
}

/// How far it is.
#[derive(Default)]
struct Writing {
    /// The lanes of the day that is written.
    lanes: Option<Arc<Lanes>>,
    /// Entries that are durable.
    entries: u64,
}

/// What asks: everything a service has but HTTP. Policy and register are those of now; nobody
/// changes them meanwhile.
struct Offices {
    database: Database,
    keys: Arc<Keys>,
    policy: Arc<Policy>,
    register: Arc<Register>,
}

impl Offices {
    async fn open(database: &Database, keys: Arc<Keys>, now: Timestamp) -> Result<Self, Failure> {
        let registry = Registry::new();
        let clock = Clock::frozen(now);
        let store = database.store(Role::Service, READERS);
        let reference = Arc::new(store.reference().await?);
        let register = Register::new(
            store,
            reference,
            clock.clone(),
            CACHE_BYTES,
            READERS,
            register::Metrics::register(&registry)?,
        );
        let policy = Arc::new(Policy::new(ISSUER, Duration::ZERO));
        let mut follower = Follower::new(
            database.store(Role::Service, 1),
            Arc::clone(&register),
            Arc::clone(&policy),
            clock,
            feed::Metrics::register(&registry)?,
        );
        follower.poll().await?;
        Ok(Self {
            database: database.clone(),
            keys,
            policy,
            register,
        })
    }

    /// Asks a day's questions in a lane of that day.
    async fn day(&self, day: Date, asks: Vec<Ask>, writing: &mut Writing) -> Result<(), Failure> {
        let Some(first) = asks.first() else {
            return Ok(());
        };
        let clock = Clock::frozen(first.at);
        let (database, keys) = (self.database.clone(), Arc::clone(&self.keys));
        let lanes =
            Lanes::open_past(database, keys, clock.clone(), audit::Config::default()).await?;
        let lanes = Arc::clone(writing.lanes.insert(Arc::new(lanes)));
        let desk = Desk {
            offices: self,
            tokens: tokens(day, &asks),
            citizens: Citizens::new(
                Arc::clone(&self.policy),
                Arc::clone(&self.register),
                Log::new(Arc::clone(&lanes)),
                Arc::clone(&self.keys),
                Duration::MAX,
            ),
            log: Log::new(Arc::clone(&lanes)),
            day,
        };
        for asks in asks.chunks(AT_ONCE) {
            self.read(asks).await?;
            // Each is drafted when it is first polled, at the time the clock shows then: in order,
            // for nothing has to be waited for before. Then they wait for their entries together.
            let mut waiting = Vec::with_capacity(asks.len());
            for ask in asks {
                clock.set(ask.at);
                let mut answer = Box::pin(desk.ask(ask));
                match polled(&mut answer).await {
                    Poll::Ready(asked) => writing.entries += asked?,
                    Poll::Pending => waiting.push(answer),
                }
            }
            for answer in waiting {
                writing.entries += answer.await?;
            }
        }
        drop(desk);
        lanes.close().await;
        writing.lanes = None;
        Ok(())
    }

    /// Reads whom they ask about, so that no question waits for the database.
    async fn read(&self, asks: &[Ask]) -> Result<(), Failure> {
        let mut tries = TRIES;
        loop {
            let subjects = asks.iter().flat_map(|ask| &ask.people);
            let reading = subjects.map(|(question, _)| async {
                match question.subject {
                    Subject::PersonalId(number) => self.register.find(number).await,
                    Subject::OldIdNumber(number) => self.register.find_by_old_number(number).await,
                }
            });
            tries -= 1;
            match try_join_all(reading).await {
                Ok(_) => return Ok(()),
                Err(error) if tries == 0 => return Err(error.into()),
                // What was read meanwhile is kept, so the next try has less to do.
                Err(_) => {}
            }
        }
    }
}

/// A day of the offices.
struct Desk<'a> {
    offices: &'a Offices,
    citizens: Citizens,
    log: Log,
    day: Date,
    tokens: HashMap<&'static str, VerifiedToken>,
}

impl Desk<'_> {
    /// Asks until it is recorded, and says how many entries that made.
    #[expect(
        clippy::disallowed_methods,
        reason = "only time can make a busy machine less so"
    )]
    async fn ask(&self, ask: &Ask) -> Result<u64, Failure> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.ask_once(ask).await {
                Err(error) if tries > 0 && is_busy(&error) => tokio::time::sleep(PAUSE).await,
                asked => return asked,
            }
        }
    }

    async fn ask_once(&self, ask: &Ask) -> Result<u64, Failure> {
        let token = &self.tokens[ask.client];
        let mut id = [0; 16];
        random(&mut id);
        let request_id = uuid::Builder::from_random_bytes(id).into_uuid();
        let address = Some(ask.address.into());
        let known: Result<Caller, _> = {
            let snapshot = self.offices.policy.load(ask.at);
            let snapshot = snapshot.map_err(|_| Error::PolicyUnavailable { audit_id: None })?;
            let scopes = snapshot
                .client(ask.client)
                .map(|client| *client.scopes.scopes());
            snapshot.caller(&token.issuer, ask.client, &scopes.unwrap_or_default(), None)
        };
        let caller = match known {
            Ok(caller) => caller,
            Err(refusal) => {
                let agency = Code::from_text(ask.agency).map_err(|reason| reason.reason)?;
                let turned_away = TurnedAway {
                    token,
                    agency_code: Some(&agency),
                    request_id,
                    address,
                };
                let operation = entry::Operation::Verify;
                let error = turned_away.refuse(&self.log, operation, refusal).await;
                return recorded(Err(error)).map(|()| 1);
            }
        };
        let asking = Asking {
            token,
            caller: &caller,
            request_id,
            address,
            now: ask.at,
            today: self.day,
        };
        let context = Context {
            procedure_code: Code::from_text(ask.procedure).map_err(|reason| reason.reason)?,
            officer_id: ask.officer,
            case_id: ask.case.clone(),
        };
        let first = ask.people.first().ok_or("a question is about somebody")?;
        let answer = match ask.what {
            What::Verify => {
                let verified = self.citizens.verify(&asking, &context, &first.0);
                verified.await.map(|_| ())
            }
            What::VerifyBatch => {
                let people = ask.people.iter().map(|(question, _)| question.clone());
                let items: Vec<(usize, Question)> = people.enumerate().collect();
                let verified = self.citizens.verify_all(&asking, &context, &items);
                verified.await.map(|_| ())
            }
            What::Lookup(fields, withhold) => {
                let item = LookupItem {
                    at: 0,
                    question: first.0.clone(),
                    known_version: None,
                };
                let wanted = wanted(fields, withhold)?;
                let found = self.citizens.lookup(&asking, &context, &wanted, &item);
                found.await.map(|_| ())
            }
            What::Prefill => {
                let filled = self.citizens.prefill(&asking, &context, &first.0);
                filled.await.map(|_| ())
            }
        };
        recorded(answer)?;
        Ok(ask.people.len() as u64)
    }
}

/// Whether the machine was too busy, and the same may succeed in a moment.
fn is_busy(error: &Failure) -> bool {
    matches!(
        error.downcast_ref(),
        Some(
            Error::Overloaded { .. }
                | Error::LogBusy
                | Error::Late { .. }
                | Error::AuditUnavailable
                | Error::RegisterUnavailable { .. }
        )
    )
}

/// Polls a future once.
async fn polled<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// A refusal has an entry like any answer.
fn recorded(answer: Result<(), Error>) -> Result<(), Failure> {
    match answer {
        Ok(())
        | Err(Error::Refused {
            audit_id: Some(_), ..
        }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn wanted(fields: &[&str], withhold: bool) -> Result<Wanted, Failure> {
    let paths = fields.iter().map(|path| field::known_path(path));
    let paths: Option<Vec<_>> = paths.collect();
    Ok(Wanted {
        paths: paths.ok_or("a field of the history is none")?,
        on_forbidden: if withhold {
            OnForbidden::Withhold
        } else {
            OnForbidden::Refuse
        },
    })
}

/// A token for each client that asks on that day.
fn tokens(day: Date, asks: &[Ask]) -> HashMap<&'static str, VerifiedToken> {
    let mut tokens = HashMap::new();
    for ask in asks {
        tokens.entry(ask.client).or_insert_with(|| VerifiedToken {
            issuer: ISSUER.into(),
            client_id: ask.client.into(),
            token_id: format!("{}.{day}", ask.client).into(),
            subject: ask.client.into(),
            officer_id: None,
            issued_at: ask.at,
            expires_at: ask.at + LIFETIME,
            scopes: Scopes::default(),
            certificate: None,
        });
    }
    tokens
}

/// The planted abuses as a document.
fn told(history: &History) -> Result<String, Failure> {
    let one = |planted: &Planted| -> Value {
        json!({
            "kind": planted.kind.as_str(),
            "client_id": planted.client,
            "agency_code": planted.agency,
            "officer_id": planted.officer.as_ref().map(|officer| officer.as_str()),
            "subject": planted.subject.as_ref().map(|number| number.as_str()),
            "from": planted.from,
            "to": planted.to,
            "requests": planted.requests,
            "people": planted.people,
        })
    };
    let planted: Vec<Value> = history.planted().iter().map(one).collect();
    let days = history.days();
    let document = json!({
        "about": "Abuses planted in the demonstration's access history. No real person is in it.",
        "first_day": days.first(),
        "last_day": days.last(),
        "planted": planted,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
