//! The synthetic population in the register: every kind of record it holds is taken, and comes
//! back as it went in.

use dancu::register::import::{LoadSummary, load};
use dancu::synth::{Case, Population, people};

use super::{feed, find, store};
use crate::support::database;

/// Several parts of a load.
const SIZE: u64 = 5_000;

#[tokio::test]
async fn every_synthetic_citizen_is_taken_and_comes_back_the_same() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let population = Population::new(2, SIZE);
    let done = load(&feed, people(&population, 0..SIZE), |_| {})
        .await
        .unwrap();
    assert_eq!(
        done,
        LoadSummary {
            applied: SIZE,
            ignored: 0
        }
    );
    let examples = Case::ALL
        .into_iter()
        .filter_map(|case| population.example(case));
    for index in examples.chain(0..200) {
        let citizen = population.citizen(index);
        let held = find(&store, citizen.personal_id.as_str()).await;
        assert!(
            held.is_some_and(|(held, _)| held == citizen),
            "index {index}"
        );
    }
    // Loaded again, it changes nothing.
    let again = load(&feed, people(&population, 0..SIZE), |_| {})
        .await
        .unwrap();
    assert_eq!(
        again,
        LoadSummary {
            applied: 0,
            ignored: SIZE
        }
    );
}
