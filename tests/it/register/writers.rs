//! Several writers at once.

use dancu::domain::change::{Change, Outcome};
use dancu::domain::citizen::StatusKind;
use dancu::store::register_feed::Changes;
use serde_json::json;

use super::{database, feed, find, status, store, upsert};

const WRITERS: u64 = 4;
const BATCHES: u64 = 8;
const PEOPLE: u64 = 25;

fn number(person: u64) -> String {
    format!("0010950{person:05}")
}

/// The batch of a writer: the same people as the others', in an order of its own.
fn batch(writer: u64, batch: u64) -> Vec<Change> {
    let revision = batch * WRITERS + writer + 1;
    let mut changes: Vec<Change> = (0..PEOPLE)
        .map(|person| {
            let shifted = (person * 7 + writer * 5) % PEOPLE;
            let number = number(shifted);
            if (shifted + batch).is_multiple_of(5) {
                status(&number, revision, StatusKind::Missing)
            } else {
                upsert(
                    &number,
                    revision,
                    json!({"old_id_numbers": [format!("{shifted:09}")]}),
                )
            }
        })
        .collect();
    if writer % 2 == 1 {
        changes.reverse();
    }
    changes
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_the_same_people_neither_deadlock_nor_lose_a_position() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let feed = feed.clone();
            tokio::spawn(async move {
                let mut applied = 0;
                for at in 0..BATCHES {
                    let outcomes = feed.apply_changes(&batch(writer, at)).await.unwrap();
                    applied += outcomes
                        .iter()
                        .filter(|it| **it == Outcome::Applied)
                        .count();
                }
                applied
            })
        })
        .collect();
    let mut applied = 0;
    for writer in writers {
        applied += writer.await.unwrap();
    }
    let head = store.register_feed_state().await.unwrap().head;
    assert_eq!(head, i64::try_from(applied).unwrap());
    let changes = store.register_changes_since(0, i64::MAX).await.unwrap();
    let positions: Vec<i64> = changes.iter().map(|change| change.position).collect();
    assert_eq!(positions, (1..=head).collect::<Vec<_>>());
    assert!(
        changes
            .iter()
            .all(|change| matches!(change.what, Changes::Citizen { .. }))
    );
    // The last word of each is the highest revision anybody wrote, and all before it are kept.
    for person in 0..PEOPLE {
        let (_, revision) = find(&store, &number(person)).await.unwrap();
        assert_eq!(revision, BATCHES * WRITERS);
    }
    let client = database.client().await;
    let kept = "SELECT count(*) FROM register.citizen_revision";
    let kept: i64 = client.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept, head - i64::try_from(PEOPLE).unwrap());
}

#[tokio::test]
async fn a_reader_of_the_feed_takes_up_where_it_was() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    feed.apply_changes(&batch(0, 0)).await.unwrap();
    let first = store.register_changes_since(0, 7).await.unwrap();
    let rest = store.register_changes_since(7, 1000).await.unwrap();
    assert_eq!(first.len(), 7);
    assert_eq!(rest[0].position, 8);
    let head = store.register_feed_state().await.unwrap().head;
    assert_eq!(rest.last().unwrap().position, head);
    assert_eq!(store.register_changes_since(head, 1000).await.unwrap(), []);
}
