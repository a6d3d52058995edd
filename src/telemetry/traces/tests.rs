use std::pin::pin;
use std::time::Instant;

use super::*;

/// The value of a counter of spans.
fn spans(registry: &Registry, outcome: &str) -> f64 {
    let families = registry.gather();
    let family = families
        .iter()
        .find(|family| family.name() == "dancu_trace_spans_total")
        .unwrap();
    let metric = family
        .get_metric()
        .iter()
        .find(|metric| metric.get_label()[0].value() == outcome);
    metric.unwrap().get_counter().get_value()
}

#[test]
fn without_an_endpoint_there_are_no_traces_and_no_steps() {
    let registry = Registry::new();
    let traces = Traces::start(&TelemetryConfig::default(), &registry).unwrap();
    assert!(traces.is_none());
    assert!(child("register.find").is_nothing());
    assert_eq!(spans(&registry, "exported"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_beyond_the_queue_are_dropped_and_counted_and_nobody_waits() {
    // Takes connections, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = TelemetryConfig {
        otlp_endpoint: Some(format!("http://{}", silent.local_addr().unwrap())),
        trace_ratio: 1.0,
        ..TelemetryConfig::default()
    };
    let registry = Registry::new();
    let traces = Traces::start(&config, &registry).unwrap().unwrap();
    let begun = Instant::now();
    for _ in 0..2 * export::QUEUE {
        let span = traces
            .request("POST", "/v1/verify", "verify", None)
            .unwrap();
        span.end(String::new(), 200, "ok");
    }
    let taken = begun.elapsed();
    assert!(taken < export::TIMEOUT, "{taken:?}");
    assert_eq!(spans(&registry, "dropped"), export::QUEUE as f64);
    let ended = Instant::now();
    traces.stop().await;
    assert!(ended.elapsed() < 2 * FLUSH_LIMIT, "the end waits no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_found_in_the_task_of_its_request_only() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = TelemetryConfig {
        otlp_endpoint: Some(format!("http://{}", silent.local_addr().unwrap())),
        trace_ratio: 1.0,
        ..TelemetryConfig::default()
    };
    let traces = Traces::start(&config, &Registry::new()).unwrap().unwrap();
    let span = traces.request("GET", "", "unknown", None).unwrap();
    let inside = async {
        let before = child("one");
        tokio::task::yield_now().await;
        (before.is_nothing(), child("two").is_nothing())
    };
    let inside = pin!(inside);
    let outside = async { child("three").is_nothing() };
    let (inside, outside) = tokio::join!(within(Some(&span), inside), outside);
    assert_eq!((inside, outside), ((false, false), true));
    let untraced = pin!(async { child("four").is_nothing() });
    assert!(within(None, untraced).await);
}
