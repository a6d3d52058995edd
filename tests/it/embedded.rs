//! The PostgreSQL child process, through what may happen to it and to its owner.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dancu::embedded::{Error, Options, Postgres};
use dancu::store::{Database, Role};

use crate::support;

/// Names the data directory to the process that is to be killed.
const VICTIM: &str = "DANCU_TEST_VICTIM";

#[tokio::test]
async fn a_stopped_server_leaves_neither_process_nor_socket() {
    let place = Place::new("stop");
    let postgres = place.start().await;
    let (pid, socket) = (postgres.pid().unwrap(), postgres.socket().to_owned());
    assert!(socket.join(".s.PGSQL.5432").exists());
    postgres.stop().await.unwrap();
    assert!(!is_alive(pid));
    assert!(!socket.exists());
    assert!(!place.0.join("cluster/postmaster.pid").exists());
}

#[tokio::test]
async fn a_dropped_server_is_stopped() {
    let place = Place::new("drop");
    let postgres = place.start().await;
    let (pid, socket) = (postgres.pid().unwrap(), postgres.socket().to_owned());
    drop(postgres);
    assert!(!is_alive(pid));
    assert!(!socket.exists());
}

#[tokio::test]
async fn what_was_written_is_there_after_the_next_start() {
    let place = Place::new("keep data");
    let postgres = place.start().await;
    write_mark(&postgres.database()).await;
    postgres.stop().await.unwrap();
    let postgres = place.start().await;
    assert!(has_mark(&postgres.database()).await);
}

#[tokio::test]
async fn a_server_listens_on_its_private_socket_alone_and_flushes() {
    let place = Place::new("settings");
    let postgres = Postgres::start(&place.0, Options::default()).await.unwrap();
    for (name, expected) in [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("max_connections", "100"),
        ("lc_collate_of_template", "C.UTF-8"),
    ] {
        assert_eq!(show(&postgres.database(), name).await, expected, "{name}");
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(postgres.socket())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn the_orphan_of_a_killed_process_is_replaced_and_loses_nothing() {
    let place = Place::new("orphan");
    let (mut victim, orphan, socket) = place.start_elsewhere().await;
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(
        is_alive(orphan),
        "nothing told the server that its owner is gone"
    );

    let postgres = place.start().await;
    assert!(!is_alive(orphan));
    assert!(!socket.exists());
    assert!(has_mark(&postgres.database()).await);
}

#[tokio::test]
async fn a_server_that_was_killed_itself_starts_again() {
    let place = Place::new("killed");
    let postgres = Postgres::start(&place.0, Options::default()).await.unwrap();
    write_mark(&postgres.database()).await;
    send(postgres.pid().unwrap(), "KILL");
    let stopped = postgres.stop().await;
    assert!(stopped.is_ok(), "there is nothing left to stop");
    let postgres = place.start().await;
    assert!(has_mark(&postgres.database()).await);
}

#[tokio::test]
async fn a_pid_file_that_names_another_process_does_not_keep_it_from_starting() {
    let place = Place::new("stale");
    place.start().await.stop().await.unwrap();
    let pid_file = place.0.join("cluster/postmaster.pid");
    let ours = std::process::id();
    fs::write(
        &pid_file,
        format!("{ours}\n/elsewhere\n1\n5432\n/tmp/elsewhere\n\n1 1\nready\n"),
    )
    .unwrap();
    let postgres = place.start().await;
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_owner_is_refused_and_told_who_the_first_is() {
    let place = Place::new("twice");
    let (one, other) = tokio::join!(place.try_start(), place.try_start());
    let (running, refused) = match (one, other) {
        (Ok(running), Err(refused)) | (Err(refused), Ok(running)) => (running, refused),
        both => panic!("one of them owns it: {both:?}"),
    };
    let Error::InUse { owner, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(owner, format!("process {}", std::process::id()));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn who_attaches_leaves_the_server_running() {
    let place = Place::new("attach");
    // At once: the second finds it in the middle of being made.
    let (owner, guest) = tokio::join!(place.start(), async {
        tokio::task::yield_now().await;
        Postgres::attach_or_start(&place.0, quick()).await.unwrap()
    });
    let (owner, guest) = if owner.pid().is_some() {
        (owner, guest)
    } else {
        (guest, owner)
    };
    assert_eq!(guest.pid(), None);
    assert_eq!(guest.socket(), owner.socket());
    write_mark(&guest.database()).await;
    guest.stop().await.unwrap();
    assert!(has_mark(&owner.database()).await);
}

#[tokio::test]
async fn who_finds_no_server_to_attach_to_starts_one_for_a_while() {
    let place = Place::new("borrow");
    let postgres = Postgres::attach_or_start(&place.0, quick()).await.unwrap();
    let pid = postgres.pid().unwrap();
    postgres.stop().await.unwrap();
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_long_path_with_blanks_and_accents_is_no_obstacle() {
    let place = Place::new(&format!("dữ liệu {}", "rất dài ".repeat(15)));
    let long = Place(place.0.join("x".repeat(120)).join("y y"));
    let postgres = long.start().await;
    write_mark(&postgres.database()).await;
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_closed_to_others_is_no_obstacle() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new("closed");
    fs::create_dir_all(&place.0).unwrap();
    fs::set_permissions(&place.0, fs::Permissions::from_mode(0o700)).unwrap();
    let inner = Place(place.0.join("below"));
    let postgres = inner.start().await;
    write_mark(&postgres.database()).await;
    postgres.stop().await.unwrap();
    let postgres = inner.start().await;
    assert!(has_mark(&postgres.database()).await);
    let mode = fs::metadata(&place.0).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "a parent stays as it was");
}

#[tokio::test]
async fn a_cluster_that_was_half_made_is_made_again() {
    let place = Place::new("half");
    fs::create_dir_all(place.0.join("cluster.new-0")).unwrap();
    fs::write(place.0.join("cluster.new-0/PG_VERSION"), "15").unwrap();
    place.start().await.stop().await.unwrap();
    assert!(!place.0.join("cluster.new-0").exists());
}

#[tokio::test]
async fn a_cluster_of_another_version_is_refused_and_left_alone() {
    let place = Place::new("version");
    fs::create_dir_all(place.0.join("cluster")).unwrap();
    fs::write(place.0.join("cluster/PG_VERSION"), "9\n").unwrap();
    let refused = place.try_start().await.unwrap_err();
    assert!(
        matches!(refused, Error::OtherVersion { needed: 9, .. }),
        "{refused}"
    );
    assert!(place.0.join("cluster/PG_VERSION").exists());
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let place = Place::new("broken");
    place.start().await.stop().await.unwrap();
    fs::remove_file(place.0.join("cluster/global/pg_control")).unwrap();
    let refused = place.try_start().await.unwrap_err();
    assert!(
        matches!(&refused, Error::Ended { last, .. } if last.contains("pg_control")),
        "{refused}"
    );
}

/// Not a test: owns a server until it is killed.
#[tokio::test]
#[ignore = "run by the test of orphans, in a process of its own"]
async fn victim() {
    let Some(data_dir) = env::var_os(VICTIM).map(PathBuf::from) else {
        return;
    };
    let postgres = Postgres::start(&data_dir, quick()).await.unwrap();
    write_mark(&postgres.database()).await;
    let written = format!(
        "{}\n{}",
        postgres.pid().unwrap(),
        postgres.socket().display()
    );
    fs::write(data_dir.join("draft"), written).unwrap();
    fs::rename(data_dir.join("draft"), data_dir.join("victim")).unwrap();
    // Or until the test that waits for it was killed, which closes this.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

/// A data directory of one test, removed with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(support::scratch(name))
    }

    async fn start(&self) -> Postgres {
        self.try_start()
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    async fn try_start(&self) -> Result<Postgres, Error> {
        Postgres::start(&self.0, quick()).await
    }

    /// Starts the server in another process; its owner, its process and its socket.
    async fn start_elsewhere(&self) -> (Child, u32, PathBuf) {
        let victim = Command::new(env::current_exe().unwrap())
            .args(["--exact", "embedded::victim", "--include-ignored"])
            .env(VICTIM, &self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let written = read_once_written(&self.0.join("victim"));
        let (pid, socket) = written.split_once('\n').unwrap();
        (victim, pid.parse().unwrap(), socket.into())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(elsewhere) = fs::read_link(self.0.join("cluster")) {
            let _ = fs::remove_dir_all(elsewhere.parent().unwrap());
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn quick() -> Options {
    Options {
        durable: false,
        shared_buffers_mib: 16,
        ..Options::default()
    }
}

async fn write_mark(database: &Database) {
    let client = database.connect(Role::Owner).await.unwrap();
    client.batch_execute("CREATE TABLE mark ()").await.unwrap();
}

async fn has_mark(database: &Database) -> bool {
    let client = database.connect(Role::Owner).await.unwrap();
    client.batch_execute("SELECT FROM mark").await.is_ok()
}

async fn show(database: &Database, name: &str) -> String {
    let client = database.connect(Role::Owner).await.unwrap();
    if name == "lc_collate_of_template" {
        let sql = "SELECT datcollate FROM pg_database WHERE datname = 'dancu'";
        return client.query_one(sql, &[]).await.unwrap().get(0);
    }
    client
        .query_one(&format!("SHOW {name}"), &[])
        .await
        .unwrap()
        .get(0)
}

fn read_once_written(path: &Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match fs::read_to_string(path) {
            Ok(written) => return written,
            Err(missing) if Instant::now() > deadline => panic!("{}: {missing}", path.display()),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// A process that ended counts as gone even while nobody has asked for its status.
fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn send(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}
