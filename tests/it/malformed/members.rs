//! Members nobody knows, members that come twice, and many faults at once.

use serde_json::json;

use super::case::{Case, Token, with};
use crate::support::app::question;

fn verify(body: impl Into<Vec<u8>>, faults: &[&str]) -> Case {
    Case::post("/v1/verify", Token::Asker, body).faults(faults)
}

pub fn cases() -> Vec<Case> {
    [unknown(), twice(), many()].concat()
}

/// A name that looks like one is repeated; one that may be data is reported at its parent.
fn unknown() -> Vec<Case> {
    let at_root = |name: &str, pointer: &str| {
        let body = with(&question(), &format!("/{}", escaped(name)), 1);
        verify(
            renamed(&body.to_string(), name),
            &[&format!("{pointer} unknown_member")],
        )
    };
    let among_claims = |name: &str, pointer: &str| {
        let body = with(&question(), &format!("/claims/{}", escaped(name)), "x");
        verify(
            renamed(&body.to_string(), name),
            &[&format!("{pointer} unknown_member")],
        )
    };
    let forty = "a".repeat(40);
    let one_too_many = "a".repeat(41);
    vec![
        at_root("more", "/more"),
        at_root("a.b_c", "/a.b_c"),
        at_root("claim", "/claim"),
        at_root(&forty, &format!("/{forty}")),
        at_root(&one_too_many, ""),
        at_root("001095000001", ""),
        at_root("Nguyễn Văn An", ""),
        at_root("", ""),
        at_root(" ", ""),
        at_root("Context", ""),
        at_root("context ", ""),
        at_root("a/b", ""),
        at_root("a~b", ""),
        at_root("a-b", ""),
        at_root("a1", ""),
        at_root("\u{0}", ""),
        at_root("__proto__", "/__proto__"),
        at_root("$ref", ""),
        at_root("<script>", ""),
        among_claims("age", "/claims/age"),
        among_claims("birthdate", "/claims/birthdate"),
        among_claims("079085001234", "/claims"),
        among_claims("Hà Nội", "/claims"),
        among_claims("FULL_NAME", "/claims"),
    ]
}

/// A stand-in that a pointer can hold.
fn escaped(name: &str) -> String {
    if name.contains(['/', '~']) || name.is_empty() {
        "stand-in".into()
    } else {
        name.into()
    }
}

fn renamed(body: &str, name: &str) -> String {
    body.replace("\"stand-in\"", &json!(name).to_string())
}

fn twice() -> Vec<Case> {
    let context = r#""context":{"procedure_code":"1.004194"}"#;
    let subject = r#""subject":{"personal_id":"001095000001"}"#;
    let claims = r#""claims":{"full_name":"Nguyễn Văn An","birth_date":"1995-03-02"}"#;
    vec![
        verify(
            format!("{{{context},{subject},{claims},{subject}}}"),
            &["/subject duplicate_member"],
        ),
        verify(
            format!("{{{context},{context},{subject},{claims}}}"),
            &["/context duplicate_member"],
        ),
        // Each repetition is one.
        verify(
            format!("{{{context},{subject},{claims},{claims},{claims}}}"),
            &["/claims duplicate_member", "/claims duplicate_member"],
        ),
        verify(
            format!(
                r#"{{{context},{claims},"subject":{{"personal_id":"001095000001","personal_id":"001095000002"}}}}"#
            ),
            &["/subject/personal_id duplicate_member"],
        ),
        // The same name in other spelling is the same name.
        verify(
            format!(
                r#"{{{context},{claims},"subject":{{"personal_id":"001095000001","person\u0061l_id":"001095000001"}}}}"#
            ),
            &["/subject/personal_id duplicate_member"],
        ),
        // An explicit null counts as the first, and as the second.
        verify(
            format!(r#"{{{context},"subject":null,{subject},{claims}}}"#),
            &["/subject duplicate_member"],
        ),
        verify(
            format!(r#"{{{context},{subject},{claims},"claims":null}}"#),
            &["/claims duplicate_member"],
        ),
        verify(
            format!(
                r#"{{{context},{subject},"claims":{{"full_name":"An","birth_date":"1995","sex":null,"sex":null}}}}"#
            ),
            &["/claims/sex duplicate_member"],
        ),
        verify(
            format!(
                r#"{{{context},{subject},"claims":{{"full_name":"An","birth_date":"1995","sex":"x","sex":"male"}}}}"#
            ),
            &["/claims/sex enum", "/claims/sex duplicate_member"],
        ),
    ]
}

/// All faults of one body, together and in its order; what is missing last in its object.
fn many() -> Vec<Case> {
    let all_wrong = json!({
        "claims": {"birth_date": "30/02/1995", "father": 1, "full_name": "", "sex": "M"},
        "context": {"case_id": "a b", "officer_id": 7},
        "extra": 1,
        "subject": {"personal_id": "12"},
    });
    let nothing = ["/context required", "/subject required", "/claims required"];
    vec![
        verify(
            all_wrong.to_string(),
            &[
                "/claims/birth_date date",
                "/claims/father unknown_member",
                "/claims/full_name length",
                "/claims/sex enum",
                "/context/case_id character",
                "/context/officer_id type",
                "/context/procedure_code required",
                "/extra unknown_member",
                "/subject/personal_id length",
            ],
        ),
        verify("{}", &nothing),
        verify(r#"{"context":null,"subject":null,"claims":null}"#, &nothing),
        verify(
            r#"{"context":[],"subject":[],"claims":[]}"#,
            &["/context type", "/subject type", "/claims type"],
        ),
        // Also those that stand beside what a permission might lift.
        verify(
            r#"{"context":{"procedure_code":"?"},"subject":{"personal_id":"x"},"claims":{"sex":0}}"#,
            &[
                "/context/procedure_code character",
                "/subject/personal_id character",
                "/claims/sex type",
                "/claims/full_name required",
                "/claims/birth_date required",
            ],
        ),
        // An empty list is reported beside another fault, too.
        Case::post(
            "/v1/lookup",
            Token::Asker,
            r#"{"context":{},"subject":{"personal_id":"001095000001"},"fields":[]}"#,
        )
        .faults(&[
            "/context/procedure_code required",
            "/fields length",
            "/claims required",
        ]),
        // As many as are answered, and no more.
        verify(
            format!("{{{}}}", vec![r#""x":0"#; 5000].join(",")),
            &["/x unknown_member"; 100],
        ),
    ]
}
