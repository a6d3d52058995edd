//! Put, get, delete, suspend and resume.

use dancu::domain::policy::{Item, Kind};
use dancu::domain::scope::Scopes;
use dancu::service::administration::{Author, Conflict, Error, Expected, Outcome};
use serde_json::{Value, json};

use super::{ISSUER, Office, agreement_document, client_document, code, code_of, item};

#[tokio::test]
async fn what_is_put_is_what_get_gives_back() {
    let office = Office::furnished().await;
    let documents = [
        (
            Kind::Agency,
            json!({"code": "H29.1", "name": "Phường  A ", "parent": "H29"}),
        ),
        (
            Kind::Client,
            json!({"client_id": "c", "issuer": "https://x", "agency_code": "H29", "name": "x",
                "active": false, "scopes": ["fields:card", "citizen:verify", "fields:card"],
                "certificate_sha256": null, "networks": []}),
        ),
        (
            Kind::Officer,
            json!({"id": "o", "officer_id": "079085001234", "agency_code": "H29", "name": null,
                "active": true}),
        ),
        (
            Kind::Procedure,
            json!({"code": "1.004194", "name": "Đăng ký tạm trú", "legal_basis": null,
                "confidential": true, "form": {"code": "CT01", "boxes": {"z": "full_name",
                    "a": {"field": "birth_date", "format": "dmy"}}},
                "papers": [{"code": "x", "name": "Bản sao", "fields": ["personal_id"]}]}),
        ),
        (
            Kind::Agreement,
            json!({"id": "a", "client_id": "one", "procedure_code": "p",
                "operations": ["lookup", "verify"], "read_fields": ["residence", "field:card"],
                "claim_fields": ["sex"], "valid_from": "2026-01-01", "valid_to": "2026-12-31",
                "name_match": "folded", "officer": "registered", "quota": null}),
        ),
    ];
    for (kind, document) in documents {
        office.put(kind, document.clone()).await;
        let put = item(kind, document.clone());
        let got = office.get(kind, put.id().as_str()).await.unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&got.to_json()).unwrap(),
            document
        );
        // Byte for byte, the order of boxes included: so the entity tag is the same.
        assert_eq!(got.etag(), put.etag());
    }
}

#[tokio::test]
async fn a_pending_change_is_not_seen_until_it_is_committed_and_never_when_dropped() {
    let office = Office::open().await;
    let agency = json!({"code": "H29", "name": "UBND"});
    let pending = office.try_put(Kind::Agency, agency.clone()).await.unwrap();
    assert_eq!(pending.outcome, Outcome::Created);
    assert_eq!(
        (pending.before_json(), pending.kind()),
        (None, Kind::Agency)
    );
    assert!(office.get(Kind::Agency, "H29").await.is_none());
    drop(pending);
    assert!(office.get(Kind::Agency, "H29").await.is_none());
    assert_eq!(office.store.policy_head().await.unwrap(), 0);

    office.put(Kind::Agency, agency).await;
    assert!(office.get(Kind::Agency, "H29").await.is_some());
    assert_eq!(office.store.policy_head().await.unwrap(), 1);
}

#[tokio::test]
async fn putting_the_same_again_changes_nothing() {
    let office = Office::furnished().await;
    let head = office.store.policy_head().await.unwrap();
    let first = office.get(Kind::Client, "one").await.unwrap().etag();
    let pending = office
        .try_put(Kind::Client, client_document("one"))
        .await
        .unwrap();
    assert_eq!(
        (pending.outcome, pending.etag()),
        (Outcome::Unchanged, Some(first.clone()))
    );
    office.administration.commit(pending).await.unwrap();
    assert_eq!(office.store.policy_head().await.unwrap(), head);

    let mut document = client_document("one");
    document["name"] = json!("Khác");
    let pending = office.try_put(Kind::Client, document).await.unwrap();
    assert_eq!(pending.outcome, Outcome::Replaced);
    assert_ne!(pending.etag(), Some(first));
    assert_ne!(pending.before_json(), pending.after_json());
}

#[tokio::test]
async fn an_expected_version_must_be_the_one_that_is_there() {
    let office = Office::furnished().await;
    let etag = office.get(Kind::Client, "one").await.unwrap().etag();
    let put = async |name: &str, id: &str, if_match: Option<&str>, if_none: Option<&str>| {
        let mut document = client_document(id);
        document["name"] = json!(name);
        let expected = Expected::parse(if_match, if_none).unwrap();
        let item = item(Kind::Client, document);
        let id = code(id);
        let pending = office
            .administration
            .begin_put(Author::CommandLine, &id, item, &expected)
            .await;
        code_of(match pending {
            Ok(pending) => office.administration.commit(pending).await,
            Err(error) => Err(error),
        })
    };
    assert_eq!(put("a", "one", Some(&etag), None).await, "done");
    assert_eq!(
        put("b", "one", Some(&etag), None).await,
        "precondition_failed"
    );
    assert_eq!(
        put("b", "one", None, Some("*")).await,
        "precondition_failed"
    );
    assert_eq!(
        put("b", "three", Some("*"), None).await,
        "precondition_failed"
    );
    assert_eq!(put("b", "three", None, Some("*")).await, "done");

    let stale = Expected::parse(Some(&etag), None).unwrap();
    let (author, one) = (Author::CommandLine, code("one"));
    let admin = &office.administration;
    let deleted = admin.begin_delete(author, Kind::Client, &one, &stale).await;
    assert_eq!(code_of(deleted), "precondition_failed");
    assert_eq!(
        code_of(admin.begin_suspend(author, &one, &stale).await),
        "precondition_failed"
    );
}

#[tokio::test]
async fn what_is_referred_to_cannot_be_deleted() {
    let office = Office::furnished().await;
    office
        .put(Kind::Agreement, agreement_document("a", "2026-01-01", None))
        .await;
    for (kind, id) in [
        (Kind::Agency, "H29"),
        (Kind::Client, "one"),
        (Kind::Procedure, "p"),
    ] {
        assert!(matches!(
            office.try_delete(kind, id).await,
            Err(Error::Conflict(Conflict::ReferredTo))
        ));
    }
    assert_eq!(
        code_of(office.try_delete(Kind::Client, "nobody").await),
        "not_found"
    );
    for (kind, id) in [
        (Kind::Agreement, "a"),
        (Kind::Client, "one"),
        (Kind::Client, "two"),
        (Kind::Procedure, "p"),
        (Kind::Agency, "H29"),
    ] {
        office.delete(kind, id).await;
        assert!(office.get(kind, id).await.is_none());
    }
}

#[tokio::test]
async fn what_is_referred_to_must_be_registered() {
    let office = Office::furnished().await;
    let faults = async |kind, document| match office.try_put(kind, document).await {
        Err(Error::Invalid(faults)) => faults
            .into_iter()
            .map(|fault| fault.pointer)
            .collect::<Vec<_>>()
            .join(" "),
        other => code_of(other).to_owned(),
    };
    let agency = |code: &str, parent: &str| json!({"code": code, "name": "x", "parent": parent});
    assert_eq!(
        faults(Kind::Agency, agency("H30", "nowhere")).await,
        "/parent"
    );
    let mut client = client_document("c");
    client["agency_code"] = json!("nowhere");
    assert_eq!(faults(Kind::Client, client).await, "/agency_code");
    let officer = json!({"id": "o", "officer_id": "1", "agency_code": "nowhere"});
    assert_eq!(faults(Kind::Officer, officer).await, "/agency_code");
    let mut agreement = agreement_document("a", "2026-01-01", None);
    agreement["client_id"] = json!("nobody");
    agreement["procedure_code"] = json!("nothing");
    assert_eq!(
        faults(Kind::Agreement, agreement).await,
        "/client_id /procedure_code"
    );

    office.put(Kind::Agency, agency("H29.1", "H29")).await;
    office.put(Kind::Agency, agency("H29.1.1", "H29.1")).await;
    assert_eq!(
        faults(Kind::Agency, agency("H29", "H29.1.1")).await,
        "/parent"
    );
    assert_eq!(faults(Kind::Agency, agency("H29", "H29")).await, "/parent");
    assert_eq!(faults(Kind::Agency, agency("new", "new")).await, "/parent");
}

#[tokio::test]
async fn a_document_is_put_at_its_own_address() {
    let office = Office::furnished().await;
    let item = item(Kind::Client, client_document("one"));
    let (author, two) = (Author::CommandLine, code("two"));
    match office
        .administration
        .begin_put(author, &two, item, &Expected::ANYTHING)
        .await
    {
        Err(Error::Invalid(faults)) => assert_eq!(faults[0].pointer, "/client_id"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_officer_is_registered_with_an_agency_once() {
    let office = Office::furnished().await;
    office
        .put(Kind::Agency, json!({"code": "G01", "name": "Bộ"}))
        .await;
    let officer = |id: &str, agency: &str| {
        json!({"id": id, "officer_id": "079085001234",
        "agency_code": agency, "name": "Trần Thị Bình"})
    };
    office.put(Kind::Officer, officer("a", "H29")).await;
    office.put(Kind::Officer, officer("b", "G01")).await;
    assert!(matches!(
        office.try_put(Kind::Officer, officer("c", "H29")).await,
        Err(Error::Conflict(Conflict::OfficerRegistered))
    ));
}

#[tokio::test]
async fn no_client_changes_itself_or_its_own_agreements() {
    let office = Office::furnished().await;
    office
        .put(
            Kind::Agreement,
            agreement_document("mine", "2026-01-01", None),
        )
        .await;
    let snapshot = office.policy.load(office.clock.now()).unwrap();
    let caller = snapshot
        .caller(ISSUER, "one", &Scopes::parse("admin"), None)
        .unwrap();
    let (author, any) = (Author::Client(&caller), &Expected::ANYTHING);
    let admin = &office.administration;
    let put = async |kind, document| {
        let item = item(kind, document);
        let id = item.id().clone();
        code_of(admin.begin_put(author, &id, item, any).await)
    };
    assert_eq!(put(Kind::Client, client_document("one")).await, "own_grant");
    let mut taken = agreement_document("mine", "2026-01-01", None);
    assert_eq!(put(Kind::Agreement, taken.clone()).await, "own_grant");
    taken["client_id"] = json!("two");
    assert_eq!(
        put(Kind::Agreement, taken).await,
        "own_grant",
        "nor give one away"
    );
    let one = code("one");
    assert_eq!(
        code_of(admin.begin_suspend(author, &one, any).await),
        "own_grant"
    );
    assert_eq!(
        code_of(admin.begin_resume(author, &one, any).await),
        "own_grant"
    );
    let mine = code("mine");
    let kind = Kind::Agreement;
    assert_eq!(
        code_of(admin.begin_delete(author, kind, &mine, any).await),
        "own_grant"
    );
    assert_eq!(
        code_of(admin.begin_delete(author, Kind::Client, &one, any).await),
        "own_grant"
    );
    assert_eq!(put(Kind::Client, client_document("two")).await, "done");
}

#[tokio::test]
async fn a_suspended_client_is_refused_until_it_is_resumed() {
    let office = Office::furnished().await;
    let (author, one, any) = (Author::CommandLine, code("one"), &Expected::ANYTHING);
    let admin = &office.administration;
    let ask = || {
        let snapshot = office.policy.load(office.clock.now()).unwrap();
        let caller = snapshot.caller(ISSUER, "one", &Scopes::default(), None);
        caller.map_or_else(|refusal| refusal.code(), |_| "known")
    };
    assert_eq!(ask(), "known");
    let pending = admin.begin_suspend(author, &one, any).await.unwrap();
    let Some(Item::Client(after)) = pending.after.clone() else {
        panic!("a client")
    };
    assert!(!after.active);
    admin.commit(pending).await.unwrap();
    assert_eq!(ask(), "client_suspended");
    let again = admin.begin_suspend(author, &one, any).await.unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged);
    let pending = admin.begin_resume(author, &one, any).await.unwrap();
    admin.commit(pending).await.unwrap();
    assert_eq!(ask(), "known");
    let nobody = code("nobody");
    assert_eq!(
        code_of(admin.begin_suspend(author, &nobody, any).await),
        "not_found"
    );
}
