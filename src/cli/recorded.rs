//! Commands that change something, each with its entry in the log.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::attach::{Attached, Ownership, attached, system_user};
use super::ending::Ending;
use super::{Failure, import, print, procedures, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::http;
use crate::policy::Policy;
use crate::service::administration::Administration;
use crate::store::Role;

/// `dancu import`: exit code 1 where lines were rejected.
pub async fn import(args: &import::Args, config: Config) -> Result<ExitCode, Failure> {
    attached(&config, Ownership::Share, async |attached, ending| {
        import_recorded(args, &config, attached, ending).await
    })
    .await
}

async fn import_recorded(
    args: &import::Args,
    config: &Config,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<ExitCode, Failure> {
    let open = attached.log(config).await?;
    let store = attached.database.store(Role::Feed, 2);
    let limits = http::limits(&config.http.limits);
    let outcome = ending.unless_told(import::run(args, limits, &store)).await;
    let user = system_user();
    let entry = Entry {
        system_user: Some(&user),
        ..Entry::new(Operation::CliImport, Decision::Failed)
    };
    let entry = match &outcome {
        Ok(summary) => Entry {
            decision: Decision::Done,
            digest: Some(summary.digest),
            count: Some(summary.applied),
            skipped: Some(summary.ignored + summary.rejected),
            ..entry
        },
        Err(_) => entry,
    };
    let recorded = open.log.record(&entry).await;
    open.close().await;
    let summary = outcome?;
    recorded?;
    // The planner's knowledge is the owner's to refresh.
    attached
        .database
        .store(Role::Owner, 1)
        .analyse_register()
        .await?;
    Ok(if summary.rejected == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// `dancu procedures`.
pub async fn procedures(
    args: &procedures::Procedures,
    read: impl FnOnce() -> Result<Config, Failure>,
) -> Result<(), Failure> {
    if let procedures::Command::Check { file } = &args.command {
        let known = procedures::check(file)?;
        say(&format!(
            "A catalogue of {} procedures, without a fault.",
            known.len()
        ));
        return Ok(());
    }
    let config = read()?;
    attached(&config, Ownership::Share, async |attached, ending| {
        ending
            .unless_told(administer(args, &config, attached))
            .await
    })
    .await
}

async fn administer(
    args: &procedures::Procedures,
    config: &Config,
    attached: &Attached,
) -> Result<(), Failure> {
    let administration = administration(attached);
    match &args.command {
        procedures::Command::Check { .. } => {}
        procedures::Command::Export => {
            print(procedures::export(&administration).await?.trim_end())?;
        }
        procedures::Command::Load { file } => {
            let open = attached.log(config).await?;
            let user = system_user();
            let loaded = procedures::load(&administration, &open.log, file.as_deref(), &user).await;
            open.close().await;
            let loaded = loaded?;
            say(&format!(
                "{} procedures changed, {} were the same.",
                loaded.changed, loaded.unchanged
            ));
        }
    }
    Ok(())
}

/// Administration for a command line, which decides nothing by the policy.
pub fn administration(attached: &Attached) -> Administration {
    let policy = Arc::new(Policy::new("", Duration::ZERO));
    Administration::new(
        attached.database.store(Role::Service, 1),
        policy,
        Clock::default(),
    )
}
