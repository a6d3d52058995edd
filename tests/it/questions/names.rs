//! Names: at which level they match, under which agreement.

use serde_json::json;

use super::{Desk, an_with};

/// What is claimed of Nguyễn Văn Hoà, and the level under a canonical and under a folded agreement.
const CLAIMS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("Nguyễn Văn Hoà", Some("exact"), Some("exact")),
    ("Nguyễn Văn Hòa", Some("canonical"), Some("canonical")),
    ("NGUYỄN VĂN HOÀ", Some("canonical"), Some("canonical")),
    (
        "nguyễn\u{a0}văn\u{3000}hoà",
        Some("canonical"),
        Some("canonical"),
    ),
    ("  Nguyễn Văn  Hoà ", Some("canonical"), Some("canonical")),
    ("Nguyen Van Hoa", None, Some("folded")),
    ("NGUYENVANHOA", None, Some("folded")),
    // One diacritic, and it is another name.
    ("Nguyễn Văn Hoa", None, None),
    ("Nguyen Van Hoà", None, None),
    ("Nguyễn Vân Hoà", None, None),
    ("Nguyễn Hoà", None, None),
    ("Hoà Nguyễn Văn", None, None),
    ("Ông Nguyễn Văn Hoà", None, None),
    ("Nguyen Van Hoai", None, None),
];

#[actix_web::test]
async fn a_name_matches_at_the_level_the_agreement_allows() {
    let desk = Desk::open(&[an_with(json!({"full_name": "Nguyễn Văn Hoà"}))]).await;
    for (agreed, column) in [("canonical", 0), ("folded", 1)] {
        desk.agree(json!({"name_match": agreed})).await;
        for (claimed, canonical, folded) in CLAIMS {
            let expected = [canonical, folded][column];
            for path in ["/v1/verify", "/v1/lookup", "/v1/prefill"] {
                let mut patch = json!({"claims": {"full_name": claimed}});
                if path == "/v1/lookup" {
                    patch["fields"] = json!(["sex"]);
                }
                let answer = desk.ask(path, patch).await;
                let level = answer.get("name_match").and_then(|level| level.as_str());
                assert_eq!(level, *expected, "{claimed} {agreed} {path}");
                let result = if expected.is_some() {
                    "match"
                } else {
                    "no_match"
                };
                assert_eq!(answer["result"], result, "{claimed} {agreed} {path}");
            }
        }
    }
    let last = desk
        .ask(
            "/v1/verify",
            json!({"claims": {"full_name": "nguyen van hoa"}}),
        )
        .await;
    let entry = desk.app.entry(last["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["name_match"], "folded", "the level is in the log");
    desk.app.stop().await;
}

#[actix_web::test]
async fn text_in_a_legacy_encoding_is_refused_with_its_reason() {
    let desk = Desk::open(&[]).await;
    let answer = desk
        .send(
            "/v1/verify",
            json!({"claims": {"full_name": "NguyÔn V¨n An"}}),
        )
        .await;
    assert_eq!(
        answer.faults(),
        ["/claims/full_name character"],
        "{}",
        answer.text
    );
    assert!(
        !answer.text.contains("Nguy"),
        "what was submitted is not repeated"
    );
    desk.app.stop().await;
}
