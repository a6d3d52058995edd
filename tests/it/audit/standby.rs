//! A server of its own, with settings that would hold up every other test.

use std::path::PathBuf;
use std::sync::Arc;

use dancu::audit::{Config, Lanes, Metrics, OpenError, RecordError, maintain};
use dancu::clock::Clock;
use dancu::embedded::{Options, Postgres};
use dancu::store::{Database, migrate};
use jiff::ToSpan;
use tokio_postgres::{Client, NoTls};

use super::{keys, verification};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_wait_for_a_standby_is_no_acknowledgement() {
    let server = Server::start("standby").await;
    let lanes = server.open(Clock::default(), false).await.unwrap();
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    server.set_standby("nobody").await;
    let (answer, ()) = tokio::join!(lanes.record(verification(&lanes, "H29")), async {
        server
            .until("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            .await;
        // What an administrator does to a hanging commit: the server answers that all is well.
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                      WHERE wait_event = 'SyncRep'";
        server.client.batch_execute(cancel).await.unwrap();
    });
    assert_eq!(answer, Err(RecordError::Unavailable));
    assert!(!lanes.is_up());
    server.set_standby("").await;
    for _ in 0..1_000 {
        if lanes.is_up() {
            break;
        }
        server
            .client
            .batch_execute("SELECT pg_sleep(0.02)")
            .await
            .unwrap();
    }
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    lanes.close().await;
    let holes = "SELECT lane_id FROM audit.entry GROUP BY lane_id
                 HAVING count(*) <> max(seq) + 1 OR count(DISTINCT seq) <> count(*)";
    assert!(server.client.query(holes, &[]).await.unwrap().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_lane_opens_only_where_clock_and_standby_are_as_they_must() {
    let server = Server::start("settings").await;
    let far = server.clock(11).await;
    let opened = server.open(far, false).await;
    assert!(matches!(opened, Err(OpenError::Clock(_))), "{opened:?}");
    let near = server.clock(5).await;
    server.open(near, false).await.unwrap().close().await;
    let opened = server.open(Clock::default(), true).await;
    assert!(matches!(opened, Err(OpenError::Standby)), "{opened:?}");
    server.stop().await;
}

struct Server {
    postgres: Postgres,
    database: Database,
    client: Client,
    directory: PathBuf,
}

impl Server {
    async fn start(name: &str) -> Self {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("audit-{name}-{}", std::process::id()));
        let postgres = Postgres::start(&directory, Options::default())
            .await
            .unwrap();
        let database = postgres.database();
        migrate::migrate(&database).await.unwrap();
        maintain(&database, &Clock::default(), 1, None)
            .await
            .unwrap();
        let (client, connection) = tokio_postgres::Config::new()
            .host_path(postgres.socket())
            .user("postgres")
            .dbname("dancu")
            .connect(NoTls)
            .await
            .unwrap();
        drop(tokio::spawn(connection));
        client
            .batch_execute("SET synchronous_commit = 'local'")
            .await
            .unwrap();
        Self {
            postgres,
            database,
            client,
            directory,
        }
    }

    async fn open(&self, clock: Clock, require_standby: bool) -> Result<Lanes, OpenError> {
        let config = Config {
            require_standby,
            ..Config::default()
        };
        let keys = Arc::new(keys(&self.database));
        Lanes::open(
            self.database.clone(),
            keys,
            clock,
            config,
            Metrics::default(),
        )
        .await
    }

    /// A clock so many seconds ahead of the server's.
    async fn clock(&self, seconds: i64) -> Clock {
        let row = self
            .client
            .query_one("SELECT clock_timestamp()", &[])
            .await
            .unwrap();
        Clock::frozen(row.get::<_, jiff::Timestamp>(0) + seconds.seconds())
    }

    async fn set_standby(&self, name: &str) {
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'");
        self.client.batch_execute(&set).await.unwrap();
        self.client
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .unwrap();
        self.until(&format!(
            "SELECT WHERE current_setting('synchronous_standby_names') = '{name}'"
        ))
        .await;
        // The checkpointer tells the others to wait, a moment after it has read the file itself.
        self.client.batch_execute("CHECKPOINT").await.unwrap();
    }

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

    async fn stop(self) {
        self.postgres.stop().await.unwrap();
        std::fs::remove_dir_all(&self.directory).unwrap();
    }
}
