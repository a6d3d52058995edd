//! After a new epoch: the old one's entries keep their proofs, and the addresses of each go on.

use std::sync::Arc;

use dancu::audit::{Beginning, Config, begin_epoch};
use dancu::keys::{Kek, Keys};
use dancu::server::seal_settings;
use dancu::store::Role;
use dancu::tlog::{Checkpoint, Note};

use crate::support::sealing::{NAME, Seen, head_of, sealing, tiles_of, until};

#[actix_web::test]
async fn an_entry_of_an_older_epoch_is_proven_against_that_epochs_last_checkpoint() {
    let app = sealing().await;
    app.leave_entries(300).await;
    Seen::of(&app).checkpoint(300).await;
    let id = app
        .rows("SELECT audit_id::text FROM audit.entry ORDER BY at LIMIT 1")
        .await;
    let before = app.proof(&id[0]).await;
    let old = Seen::of(&app).checkpoint(300).await.0;
    app.stop_sealing().await;

    let (signer, settings) = seal_settings(&app.config, true).unwrap();
    // As after a restored backup: more was signed than this database has.
    let lost = Checkpoint {
        size: old.size + 1_000,
        ..old.clone()
    };
    let lost = signer.sign(Note::new(lost.text()).unwrap()).to_string();
    settings
        .second_place
        .remember(1, app.clock.now(), &lost)
        .unwrap();
    let kek = Kek::load(&app.config.kek_file(), false).unwrap();
    let database = app.database.database();
    let keys = Arc::new(Keys::new(kek, database.store(Role::Service, 1)));
    let lanes = Config {
        unsafe_for_tests: true,
        ..Config::default()
    };
    let beginning = Beginning {
        database,
        keys,
        lanes,
        signer: &signer,
        clock: &app.clock,
        name: NAME,
        place: &settings.second_place,
        system_user: "operator",
    };
    begin_epoch(beginning).await.unwrap();

    app.start_sealing().await;
    let log = Seen::of(&app);
    let newest = until("a checkpoint of the new epoch", async || {
        let answer = log.answer("2/checkpoint").await;
        (answer.status == 200).then(|| head_of(&answer.text))
    })
    .await;
    assert_eq!(newest.origin, "log.example.vn/dancu/2");
    assert_eq!(log.checkpoint(1).await.0.origin, newest.origin);
    let proof = app.proof(&id[0]).await;
    let head = head_of(proof["checkpoint"].as_str().unwrap());
    assert_eq!(head.origin, "log.example.vn/dancu/1");
    assert_eq!(proof["index"], before["index"]);
    for path in tiles_of(old.size) {
        assert_eq!(log.fetch(&format!("1/tile/{path}")).await.0, 200, "{path}");
    }
    assert_eq!(
        log.fetch("tile/0/000").await.0,
        404,
        "the new tree is small yet"
    );
    app.stop().await;
}
