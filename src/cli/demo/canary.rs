//! The canary of a demonstration: somebody of the population, asked about under a client and a procedure of
//! its own (`policy.json`).

use super::super::Failure;
use crate::config::CanaryConfig;
use crate::domain::citizen::{Citizen, StatusKind};
use crate::domain::date::Precision;
use crate::synth::Population;

/// The client and the procedure of `policy.json`.
const CLIENT: &str = "canary";
const PROCEDURE: &str = "dancu.canary";

/// The canary, as often as it is configured.
pub(super) fn of(
    population: &Population,
    configured: CanaryConfig,
) -> Result<CanaryConfig, Failure> {
    let mut people = (0..population.size())
        .rev()
        .map(|index| population.citizen(index));
    let citizen = people
        .find(is_plain)
        .ok_or("the population has nobody for a canary")?;
    Ok(CanaryConfig {
        personal_id: Some(citizen.personal_id.as_str().to_owned()),
        full_name: Some(citizen.full_name.as_str().to_owned()),
        birth_date: Some(citizen.birth_date.to_string()),
        client_id: Some(CLIENT.to_owned()),
        procedure_code: Some(PROCEDURE.to_owned()),
        ..configured
    })
}

/// Whether nothing about them needs care.
fn is_plain(citizen: &Citizen) -> bool {
    citizen.status.kind == StatusKind::Active
        && citizen.birth_date.precision() == Precision::Day
        && !citizen.protected
}
