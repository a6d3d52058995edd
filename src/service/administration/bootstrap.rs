//! The first client, who registers all others: created once per database.

use super::{Administration, Error, Pending};
use crate::domain::fault::FromText;
use crate::domain::policy::{Agency, Client, Code, Item, Kind, Label, ScopeName};

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
        let change = self.store.begin_policy_change().await?;
        if change.was_bootstrapped(client_id).await? {
            change.rollback().await?;
            return Ok(None);
        }
        let agency_code: Code = known(AGENCY);
        if change.find(Kind::Agency, &agency_code).await?.is_none() {
            let agency = Item::Agency(Agency {
                code: agency_code,
                name: known(AGENCY_NAME),
                parent: None,
            });
            change.put(&agency).await?;
            return Ok(Some(Pending::put(change, None, agency)));
        }
        change
            .remember_bootstrap(client_id, self.clock.now())
            .await?;
        if change.find(Kind::Client, client_id).await?.is_some() {
            change.commit().await?;
            return Ok(None);
        }
        let client = Item::Client(Client {
            client_id: client_id.clone(),
            issuer: None,
            agency_code,
            name: known::<Label>(CLIENT_NAME),
            active: true,
            scopes: SCOPES
                .iter()
                .map(|scope| known::<ScopeName>(scope))
                .collect(),
        });
        change.put(&client).await?;
        Ok(Some(Pending::put(change, None, client)))
    }
}

fn known<T: FromText>(text: &str) -> T {
    let Ok(value) = T::from_text(text) else {
        unreachable!("the bootstrap's own words are well-formed");
    };
    value
}
