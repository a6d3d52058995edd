//! `dancu token`: an access token from the development issuer.

use jiff::SignedDuration;

use super::attach::{Ownership, attached};
use super::{Failure, print};
use crate::auth::development::{self, DevelopmentIssuer, TokenRequest};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::fault::FromText;
use crate::domain::policy::{Code, Item, Kind};
use crate::store::Role;

/// Prints an access token from the development issuer.
///
/// Such tokens are believed only by a service that listens on loopback and has its data under the
/// same `data_dir`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu token onestop-hcm --officer 079085001234 --minutes 30")]
pub struct Args {
    /// The client it shall speak for.
    client_id: String,
    /// Its scopes, between spaces; all of the client's where this is not given.
    #[arg(long)]
    scope: Option<String>,
    /// The officer it shall speak for.
    #[arg(long)]
    officer: Option<String>,
    /// How long it shall live; a day at the most.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,
}

/// Prints a token.
pub async fn run(args: &Args, config: Config) -> Result<(), Failure> {
    if !development::permitted(config.http.listen) {
        return Err("`http.listen` is not loopback: the development issuer is not believed".into());
    }
    let scopes = match &args.scope {
        Some(scopes) => scopes.clone(),
        None => registered_scopes(&args.client_id, &config).await?,
    };
    let request = TokenRequest {
        client_id: &args.client_id,
        scopes: &scopes,
        officer_id: args.officer.as_deref(),
        lifetime: SignedDuration::from_mins(args.minutes.into()),
    };
    let issuer = DevelopmentIssuer::open(&config.data_dir)?;
    print(&issuer.sign(&request, Clock::default().now())?)
}

async fn registered_scopes(client_id: &str, config: &Config) -> Result<String, Failure> {
    let id = Code::from_text(client_id).map_err(|reason| reason.reason)?;
    let found = attached(config, Ownership::Share, async |attached, ending| {
        let store = attached.database.store(Role::Service, 1);
        ending
            .unless_told(store.policy_item(Kind::Client, &id))
            .await
    });
    match found.await? {
        Some(Item::Client(client)) => Ok(client.scopes.names().join(" ")),
        Some(_) | None => Err("no client of that name is registered; give `--scope`".into()),
    }
}
