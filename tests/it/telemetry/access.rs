//! The access line of the real program, as JSON: its schema is a contract.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::traces::{self, hexadecimal};
use crate::support::process::Process;

const SCHEMA: &str = include_str!("../../../docs/access-line.schema.json");
const DOCUMENT: &str = include_str!("../../../docs/logging.md");

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_a_line_of_the_documented_form_with_the_trace_that_is_exported() {
    let collector = MockServer::start().await;
    let takes = Mock::given(wiremock::matchers::any());
    let taken = takes.respond_with(ResponseTemplate::new(200));
    taken.mount(&collector).await;
    let process = Process::start(
        "filter = \"warn\"\nformat = \"json\"\naccess = true",
        &format!(
            "[telemetry]\notlp_endpoint = \"{}\"\ntrace_ratio = 1.0",
            collector.uri()
        ),
    );
    let url = format!("http://{}", process.address);
    let admin = process.token("admin-cli", "admin", None);
    let little = process.token("admin-cli", "audit:read", None);
    let nobody = process.token("nobody", "admin", None);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-00");
    for (path, token, status) in [
        ("/v1/me", &admin, 200),
        ("/v1/admin/agencies/x%20y", &admin, 404),
        ("/v1/admin/agencies", &little, 403),
        ("/v1/me", &nobody, 403),
        ("/nowhere/001095424242?q=1", &nobody, 404),
        ("/health/live", &nobody, 200),
    ] {
        let asked = http.get(format!("{url}{path}")).bearer_auth(token);
        let asked = asked.header("traceparent", &parent);
        assert_eq!(asked.send().await.unwrap().status(), status, "{path}");
    }
    let own = http.get(format!("{url}/v1/me")).bearer_auth(&admin);
    assert_eq!(own.send().await.unwrap().status(), 200);
    let (said, _) = process.end();

    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let lines: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["target"] == "dancu::access")
        .collect();
    for line in &lines {
        let faults: Vec<_> = schema.iter_errors(line).map(|it| it.to_string()).collect();
        assert!(faults.is_empty(), "{line}: {faults:?}");
    }
    let shown = |line: &Value| {
        json!([
            line["operation"],
            line["route"],
            line["status"],
            line["outcome"],
            line["client_id"],
            line["trace_id"] == TRACE,
        ])
    };
    let shown: Vec<Value> = lines.iter().map(shown).collect();
    let known = json!("admin-cli");
    assert_eq!(
        shown,
        [
            json!(["me", "/v1/me", 200, "ok", known, true]),
            json!([
                "admin_agency_get",
                "/v1/admin/agencies/{id}",
                404,
                "not_found",
                known,
                true
            ]),
            json!([
                "admin_agency_list",
                "/v1/admin/agencies",
                403,
                "scope_missing",
                known,
                true
            ]),
            json!(["me", "/v1/me", 403, "client_unknown", null, true]),
            json!(["unknown", "", 404, "not_found", null, true]),
            json!(["health_live", "/health/live", 200, "ok", null, true]),
            json!(["me", "/v1/me", 200, "ok", known, false]),
        ]
    );
    // Each line's trace was exported, under the request's id.
    let spans = traces::received(&collector).await;
    for line in &lines {
        let id = line["request_id"].as_str().unwrap();
        let span = spans
            .iter()
            .find(|span| traces::text(span, "dancu.request_id").as_deref() == Some(id));
        let trace = span.map(|span| hexadecimal(&span.trace_id));
        assert_eq!(trace.as_deref(), line["trace_id"].as_str(), "{line}");
    }
}

#[test]
fn the_documents_example_and_table_are_those_of_the_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let example = DOCUMENT
        .lines()
        .find(|line| line.starts_with("{\"timestamp\""));
    let example: Value = serde_json::from_str(example.unwrap()).unwrap();
    assert!(validator.is_valid(&example));
    let frame = ["timestamp", "level", "target", "message"];
    for member in schema["properties"].as_object().unwrap().keys() {
        let explained = DOCUMENT.contains(&format!("| `{member}` |"));
        assert!(explained || frame.contains(&&**member), "{member}");
        assert!(example.get(member).is_some(), "{member}");
    }
    let mut more = example.clone();
    more["path"] = json!("/v1/verify");
    assert!(!validator.is_valid(&more));
}
