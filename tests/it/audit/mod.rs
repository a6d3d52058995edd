//! The audit log over a real PostgreSQL: what it promises, and each way in which it can fail.

mod failures;
mod life;
mod maintain;
mod month_keys;
mod proxy;
mod rewrap;
mod roles;
mod standby;
mod verify;

use std::sync::Arc;

use dancu::audit::{Config, Draft, Lanes, Log, Metrics, maintain};
use dancu::clock::Clock;
use dancu::domain::entry::{Decision, Decoded, Entry, Operation, Private};
use dancu::keys::{Kek, Keys};
use dancu::store::{Database, Role};
use tokio_postgres::Client;

use crate::support::{self, TestDatabase};

/// A database with partitions, and what is needed to open lanes on it.
struct Rig {
    test: TestDatabase,
    client: Client,
    clock: Clock,
    keys: Arc<Keys>,
    metrics: Metrics,
    config: Config,
}

impl Rig {
    async fn new() -> Self {
        Self::at(Clock::default()).await
    }

    async fn at(clock: Clock) -> Self {
        let test = support::database().await;
        maintain(test.database(), &clock, 1, None).await.unwrap();
        Self {
            client: test.client().await,
            keys: Arc::new(keys(test.database())),
            test,
            clock,
            metrics: Metrics::default(),
            config: Config {
                unsafe_for_tests: true,
                ..Config::default()
            },
        }
    }

    async fn lanes(&self) -> Lanes {
        self.lanes_on(self.test.database().clone()).await
    }

    async fn lanes_on(&self, database: Database) -> Lanes {
        let (keys, clock) = (Arc::clone(&self.keys), self.clock.clone());
        Lanes::open(
            database,
            keys,
            clock,
            self.config.clone(),
            self.metrics.clone(),
        )
        .await
        .unwrap()
    }

    fn log(&self) -> Log {
        let store = || self.test.database().store(Role::Audit, 1);
        Log::new(store(), store(), store())
    }

    /// Every entry, lane by lane in order; proves that no lane has a hole and that each row repeats
    /// what its entry says.
    async fn entries(&self) -> Vec<Decoded> {
        let rows = self
            .client
            .query("SELECT * FROM audit.entry ORDER BY lane_id, seq", &[])
            .await
            .unwrap();
        let mut entries: Vec<Decoded> = Vec::new();
        for row in rows {
            let entry = Decoded::from_canonical(row.get("entry")).unwrap();
            assert_eq!(
                row.get::<_, uuid::Uuid>("audit_id"),
                *entry.stamp.audit_id.as_uuid()
            );
            assert_eq!(
                row.get::<_, i64>("lane_id").cast_unsigned(),
                entry.stamp.lane
            );
            assert_eq!(row.get::<_, i64>("seq").cast_unsigned(), entry.stamp.seq);
            assert_eq!(row.get::<_, jiff::Timestamp>("at"), entry.stamp.at);
            assert_eq!(row.get::<_, &str>("operation"), entry.operation.as_str());
            assert_eq!(row.get::<_, &str>("decision"), entry.decision.as_str());
            assert_eq!(
                row.get::<_, Option<String>>("agency_code"),
                entry.agency_code
            );
            let tag: Option<&[u8]> = row.get("subject_tag");
            assert_eq!(
                tag,
                entry.protected.subject_tag.as_ref().map(|it| it.as_slice())
            );
            let before = entries
                .last()
                .filter(|it| it.stamp.lane == entry.stamp.lane);
            let next = before.map_or(0, |it| it.stamp.seq + 1);
            assert_eq!(entry.stamp.seq, next, "no lane has a hole");
            assert!(before.is_none_or(|it| it.stamp.at <= entry.stamp.at));
            entries.push(entry);
        }
        entries
    }

    /// Entries of that operation.
    async fn of(&self, operation: Operation) -> Vec<Decoded> {
        let mut entries = self.entries().await;
        entries.retain(|it| it.operation == operation);
        entries
    }

    /// Waits until a query has a row.
    async fn until(&self, query: &str) {
        for _ in 0..1_000 {
            if !self.client.query(query, &[]).await.unwrap().is_empty() {
                return;
            }
            self.client
                .batch_execute("SELECT pg_sleep(0.01)")
                .await
                .unwrap();
        }
        panic!("never: {query}");
    }

    /// Holds up every writer until the returned connection commits.
    async fn stall(&self) -> Client {
        let client = self.test.client().await;
        let lock = "BEGIN; LOCK TABLE audit.block IN SHARE MODE";
        client.batch_execute(lock).await.unwrap();
        client
    }

    /// Waits until a lane waits for the lock of [`Rig::stall`].
    async fn until_stalled(&self) {
        self.until(
            "SELECT FROM pg_stat_activity WHERE datname = current_database()
             AND usename = 'dancu_service' AND wait_event_type = 'Lock'",
        )
        .await;
    }

    /// The program's own number, read as an operator would.
    fn metric(&self, name: &str) -> f64 {
        let registry = prometheus::Registry::new();
        self.metrics.register(&registry).unwrap();
        let families = registry.gather();
        let family = families.iter().find(|it| it.name() == name).unwrap();
        let one = |it: &prometheus::proto::Metric| {
            it.get_counter().get_value() + it.get_gauge().get_value()
        };
        family.get_metric().iter().map(one).sum()
    }
}

fn kek() -> Kek {
    Kek::from_bytes(&[1; 32])
}

fn keys(database: &Database) -> Keys {
    Keys::new(kek(), database.store(Role::Service, 1))
}

/// A verification like any other.
fn verification(lanes: &Lanes, agency: &str) -> Draft {
    let entry = Entry {
        agency_code: Some(agency),
        client_id: Some("onestop-hcm"),
        procedure_code: Some("1.004194"),
        claims: &["full_name", "birth_date"],
        subject: Some(Private::new("001095000001")),
        officer: Some(Private::new("079085001234")),
        case: Some(Private::new("H29.12-261121-0007")),
        ..Entry::new(Operation::Verify, Decision::Match)
    };
    lanes.draft(&entry).unwrap()
}
