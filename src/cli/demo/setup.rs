//! What a demonstration needs before it serves: people and permissions, made on the first start.

use serde_json::{Value, json};

use super::super::attach::{Attached, system_user};
use super::super::ending::Ending;
use super::super::recorded::administration;
use super::super::{Failure, generate, procedures, say};
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::domain::policy::{Item, Kind, OfficerId};
use crate::policy::documents::read_item;
use crate::service::administration::{Administration, Author, Expected, Outcome};
use crate::service::{Log, record};
use crate::store::Role;
use crate::synth::Population;
use crate::synth::history::History;

/// Agencies, clients, officers and agreements of the demonstration, and the canary's procedure, as the
/// admin API takes them.
const POLICY: &str = include_str!("policy.json");

/// In the order in which one refers to the other.
const KINDS: [(&str, Kind); 5] = [
    ("procedures", Kind::Procedure),
    ("agencies", Kind::Agency),
    ("clients", Kind::Client),
    ("officers", Kind::Officer),
    ("agreements", Kind::Agreement),
];

/// Loads the population, or what an earlier start left of it.
pub async fn citizens(
    population: &Population,
    seed: u64,
    config: &Config,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<(), Failure> {
    // People are loaded in their order, so the last one's presence tells that all are there.
    let last = population.citizen(population.size() - 1).personal_id;
    let store = attached.database.store(Role::Service, 1);
    if !store.find_citizens(&[last]).await?.is_empty() {
        return Ok(());
    }
    say(&format!("Making {} citizens …", population.size()));
    let args = generate::Args::for_register(population.size(), seed);
    generate::load_recorded(&args, config, attached, ending).await?;
    Ok(())
}

/// Puts procedures, agencies, clients, officers and agreements in place, where they are not.
pub async fn policy(
    population: &Population,
    config: &Config,
    attached: &Attached,
) -> Result<(), Failure> {
    let administration = administration(attached);
    let items = missing(&administration, population).await?;
    if items.is_empty() {
        return Ok(());
    }
    say("Making agencies, clients, procedures and agreements …");
    let open = attached.log(config).await?;
    let put = put(&administration, &open.log, items).await;
    open.close().await;
    put
}

async fn missing(
    administration: &Administration,
    population: &Population,
) -> Result<Vec<Item>, Failure> {
    let file: Value = serde_json::from_str(POLICY)?;
    let mut items = Vec::new();
    let staff = officers(population);
    for (key, kind) in KINDS {
        let more = if kind == Kind::Officer {
            &staff[..]
        } else {
            &[]
        };
        for document in file[key].as_array().into_iter().flatten().chain(more) {
            let item = read_item(kind, document.to_string().as_bytes())?
                .map_err(|faults| format!("{key}: {faults:?}"))?;
            if administration.get(kind, item.id()).await.is_err() {
                items.push(item);
            }
        }
    }
    Ok(items)
}

/// Officers of the one-stop counter whose agreements want them registered.
fn officers(population: &Population) -> Vec<Value> {
    let officers = History::officers(population, "onestop-hcm");
    let document = |(number, officer): (usize, OfficerId)| {
        json!({
            "id": format!("hcm-cb-{number:04}"),
            "officer_id": officer.as_str(),
            "agency_code": "H29.Q1",
            "name": format!("Cán bộ mẫu {number}"),
        })
    };
    (1..).zip(officers).map(document).collect()
}

async fn put(administration: &Administration, log: &Log, items: Vec<Item>) -> Result<(), Failure> {
    let user = system_user();
    procedures::load(administration, log, None, &user).await?;
    for item in items {
        let id = item.id().clone();
        let pending = administration
            .begin_put(Author::CommandLine, &id, item, &Expected::ANYTHING)
            .await?;
        if pending.outcome != Outcome::Unchanged {
            let entry = Entry {
                system_user: Some(&user),
                ..Entry::new(Operation::CliDemo, Decision::Done)
            };
            record(log, &entry, &pending).await?;
        }
        administration.commit(pending).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_of_the_demonstration_is_one_the_interface_takes() {
        let file: Value = serde_json::from_str(POLICY).unwrap();
        for (key, kind) in KINDS {
            for document in file[key].as_array().unwrap() {
                let read = read_item(kind, document.to_string().as_bytes()).unwrap();
                assert!(read.is_ok(), "{key}: {document}: {read:?}");
            }
        }
    }
}
