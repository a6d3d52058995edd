//! No two agreements of one client and procedure share a day.

use dancu::domain::policy::Kind;
use dancu::service::administration::{Conflict, Error};
use serde_json::json;

use super::{Office, agreement_document};

#[tokio::test]
async fn agreements_may_follow_one_another_and_not_overlap() {
    let office = Office::furnished().await;
    let put = async |document| match office.try_put(Kind::Agreement, document).await {
        Ok(pending) => office
            .administration
            .commit(pending)
            .await
            .map(|()| "done")
            .unwrap(),
        Err(Error::Conflict(Conflict::Overlap)) => "overlap",
        Err(other) => panic!("{other}"),
    };
    let first = agreement_document("first", "2026-01-01", Some("2026-06-30"));
    assert_eq!(put(first.clone()).await, "done");
    assert_eq!(put(first).await, "done", "it does not stand in its own way");
    assert_eq!(
        put(agreement_document("b", "2026-06-30", None)).await,
        "overlap"
    );
    assert_eq!(
        put(agreement_document("b", "2025-01-01", None)).await,
        "overlap"
    );
    assert_eq!(
        put(agreement_document("b", "2026-02-01", Some("2026-02-02"))).await,
        "overlap"
    );
    assert_eq!(
        put(agreement_document("b", "2026-07-01", None)).await,
        "done"
    );
    assert_eq!(
        put(agreement_document("c", "2030-01-01", None)).await,
        "overlap"
    );
    assert_eq!(
        put(agreement_document("c", "2025-01-01", Some("2025-12-31"))).await,
        "done"
    );

    let mut other = agreement_document("d", "2026-01-01", None);
    other["procedure_code"] = json!("q");
    assert_eq!(put(other.clone()).await, "done", "another procedure");
    other["id"] = json!("e");
    other["client_id"] = json!("two");
    assert_eq!(put(other.clone()).await, "done", "another client");
    other["client_id"] = json!("one");
    assert_eq!(put(other).await, "overlap", "moved to where another is");
}

#[tokio::test]
async fn of_two_writers_at_once_one_finds_the_others_agreement() {
    let office = Office::furnished().await;
    for round in 0..10 {
        let from = format!("{}-01-01", 2030 + round);
        let to = format!("{}-12-31", 2030 + round);
        let put = async |id: String| {
            let document = agreement_document(&id, &from, Some(&to));
            let pending = office.try_put(Kind::Agreement, document).await?;
            office.administration.commit(pending).await
        };
        let (one, other) = tokio::join!(put(format!("a{round}")), put(format!("b{round}")));
        match (one, other) {
            (Ok(()), Err(Error::Conflict(Conflict::Overlap)))
            | (Err(Error::Conflict(Conflict::Overlap)), Ok(())) => {}
            both => panic!("exactly one is made: {both:?}"),
        }
    }
    let client = office.database.client().await;
    let row = client
        .query_one("SELECT count(*) FROM policy.agreement", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 10);
}

#[tokio::test]
async fn a_writer_waits_for_a_pending_change_and_then_sees_it() {
    const WAITING: &str = "SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let office = Office::furnished().await;
    let first = agreement_document("a", "2026-01-01", None);
    let pending = office.try_put(Kind::Agreement, first).await.unwrap();
    let second = office.try_put(Kind::Agreement, agreement_document("b", "2026-01-01", None));
    let client = office.database.client().await;
    let commit = async {
        let mut looks = 0;
        while client.query(WAITING, &[]).await.unwrap().is_empty() {
            looks += 1;
            assert!(looks < 5_000, "the second writer does not wait");
        }
        office.administration.commit(pending).await.unwrap();
    };
    let (second, ()) = tokio::join!(second, commit);
    assert!(
        matches!(second, Err(Error::Conflict(Conflict::Overlap))),
        "{second:?}"
    );
}
