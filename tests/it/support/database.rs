//! A database for one test: cloned from the migrated template, dropped with the test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use dancu::store::Database;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use super::cluster::{self, TEMPLATE};

/// How often a clone is tried again while something else looks at the template.
const ATTEMPTS: u32 = 20;

/// A migrated, empty database that no other test sees.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    database: Database,
    /// Of a server of the test's own, which the database goes with; none where it is the run's.
    server: Option<PathBuf>,
}

/// Makes one, and the server first if this is the run's first.
pub async fn database() -> TestDatabase {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let admin = superuser(cluster::socket(), "postgres").await;
    clone(&admin, &name).await;
    TestDatabase {
        database: cluster::database(&name),
        name,
        server: None,
    }
}

impl TestDatabase {
    /// The product's database of a server of the test's own, by its socket and as it is to be given to the
    /// program.
    pub fn of_server(socket: &Path, database: Database) -> Self {
        Self {
            name: "dancu".into(),
            database,
            server: Some(socket.to_owned()),
        }
    }

    /// The same, which the program reaches over these lines.
    pub fn over(mut self, lines: &super::Lines) -> Self {
        self.database = lines.database(&self.name);
        self
    }

    /// As the program is given it: every role is a user of its own.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Ends every connection and takes no new one, as if the database were away.
    pub async fn refuse(&self) {
        let admin = superuser(cluster::socket(), "postgres").await;
        self.allow(&admin, false).await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        admin.query(end, &[&self.name]).await.unwrap();
    }

    /// Takes connections again.
    pub async fn welcome(&self) {
        let admin = superuser(cluster::socket(), "postgres").await;
        self.allow(&admin, true).await;
    }

    async fn allow(&self, admin: &Client, allowed: bool) {
        let name = &self.name;
        let alter = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        admin.batch_execute(&alter).await.unwrap();
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address for that user, as a process of its own is given it.
    pub fn url(&self, user: &str) -> String {
        url_of(&self.name, user)
    }

    /// Another database with the same content: what a backup of this moment restores. Nobody may be
    /// connected to this one meanwhile.
    pub async fn copy(&self) -> TestDatabase {
        let admin = superuser(cluster::socket(), "postgres").await;
        let name = format!("{}_copy", self.name);
        let statement = format!("CREATE DATABASE {name} TEMPLATE {}", self.name);
        admin.batch_execute(&statement).await.unwrap();
        TestDatabase {
            database: cluster::database(&name),
            name,
            server: None,
        }
    }

    /// A connection of the superuser, to look behind the program's back.
    pub async fn client(&self) -> Client {
        let socket = self.server.as_deref();
        superuser(socket.unwrap_or_else(|| cluster::socket()), &self.name).await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.server.is_some() {
            return;
        }
        let name = &self.name;
        cluster::block_on(async {
            let admin = superuser(cluster::socket(), "postgres").await;
            // It waits until every server process of the cluster has looked up, also one in the middle
            // of a COPY whose client is this very thread. What is left behind goes with the cluster. A
            // test that broke the server has its own message already.
            let _ = admin.batch_execute("SET statement_timeout = '3s'").await;
            let _ = admin
                .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await;
        });
    }
}

/// The address of a database of the run's server, for that user.
pub fn url_of(database: &str, user: &str) -> String {
    let socket = cluster::socket().to_str().unwrap().replace('/', "%2F");
    format!("postgres://{user}@{socket}:5432/{database}")
}

/// A connection of the superuser to a database of the run's server.
pub async fn superuser_of(database: &str) -> Client {
    superuser(cluster::socket(), database).await
}

/// A connection of the superuser to the run's server, and to no test's database.
pub async fn superuser_of_the_cluster() -> Client {
    superuser(cluster::socket(), "postgres").await
}

/// A connection of the superuser to a database of the run's server.
pub async fn superuser(socket: &Path, database: &str) -> Client {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(socket)
        .port(5432)
        .user("postgres")
        .dbname(database)
        .connect(NoTls)
        .await
        .expect("the run's server is up");
    drop(tokio::spawn(connection));
    client
}

async fn clone(admin: &Client, name: &str) {
    let statement = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    for _ in 0..ATTEMPTS {
        match admin.batch_execute(&statement).await {
            Ok(()) => return,
            // The server itself waits five seconds before it says this, so there is no pause here.
            Err(busy) if busy.code() == Some(&SqlState::OBJECT_IN_USE) => {}
            Err(refused) => panic!("no database for the test: {refused:?}"),
        }
    }
    panic!("something stays in the template");
}
