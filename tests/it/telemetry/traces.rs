//! Traces, as a collector receives them.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;
use reqwest::Method;
use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::metric;
use crate::support::app::{TestApp, an, question};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector that answers with that status.
async fn collector(status: u16) -> MockServer {
    let collector = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .and(header("content-type", "application/x-protobuf"))
        .respond_with(ResponseTemplate::new(status))
        .mount(&collector)
        .await;
    collector
}

/// All spans it received.
pub async fn received(collector: &MockServer) -> Vec<Span> {
    let requests = collector.received_requests().await.unwrap();
    let spans = requests.iter().flat_map(|request| {
        let message = ExportTraceServiceRequest::decode(&*request.body).unwrap();
        let scopes = message.resource_spans.into_iter().flat_map(|resource| {
            let attributes = resource.resource.unwrap().attributes;
            assert!(attributes.iter().any(|it| it.key == "service.name"));
            resource.scope_spans
        });
        scopes.flat_map(|scope| scope.spans)
    });
    spans.collect()
}

/// An attribute that is a text.
pub fn text(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|it| it.key == key)?;
    match found.value.clone()?.value? {
        Said::StringValue(text) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}

/// An id as it is written.
pub fn hexadecimal(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn traced(url: String, ratio: f64) -> (TestApp, String) {
    let app = TestApp::with(|config| {
        config.telemetry.otlp_endpoint = Some(url);
        config.telemetry.trace_ratio = ratio;
    })
    .await;
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    (app, token)
}

/// Verifies as part of a caller's trace, which the caller does not sample.
async fn verify(app: &TestApp, token: &str) {
    let asked = app
        .request(Method::POST, "/v1/verify?q=1")
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE}-{PARENT}-00"))
        .header("tracestate", "vendor=001095000001");
    let answer = app.send(asked.body(question().to_string())).await;
    assert_eq!(answer.json()["result"], "match", "{}", answer.text);
}

#[actix_web::test]
async fn a_request_is_told_with_its_steps_below_the_callers_span() {
    let collector = collector(200).await;
    let (app, token) = traced(collector.uri(), 1.0).await;
    for _ in 0..2 {
        verify(&app, &token).await;
    }
    let search = app.post("/v1/audit/search", &app.admin(), &json!({})).await;
    assert_eq!(search.status, 200, "{}", search.text);
    let lost = app.get("/v1/001095000001", &token).await;
    assert_eq!(lost.status, 404);
    app.stop().await;
    let spans = received(&collector).await;

    let ours: Vec<&Span> = spans
        .iter()
        .filter(|span| hexadecimal(&span.trace_id) == TRACE)
        .collect();
    let of = |name: &str| -> Vec<&&Span> { ours.iter().filter(|it| it.name == name).collect() };
    let requests = of("POST /v1/verify");
    assert_eq!((requests.len(), ours.len()), (2, 6), "{ours:?}");
    let mut from = Vec::new();
    for request in &requests {
        assert_eq!(request.kind, SpanKind::Server as i32);
        assert_eq!(hexadecimal(&request.parent_span_id), PARENT);
        assert_eq!(request.trace_state, "");
        assert_eq!(text(request, "http.route").as_deref(), Some("/v1/verify"));
        assert_eq!(
            text(request, "http.request.method").as_deref(),
            Some("POST")
        );
        assert_eq!(text(request, "dancu.operation").as_deref(), Some("verify"));
        assert_eq!(text(request, "dancu.outcome").as_deref(), Some("ok"));
        assert_eq!(request.attributes.len(), 6, "{:?}", request.attributes);
        let steps = |name: &str| {
            let mut steps = of(name);
            steps.retain(|it| it.parent_span_id == request.span_id);
            let [step] = steps[..] else {
                panic!("{name}: {steps:?}");
            };
            step
        };
        let recorded = steps("audit.record");
        assert!(recorded.end_time_unix_nano <= request.end_time_unix_nano);
        assert!(recorded.start_time_unix_nano >= request.start_time_unix_nano);
        from.extend(text(steps("register.find"), "dancu.register.from"));
    }
    from.sort();
    assert_eq!(from, ["database", "memory"]);

    let search = spans.iter().find(|it| it.name == "POST /v1/audit/search");
    let search = search.unwrap();
    assert!(search.parent_span_id.is_empty() && search.trace_id.len() == 16);
    let statements = spans
        .iter()
        .filter(|it| it.parent_span_id == search.span_id && it.name.starts_with("search/"));
    assert!(statements.count() >= 1, "{spans:?}");
    let lost = spans
        .iter()
        .find(|it| text(it, "dancu.operation").as_deref() == Some("unknown"));
    assert_eq!(lost.map(|it| &*it.name), Some("GET"));
    assert!(
        spans
            .iter()
            .all(|it| it.events.is_empty() && it.links.is_empty())
    );
}

#[actix_web::test]
async fn what_is_not_among_the_traced_ones_is_not_told_whatever_the_caller_says() {
    let collector = collector(200).await;
    let (app, token) = traced(collector.uri(), 0.0).await;
    let asked = app
        .request(Method::GET, "/v1/me")
        .bearer_auth(&token)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    assert_eq!(app.send(asked).await.status, 200);
    app.stop().await;
    assert!(received(&collector).await.is_empty());
}

#[actix_web::test]
async fn a_collector_that_takes_nothing_is_counted_and_keeps_nobody_waiting() {
    let collector = collector(503).await;
    let (app, token) = traced(collector.uri(), 1.0).await;
    verify(&app, &token).await;
    let failed = "dancu_trace_spans_total{outcome=\"failed\"}";
    let limit = std::time::Duration::from_secs(10);
    crate::support::within("what was lost is counted", limit, async || {
        metric(&app, failed).await.unwrap() >= 3.0
    })
    .await;
    let exported = "dancu_trace_spans_total{outcome=\"exported\"}";
    assert_eq!(metric(&app, exported).await, Some(0.0));
    app.stop().await;
}
