//! A primary and a streaming replica of it, both of the test's own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use dancu::embedded::{Options, Postgres};
use dancu::store::{Database, Url, Urls, migrate};
use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::Client;

use crate::support::{TestDatabase, scratch, superuser};

/// Two servers, of which the second replays what the first writes.
pub struct Pair {
    primary: Postgres,
    replica: Postgres,
    directories: [PathBuf; 2],
}

/// Processes that stand still until this is dropped.
pub struct Still(Vec<Pid>);

impl Drop for Still {
    fn drop(&mut self) {
        for process in &self.0 {
            // One that has ended needs nothing.
            let _ = kill_process(*process, Signal::CONT);
        }
    }
}

impl Pair {
    /// Both, migrated; none where there is no `pg_basebackup` beside the server.
    pub async fn start() -> Option<Self> {
        let directories = [scratch("primary"), scratch("replica")];
        let primary = started(&directories[0]).await;
        migrate::migrate(&primary.database()).await.unwrap();
        let program = program(&primary)?;
        // A cluster where it may lie and whose it is, for the copy to take its place.
        let replica = started(&directories[1]).await;
        let cluster = directories[1].join("cluster").canonicalize().unwrap();
        replica.stop().await.unwrap();
        copy(&program, primary.socket(), &cluster);
        let replica = started(&directories[1]).await;
        Some(Self {
            primary,
            replica,
            directories,
        })
    }

    /// The database as the program is given it, with the register read from the replica.
    pub fn database(&self) -> Arc<TestDatabase> {
        let url = |user: &str| url(self.primary.socket(), user);
        let (service, owner, feed) = (url("dancu_service"), url("postgres"), url("dancu_feed"));
        let (audit, maintain) = (url("dancu_audit"), url("dancu_maintain"));
        let (seal, search) = (url("dancu_seal"), url("dancu_search"));
        let register = self::url(self.replica.socket(), "dancu_service");
        let database = Database::from_urls(Urls {
            owner: Some(Url::Text(&owner)),
            feed: Some(Url::Text(&feed)),
            audit: Some(Url::Text(&audit)),
            maintain: Some(Url::Text(&maintain)),
            seal: Some(Url::Text(&seal)),
            search: Some(Url::Text(&search)),
            register: Some(Url::Text(&register)),
            ..Urls::of(Url::Text(&service))
        });
        Arc::new(TestDatabase::of_server(
            self.primary.socket(),
            database.unwrap(),
        ))
    }

    /// A superuser's connection to the replica.
    pub async fn on_replica(&self) -> Client {
        superuser(self.replica.socket(), "dancu").await
    }

    /// Has every process of the replica stand still: connections are taken, and nothing is said.
    pub async fn hold_replica(&self) -> Still {
        let client = self.on_replica().await;
        let rows = client.query("SELECT pid FROM pg_stat_activity", &[]).await;
        let workers = rows.unwrap().into_iter().map(|row| row.get(0));
        let server = i32::try_from(self.replica.pid().unwrap()).unwrap();
        let all = workers
            .chain([server])
            .map(|pid| Pid::from_raw(pid).unwrap());
        let still = Still(all.collect());
        for process in &still.0 {
            kill_process(*process, Signal::STOP).unwrap();
        }
        still
    }

    /// Ends the replica at once, for good.
    pub fn kill_replica(&self) {
        let server = i32::try_from(self.replica.pid().unwrap()).unwrap();
        kill_process(Pid::from_raw(server).unwrap(), Signal::QUIT).unwrap();
    }

    /// Ends both.
    pub async fn stop(self) {
        // It may have been killed.
        let _ = self.replica.stop().await;
        self.primary.stop().await.unwrap();
        for directory in self.directories {
            let cluster = directory.join("cluster").canonicalize().unwrap();
            fs::remove_dir_all(cluster).unwrap();
            fs::remove_dir_all(directory).unwrap();
        }
    }
}

async fn started(directory: &Path) -> Postgres {
    let options = Options {
        durable: false,
        shared_buffers_mib: 32,
        ..Options::default()
    };
    Postgres::start(directory, options).await.unwrap()
}

fn url(socket: &Path, user: &str) -> String {
    let socket = socket.to_str().unwrap().replace('/', "%2F");
    format!("postgres://{user}@{socket}:5432/dancu")
}

/// `pg_basebackup` of the installation that runs the server.
fn program(server: &Postgres) -> Option<PathBuf> {
    let process = format!("/proc/{}/exe", server.pid().unwrap());
    let program = fs::read_link(process)
        .unwrap()
        .with_file_name("pg_basebackup");
    program.is_file().then_some(program)
}

/// Puts a copy of the server in the place of that cluster, to be started as its replica.
fn copy(program: &Path, socket: &Path, cluster: &Path) {
    let owner = fs::metadata(cluster).unwrap();
    for entry in fs::read_dir(cluster).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    let said = Command::new(program)
        .uid(owner.uid())
        .gid(owner.gid())
        .current_dir("/")
        .args([
            "--checkpoint=fast",
            "--wal-method=stream",
            "--write-recovery-conf",
            "--no-sync",
        ])
        .arg("--pgdata")
        .arg(cluster)
        .arg("--host")
        .arg(socket)
        .args(["--port", "5432", "--username", "postgres"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
}
