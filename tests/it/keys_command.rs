//! `dancu keys`, as an operator types it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dancu::embedded::{Options, Postgres};

use crate::support::scratch;

/// A data directory with a server that runs, which the commands attach to.
struct Place {
    directory: PathBuf,
    config: PathBuf,
    _postgres: Postgres,
}

impl Place {
    async fn new() -> Self {
        let directory = scratch("keys command");
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("dancu.toml");
        fs::write(&config, format!("data_dir = {directory:?}\n")).unwrap();
        let postgres = Postgres::start(&directory, Options::default()).await;
        Self {
            directory,
            config,
            _postgres: postgres.unwrap(),
        }
    }

    fn keys(&self, words: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dancu"))
            .arg("keys")
            .args(words.split(' '))
            .arg("--config")
            .arg(&self.config)
            .current_dir(&self.directory)
            .output()
            .unwrap()
    }

    /// What it says to the person at the terminal, having done what it was told.
    fn done(&self, words: &str) -> String {
        let output = self.keys(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words}: {said}");
        said
    }

    /// What it says, having refused.
    fn refused(&self, words: &str) -> String {
        let output = self.keys(words);
        assert_eq!(output.status.code(), Some(1), "{words}");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_rotates_destroys_and_rewraps() {
    let place = Place::new().await;
    assert!(place.done("rotate-month").contains("generation 2"));
    assert!(place.done("rotate-month").contains("generation 3"));

    let dry = place.keys("destroy-months 2020-02 202001 202001 --dry-run");
    let report = String::from_utf8(dry.stdout).unwrap();
    let months: Vec<_> = report.lines().filter(|it| it.starts_with("20")).collect();
    assert_eq!(months, ["202001", "202002"]);
    assert!(report.contains("no keys"), "{report}");
    let said = place.done("destroy-months 202001");
    assert!(said.contains("202001: there were no keys."), "{said}");
    let this = dancu::clock::Clock::default().today().strftime("%Y%m");
    let said = place.refused(&format!("destroy-months {this}"));
    assert!(said.contains("too young"), "{said}");
    assert_eq!(place.keys("destroy-months 202013").status.code(), Some(2));

    let in_use = place.directory.join("keys/audit-kek");
    let said = place.refused(&format!("rewrap --new-kek {}", "keys/audit-kek"));
    assert!(said.contains("is the one in force"), "{said}");
    let said = place.done("rewrap --new-kek keys/new-kek");
    // This month's three, and the next one's.
    assert!(said.contains("4 pairs of keys"), "{said}");
    let new = place.directory.join("keys/new-kek");
    assert_eq!(mode(&new), 0o600);
    let said = place.done("rewrap --new-kek keys/new-kek");
    assert!(said.contains("already"), "{said}");
    let said = place.refused("rotate-month");
    assert!(said.contains("another key-encryption key"), "{said}");
    fs::rename(&new, &in_use).unwrap();
    assert!(place.done("rotate-month").contains("generation 4"));
}
