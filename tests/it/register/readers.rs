//! Who reads the register, over how many connections.

use std::sync::Arc;
use std::time::Duration;

use dancu::clock::Clock;
use dancu::config::Seal;
use serde_json::json;

use crate::support::app::{TestApp, an, question};
use crate::support::{database, within};

const POOL: &str = "dancu_store_pool_connections{pool=\"register\"";

/// Asks so many workers with so many readers, which are right to hold between these numbers of connections.
async fn ask(workers: usize, readers: usize, least: f64, most: f64) {
    let app = TestApp::over(Arc::new(database().await), Clock::default(), |config| {
        config.http.workers = Some(workers);
        config.register.readers = readers;
        config.audit.seal = Seal::Elsewhere;
    })
    .await;
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    for at in 10..10 + 2 * workers {
        let mut asked = question();
        let known = app.post("/v1/verify", &token, &asked).await;
        assert_eq!(known.json()["result"], "match", "{}", known.text);
        asked["subject"]["personal_id"] = json!(format!("0010950{at:05}"));
        let unknown = app.post("/v1/verify", &token, &asked).await;
        assert_eq!(unknown.json()["result"], "no_match", "{}", unknown.text);
    }
    let held = async || {
        let idle = app.metric(&format!("{POOL},state=\"idle\"}}")).await;
        idle + app.metric(&format!("{POOL},state=\"used\"}}")).await
    };
    let limit = Duration::from_secs(20);
    within("enough are open", limit, async || held().await >= least).await;
    let held = held().await;
    assert!(held <= most, "{held}");
    app.stop().await;
}

#[actix_web::test]
async fn each_worker_reads_over_connections_of_its_own_if_there_are_enough() {
    // Each worker opens one at its start; beside theirs there are one reader and one that renews.
    ask(2, 4, 2.0, 6.0).await;
}

#[actix_web::test]
async fn fewer_readers_than_workers_are_shared_by_all_of_them() {
    ask(3, 1, 1.0, 2.0).await;
}
