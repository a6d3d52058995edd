//! People under address protection: nothing tells where they are, unless it is lifted.

use serde_json::{Value, json};

use super::{Desk, an_with, full, merge, other, split};
use crate::support::soon;

fn hidden() -> Value {
    let mut citizen = full();
    merge(&mut citizen, json!({"protected": true}));
    citizen
}

/// What of a protected person is withheld.
const WITHHELD: &[&str] = &[
    "place_of_birth",
    "birth_registration_place",
    "place_of_origin",
    "permanent_residence",
    "temporary_residence",
    "current_residence",
    "absence_declaration",
    "residence_file_number",
    "card",
    "relation_to_head",
    "household_head",
    "household_members",
    "mobile_number",
    "email",
    "residence",
    "address_line",
];

#[actix_web::test]
async fn a_protected_person_is_answered_without_anything_that_tells_where_they_are() {
    let desk = Desk::open(&[hidden()]).await;
    let mut fields = WITHHELD.to_vec();
    fields.extend([
        "full_name",
        "age",
        "father",
        "permanent_residence.current.commune_code",
    ]);
    let answer = desk.look(json!({"fields": fields})).await;
    let left: Vec<_> = answer["citizen"].as_object().unwrap().keys().collect();
    assert_eq!(left, ["age", "father", "full_name"]);
    let mut expected: Vec<Value> = WITHHELD
        .iter()
        .map(|field| json!({"field": field, "reason": "protected"}))
        .collect();
    expected.push(json!({"field": "permanent_residence.current.commune_code",
        "reason": "protected"}));
    assert_eq!(
        answer["withheld"],
        json!(expected),
        "in the order they were asked for"
    );
    let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
    assert_eq!(
        entry["fields"]["withheld"].as_array().unwrap().len(),
        WITHHELD.len() + 1
    );

    let answer = desk.ask("/v1/prefill", json!({})).await;
    let missing = answer["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 2);
    assert!(
        missing.iter().all(|one| one["reason"] == "protected"),
        "{answer}"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn no_claim_about_where_a_protected_person_is_matches() {
    let explain = json!({"operations": ["verify", "verify.explain"]});
    let desk = Desk::under(explain, &[hidden()]).await;
    let claims = json!({"permanent_residence.province_code": "01",
        "permanent_residence.commune_code": "00013", "temporary_residence.commune_code": "00004",
        "current_residence.province_code": "52", "household_head.personal_id": "001065000002"});
    for (claim, value) in claims.as_object().unwrap() {
        let answer = desk.claim(json!({claim: value})).await;
        assert_eq!(answer["result"], "no_match", "{claim}");
        assert_eq!(answer["claims"][claim], "mismatch", "{claim}");
        assert_eq!(answer["claims"]["full_name"], "match");
    }
    assert_eq!(desk.claim(json!({"sex": "male"})).await["result"], "match");
    desk.app.stop().await;
}

#[actix_web::test]
async fn the_protected_operation_lifts_it_where_scope_and_agreement_both_have_it() {
    let desk = Desk::open(&[hidden()]).await;
    let fields = json!({"fields": ["address_line", "mobile_number", "card.number"]});
    let located = json!({"claims": {"permanent_residence.commune_code": "00013"}});
    assert_eq!(
        desk.look(fields.clone()).await["citizen"],
        json!({}),
        "the agreement does not"
    );
    desk.agree(json!({"operations": ["verify", "lookup", "prefill", "protected"]}))
        .await;
    let answer = desk.look(fields.clone()).await;
    assert_eq!(answer["citizen"].as_object().unwrap().len(), 3);
    assert!(answer.get("withheld").is_none());
    assert_eq!(
        desk.ask("/v1/verify", located.clone()).await["result"],
        "match"
    );
    let scopeless = desk.without(&["citizen:protected"]);
    let answer = desk.ask_with(&scopeless, "/v1/lookup", fields).await;
    assert_eq!(answer["citizen"], json!({}), "the token does not");
    let answer = desk.ask_with(&scopeless, "/v1/verify", located).await;
    assert_eq!(answer["result"], "no_match");
    desk.app.stop().await;
}

#[actix_web::test]
async fn protected_relatives_are_left_out_of_family_and_household_from_the_day_they_are() {
    let wife = |protected| {
        other(
            "001195000004",
            json!({"full_name": "Trần Thị Cúc", "protected": protected}),
        )
    };
    let father = |protected| other("001065000002", json!({"protected": protected}));
    let desk = Desk::open(&[full(), wife(false), father(false)]).await;
    let fields = [
        "father",
        "spouse",
        "children",
        "household_head",
        "household_members",
    ];
    let all = desk.fields(&fields).await;
    assert_eq!(all["spouse"]["full_name"], "Trần Thị Cúc");
    assert_eq!(all["household_members"].as_array().unwrap().len(), 2);

    let change = |revision: u64, citizen: Value| json!({"op": "upsert", "revision": revision, "citizen": citizen});
    desk.app
        .change(&[change(2, wife(true)), change(2, father(true))])
        .await;
    let hidden = async || desk.fields(&fields).await.get("spouse").is_none();
    soon("the wife is left out", hidden).await;
    let left = desk.fields(&fields).await;
    let members: Vec<_> = left.as_object().unwrap().keys().collect();
    assert_eq!(members, ["children"], "{left}");
    // To claim is not to be told either.
    for claim in [
        json!({"spouse.full_name": "Trần Thị Cúc"}),
        json!({"father.full_name": "Nguyễn Văn Bình"}),
        json!({"household_head.personal_id": "001065000002"}),
    ] {
        assert_eq!(
            desk.claim(claim.clone()).await["result"],
            "no_match",
            "{claim}"
        );
    }
    desk.agree(json!({"operations": ["verify", "lookup", "prefill", "protected"]}))
        .await;
    assert_eq!(
        desk.fields(&fields).await,
        all,
        "lifted, it is all there again"
    );
    desk.agree(json!({"operations": ["verify", "lookup", "prefill"]}))
        .await;

    desk.app
        .change(&[change(3, wife(false)), change(3, father(false))])
        .await;
    let shown = async || desk.fields(&fields).await == all;
    soon("they are shown again", shown).await;
    desk.app.stop().await;
}

#[actix_web::test]
async fn whoever_is_protected_is_in_no_ones_children_and_represents_nobody_that_is_told() {
    let named = |name: &str, number: &str| json!({"full_name": name, "personal_id": number});
    let citizen = an_with(json!({
        "children": [named("Nguyễn Thị Dung", "001320000005"),
            named("Nguyễn Văn Em", "001222000006"), {"full_name": "Nguyễn Văn Út"}],
        "legal_representative": named("Nguyễn Văn Giang", "001065000007"),
        "represented_persons": [named("Nguyễn Thị Hạnh", "001190000008"),
            named("Nguyễn Văn Ích", "001090000009")]}));
    let is = |number, protected| other(number, json!({"protected": protected}));
    let open = ["001222000006", "001090000009"].map(|number| is(number, false));
    let hidden = ["001320000005", "001065000007", "001190000008"].map(|number| is(number, true));
    let people = [vec![citizen], open.to_vec(), hidden.to_vec()].concat();
    let desk = Desk::open(&people).await;
    let fields = [
        "children",
        "legal_representative",
        "represented_persons",
        "sex",
    ];
    let left = json!({"sex": "male",
        "children": [named("Nguyễn Văn Em", "001222000006"), {"full_name": "Nguyễn Văn Út"}],
        "represented_persons": [named("Nguyễn Văn Ích", "001090000009")]});
    assert_eq!(desk.fields(&fields).await, left);
    // A single leaf tells no more than the whole.
    assert_eq!(
        desk.fields(&["children.full_name", "legal_representative.full_name"])
            .await,
        json!({"children": [{"full_name": "Nguyễn Văn Em"}, {"full_name": "Nguyễn Văn Út"}]})
    );
    desk.agree(json!({"operations": ["verify", "lookup", "prefill", "protected"]}))
        .await;
    let all = desk.fields(&fields).await;
    assert_eq!(all["children"].as_array().unwrap().len(), 3);
    assert_eq!(all["represented_persons"].as_array().unwrap().len(), 2);
    assert_eq!(all["legal_representative"]["full_name"], "Nguyễn Văn Giang");
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_relative_known_by_an_old_number_is_left_out_too() {
    let citizen = an_with(json!({"mother": {"full_name": "Lê Thị Hoà",
        "old_id_number": "044444444"}}));
    let mother = other(
        "001165000003",
        json!({"old_id_numbers": ["044444444"], "protected": true,
        "permanent_residence": split()}),
    );
    let desk = Desk::open(&[citizen, mother]).await;
    assert_eq!(
        desk.fields(&["mother", "sex"]).await,
        json!({"sex": "male"})
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_relative_named_by_a_number_that_a_protected_person_had_is_left_out() {
    const CALLED: &str = "001165000003";
    let citizen = an_with(
        json!({"mother": {"full_name": "Lê Thị Hoà", "personal_id": CALLED},
        "legal_representative": {"full_name": "Lê Thị Hoà", "old_id_number": "044444444"}}),
    );
    let replaced = |by: &str| json!({"status": {"kind": "number_cancelled", "superseded_by": by}});
    let mut first = replaced("001165000004");
    merge(&mut first, json!({"old_id_numbers": ["044444444"]}));
    let mother = |revision: u64, protected: bool| {
        let citizen = other("001165000005", json!({"protected": protected}));
        json!({"op": "upsert", "revision": revision, "citizen": citizen})
    };
    // Two steps away; the last is not registered yet, nor protected when it is.
    let desk = Desk::open(&[
        citizen,
        other(CALLED, first),
        other("001165000004", replaced("001165000005")),
    ])
    .await;
    let fields = ["mother", "legal_representative"];
    let all = desk.fields(&fields).await;
    assert_eq!(all.as_object().unwrap().len(), 2);
    desk.app.change(&[mother(1, false)]).await;
    assert_eq!(desk.fields(&fields).await, all);

    desk.app.change(&[mother(2, true)]).await;
    soon("she is left out", async || {
        desk.fields(&fields).await == json!({})
    })
    .await;
    // She is somebody else's successor after all.
    let other_way = json!({"op": "status", "personal_id": "001165000004", "revision": 2,
        "status": {"kind": "active"}});
    desk.app.change(&[other_way]).await;
    soon("she is shown", async || desk.fields(&fields).await == all).await;
    desk.app.stop().await;
}

#[actix_web::test]
async fn an_upsert_that_does_not_say_leaves_protection_as_it_is() {
    let desk = Desk::open(&[hidden()]).await;
    let mut corrected = full();
    merge(
        &mut corrected,
        json!({"other_name": "An Lớn", "protected": null}),
    );
    desk.app
        .change(&[json!({"op": "upsert", "revision": 2, "citizen": corrected})])
        .await;
    let seen = async || desk.fields(&["other_name"]).await["other_name"] == "An Lớn";
    soon("the correction is seen", seen).await;
    assert_eq!(
        desk.fields(&["address_line", "sex"]).await,
        json!({"sex": "male"})
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_location_claim_about_a_cancelled_number_never_matches() {
    let desk = Desk::open(&[full()]).await;
    let living = json!({"permanent_residence.province_code": "01"});
    assert_eq!(desk.claim(living.clone()).await["result"], "match");
    let cancelled = json!({"kind": "number_cancelled", "since": "2023-03-23"});
    let change = json!({"op": "status", "personal_id": "001095000001", "revision": 2,
        "status": cancelled});
    desk.app.change(&[change]).await;
    soon("the number is cancelled", async || {
        desk.claim(json!({})).await["status"]["kind"] == "number_cancelled"
    })
    .await;
    assert_eq!(desk.claim(living).await["result"], "no_match");
    desk.app.stop().await;
}
