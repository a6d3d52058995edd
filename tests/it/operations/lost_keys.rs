//! The loss of each key that a document says what to do about, up to where all goes on.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use dancu::clock::Clock;
use dancu::embedded::{Options, Postgres};
use dancu::tlog::{Checkpoint, Note};
use serde_json::json;

use super::{dancu, passage, said};
use crate::support::app::TestApp;
use crate::support::sealing::until;
use crate::support::{self, superuser};

/// An embedded installation, whose keys and second place lie below its data directory.
struct Installation {
    data_dir: PathBuf,
    config: PathBuf,
}

impl Installation {
    /// With an entry in its log.
    fn new(name: &str) -> Self {
        let directory = support::scratch(name);
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("dancu.toml");
        let data_dir = directory.join("var");
        let text = format!(
            "data_dir = {data_dir:?}\n[http]\nlisten = \"127.0.0.1:0\"\n\
             metrics_listen = \"127.0.0.1:0\"\n[audit]\nseal_interval_ms = 20\n"
        );
        fs::write(&config, text).unwrap();
        fs::write(directory.join("nobody.ndjson"), "").unwrap();
        let installation = Self { data_dir, config };
        installation.leave_an_entry();
        installation
    }

    fn leave_an_entry(&self) {
        said(&self.config, "import nobody.ndjson", 0);
    }

    /// The keys that sign, as verifiers know them.
    fn verifier_keys(&self) -> String {
        let words = "keys make-note var/keys/log-note --name dancu.example/log";
        let made = dancu(&self.config, words);
        assert!(made.status.success());
        String::from_utf8(made.stdout).unwrap()
    }

    /// How many leaves the newest head in the second place has.
    fn remembered(&self) -> u64 {
        let latest = self.data_dir.join("checkpoints/1/latest");
        let note = fs::read_to_string(latest).unwrap_or_default();
        let note = Note::parse(&note).ok();
        note.map_or(0, |it| Checkpoint::parse_own(it.text()).unwrap().size)
    }

    /// Seals until `done`, as `dancu seal` does beside services; what it said.
    async fn seal_until(&self, mut done: impl FnMut(&str) -> bool) {
        let mut sealer = Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(["seal", "--config"])
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (said, lines) = std::sync::mpsc::channel();
        let stderr = BufReader::new(sealer.stderr.take().unwrap());
        let reading = std::thread::spawn(move || {
            for line in stderr.lines() {
                let _nobody_reads = said.send(line.unwrap());
            }
        });
        let mut all = String::new();
        until("sealing is where it must be", async || {
            all.extend(lines.try_iter().map(|line| line + "\n"));
            // Looking is no waiting: whoever seals needs the processor.
            tokio::task::yield_now().await;
            done(&all).then_some(())
        })
        .await;
        let told = Command::new("kill")
            .args(["-TERM", &sealer.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert!(sealer.wait().unwrap().success());
        reading.join().unwrap();
    }

    async fn execute(&self, sql: &str) {
        let postgres = Postgres::start(&self.data_dir, Options::default())
            .await
            .unwrap();
        let client = superuser(postgres.socket(), "dancu").await;
        client.batch_execute(sql).await.unwrap();
        drop(client);
        postgres.stop().await.unwrap();
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if let Ok(elsewhere) = fs::read_link(self.data_dir.join("cluster")) {
            let _ = fs::remove_dir_all(elsewhere.parent().unwrap());
        }
        let _ = fs::remove_dir_all(self.config.parent().unwrap());
    }
}

fn words(keys: &str) -> String {
    keys.lines().map(|key| format!(" --key {key}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_to_record_under_no_partition_is_made_or_dropped() {
    const PARTITIONS: &str = "FROM pg_inherits WHERE inhparent = 'audit.block'::regclass";
    let place = Installation::new("maintain without a key");
    let removed = format!(
        "DO $$ BEGIN
             EXECUTE 'DROP TABLE ' || (SELECT max(inhrelid::regclass::text) {PARTITIONS});
             CREATE TABLE was AS SELECT count(*) {PARTITIONS};
         END $$"
    );
    place.execute(&removed).await;
    let kek = place.data_dir.join("keys/audit-kek");
    for (mode, code, more) in [(0o644, 1, 0), (0o600, 0, 1)] {
        fs::set_permissions(&kek, Permissions::from_mode(mode)).unwrap();
        let told = said(&place.config, "maintain", code);
        assert_eq!(told.contains("can be read by others"), code == 1, "{told}");
        let there = format!(
            "DO $$ BEGIN ASSERT (SELECT count(*) {PARTITIONS}) = (SELECT count FROM was) + {more}; END $$"
        );
        place.execute(&there).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_encryption_key_nothing_is_recorded_until_the_log_begins_anew() {
    let installation = Installation::new("kek");
    let kek = installation.data_dir.join("keys/audit-kek");
    fs::remove_file(&kek).unwrap();
    // Another key is made in its place, and is no use.
    let refused = said(&installation.config, "import nobody.ndjson", 1);
    assert!(refused.contains("another key-encryption key"), "{refused}");
    let again = said(&installation.config, "import nobody.ndjson", 1);
    assert!(again.contains("another key-encryption key"), "{again}");

    let anew = passage("keys.md", "## When the KEK is lost", "sql");
    installation.execute(&anew).await;
    installation.leave_an_entry();
    let mut before = 0;
    installation
        .seal_until(|_| {
            let now = installation.remembered();
            std::mem::replace(&mut before, now) == now && now > 0
        })
        .await;
    let key = words(&installation.verifier_keys());
    let report = said(&installation.config, &format!("audit verify{key}"), 0);
    assert!(report.contains("Nothing is wrong"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_note_key_is_replaced_and_what_it_signed_stays_proven() {
    let installation = Installation::new("note");
    installation
        .seal_until(|_| installation.remembered() > 0)
        .await;
    let old = installation.verifier_keys();
    let signed = installation.remembered();
    fs::remove_file(installation.data_dir.join("keys/log-note")).unwrap();
    installation.leave_an_entry();
    installation
        .seal_until(|said| said.contains("is not signed by this log's keys"))
        .await;
    assert_eq!(installation.remembered(), signed, "nothing more was signed");

    let place = installation.data_dir.join("checkpoints");
    let aside = installation.data_dir.join("checkpoints.before");
    fs::rename(&place, &aside).unwrap();
    said(&installation.config, "audit adopt-second-place", 0);
    installation
        .seal_until(|_| installation.remembered() > signed)
        .await;
    let new = installation.verifier_keys();
    assert_ne!(old, new);
    let both = words(&(old.clone() + &new));
    for command in [
        format!("audit verify{both}"),
        format!("audit verify{both} --witness-checkpoint var/checkpoints.before/1/latest"),
    ] {
        let report = said(&installation.config, &command, 0);
        assert!(report.contains("Nothing is wrong"), "{report}");
    }
    // The new key alone does not speak for what the old one signed.
    let alone = format!("audit verify{}", words(&new));
    let report = said(&installation.config, &alone, 1);
    assert!(report.contains("checkpoint_signature"), "{report}");
}

#[actix_web::test]
async fn when_every_administrator_is_lost_another_bootstrap_client_lets_one_in() {
    let app = TestApp::start().await;
    let another = |name: &'static str| {
        let (data_dir, issuers) = (app.config.data_dir.clone(), app.config.auth.issuers.clone());
        TestApp::over(Arc::clone(&app.database), Clock::default(), move |config| {
            config.data_dir = data_dir;
            config.auth.issuers = issuers;
            config.auth.bootstrap_client = Some(name.into());
        })
    };
    let rescued = another("rescue-2026").await;
    let token = rescued.token("rescue-2026", "admin");
    let agency = json!({"code": "H29", "name": "UBND Thành phố Hồ Chí Minh"});
    let request = rescued
        .request(reqwest::Method::PUT, "/v1/admin/agencies/H29")
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(agency.to_string());
    let answer = rescued.send(request).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    // It is recorded who was let in.
    let entries = app
        .rows("SELECT operation FROM audit.entry WHERE client_id = 'rescue-2026'")
        .await;
    assert!(
        entries.contains(&"admin.agency.put".to_owned()),
        "{entries:?}"
    );
    rescued.stop().await;
    app.stop().await;
}

/// As the document says to try a copy.
#[test]
fn a_copy_of_the_key_encryption_key_is_proven_by_a_command_that_records() {
    let installation = Installation::new("copy");
    let kek = installation.data_dir.join("keys/audit-kek");
    let with = |copy: &str| {
        let done = Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(["import", "nobody.ndjson"])
            .current_dir(installation.config.parent().unwrap())
            .env("DANCU_AUDIT__KEK_FILE", copy)
            .output()
            .unwrap();
        done.status.code()
    };
    let directory = installation.config.parent().unwrap();
    fs::copy(&kek, directory.join("copy")).unwrap();
    assert_eq!(with("copy"), Some(0));
    let other = directory.join("other");
    fs::write(&other, "bm90IHRoZSBrZXkgdGhhdCBpcyBpbiBmb3JjZSBoZXI=\n").unwrap();
    fs::set_permissions(&other, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(with("other"), Some(1));
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let installation = Installation::new("exposed");
    let kek = installation.data_dir.join("keys/audit-kek");
    let set_mode = |mode| fs::set_permissions(&kek, Permissions::from_mode(mode)).unwrap();
    set_mode(0o640);
    let refused = said(&installation.config, "import nobody.ndjson", 1);
    assert!(refused.contains("audit-kek"), "{refused}");
    set_mode(0o600);
    installation.leave_an_entry();
}
