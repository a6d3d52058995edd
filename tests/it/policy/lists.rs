//! Lists, page by page, and catalogues.

use dancu::domain::policy::Kind;
use dancu::policy::catalogue;
use serde_json::json;

use super::Office;

#[tokio::test]
async fn pages_hold_every_thing_once_in_the_order_of_bytes() {
    let office = Office::open().await;
    let mut codes = ["b", "B", "a.1", "a-1", "a_1", "Z9", "10", "9"];
    for code in codes {
        office
            .put(Kind::Agency, json!({"code": code, "name": "x"}))
            .await;
    }
    codes.sort_unstable();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = office
            .administration
            .list(Kind::Agency, after.as_ref(), 3)
            .await
            .unwrap();
        assert!(page.items.len() <= 3);
        found.extend(page.items.iter().map(|item| item.id().to_string()));
        match page.next_cursor {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    assert_eq!(found, codes);
    let whole = office
        .administration
        .list(Kind::Agency, None, 8)
        .await
        .unwrap();
    assert!(whole.next_cursor.is_none(), "the last page says that it is");
    let none = office
        .administration
        .list(Kind::Officer, None, 100)
        .await
        .unwrap();
    assert_eq!(
        serde_json::to_value(none).unwrap(),
        json!({"items": [], "next_cursor": null})
    );
}

#[tokio::test]
async fn the_shipped_catalogue_is_loaded_once_and_comes_out_again() {
    let office = Office::open().await;
    let shipped = catalogue::shipped();
    let all = shipped.len() as u64;
    let admin = &office.administration;
    let pending = admin.begin_load(shipped.clone()).await.unwrap();
    assert_eq!(
        (pending.created, pending.replaced, pending.unchanged),
        (all, 0, 0)
    );
    admin.commit_load(pending).await.unwrap();
    assert_eq!(office.store.policy_head().await.unwrap(), 1);

    let mut changed = shipped.clone();
    changed[0].confidential = true;
    let pending = admin.begin_load(changed).await.unwrap();
    assert_eq!(
        (pending.created, pending.replaced, pending.unchanged),
        (0, 1, all - 1)
    );
    drop(pending);

    let mut out = admin.procedures().await.unwrap();
    let mut expected = shipped;
    out.sort_by(|a, b| a.code.cmp(&b.code));
    expected.sort_by(|a, b| a.code.cmp(&b.code));
    assert_eq!(catalogue::write(&out), catalogue::write(&expected));
}
