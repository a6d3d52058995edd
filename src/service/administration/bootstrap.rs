//! The first client, who registers all others: created once per database.

use jiff::Timestamp;

use super::pending::Made;
use super::{Administration, Error, Pending};
use crate::domain::fault::FromText;
use crate::domain::policy::{Agency, Client, Code, Item, Kind, Label, ScopeName};
use crate::store::PolicyChange;

/// The agency the bootstrap client belongs to: the operator of this service.
const AGENCY: &str = "dancu";
const AGENCY_NAME: &str = "Đơn vị vận hành dancu";
const CLIENT_NAME: &str = "Quản trị ban đầu";
const SCOPES: [&str; 3] = ["admin", "register:write", "audit:read"];

impl Administration {
    /// The next step towards the bootstrap client, or none where it was ever created under that id:
    /// a deletion is remembered. To be called, recorded and committed until there is none.
    ///
    /// The client is the first issuer's and has `admin`, `register:write` and `audit:read`; its
    /// agency is `dancu`. A client that has the id already is left as it is.
    pub async fn begin_bootstrap(&self, client_id: &Code) -> Result<Option<Pending>, Error> {
        // Nearly always, and then no other change has to wait.
        if self.store.was_bootstrapped(client_id).await? {
            return Ok(None);
        }
        let change = self.store.begin_policy_change().await?;
        if change.was_bootstrapped(client_id).await? {
            change.rollback().await?;
            return Ok(None);
        }
        let made = match bootstrap_within(&change, client_id, self.clock.now()).await {
            Ok(Some(made)) => Ok(made),
            Ok(None) => {
                // Nothing but the memory, of which there is nothing to record.
                change.commit().await?;
                return Ok(None);
            }
            Err(error) => Err(error),
        };
        Pending::settle(change, made).await.map(Some)
    }
}

async fn bootstrap_within(
    change: &PolicyChange,
    client_id: &Code,
    now: Timestamp,
) -> Result<Option<Made>, Error> {
    let code: Code = known(AGENCY);
    if change.find(Kind::Agency, &code).await?.is_none() {
        let agency = Item::Agency(Agency {
            code,
            name: known(AGENCY_NAME),
            parent: None,
        });
        change.put(&agency).await?;
        return Ok(Some(Made::put(None, agency)));
    }
    change.remember_bootstrap(client_id, now).await?;
    if change.find(Kind::Client, client_id).await?.is_some() {
        return Ok(None);
    }
    let client = Item::Client(Client {
        client_id: client_id.clone(),
        issuer: None,
        agency_code: code,
        name: known::<Label>(CLIENT_NAME),
        active: true,
        scopes: SCOPES
            .iter()
            .map(|scope| known::<ScopeName>(scope))
            .collect(),
    });
    change.put(&client).await?;
    Ok(Some(Made::put(None, client)))
}

fn known<T: FromText>(text: &str) -> T {
    let Ok(value) = T::from_text(text) else {
        unreachable!("the bootstrap's own words are well-formed");
    };
    value
}
