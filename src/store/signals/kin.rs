//! Who an officer is, and whom the register names in their record.

use std::collections::{HashMap, HashSet};

use crate::store::{Error, Statement, Store, query, statement};

const KIN: Statement = statement!("signals/kin");

/// The numbers of an officer and of their relatives.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Kin {
    /// Every number they have had.
    pub own: HashSet<String>,
    /// Every number that those have had whom their record names.
    pub relatives: HashSet<String>,
}

impl std::fmt::Debug for Kin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kin(***)")
    }
}

impl Store {
    /// What the register says of whoever has these numbers, by number.
    pub(crate) async fn kin(&self, numbers: &[&str]) -> Result<HashMap<String, Kin>, Error> {
        let client = self.client(KIN.name).await?;
        let rows = query(&client, &KIN, &[&numbers]).await?;
        let mut all: HashMap<String, Kin> = HashMap::with_capacity(numbers.len());
        for row in &rows {
            let kin = all.entry(row.get("officer")).or_default();
            let of = if row.get("is_self") {
                &mut kin.own
            } else {
                &mut kin.relatives
            };
            of.insert(row.get("number"));
        }
        Ok(all)
    }
}
