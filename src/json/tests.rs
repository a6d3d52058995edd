use proptest::prelude::*;

use super::*;
use crate::domain::fault::FaultCode;

object! {
    /// An inner object.
    struct Inner {
        /// A token.
        code: required Token<8> = "code",
        /// With a dot in its name.
        dotted: optional Text<4> = "a.b",
    }
}

object! {
    /// An outer object.
    struct Outer {
        inner: required Inner = "inner",
        list: defaulted List<Inner, 0, 3> = "list",
        count: optional Count<1, 9> = "count",
        flag: defaulted bool = "flag",
        claim: dispensable Text<4> = "claim",
    }
}

fn faults(text: &str) -> Vec<(String, FaultCode)> {
    let document = read::<Outer>(text.as_bytes()).unwrap();
    document
        .faults
        .into_iter()
        .map(|fault| (fault.pointer, fault.code))
        .collect()
}

#[test]
fn a_faultless_document_is_read_whole() {
    let text = r#"{"inner": {"code": "ab", "a.b": "x"}, "list": [{"code": "c"}], "count": 3,
        "flag": true, "claim": "yes"}"#;
    let outer = read_strict::<Outer>(text.as_bytes()).unwrap().unwrap();
    assert_eq!(&*outer.inner.code.0, "ab");
    assert_eq!(&*outer.inner.dotted.unwrap().0, "x");
    assert_eq!(outer.list.0.len(), 1);
    assert_eq!(outer.count, Some(Count(3)));
    assert!(outer.flag);
    assert_eq!(&*outer.claim.unwrap().0, "yes");
}

#[test]
fn all_faults_of_a_document_are_reported_together() {
    let text = r#"{"inner": {"code": "a b", "a.b": "toolong", "more": 1}, "list": [{}, 7, null],
        "count": 10, "flag": "yes", "flag": true, "nobody": {}, "claim": "a\u0000"}"#;
    assert_eq!(
        faults(text),
        [
            ("/inner/code".into(), FaultCode::Character),
            ("/inner/a.b".into(), FaultCode::Length),
            ("/inner/more".into(), FaultCode::UnknownMember),
            ("/list/0/code".into(), FaultCode::Required),
            ("/list/1".into(), FaultCode::Type),
            ("/list/2".into(), FaultCode::Type),
            ("/count".into(), FaultCode::Range),
            ("/flag".into(), FaultCode::Type),
            ("/flag".into(), FaultCode::DuplicateMember),
            ("/nobody".into(), FaultCode::UnknownMember),
            ("/claim".into(), FaultCode::Character),
        ]
    );
}

#[test]
fn null_and_absent_are_the_same() {
    let text =
        r#"{"inner": {"code": "a", "a.b": null}, "list": null, "count": null, "flag": null}"#;
    let document = read::<Outer>(text.as_bytes()).unwrap();
    assert!(document.faults.is_empty());
    assert_eq!(document.dispensable.len(), 1);
    assert_eq!(document.dispensable[0].pointer, "/claim");
    assert_eq!(
        faults(r#"{"inner": null}"#),
        [("/inner".into(), FaultCode::Required)]
    );
}

#[test]
fn a_name_that_may_carry_data_is_reported_at_its_parent() {
    let text = r#"{"inner": {"code": "a", "079085001234": 1, "Nguyễn": 2}, "": 1}"#;
    assert_eq!(
        faults(text),
        [
            ("/inner".into(), FaultCode::UnknownMember),
            ("/inner".into(), FaultCode::UnknownMember),
            (String::new(), FaultCode::UnknownMember),
        ]
    );
}

#[test]
fn a_list_over_its_limit_is_one_fault() {
    let text =
        r#"{"inner": {"code": "a"}, "list": [{"code":"a"},{"code":"a"},{"code":"a"},{},{}]}"#;
    assert_eq!(faults(text), [("/list".into(), FaultCode::TooMany)]);
}

#[test]
fn what_is_no_json_is_malformed() {
    for text in [
        "",
        "{",
        "{}x",
        "{\"a\":}",
        "\u{feff}{}",
        "{\"inner\": \"\\ud800\"}",
        "[1,]",
    ] {
        assert_eq!(
            read::<Outer>(text.as_bytes()).unwrap_err(),
            Malformed,
            "{text:?}"
        );
    }
    assert_eq!(read::<Outer>(b"{\"a\": \"\xff\"}").unwrap_err(), Malformed);
    let deep = "[".repeat(100_000);
    assert_eq!(read::<Outer>(deep.as_bytes()).unwrap_err(), Malformed);
}

#[test]
fn a_document_of_another_kind_is_a_fault_at_its_root() {
    for text in ["null", "1", "-1", "1.5", "true", "\"x\"", "[]"] {
        assert_eq!(faults(text), [(String::new(), FaultCode::Type)], "{text}");
    }
}

#[test]
fn faults_are_bounded() {
    let text = format!(
        "{{{}}}",
        (0..500).map(|_| r#""x":1"#).collect::<Vec<_>>().join(",")
    );
    assert_eq!(faults(&text).len(), MAX_FAULTS);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = read::<Outer>(text.as_bytes());
    }

    #[test]
    fn any_json_is_read_or_refused_with_faults(
        code in ".{0,10}", count in any::<f64>(), flag in any::<bool>(),
    ) {
        let text = serde_json::json!({"inner": {"code": code}, "count": count, "flag": flag});
        let result = read_strict::<Outer>(text.to_string().as_bytes()).unwrap();
        prop_assert!(result.is_err(), "the claim is missing");
    }
}
