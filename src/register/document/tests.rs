use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::json::read_strict;

/// A citizen with every member there is, each with another value.
const EVERYTHING: &str = include_str!("../../../tests/data/citizen.json");

fn everything() -> Map<String, Value> {
    serde_json::from_str(EVERYTHING).unwrap()
}

fn upsert(document: &Value) -> Upsert {
    match read_line(document.to_string().as_bytes(), Limits::default())
        .unwrap()
        .unwrap()
    {
        Change::Upsert(upsert) => *upsert,
        Change::Status { .. } => unreachable!("a line is a whole record"),
    }
}

#[test]
fn names_are_as_long_as_is_configured() {
    let mut document = minimal();
    document["full_name"] = "ễ".repeat(60).into();
    document["father"] = json!({"full_name": "ễ".repeat(61)});
    let text = document.to_string();
    let within = |name_characters| {
        let limits = Limits {
            name_characters,
            ..Limits::default()
        };
        read_line(text.as_bytes(), limits).unwrap()
    };
    assert!(within(61).is_ok());
    let faults = within(60).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].pointer, "/father/full_name");
    assert_eq!(faults[0].code, FaultCode::Length);
}

fn minimal() -> Value {
    json!({"personal_id": "001095000001", "full_name": "Nguyễn Văn An", "birth_date": "1995"})
}

/// The faults of the minimal citizen with these members, each as `pointer code`.
fn faults(members: Value) -> Vec<String> {
    let mut document = minimal();
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    told(
        read_line(document.to_string().as_bytes(), Limits::default())
            .unwrap()
            .unwrap_err(),
    )
}

fn batch_faults(batch: &Value) -> Vec<String> {
    told(
        read_strict::<RegisterChanges>(batch.to_string().as_bytes())
            .unwrap()
            .unwrap_err(),
    )
}

fn told(faults: Vec<Fault>) -> Vec<String> {
    faults
        .into_iter()
        .map(|fault| format!("{} {}", fault.pointer, fault.code.as_str()))
        .collect()
}

#[test]
fn a_citizen_with_every_member_is_written_as_it_was_read() {
    let document = Value::Object(everything());
    let citizen = upsert(&document).citizen;
    assert_eq!(
        serde_json::to_value(CitizenDocument(&citizen)).unwrap(),
        document
    );
}

#[test]
fn the_three_first_members_are_enough() {
    let upsert = upsert(&minimal());
    let citizen = &upsert.citizen;
    let bare = Citizen::new(
        citizen.personal_id,
        citizen.full_name.clone(),
        citizen.birth_date,
    );
    assert_eq!(
        upsert,
        Upsert {
            revision: 1,
            citizen: bare,
            protected: None,
            status: None
        }
    );
}

#[test]
fn null_is_as_good_as_absent_and_so_is_an_empty_object() {
    let mut document = Value::Object(
        everything()
            .into_iter()
            .map(|(name, _)| (name, Value::Null))
            .collect(),
    );
    for (name, value) in minimal().as_object().unwrap() {
        document[name] = value.clone();
    }
    assert_eq!(upsert(&document), upsert(&minimal()));
    let mut empty = minimal();
    for name in [
        "father",
        "card",
        "absence_declaration",
        "permanent_residence",
        "household_head",
    ] {
        empty[name] = json!({});
    }
    empty["children"] = json!([{}]);
    empty["household_members"] = json!([]);
    assert_eq!(upsert(&empty), upsert(&minimal()));
}

#[test]
fn an_address_is_in_vietnam_unless_it_says_otherwise() {
    let mut document = minimal();
    document["place_of_origin"] = json!({"province_code": "01"});
    let address = upsert(&document).citizen.place_of_origin.unwrap();
    assert_eq!(address.country, Country::VIETNAM);
}

#[test]
fn a_number_named_twice_is_kept_once() {
    let mut document = minimal();
    document["old_id_numbers"] = json!(["012345678", "012345679", "012345678"]);
    assert_eq!(upsert(&document).citizen.old_id_numbers.len(), 2);
}

#[test]
fn every_fault_has_its_pointer() {
    let found = faults(json!({
        "birth_date": "1995-02-30", "sex": "nam", "ethnicity": {"code": "01"},
        "religion": {"scheme": "x"}, "permanent_residence": {"commune_code": "16", "street": 1},
        "father": {"personal_id": "012345678"}, "children": [{}, {"full_name": ""}],
        "email": 1, "mobile_number": "\u{0}", "status": {"since": "2023"}, "age": 31,
    }));
    let mut expected = vec![
        "/age unknown_member",
        "/birth_date date",
        "/children/1/full_name length",
        "/email type",
        "/ethnicity/scheme required",
        "/father/personal_id length",
        "/mobile_number character",
        "/permanent_residence/commune_code length",
        "/permanent_residence/street unknown_member",
        "/religion/code required",
        "/sex enum",
        "/status/kind required",
    ];
    let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn limits_hold() {
    let long = "ă".repeat(MAX_TEXT + 1);
    assert_eq!(
        faults(json!({"relation_to_head": long})),
        ["/relation_to_head length"]
    );
    let detail = "ă".repeat(MAX_DETAIL + 1);
    assert_eq!(
        faults(json!({"place_of_origin": {"detail": detail}})),
        ["/place_of_origin/detail length"]
    );
    let people = vec![json!({"full_name": "An"}); MAX_PEOPLE + 1];
    assert_eq!(faults(json!({"children": people})), ["/children too_many"]);
    for revision in [json!(0), json!(-1), json!(1_u64 << 53)] {
        assert_eq!(faults(json!({"revision": revision})), ["/revision range"]);
    }
}

#[test]
fn only_a_cancelled_number_is_replaced_and_by_another() {
    let successor = |kind, by| json!({"status": {"kind": kind, "superseded_by": by}});
    assert_eq!(
        faults(successor("deceased", "001095000002")),
        ["/status/superseded_by enum"]
    );
    assert_eq!(
        faults(successor("number_cancelled", "001095000001")),
        ["/status/superseded_by range"]
    );
}

#[test]
fn a_batch_is_read_in_its_order() {
    let batch = json!({"changes": [
        {"op": "upsert", "revision": 7, "citizen": everything()},
        {"op": "status", "personal_id": "001095000001", "revision": 8,
            "status": {"kind": "deceased", "since": "2026-11"}},
    ]});
    let RegisterChanges(changes) = read_strict(batch.to_string().as_bytes()).unwrap().unwrap();
    let mut upsert = upsert(&Value::Object(everything()));
    upsert.revision = 7;
    assert_eq!(changes[0], Change::Upsert(Box::new(upsert)));
    assert!(matches!(
        changes[1],
        Change::Status {
            revision: 8,
            status: Status {
                superseded_by: None,
                ..
            },
            ..
        }
    ));
    assert_eq!(changes.len(), 2);
}

#[test]
fn each_kind_of_change_takes_its_own_members() {
    let batch = json!({"changes": [
        {"op": "upsert", "revision": 1},
        {"op": "status", "revision": 1},
        {"op": "upsert", "revision": 1, "citizen": minimal(), "personal_id": "001095000001"},
        {"op": "status", "revision": 1, "personal_id": "001095000001",
            "status": {"kind": "active"}, "citizen": minimal()},
        {"op": "delete", "revision": 1},
        {"op": "upsert", "revision": 1, "citizen": {"personal_id": "1", "revision": 2}},
        {"op": "status", "revision": 1, "personal_id": "001095000001",
            "status": {"kind": "number_cancelled", "superseded_by": "001095000001"}},
    ]});
    assert_eq!(
        batch_faults(&batch),
        [
            "/changes/0/citizen required",
            "/changes/1/personal_id required",
            "/changes/1/status required",
            "/changes/2/personal_id unknown_member",
            "/changes/3/citizen unknown_member",
            "/changes/4/op enum",
            "/changes/5/citizen/personal_id length",
            "/changes/5/citizen/revision unknown_member",
            "/changes/5/citizen/full_name required",
            "/changes/5/citizen/birth_date required",
            "/changes/6/status/superseded_by range",
        ]
    );
}

#[test]
fn a_batch_holds_one_to_five_hundred_changes() {
    assert_eq!(batch_faults(&json!({"changes": []})), ["/changes length"]);
    let change = json!({"op": "upsert", "revision": 1, "citizen": minimal()});
    let most = json!({"changes": vec![change.clone(); MAX_CHANGES]});
    assert!(
        read_strict::<RegisterChanges>(most.to_string().as_bytes())
            .unwrap()
            .is_ok()
    );
    let more = json!({"changes": vec![change; MAX_CHANGES + 1]});
    assert_eq!(batch_faults(&more), ["/changes too_many"]);
}

#[test]
fn a_row_of_csv_is_the_citizen_of_its_columns() {
    let file = "\u{feff}personal_id,full_name,birth_date,permanent_residence.commune_code,\
        permanent_residence.recorded_on,old_id_numbers,children,protected,revision,email\r\n\
        001095000001,Nguyễn Văn An,2/3/1995,00016,01/05/2020,\"[\"\"012345678\"\"]\",\
        \"[{\"\"full_name\"\":\"\"Bé, Út\"\"}]\",true,4,\r\n";
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(file.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let document = Header::read(&rows[0]).unwrap().document(&rows[1]).unwrap();
    let expected = json!({
        "personal_id": "001095000001", "full_name": "Nguyễn Văn An", "birth_date": "1995-03-02",
        "permanent_residence": {"commune_code": "00016", "recorded_on": "2020-05-01"},
        "old_id_numbers": ["012345678"], "children": [{"full_name": "Bé, Út"}],
        "protected": true, "revision": 4,
    });
    assert_eq!(
        serde_json::from_slice::<Value>(&document).unwrap(),
        expected
    );
}

#[test]
fn a_first_row_that_names_no_columns_is_said_so() {
    let read = |names: &str| Header::read(&names.split(',').collect::<Vec<_>>().into());
    let whole = "personal_id,full_name,birth_date";
    for (names, error) in [
        (
            "personal_id,birth_date".to_owned(),
            HeaderError::Missing("full_name"),
        ),
        (format!("{whole},father"), HeaderError::Unknown(4)),
        (format!("{whole},father.age"), HeaderError::Unknown(4)),
        (format!("{whole},sex.code"), HeaderError::Unknown(4)),
        (format!("{whole},sex,sex"), HeaderError::Twice(5)),
    ] {
        assert_eq!(read(&names).unwrap_err(), error);
    }
}

proptest! {
    #[test]
    fn any_part_of_a_record_is_written_as_it_was_read(chosen in proptest::collection::vec(any::<bool>(), 40)) {
        let kept = |(at, (name, _)): &(usize, (String, Value))| {
            chosen[*at] || ["personal_id", "full_name", "birth_date", "protected", "status"].contains(&name.as_str())
        };
        let document: Map<_, _> =
            everything().into_iter().enumerate().filter(kept).map(|(_, member)| member).collect();
        let document = Value::Object(document);
        let citizen = upsert(&document).citizen;
        prop_assert_eq!(serde_json::to_value(CitizenDocument(&citizen)).unwrap(), document);
    }

    #[test]
    fn no_line_makes_the_reader_panic(line in ".{0,200}") {
        let _ = read_line(line.as_bytes(), Limits::default());
    }
}
