//! The people in the register, and the note in the directory that says how many there are.
//!
//! A directory that was kept is not filled again, and may be filled further: a larger population
//! begins with the smaller one.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dancu::register::import;
use dancu::store::{Database, Role};
use dancu::synth::{Population, people};
use serde::{Deserialize, Serialize};

use super::{Failure, machine, say};

/// The population's seed.
pub const SEED: u64 = 1;
/// How many people are made between two words about it.
const WORD: u64 = 500_000;
/// Reads the table and its key from one end to the other: no index has the column that the first counts.
const READ_THROUGH: &str = "SELECT count(revision) FROM register.citizen; \
    SET enable_seqscan = off; SELECT count(*) FROM register.citizen";

/// What the directory says of itself.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Note {
    /// How many people there are; zero while they are being made.
    citizens: u64,
}

/// Makes a directory the harness's, unless it is anybody else's.
pub fn claim(dir: &Path) -> Result<(), Failure> {
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700).create(dir)?;
    if note(dir).exists() {
        return Ok(());
    }
    if fs::read_dir(dir)?.next().is_some() {
        return Err(format!("{} holds something else", dir.display()).into());
    }
    write(dir, &Note::default())
}

/// Sees to it that there are so many people; returns how long that took, if anything was to be done.
pub async fn fill(
    dir: &Path,
    database: &Database,
    socket: &Path,
    citizens: u64,
) -> Result<Option<Duration>, Failure> {
    let held: Note = serde_json::from_slice(&fs::read(note(dir))?)?;
    if held.citizens == citizens {
        return Ok(None);
    }
    let client = machine::connect(socket).await?;
    let counted = client.query_one("SELECT count(*) FROM register.citizen", &[]);
    let there = u64::try_from(counted.await?.get::<_, i64>(0))?;
    if there > citizens {
        return Err(format!("{} holds {there} people already", dir.display()).into());
    }
    let begun = Instant::now();
    write(dir, &Note::default())?;
    let store = database.store(Role::Feed, 2);
    let population = Population::new(SEED, citizens);
    let mut said = 0;
    let told = |made: u64| {
        if made / WORD > said {
            said = made / WORD;
            say(&format!("{} people …", there + made));
        }
    };
    import::load(&store, people(&population, there..citizens), told).await?;
    database.store(Role::Owner, 1).analyse_register().await?;
    // What PostgreSQL would do by and by, it does not do while something is measured.
    client.execute("VACUUM register.citizen", &[]).await?;
    client.execute("CHECKPOINT", &[]).await?;
    write(dir, &Note { citizens })?;
    Ok(Some(begun.elapsed()))
}

/// Reads all of them once. What the machine has memory for it keeps from then on, so that a question waits for
/// the disk only where the population is larger than that.
pub async fn read_through(socket: &Path) -> Result<(), Failure> {
    let client = machine::connect(socket).await?;
    Ok(client.batch_execute(READ_THROUGH).await?)
}

fn note(dir: &Path) -> PathBuf {
    dir.join("load.json")
}

fn write(dir: &Path, said: &Note) -> Result<(), Failure> {
    Ok(fs::write(note(dir), serde_json::to_vec(said)?)?)
}
