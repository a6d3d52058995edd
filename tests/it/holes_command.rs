//! `dancu audit declare-hole`, as an operator types it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use dancu::embedded::{Options, Postgres};
use dancu::store::Role;

use crate::support::{TAMPERING, scratch};

/// A data directory with a server that runs, which the commands attach to.
struct Place {
    directory: PathBuf,
    config: PathBuf,
    postgres: Postgres,
}

impl Place {
    async fn new() -> Self {
        let directory = scratch("holes command");
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("dancu.toml");
        fs::write(&config, format!("data_dir = {directory:?}\n")).unwrap();
        let postgres = Postgres::start(&directory, Options::default()).await;
        Self {
            directory,
            config,
            postgres: postgres.unwrap(),
        }
    }

    fn dancu(&self, words: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(words.split(' '))
            .arg("--config")
            .arg(&self.config)
            .current_dir(&self.directory)
            .output()
            .unwrap()
    }

    /// What it says to the person at the terminal, having ended with that code.
    fn said(&self, words: &str, code: i32) -> String {
        let output = self.dancu(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words}: {said}");
        said
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_declares_what_a_lane_lost_and_verifying_says_so() {
    let place = Place::new().await;
    // A command with an entry of its own: lane 1 is opened, written and closed.
    place.said("keys rotate-month", 0);
    let owner = place
        .postgres
        .database()
        .connect(Role::Owner)
        .await
        .unwrap();
    owner.batch_execute(TAMPERING).await.unwrap();
    let lost = owner
        .execute("DELETE FROM audit.entry WHERE lane_id = 1 AND seq = 1", &[])
        .await
        .unwrap();
    assert_eq!(lost, 1);
    let said = place.said("audit verify", 1);
    assert!(said.contains("the entry is not there"), "{said}");

    let said = place.said("audit declare-hole 1 1..2", 1);
    assert!(said.contains("an entry of number 2"), "{said}");
    let said = place.said("audit declare-hole 7 1..1", 1);
    assert!(said.contains("no lane of this number"), "{said}");
    place.said("audit declare-hole 1 2..1", 2);
    let dry = place.dancu("audit declare-hole 1 1 --dry-run");
    let found = String::from_utf8(dry.stdout).unwrap();
    assert_eq!(
        found.trim(),
        "Numbers 1 to 1 of lane 1 are missing: 1 entries."
    );
    let declared = "SELECT count(*) FROM audit.declared_hole";
    let count: i64 = owner.query_one(declared, &[]).await.unwrap().get(0);
    assert_eq!(count, 0, "a dry run declares nothing");

    let said = place.said("audit declare-hole 1 1", 0);
    assert!(said.contains("are declared lost by entry"), "{said}");
    let said = place.said("audit declare-hole 1 1", 1);
    assert!(said.contains("declared already"), "{said}");
    let entry = "SELECT count(*) FROM audit.entry e JOIN audit.declared_hole h USING (audit_id)
        WHERE e.operation = 'cli.declare_hole' AND h.lane_id = 1";
    let count: i64 = owner.query_one(entry, &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
    let said = place.said("audit verify", 0);
    assert!(
        said.contains("DECLARED HOLE: numbers 1 to 1 of lane 1"),
        "{said}"
    );
}
