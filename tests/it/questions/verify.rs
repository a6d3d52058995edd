//! `verify`: every kind of claim, and birth dates of every precision.

use serde_json::{Value, json};

use super::{Desk, full, other};

#[actix_web::test]
async fn each_claim_matches_what_is_recorded_and_nothing_else() {
    let desk = Desk::open(&[full(), other("001190000009", json!({}))]).await;
    let table: &[(&str, &[Value], &[Value])] = &[
        ("sex", &["male".into()], &["female".into()]),
        ("nationality", &["VN".into()], &["LA".into()]),
        (
            "old_id_number",
            &["012345678".into()],
            &["012345679".into()],
        ),
        (
            "marital_status",
            &["married".into()],
            &["single".into(), "divorced_or_widowed".into()],
        ),
        (
            "permanent_residence.province_code",
            &["01".into()],
            &["79".into()],
        ),
        // As recorded, and as it is now.
        (
            "permanent_residence.commune_code",
            &["00013".into(), "00004".into()],
            &["00016".into(), "00008".into()],
        ),
        (
            "temporary_residence.province_code",
            &["01".into()],
            &["52".into()],
        ),
        // As recorded, and each of the two that came of it.
        (
            "temporary_residence.commune_code",
            &["00016".into(), "00004".into(), "00008".into()],
            &["00013".into()],
        ),
        (
            "current_residence.province_code",
            &["64".into(), "52".into()],
            &["01".into()],
        ),
        (
            "current_residence.commune_code",
            &["23557".into(), "23563".into()],
            &["23560".into()],
        ),
        (
            "father.full_name",
            &["Nguyễn Văn Bình".into(), "NGUYỄN VĂN BÌNH".into()],
            &["Nguyễn Văn Binh".into(), "Nguyen Van Binh".into()],
        ),
        (
            "mother.full_name",
            &["Lê Thị Hoà".into(), "Lê Thị Hòa".into()],
            &["Lê Thị Hoa".into()],
        ),
        (
            "spouse.full_name",
            &["Trần Thị Cúc".into()],
            &["Trần Cúc".into()],
        ),
        (
            "household_head.personal_id",
            &["001065000002".into()],
            &["001095000001".into()],
        ),
        (
            "age_at_least",
            &[0.into(), 18.into(), 31.into()],
            &[120.into()],
        ),
    ];
    let unrecorded = json!({"subject": {"personal_id": "001190000009"},
        "claims": {"full_name": "Trần Thị Bích", "birth_date": "1990-01-01"}});
    assert_eq!(
        desk.ask("/v1/verify", unrecorded.clone()).await["result"],
        "match"
    );
    for (claim, right, wrong) in table {
        for value in *right {
            let answer = desk.claim(json!({*claim: value})).await;
            assert_eq!(answer["result"], "match", "{claim} {value}");
        }
        for value in *wrong {
            let answer = desk.claim(json!({*claim: value})).await;
            assert_eq!(answer["result"], "no_match", "{claim} {value}");
        }
        if *claim != "age_at_least" {
            let mut question = unrecorded.clone();
            question["claims"][*claim] = right[0].clone();
            let answer = desk.ask("/v1/verify", question).await;
            assert_eq!(answer["result"], "no_match", "{claim} is not recorded");
        }
    }
    let mut all: Value = table
        .iter()
        .map(|(claim, right, _)| (*claim, right[0].clone()))
        .collect();
    assert_eq!(desk.claim(all.clone()).await["result"], "match");
    all["spouse.full_name"] = "Trần Thị Hoa".into();
    assert_eq!(
        desk.claim(all).await["result"],
        "no_match",
        "every claim must match"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_birth_date_matches_in_part_where_the_record_is_coarser_and_never_where_the_claim_is() {
    let recorded = ["1995-03-02", "1950", "1950-06", "0"];
    let number = |at: usize| format!("00109500010{at}");
    let people: Vec<_> = recorded[..3]
        .iter()
        .enumerate()
        .map(|(at, born)| other(&number(at), json!({"birth_date": born})))
        .collect();
    let desk = Desk::open(&people).await;
    for (person, claimed, expected) in [
        (0, "1995-03-02", Some("full")),
        (0, "1995-03-03", None),
        (0, "1995-03", None),
        (0, "1995", None),
        (1, "1950", Some("full")),
        (1, "1950-05", Some("partial")),
        (1, "1950-05-05", Some("partial")),
        (1, "1951-05-05", None),
        (2, "1950-06", Some("full")),
        (2, "1950-06-30", Some("partial")),
        (2, "1950-07-01", None),
        (2, "1950", None),
    ] {
        let answer = desk
            .ask(
                "/v1/verify",
                json!({"subject": {"personal_id": number(person)},
                "claims": {"full_name": "Trần Thị Bích", "birth_date": claimed}}),
            )
            .await;
        let about = format!("{} against {claimed}", recorded[person]);
        match expected {
            Some(word) => {
                assert_eq!(answer["result"], "match", "{about}");
                assert_eq!(answer["birth_date_match"], word, "{about}");
            }
            None => {
                assert_eq!(answer["result"], "no_match", "{about}");
                assert!(answer.get("birth_date_match").is_none(), "{about}");
            }
        }
    }
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_birth_date_may_be_left_out_only_where_the_agreement_says_so() {
    let desk = Desk::open(&[full()]).await;
    let nameless = json!({"claims": {"full_name": null}});
    let undated = json!({"claims": {"birth_date": null}});
    let refused = desk.send("/v1/verify", undated.clone()).await;
    assert_eq!(refused.faults(), ["/claims/birth_date required"]);
    desk.agree(json!({"operations": ["verify", "lookup", "prefill", "verify.no_birth_date"]}))
        .await;
    let answer = desk.ask("/v1/verify", undated.clone()).await;
    assert_eq!(answer["result"], "match");
    assert!(answer.get("birth_date_match").is_none());
    assert_eq!(
        desk.claim(json!({"birth_date": "1995-03-03"})).await["result"],
        "no_match"
    );
    // The name never, and lookups not at all.
    let refused = desk.send("/v1/verify", nameless).await;
    assert_eq!(refused.faults(), ["/claims/full_name required"]);
    let mut lookup = undated;
    lookup["fields"] = json!(["full_name"]);
    assert_eq!(
        desk.send("/v1/lookup", lookup).await.faults(),
        ["/claims/birth_date required"]
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_lookup_by_number_alone_needs_scope_and_agreement() {
    let desk = Desk::open(&[full()]).await;
    let bare = json!({"claims": null, "fields": ["full_name"]});
    let refused = desk.send("/v1/lookup", bare.clone()).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    desk.agree(json!({"operations": ["verify", "lookup", "prefill", "lookup.id_only"]}))
        .await;
    let scopeless = desk.without(&["citizen:lookup.id_only"]);
    let refused = desk.send_with(&scopeless, "/v1/lookup", bare.clone()).await;
    assert_eq!(refused.status, 400);

    let answer = desk.look(bare.clone()).await;
    assert_eq!(answer["citizen"]["full_name"], "Nguyễn Văn An");
    assert!(answer.get("name_match").is_none(), "no name was claimed");
    let some = json!({"claims": {"full_name": null}, "fields": ["full_name"]});
    assert_eq!(desk.look(some).await["birth_date_match"], "full");
    let prefill = desk.ask("/v1/prefill", json!({"claims": null})).await;
    assert_eq!(prefill["values"]["ho_va_ten"], "Nguyễn Văn An");
    // What is claimed all the same must hold.
    let wrong = json!({"claims": {"full_name": "Nguyễn Văn Ân"}, "fields": ["full_name"]});
    assert_eq!(desk.look(wrong).await["result"], "no_match");

    let by_old = json!({"subject": {"personal_id": null, "old_id_number": "012345678"},
        "claims": null, "fields": ["full_name"]});
    assert_eq!(
        desk.send("/v1/lookup", by_old).await.status,
        400,
        "by number means the personal one"
    );
    let verify = desk.send("/v1/verify", json!({"claims": null})).await;
    assert_eq!(
        verify.status, 400,
        "a verification without claims verifies nothing"
    );
    desk.app.stop().await;
}
