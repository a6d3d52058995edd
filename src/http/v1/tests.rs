//! Every body a caller can send: whatever it is, reading it neither panics nor repeats it, and what
//! was read does not show itself.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::lookup::{LookupBatchRequest, LookupRequest};
use super::prefill::PrefillRequest;
use super::verify::{VerifyBatchRequest, VerifyRequest};
use crate::domain::policy::Kind;
use crate::json::{self, Fault, MAX_FAULTS, Read};
use crate::policy::documents::read_item;
use crate::register::document::RegisterChanges;

/// Faults of a text, and how what was read shows itself.
type Reader = fn(&[u8]) -> Option<(Vec<Fault>, String)>;

fn read<T: Read + std::fmt::Debug>(text: &[u8]) -> Option<(Vec<Fault>, String)> {
    let mut document = json::read::<T>(text).ok()?;
    let shown = format!("{:?} {:#?}", document.value, document.value);
    document.faults.append(&mut document.dispensable);
    Some((document.faults, shown))
}

macro_rules! read_items {
    ($($name:ident $kind:ident)*) => {
        $(fn $name(text: &[u8]) -> Option<(Vec<Fault>, String)> {
            match read_item(Kind::$kind, text).ok()? {
                Ok(_) => Some((Vec::new(), String::new())),
                Err(faults) => Some((faults, String::new())),
            }
        })*
    };
}

read_items! { agency Agency client Client procedure Procedure agreement Agreement officer Officer }

const READERS: [Reader; 11] = [
    read::<VerifyRequest>,
    read::<LookupRequest>,
    read::<PrefillRequest>,
    read::<VerifyBatchRequest>,
    read::<LookupBatchRequest>,
    read::<RegisterChanges>,
    agency,
    client,
    procedure,
    agreement,
    officer,
];

/// The most faults of one document: as many as are answered, and what may be lifted beside them.
const MOST: usize = MAX_FAULTS + 3;

/// A value no test would write by accident, in every member that takes a text.
const CANARY: &str = "Kanarija";

#[test]
fn what_was_read_does_not_show_itself() {
    let number = "001095424201";
    let day = "1873-11-07";
    let question = json!({
        "context": {"procedure_code": "1", "officer_id": CANARY, "case_id": CANARY},
        "subject": {"personal_id": number},
        "claims": {"full_name": CANARY, "birth_date": day, "sex": "female", "nationality": "XK",
            "old_id_number": "942421931", "permanent_residence.province_code": "97",
            "father.full_name": CANARY, "household_head.personal_id": number, "age_at_least": 149},
        "fields": ["full_name"], "known_version": CANARY,
    });
    let item = json!({"ref": CANARY, "subject": question["subject"], "claims": question["claims"]});
    let batch = json!({"context": question["context"], "items": [item], "fields": ["sex"]});
    let person = json!({"full_name": CANARY, "personal_id": number, "nationality": "XK"});
    let address = json!({"province_code": "97", "detail": CANARY, "recorded_on": day});
    let citizen = json!({"personal_id": number, "full_name": CANARY, "birth_date": day,
        "sex": "female", "nationality": "XK", "father": person, "children": [person],
        "permanent_residence": address, "email": CANARY, "mobile_number": CANARY,
        "card": {"number": CANARY}, "household_members": [{"relation": CANARY}],
        "religion": {"code": CANARY}, "residence_file_number": CANARY});
    let changes = json!({"changes": [
        {"op": "upsert", "revision": 1, "citizen": citizen},
        {"op": "status", "revision": 1, "personal_id": number,
            "status": {"kind": "number_cancelled", "superseded_by": "001095424202"}},
    ]});
    let mut shown = String::new();
    for body in [question, batch, changes] {
        for reader in READERS {
            let (_, one) = reader(body.to_string().as_bytes()).unwrap();
            shown.push_str(&one);
        }
    }
    for kind in [
        "VerifyRequest",
        "LookupRequest",
        "PrefillRequest",
        "VerifyBatchRequest",
        "LookupBatchRequest",
        "RegisterChanges",
    ] {
        assert!(
            shown.contains(&format!("Some({kind}"))
                || shown.contains(&format!("Some(\n    {kind}")),
            "{kind} was not read: {shown}"
        );
    }
    for value in [
        CANARY,
        number,
        day,
        "1873",
        "942421931",
        "001095424202",
        "XK",
        "97",
        "149",
        "emale",
    ] {
        assert!(!shown.contains(value), "{value} shows itself: {shown}");
    }
}

/// RFC 6901, and nothing in it but names of the program, plain names and places in lists.
fn is_harmless(pointer: &str) -> bool {
    pointer.is_empty()
        || pointer.strip_prefix('/').is_some_and(|rest| {
            rest.split('/').all(|segment| {
                let is_index = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
                is_index && segment.len() < 4
                    || (1..=40).contains(&segment.len())
                        && segment
                            .bytes()
                            .all(|b| matches!(b, b'a'..=b'z' | b'_' | b'.'))
                    || segment == "certificate_sha256"
            })
        })
}

fn check(text: &[u8]) -> Result<(), TestCaseError> {
    for reader in READERS {
        let Some((faults, _)) = reader(text) else {
            continue;
        };
        prop_assert!(faults.len() <= MOST, "{}", faults.len());
        for fault in faults {
            prop_assert!(is_harmless(&fault.pointer), "{}", fault.pointer);
        }
    }
    Ok(())
}

/// Any JSON, whose names and texts are those of the program or could be data.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        "[0-9A-ZĐ ~/\u{0}-]{1,20}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 200, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..12).prop_map(|members| members
                .into_iter()
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

const NAMES: [&str; 40] = [
    "context",
    "subject",
    "claims",
    "items",
    "ref",
    "fields",
    "changes",
    "op",
    "revision",
    "citizen",
    "status",
    "kind",
    "personal_id",
    "old_id_number",
    "old_id_numbers",
    "full_name",
    "birth_date",
    "sex",
    "permanent_residence",
    "province_code",
    "father",
    "children",
    "household_members",
    "card",
    "procedure_code",
    "officer_id",
    "case_id",
    "code",
    "name",
    "scopes",
    "client_id",
    "agency_code",
    "operations",
    "valid_from",
    "form",
    "papers",
    "quota",
    "ethnicity",
    "superseded_by",
    "id",
];

const WORDS: [&str; 12] = [
    "upsert",
    "status",
    "001095000001",
    "Nguyễn Văn An",
    "1995-03-02",
    "male",
    "number_cancelled",
    "citizen:verify",
    "verify",
    "1.004194",
    "full_name",
    "",
];

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn no_json_makes_a_reader_panic_or_repeat_it(value in any_json()) {
        check(value.to_string().as_bytes())?;
    }

    #[test]
    fn no_damage_makes_a_reader_panic(
        value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut text = value.to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        check(&text)?;
    }
}

/// As large as a body may be, in shapes that could cost more than their size.
#[test]
fn a_megabyte_of_anything_is_read_in_one_pass() {
    const SIZE: usize = 1 << 20;
    let filled = |begin: &str, part: &str, end: &str| {
        let times = (SIZE - begin.len() - end.len()) / part.len();
        format!("{begin}{}{end}", part.repeat(times))
    };
    let shapes = [
        filled("", "[", ""),
        filled("", "{\"a\":", ""),
        filled("{", "\"x\":0,", "\"x\":0}"),
        filled("{", "\"context\":{},", "\"x\":0}"),
        filled("{", "\"claims\":{\"sex\":0},", "\"x\":0}"),
        filled("{", "\"001095000001\":0,", "\"x\":0}"),
        filled("{\"items\":[", "0,", "0]}"),
        filled("{\"items\":[", "{},", "{}]}"),
        filled("{\"items\":[{", "\"x\":0,", "\"ref\":\"a\"}]}"),
        filled("{\"items\":[", "{\"ref\":\"a\"},", "{\"ref\":\"a\"}]}"),
        filled("{\"changes\":[", "{},", "{}]}"),
        filled("{\"changes\":[", "null,", "null]}"),
        filled(
            "{\"changes\":[",
            "{\"op\":\"upsert\",\"citizen\":{}},",
            "{}]}",
        ),
        filled(
            "{\"changes\":[{\"citizen\":{\"children\":[",
            "{\"full_name\":0},",
            "{}]}}]}",
        ),
        filled("{\"fields\":[", "\"\",", "\"\"]}"),
        filled("{\"subject\":{\"personal_id\":\"", "0", "\"}}"),
        filled("{\"claims\":{\"full_name\":\"", "\\u0301", "\"}}"),
        filled("{\"claims\":{\"full_name\":\"", "\u{301}", "\"}}"),
        filled("{\"claims\":{\"full_name\":\"", " ", "\"}}"),
        filled("{\"", "\\u0061", "\":0}"),
        filled("{\"claims\":{\"age_at_least\":", "9", "}}"),
        filled("{\"claims\":{\"age_at_least\":0.", "0", "1}}"),
        filled("{\"scopes\":[", "\"\",", "\"\"]}"),
        filled("{\"form\":{\"boxes\":{", "\"a\":0,", "\"b\":0}}}"),
        filled("", " ", "{}"),
    ];
    for shape in shapes {
        let began = shape.chars().take(40).collect::<String>();
        assert!(shape.len() <= SIZE, "{began}");
        for reader in READERS {
            if let Some((faults, _)) = reader(shape.as_bytes()) {
                assert!(faults.len() <= MOST, "{began}: {}", faults.len());
                assert!(
                    faults.iter().all(|fault| is_harmless(&fault.pointer)),
                    "{began}"
                );
            }
        }
    }
}
