//! `[canary]`: a synthetic citizen whom the service asks about itself, to be sure that it answers. Plain
//! data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `[canary]`: off unless somebody to ask about is named.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CanaryConfig {
    /// The number of a synthetic citizen, whom the register's owner put into it.
    pub personal_id: Option<String>,
    /// Their name, as the register has it.
    pub full_name: Option<String>,
    /// Their birth date, as the register has it.
    pub birth_date: Option<String>,
    /// The registered client under which it is asked.
    pub client_id: Option<String>,
    /// The procedure for which it is asked.
    pub procedure_code: Option<String>,
    /// Seconds between two questions.
    pub interval_s: u32,
}

/// The canary, whole.
#[derive(Clone, Copy)]
pub struct Canary<'c> {
    /// The number.
    pub personal_id: &'c str,
    /// The name.
    pub full_name: &'c str,
    /// The birth date.
    pub birth_date: &'c str,
    /// The client.
    pub client_id: &'c str,
    /// The procedure.
    pub procedure_code: &'c str,
}

impl Default for CanaryConfig {
    fn default() -> Self {
        Self {
            personal_id: None,
            full_name: None,
            birth_date: None,
            client_id: None,
            procedure_code: None,
            interval_s: 60,
        }
    }
}

/// It should be nobody, but that is for the register's owner to see to.
impl fmt::Debug for CanaryConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanaryConfig")
            .field("client_id", &self.client_id)
            .field("procedure_code", &self.procedure_code)
            .field("interval_s", &self.interval_s)
            .finish_non_exhaustive()
    }
}

impl CanaryConfig {
    /// The same with whom it is about masked.
    pub(super) fn masked(&self) -> Self {
        let mask = |value: &Option<String>| value.as_ref().map(|_| super::MASK.to_owned());
        Self {
            personal_id: mask(&self.personal_id),
            full_name: mask(&self.full_name),
            birth_date: mask(&self.birth_date),
            ..self.clone()
        }
    }

    /// What is asked, where anything is.
    pub fn whole(&self) -> Result<Option<Canary<'_>>, &'static str> {
        let given = [
            &self.personal_id,
            &self.full_name,
            &self.birth_date,
            &self.client_id,
            &self.procedure_code,
        ]
        .map(Option::as_deref);
        match given {
            [None, None, None, None, None] => Ok(None),
            [
                Some(personal_id),
                Some(full_name),
                Some(birth_date),
                Some(client_id),
                Some(procedure_code),
            ] => Ok(Some(Canary {
                personal_id,
                full_name,
                birth_date,
                client_id,
                procedure_code,
            })),
            _ => Err(
                "`canary.personal_id`, `full_name`, `birth_date`, `client_id` and \
                 `procedure_code` are given together",
            ),
        }
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !(5..=3600).contains(&self.interval_s) {
            return Err("`canary.interval_s` is from 5 to 3600");
        }
        self.whole().map(drop)
    }
}
