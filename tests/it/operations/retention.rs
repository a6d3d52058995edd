//! Retention: a day that should have gone goes, or somebody hears that it did not.

use std::time::Duration;

use dancu::config::Config;
use dancu::embedded::{Options, Postgres};
use dancu::keys::Kek;
use dancu::store::migrate;

use super::{said, written};
use crate::support::{scratch, superuser, within};

const OLD: &str = "2020-02-29";
/// The maintaining role, waiting for whoever reads.
const WAITS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'dancu_maintain' AND wait_event_type = 'Lock'";

#[tokio::test]
async fn a_day_that_is_read_goes_when_it_is_not_any_more_and_one_that_stays_fails_the_job() {
    // What a command does is recorded, so its server flushes.
    let postgres = Postgres::start(&scratch("retention"), Options::default()).await;
    let postgres = postgres.unwrap();
    migrate::migrate(&postgres.database()).await.unwrap();
    let socket = postgres.socket().to_str().unwrap().replace('/', "%2F");
    let url = |user: &str| Some(format!("postgres://{user}@{socket}:5432/dancu"));
    let mut config = Config::default();
    let kek = scratch("kek");
    Kek::load(&kek, true).unwrap();
    config.audit.kek_file = Some(kek);
    config.audit.retention_days = Some(365);
    config.database.url = url("dancu_service");
    config.database.maintain_url = url("dancu_maintain");
    let file = written(&config, "maintained");
    let client = superuser(postgres.socket(), "dancu").await;
    let unsealed = format!(
        "SELECT audit.create_partition('{OLD}');
         INSERT INTO audit.lane (lane_id, day, process) OVERRIDING SYSTEM VALUE VALUES (900, '{OLD}', 'x')"
    );
    client.batch_execute(&unsealed).await.unwrap();
    let report = said(&file, "maintain", 1);
    let left = format!("dropped none; still read by somebody none; not sealed {OLD}.");
    assert!(report.contains(&left), "{report}");
    assert!(report.contains("still in the log"), "{report}");

    for statements in [
        "DELETE FROM audit.lane WHERE lane_id = 900",
        "BEGIN; SELECT count(*) FROM audit.entry",
    ] {
        client.batch_execute(statements).await.unwrap();
    }
    let maintaining = tokio::task::spawn_blocking(move || said(&file, "maintain", 0));
    let limit = Duration::from_secs(30);
    let look = superuser(postgres.socket(), "dancu").await;
    let waits = async || look.query_one(WAITS, &[]).await.unwrap().get::<_, i64>(0) > 0;
    within("it waits for the reader", limit, waits).await;
    within("it waits no more", limit, async || !waits().await).await;
    client.batch_execute("COMMIT").await.unwrap();
    let report = maintaining.await.unwrap();
    let gone = format!("dropped {OLD}; still read by somebody none; not sealed none.");
    assert!(report.contains(&gone), "{report}");
    postgres.stop().await.unwrap();
}
