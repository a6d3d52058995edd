use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::domain::fault::FromText;
use crate::domain::field::{Field, FieldGroup, FieldMask};
use crate::domain::policy::{
    Agency, AgreedFields, AgreedOperation, Agreement, Client, Code, FieldName, Item, Label,
    NameMatch, Officer, OfficerId, OfficerRule, Operation, Procedure, Purpose, Rows, ScopeList,
    ScopeName,
};
use crate::domain::refusal::Refusal;
use crate::domain::scope::{OperationScope, Scopes};

const FIRST: &str = "https://first.example";
const OTHER: &str = "https://other.example";
const TODAY: Date = date(2026, 11, 21);
const EVERYTHING: &str = "citizen:verify citizen:lookup citizen:verify.explain citizen:lookup.id_only \
    citizen:protected fields:identity fields:residence field:religion";

fn code(text: &str) -> Code {
    Code::from_text(text).unwrap()
}

fn officer(text: &str) -> OfficerId {
    OfficerId::from_text(text).unwrap()
}

fn scope_list<'a>(names: impl IntoIterator<Item = &'a str>) -> ScopeList {
    names
        .into_iter()
        .map(|name| ScopeName::from_text(name).unwrap())
        .collect()
}

fn fields<'a, U: Purpose>(names: impl IntoIterator<Item = &'a str>) -> AgreedFields<U> {
    names
        .into_iter()
        .map(|name| FieldName::from_text(name).unwrap())
        .collect()
}

fn client(id: &str, issuer: Option<&str>, agency: &str) -> Client {
    Client {
        client_id: code(id),
        issuer: issuer.map(|issuer| Label::from_text(issuer).unwrap()),
        agency_code: code(agency),
        name: Label::from_text("Một cửa").unwrap(),
        active: true,
        scopes: scope_list(EVERYTHING.split(' ')),
    }
}

fn agreement(id: &str, client: &str, procedure: &str) -> Agreement {
    Agreement {
        id: code(id),
        client_id: code(client),
        procedure_code: code(procedure),
        operations: AgreedOperation::WORDS
            .iter()
            .map(|word| AgreedOperation::from_text(word).unwrap())
            .collect(),
        read_fields: fields(["identity"]),
        claim_fields: fields(["sex"]),
        valid_from: date(2026, 1, 1),
        valid_to: None,
        name_match: NameMatch::Canonical,
        officer: OfficerRule::None,
    }
}

fn procedure(id: &str) -> Procedure {
    Procedure {
        code: code(id),
        name: Label::from_text("Đăng ký tạm trú").unwrap(),
        legal_basis: None,
        confidential: false,
        form: None,
        papers: Vec::new(),
    }
}

fn registered(id: &str, officer_id: &str, agency: &str, active: bool) -> Officer {
    Officer {
        id: code(id),
        officer_id: officer(officer_id),
        agency_code: code(agency),
        name: None,
        active,
    }
}

/// Client `hcm` (agency `H29`) has: `open`; `ended` and `later`, each out of its dates; `lookup`
/// without verify; `named` and `register`, which want officers. `bare` has none.
fn rows() -> Rows {
    let agency = |id: &str, parent: Option<&str>| Agency {
        code: code(id),
        name: Label::from_text("UBND").unwrap(),
        parent: parent.map(code),
    };
    let names = ["open", "ended", "later", "lookup", "named", "register"];
    Rows {
        head: 7,
        agencies: vec![
            agency("H29", None),
            agency("H29.1", Some("H29")),
            agency("G01", None),
        ],
        clients: vec![
            client("hcm", None, "H29"),
            client("bare", None, "H29"),
            client("foreign", Some(OTHER), "G01"),
            Client {
                active: false,
                ..client("suspended", None, "H29")
            },
        ],
        officers: vec![
            registered("o1", "079085001234", "H29", true),
            registered("o2", "inactive", "H29", false),
            registered("o3", "elsewhere", "G01", true),
            registered("o4", "elsewhere-too", "G01", true),
            registered("o5", "elsewhere-too", "H29", true),
        ],
        procedures: names
            .iter()
            .chain(&["unused"])
            .map(|name| procedure(name))
            .collect(),
        agreements: names
            .iter()
            .map(|name| {
                let mut one = agreement(name, "hcm", name);
                match *name {
                    "ended" => one.valid_to = Some(date(2026, 11, 20)),
                    "later" => one.valid_from = date(2026, 11, 22),
                    "lookup" => one.operations = [AgreedOperation::Lookup].into_iter().collect(),
                    "named" => one.officer = OfficerRule::Recorded,
                    "register" => one.officer = OfficerRule::Registered,
                    _ => {}
                }
                one
            })
            .collect(),
        ever_confidential: vec![code("unused"), code("gone")],
    }
}

fn snapshot() -> Snapshot {
    Snapshot::new(rows(), FIRST)
}

fn caller(snapshot: &Snapshot, id: &str, token_officer: Option<&str>) -> Caller {
    snapshot
        .caller(FIRST, id, &Scopes::parse(EVERYTHING), token_officer)
        .unwrap()
}

#[test]
fn a_client_is_known_to_its_own_issuer_only() {
    let snapshot = snapshot();
    let ask = |issuer: &str, id: &str| {
        snapshot
            .caller(issuer, id, &Scopes::default(), None)
            .map(|_| ())
            .map_err(Refusal::code)
    };
    assert_eq!(ask(FIRST, "hcm"), Ok(()));
    assert_eq!(ask(OTHER, "foreign"), Ok(()));
    assert_eq!(ask(OTHER, "hcm"), Err("client_unknown"));
    assert_eq!(ask(FIRST, "foreign"), Err("client_unknown"));
    assert_eq!(ask(FIRST, "nobody"), Err("client_unknown"));
    assert_eq!(ask(FIRST, "suspended"), Err("client_suspended"));
    assert_eq!(
        ask(OTHER, "suspended"),
        Err("client_unknown"),
        "unknown comes before suspended"
    );
}

#[test]
fn a_scope_must_be_the_tokens_and_the_clients() {
    let snapshot = snapshot();
    let token = Scopes::parse("citizen:verify admin fields:identity fields:card");
    let caller = snapshot.caller(FIRST, "hcm", &token, None).unwrap();
    assert_eq!(caller.require(OperationScope::Verify), Ok(()));
    assert_eq!(
        caller.require(OperationScope::Lookup),
        Err(Refusal::ScopeMissing)
    );
    assert_eq!(
        caller.require(OperationScope::Admin),
        Err(Refusal::ScopeMissing)
    );
    assert_eq!(*caller.scopes.fields(), FieldGroup::Identity.mask());
}

#[rstest::rstest]
// What is wrong is added one by one, so that each refusal is seen to come before the next.
#[case(
    "bare",
    "register",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "agreement_missing"
)]
#[case(
    "bare",
    "nowhere",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "agreement_missing"
)]
#[case(
    "hcm",
    "nowhere",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "procedure_not_permitted"
)]
#[case(
    "hcm",
    "unused",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "procedure_not_permitted"
)]
#[case(
    "hcm",
    "ended",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "agreement_not_in_force"
)]
#[case(
    "hcm",
    "later",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "agreement_not_in_force"
)]
#[case(
    "hcm",
    "lookup",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "operation_not_permitted"
)]
#[case(
    "hcm",
    "lookup",
    Some("x"),
    Some("y"),
    Operation::Prefill,
    "operation_not_permitted"
)]
#[case(
    "hcm",
    "lookup",
    Some("x"),
    Some("y"),
    Operation::Lookup,
    "officer_mismatch"
)]
#[case(
    "hcm",
    "register",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "officer_mismatch"
)]
#[case(
    "hcm",
    "open",
    Some("x"),
    Some("y"),
    Operation::Verify,
    "officer_mismatch"
)]
#[case("hcm", "named", None, None, Operation::Verify, "officer_not_permitted")]
#[case("hcm", "named", None, Some("any"), Operation::Verify, "any")]
#[case("hcm", "named", Some("any"), None, Operation::Verify, "any")]
#[case(
    "hcm",
    "register",
    None,
    None,
    Operation::Verify,
    "officer_not_permitted"
)]
#[case(
    "hcm",
    "register",
    None,
    Some("any"),
    Operation::Verify,
    "officer_not_permitted"
)]
#[case(
    "hcm",
    "register",
    None,
    Some("inactive"),
    Operation::Verify,
    "officer_not_permitted"
)]
#[case(
    "hcm",
    "register",
    None,
    Some("elsewhere"),
    Operation::Verify,
    "officer_not_permitted"
)]
#[case(
    "hcm",
    "register",
    None,
    Some("elsewhere-too"),
    Operation::Verify,
    "elsewhere-too"
)]
#[case(
    "hcm",
    "register",
    Some("079085001234"),
    None,
    Operation::Prefill,
    "079085001234"
)]
#[case("hcm", "open", Some("x"), Some("x"), Operation::Lookup, "x")]
#[case("hcm", "open", None, None, Operation::Verify, "nobody")]
fn each_check_comes_in_its_order(
    #[case] client: &str,
    #[case] procedure: &str,
    #[case] token: Option<&str>,
    #[case] request: Option<&str>,
    #[case] operation: Operation,
    #[case] expected: &str,
) {
    let snapshot = snapshot();
    let caller = caller(&snapshot, client, token);
    let answer = snapshot.grant(&caller, operation, procedure, request.map(officer), TODAY);
    let said = match &answer {
        Ok(grant) => grant
            .officer
            .as_ref()
            .map_or("nobody", |officer| officer.as_str()),
        Err(refusal) => refusal.code(),
    };
    assert_eq!(said, expected);
}

#[test]
fn of_consecutive_agreements_the_one_in_force_today_counts() {
    let mut rows = rows();
    let mut before = agreement("before", "bare", "open");
    before.valid_to = Some(date(2026, 11, 20));
    let mut now = agreement("now", "bare", "open");
    now.valid_from = TODAY;
    rows.agreements.extend([now, before]);
    let snapshot = Snapshot::new(rows, FIRST);
    let caller = caller(&snapshot, "bare", None);
    let on = |day| {
        let grant = snapshot
            .grant(&caller, Operation::Verify, "open", None, day)
            .unwrap();
        grant.agreement.id.to_string()
    };
    assert_eq!(on(date(2026, 11, 20)), "before");
    assert_eq!(on(TODAY), "now");
}

#[test]
fn a_right_needs_agreement_and_scope_and_goes_with_its_operation() {
    let snapshot = snapshot();
    let ask = |scopes: &str, operation| {
        let caller = snapshot
            .caller(FIRST, "hcm", &Scopes::parse(scopes), None)
            .unwrap();
        let grant = snapshot
            .grant(&caller, operation, "open", None, TODAY)
            .unwrap();
        (
            grant.explain,
            grant.id_only,
            grant.no_birth_date,
            grant.protected,
        )
    };
    assert_eq!(
        ask(EVERYTHING, Operation::Verify),
        (true, false, true, true)
    );
    assert_eq!(
        ask(EVERYTHING, Operation::Lookup),
        (false, true, false, true)
    );
    assert_eq!(
        ask(EVERYTHING, Operation::Prefill),
        (false, true, false, true)
    );
    assert_eq!(
        ask("citizen:verify", Operation::Verify),
        (false, false, true, false)
    );
    assert_eq!(
        ask("citizen:lookup", Operation::Lookup),
        (false, false, false, false)
    );

    let caller = caller(&snapshot, "hcm", None);
    let grant = snapshot
        .grant(&caller, Operation::Lookup, "lookup", None, TODAY)
        .unwrap();
    assert!(
        !grant.id_only && !grant.protected,
        "the scope alone is not enough"
    );
}

#[test]
fn claims_may_be_left_out_only_under_an_agreement_in_force() {
    let snapshot = snapshot();
    let caller = caller(&snapshot, "hcm", None);
    let lifted = |operation, procedure| {
        let lifted = snapshot.lifted(&caller, operation, procedure, TODAY);
        (lifted.no_claims, lifted.no_birth_date)
    };
    assert_eq!(lifted(Operation::Verify, "open"), (false, true));
    assert_eq!(lifted(Operation::Lookup, "open"), (true, false));
    assert_eq!(lifted(Operation::Prefill, "open"), (true, false));
    assert_eq!(lifted(Operation::Lookup, "ended"), (false, false));
    assert_eq!(lifted(Operation::Lookup, "nowhere"), (false, false));
    assert_eq!(lifted(Operation::Lookup, "lookup"), (false, false));
}

#[test]
fn no_client_may_change_itself_or_its_own_agreements() {
    let snapshot = snapshot();
    let caller = caller(&snapshot, "hcm", None);
    for own in [
        Item::Client(client("hcm", Some(OTHER), "G01")),
        Item::Agreement(agreement("new", "hcm", "open")),
    ] {
        assert_eq!(caller.require_not_own(&own), Err(Refusal::OwnGrant));
    }
    for other in [
        Item::Client(client("bare", None, "H29")),
        Item::Agreement(agreement("hcm", "bare", "open")),
        Item::Procedure(procedure("hcm")),
    ] {
        assert_eq!(caller.require_not_own(&other), Ok(()));
    }
}

#[test]
fn a_caller_is_told_its_agreements_after_scopes() {
    let snapshot = snapshot();
    let token = Scopes::parse("citizen:verify field:sex field:card");
    let caller = snapshot.caller(FIRST, "hcm", &token, None).unwrap();
    let me = serde_json::to_value(snapshot.me(&caller)).unwrap();
    assert_eq!(
        me["scopes"],
        serde_json::json!(["citizen:verify", "field:sex"])
    );
    assert_eq!(me["agreements"].as_array().unwrap().len(), 6);
    let lookup = &me["agreements"][2];
    assert_eq!(
        *lookup,
        serde_json::json!({"id": "lookup", "procedure_code": "lookup", "operations": ["lookup"],
            "read_fields": ["sex"], "claim_fields": ["sex"], "valid_from": "2026-01-01",
            "valid_to": null, "officer": "none", "name_match": "canonical", "quota": null,
            "remaining": null})
    );
}

#[test]
fn the_agencies_below_are_found_and_a_circle_ends() {
    let mut rows = rows();
    rows.agencies[0].parent = Some(code("H29.1"));
    let snapshot = Snapshot::new(rows, FIRST);
    let below = snapshot.agency_and_below(&code("H29"));
    assert_eq!(below, [code("H29"), code("H29.1")].into());
    assert_eq!(
        snapshot.agency_and_below(&code("nowhere")),
        [code("nowhere")].into()
    );
}

fn names() -> impl Strategy<Value = Vec<String>> {
    let sets = FieldGroup::ALL.into_iter().map(|set| set.name().to_owned());
    let fields = Field::ALL
        .iter()
        .map(|field| format!("field:{}", field.name()));
    prop::collection::vec(
        prop::sample::select(sets.chain(fields).collect::<Vec<_>>()),
        0..8,
    )
}

fn scopes(names: &[String]) -> Vec<String> {
    names
        .iter()
        .map(|name| {
            if name.contains(':') {
                name.clone()
            } else {
                format!("fields:{name}")
            }
        })
        .collect()
}

fn mask(scopes: &[String]) -> FieldMask {
    *Scopes::parse(&scopes.join(" ")).fields()
}

proptest! {
    #[test]
    fn what_is_readable_is_in_token_client_and_agreement(
        token in names(), own in names(), agreed in names()
    ) {
        let (token, own) = (scopes(&token), scopes(&own));
        let mut rows = rows();
        rows.clients[0].scopes = scope_list(own.iter().map(String::as_str));
        rows.agreements[0].read_fields = fields(agreed.iter().map(String::as_str));
        let snapshot = Snapshot::new(rows, FIRST);
        let caller =
            snapshot.caller(FIRST, "hcm", &Scopes::parse(&token.join(" ")), None).unwrap();
        let grant = snapshot.grant(&caller, Operation::Lookup, "open", None, TODAY).unwrap();
        prop_assert_eq!(grant.readable(), mask(&token) & mask(&own) & mask(&scopes(&agreed)));
    }
}

#[test]
fn what_was_confidential_once_is_remembered_and_a_word_of_the_policy() {
    let mut rows = rows();
    rows.procedures[0].confidential = true;
    let snapshot = Snapshot::new(rows, FIRST);
    let mut confidential: Vec<&str> = snapshot
        .confidential_procedures()
        .map(Code::as_str)
        .collect();
    confidential.sort_unstable();
    assert_eq!(confidential, ["gone", "open", "unused"]);
    for (code, is_known) in [("open", true), ("gone", true), ("079085001234", false)] {
        assert_eq!(snapshot.knows_procedure(code), is_known, "{code}");
    }
}
