//! The follower and its tables over time: several processes, new epochs, dropped days.

use serde_json::json;

use super::{AN, Rig, ids};
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
