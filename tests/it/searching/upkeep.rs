//! The follower and its tables over time: several processes, new epochs, dropped days.

use dancu::audit::maintain;
use dancu::clock::Clock;
use jiff::civil::date;
use serde_json::json;

use super::{AN, Rig, ids};
use crate::support;
use crate::support::sealing::until;

#[actix_web::test]
async fn several_processes_make_each_entry_searchable_once() {
    let rig = Rig::open().await;
    let others = [rig.app.another().await, rig.app.another().await];
    let mut asked = Vec::new();
    for _ in 0..20 {
        let batch = (0..10).map(|_| rig.verify("onestop", AN));
        asked.extend(futures_util::future::join_all(batch).await);
    }
    let found = until("all can be found", async || {
        let page = rig
            .search(&json!({"operation": "verify", "limit": 500}))
            .await;
        (ids(&page).len() >= asked.len()).then(|| ids(&page))
    })
    .await;
    assert_eq!(found.len(), asked.len());
    let tally = "SELECT sum(requests)::text FROM audit.tally WHERE operation = 'verify'";
    assert_eq!(rig.app.rows(tally).await, [asked.len().to_string()]);
    let own = "SELECT count(*)::text FROM audit.search_entry WHERE operation LIKE 'lane.%'";
    assert_eq!(
        rig.app.rows(own).await,
        ["0"],
        "what lanes say of themselves is left out"
    );
    for other in others {
        other.stop().await;
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn what_is_searched_of_a_day_goes_with_its_entries() {
    let rig = Rig::open().await;
    let client = rig.app.database.client().await;
    let old = "
        SELECT audit.create_partition('2020-02-29');
        INSERT INTO audit.search_entry (position, at, audit_id, operation, decision, disclosed, papers)
        VALUES (1, '2020-02-29 12:00+07', gen_random_uuid(), 'verify', 'match', 0, 0),
               (2, '2020-02-28 12:00+07', gen_random_uuid(), 'verify', 'match', 0, 0);
        INSERT INTO audit.search_hour VALUES ('2020-02-29 12:00+07', 1, 1);
        SELECT audit.detach_partition('2020-02-29')";
    client.batch_execute(old).await.unwrap();
    let count = "SELECT count(*)::text FROM audit.search_entry WHERE at < '2021-01-01'";
    assert_eq!(rig.app.rows(count).await, ["2"]);
    client
        .batch_execute("SELECT audit.drop_detached('2020-02-29')")
        .await
        .unwrap();
    assert_eq!(
        rig.app.rows(count).await,
        ["0"],
        "the month ended with it, and is dropped whole"
    );
    let hours = "SELECT count(*)::text FROM audit.search_hour WHERE hour < '2021-01-01'";
    assert_eq!(rig.app.rows(hours).await, ["0"]);
    rig.app.stop().await;
}

#[tokio::test]
async fn a_month_of_what_is_searched_goes_with_the_last_of_its_days_that_is_there() {
    let test = support::database().await;
    let (database, client) = (test.database(), test.client().await);
    let past = Clock::frozen("2020-02-28T03:00:00Z".parse().unwrap());
    maintain(database, &past, 2, None).await.unwrap();
    // Of the 28th not all is sealed; the 29th and the 1st are ready to go.
    let lanes = "
        INSERT INTO audit.lane (lane_id, day, process) OVERRIDING SYSTEM VALUE
        VALUES (900, '2020-02-28', 'x'), (901, '2020-02-29', 'x'), (902, '2020-03-01', 'x');
        INSERT INTO audit.lane_sealed (lane_id, next_seq, finished)
        VALUES (900, 0, false), (901, 0, true), (902, 0, true)";
    client.batch_execute(lanes).await.unwrap();
    let now = Clock::default();
    let kept = async || {
        let months = "SELECT relname::text FROM pg_class WHERE relname ~ '^search_entry_2020..$'";
        let rows = client.query(months, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    let done = maintain(database, &now, 0, Some(365)).await.unwrap();
    assert_eq!(done.unsealed, [date(2020, 2, 28)]);
    assert_eq!(done.dropped, [date(2020, 2, 29), date(2020, 3, 1)]);
    assert_eq!(
        kept().await,
        ["search_entry_202002"],
        "there may still be something to take in"
    );
    let late = "
        INSERT INTO audit.search_entry (position, at, audit_id, operation, decision, disclosed, papers)
        VALUES (1, '2020-02-28 12:00+07', gen_random_uuid(), 'verify', 'match', 0, 0);
        UPDATE audit.lane_sealed SET finished = true WHERE lane_id = 900";
    client.batch_execute(late).await.unwrap();

    // Somebody reads the month just then.
    let reader = test.client().await;
    let reading = "BEGIN; SELECT count(*) FROM audit.search_entry_202002";
    reader.batch_execute(reading).await.unwrap();
    let done = maintain(database, &now, 0, Some(365)).await.unwrap();
    assert_eq!(done.dropped, [date(2020, 2, 28)]);
    assert_eq!(kept().await, ["search_entry_202002"]);
    reader.batch_execute("ROLLBACK").await.unwrap();
    let next = "SELECT audit.create_partition('2020-04-01'), audit.detach_partition('2020-04-01')";
    client.batch_execute(next).await.unwrap();
    let done = maintain(database, &now, 0, Some(365)).await.unwrap();
    assert_eq!(done.dropped, [date(2020, 4, 1)]);
    assert_eq!(kept().await, [""; 0], "it goes with a later day");
}
