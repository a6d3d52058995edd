//! The database's machine is gone, and another answers at its address: no line says that it ended.

use std::sync::Arc;
use std::time::Duration;

use dancu::clock::Clock;
use dancu::config::Seal;
use serde_json::json;

use crate::support::app::{TestApp, an, question};
use crate::support::{Lines, database, within};

#[actix_web::test]
async fn answers_go_on_soon_after_the_database_fell_silent_and_another_took_its_address() {
    let lines = Lines::new();
    let database = Arc::new(database().await.over(&lines));
    let app = TestApp::over(database, Clock::default(), |config| {
        // With one connection each, what follows or reads cannot do so over another one.
        config.register.readers = 1;
        config.audit.seal = Seal::Elsewhere;
    })
    .await;
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    let known = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(known.json()["result"], "match", "{}", known.text);

    lines.fall_silent();
    // Each asks about somebody who is in nobody's cache.
    let mut number = 10;
    within(
        "questions are answered",
        Duration::from_secs(20),
        async || {
            number += 1;
            let mut asked = question();
            asked["subject"]["personal_id"] = json!(format!("0010950{number:05}"));
            let answer = app.post("/v1/verify", &token, &asked).await;
            answer.status == 200
        },
    )
    .await;
    // How far sealing is, is seen again too.
    let looked = "dancu_seal_oldest_unsealed_seconds";
    let before = app.metric(looked).await;
    within("the gate looks", Duration::from_secs(20), async || {
        app.metric(looked).await > before
    })
    .await;
    app.stop().await;
}
