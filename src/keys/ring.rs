//! Every month's keys, for one question about many months: read at once, and not kept.

use std::sync::Arc;

use super::{Error, Keys, MonthKeys, Opened, first_that_opens};
use crate::domain::entry::{Month, Private, Protected, Tag};

/// The keys of a span of months, for as long as one question takes.
pub struct KeyRing {
    /// By month; of a month, the last generation first.
    keys: Vec<Arc<MonthKeys>>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of every month from one to another, both included, that has any.
    pub async fn ring(&self, from: Month, to: Month) -> Result<KeyRing, Error> {
        let wrapped = self.store.months_keys(from, to).await?;
        let keys = wrapped.iter().rev().map(|wrapped| {
            if wrapped.kek_id == self.kek.id() {
                self.kek.unwrap(wrapped).map(Arc::new)
            } else {
                Err(Error::OtherKek(wrapped.month))
            }
        });
        Ok(KeyRing {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }
}

impl KeyRing {
    /// The tag of a value under each pair of keys, with its month.
    fn tags<'a>(
        &'a self,
        tag: impl Fn(&MonthKeys) -> Tag + 'a,
    ) -> impl Iterator<Item = (Month, Tag)> + 'a {
        self.keys.iter().map(move |keys| (keys.month(), tag(keys)))
    }

    /// The tags a person's number has.
    pub fn subject_tags<'a>(
        &'a self,
        number: Private<'a>,
    ) -> impl Iterator<Item = (Month, Tag)> + 'a {
        self.tags(move |keys| keys.subject_tag(number))
    }

    /// The tags an officer has.
    pub fn officer_tags<'a>(
        &'a self,
        officer: Private<'a>,
    ) -> impl Iterator<Item = (Month, Tag)> + 'a {
        self.tags(move |keys| keys.officer_tag(officer))
    }

    /// The tags a case has.
    pub fn case_tags<'a>(&'a self, case: Private<'a>) -> impl Iterator<Item = (Month, Tag)> + 'a {
        self.tags(move |keys| keys.case_tag(case))
    }

    /// Opens the sealed part of an entry; nothing where nothing is sealed. A month whose keys are
    /// destroyed, or not in the ring, opens nothing: [`Error::Destroyed`].
    pub fn unseal(&self, nonce: &[u8; 16], protected: &Protected) -> Result<Opened, Error> {
        let (Some(month), Some(sealed)) = (protected.month, &protected.sealed) else {
            return Ok(Opened::default());
        };
        let of_month: Vec<Arc<MonthKeys>> = self
            .keys
            .iter()
            .filter(|keys| keys.month() == month)
            .cloned()
            .collect();
        if of_month.is_empty() {
            return Err(Error::Destroyed(month));
        }
        first_that_opens(&of_month, |keys| keys.unseal(nonce, sealed))?.ok_or(Error::Seal)
    }
}
