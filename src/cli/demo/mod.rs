//! `dancu demo`: everything on one machine, with people, agencies and tokens that are made up.

mod canary;
mod history;
mod lines;
mod sandbox;
mod setup;

use std::path::Path;
use std::sync::Arc;

use super::attach::{Attached, Ownership, attached};
use super::ending::Ending;
use super::{Failure, say, serve};
use crate::auth::development::{self, DevelopmentIssuer};
use crate::config::Config;
use crate::server::seal_settings;
use crate::synth::Population;
use crate::telemetry;

/// The population's seed: the same people on every machine.
const SEED: u64 = 1;

/// What the demonstration says a paper is worth, in đồng.
const PAPER_COST: u32 = 20_000;

/// Starts everything on this machine, with people, agencies and tokens that are made up.
///
/// An embedded PostgreSQL, the schema, reference tables, a synthetic population, demo agencies,
/// clients, procedures and agreements, and what these asked in the weeks before; prints a token for
/// each client and lines to try. A second start finds everything in place.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu demo --citizens 100000")]
pub struct Args {
    /// How many citizens are made, on the first start.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    citizens: u64,
    /// Days before today of which an access history is made up, on the first start; 0 makes none.
    #[arg(long, value_name = "DAYS", default_value_t = 21, value_parser = clap::value_parser!(u16).range(0..=90))]
    history: u16,
    /// Where to listen, on 127.0.0.1.
    #[arg(long)]
    port: Option<u16>,
}

/// Runs the demonstration.
pub async fn run(args: &Args, file: Option<&Path>, mut config: Config) -> Result<(), Failure> {
    if config.database.is_given() {
        return Err("a demonstration has a database of its own: take `database.url` out".into());
    }
    if config.http.tls.is_given() {
        return Err("a demonstration speaks plain HTTP on loopback: take `http.tls` out".into());
    }
    if let Some(port) = args.port {
        config.http.listen.set_port(port);
        // Two demonstrations on one machine: the metrics go where there is room.
        config.http.metrics_listen.set_port(0);
    }
    if !development::permitted(config.http.listen) {
        return Err("a demonstration listens on loopback only".into());
    }
    // Tokens of the demonstration are printed, so they may be pasted.
    config.console.paste = true;
    config.console.paper_cost.get_or_insert(PAPER_COST);
    if config.canary.whole()?.is_none() {
        config.canary = canary::of(&Population::new(SEED, args.citizens), config.canary)?;
    }
    telemetry::init(&config.log)?;
    say("Starting PostgreSQL …");
    let issuer = DevelopmentIssuer::open(&config.data_dir)?;
    config.auth.issuers.insert(0, issuer.config()?);
    attached(&config, Ownership::Own, async |attached, ending| {
        serve_demo(args, file, &config, &issuer, attached, ending).await
    })
    .await
}

async fn serve_demo(
    args: &Args,
    file: Option<&Path>,
    config: &Config,
    issuer: &DevelopmentIssuer,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<(), Failure> {
    let population = Population::new(SEED, args.citizens);
    setup::citizens(&population, SEED, config, attached, ending).await?;
    let policy = setup::policy(&population, config, attached);
    ending.unless_told(policy).await?;
    history::make(args.history, &population, SEED, config, attached, ending).await?;
    let sandbox = Some(Arc::new(sandbox::sandbox(&population)));
    serve::until_told(config, attached, ending, sandbox, async |address| {
        let proving = verify_command(file, config)?;
        let planted = history::planted_file(config);
        lines::show(issuer, &population, address, &proving, &planted).await
    })
    .await
}

/// The command that proves this demonstration's log, as a shell takes it.
fn verify_command(file: Option<&Path>, config: &Config) -> Result<String, Failure> {
    let (signer, _) = seal_settings(config, true)?;
    let mut command = format!("{} audit verify", quoted(&std::env::current_exe()?));
    if let Some(file) = file {
        command += &format!(" --config {}", quoted(file));
    }
    for key in signer.verifiers() {
        command += &format!(" --key {key}");
    }
    Ok(command)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
