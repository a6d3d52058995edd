//! `dancu audit new-epoch` and `dancu audit adopt-second-place`: what follows a restored backup, and a
//! lost disk.

use super::attach::{Attached, Ownership, attached, system_user};
use super::{Failure, say};
use crate::audit;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::server::seal_settings;

/// Lets the log go on after a restored backup, under a new name.
///
/// A backup that lost signed leaves can never grow into the tree that was signed. A new epoch begins
/// a tree of its own, whose first leaf holds the digest of the last signed head, so that what was
/// lost is known for ever. Stop whoever seals first; witnesses must be told to accept the new origin.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu audit new-epoch --config /etc/dancu/seal.toml")]
pub struct NewEpoch {}

/// Makes the configured directory the log's second place, with the newest head of the database in it.
///
/// For a new disk, when the old one is lost or was set back. It says that the database was not restored
/// from a backup meanwhile: nobody but the witnesses could tell any more. Whoever seals with another
/// directory is refused from then on. Refuses a directory that remembers another tree.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu audit adopt-second-place --config /etc/dancu/seal.toml")]
pub struct AdoptSecondPlace {}

/// Begins an epoch.
pub async fn new_epoch(_: &NewEpoch, config: &Config) -> Result<(), Failure> {
    // Not to be stopped halfway: it takes a moment.
    let begun = attached(config, Ownership::Existing, async |attached, _| {
        begin(config, attached).await
    })
    .await?;
    let (origin, size) = &begun.follows;
    say(&format!(
        "Epoch {} of the log begins, as {}. It follows {origin} at {size} entries, of which this \
         database has {}.",
        begun.epoch, begun.origin, begun.kept
    ));
    say(&format!(
        "Whoever runs a witness must be asked to accept it: --accept-epoch {}",
        begun.origin
    ));
    Ok(())
}

async fn begin(config: &Config, attached: &Attached) -> Result<audit::Began, Failure> {
    let (signer, settings) = seal_settings(config, attached.is_embedded())?;
    let keys = attached.keys(config)?;
    attached.keep_partitions(config).await?;
    let lanes = audit::Config {
        require_standby: config.audit.require_standby,
        ..audit::Config::default()
    };
    let begun = audit::begin_epoch(audit::Beginning {
        database: &attached.database,
        keys,
        lanes,
        signer: &signer,
        clock: &Clock::default(),
        name: &settings.name,
        place: &settings.second_place,
        system_user: &system_user(),
    })
    .await?;
    Ok(begun)
}

/// Adopts the second place.
pub async fn adopt_second_place(_: &AdoptSecondPlace, config: &Config) -> Result<(), Failure> {
    let adopted = attached(config, Ownership::Existing, async |attached, _| {
        adopt(config, attached).await
    })
    .await?;
    say(&format!(
        "The second place remembers the head at {adopted} entries."
    ));
    Ok(())
}

async fn adopt(config: &Config, attached: &Attached) -> Result<u64, Failure> {
    let (signer, settings) = seal_settings(config, attached.is_embedded())?;
    let (database, clock) = (&attached.database, Clock::default());
    let place = &settings.second_place;
    // First of all, for what cannot be recorded is not done.
    let open = attached.log(config).await?;
    let recorded = async {
        let size = audit::adopt_second_place(database, &clock, place, &signer).await?;
        let user = system_user();
        let entry = Entry {
            count: Some(size),
            system_user: Some(&user),
            ..Entry::new(Operation::CliAdoptSecondPlace, Decision::Done)
        };
        open.log.record(&entry).await?;
        Ok(size)
    }
    .await;
    open.close().await;
    recorded
}
