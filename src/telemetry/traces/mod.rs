//! Traces of requests, for a collector: made only where one is configured, for a part of all requests,
//! and without anything a caller submitted or the register holds.
//!
//! Where traces are off there is no tracer, and a request costs a look at that. Where they are on,
//! whatever is done for a traced request finds its span in the context of the task ([`child`]); all
//! others find none.

mod export;
mod span;
#[cfg(test)]
mod tests;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, Sampler, SdkTracer, SdkTracerProvider};
use prometheus::Registry;

use crate::clock::random_id;
use crate::config::TelemetryConfig;

pub use span::{Child, Parent, RequestSpan, child, statement, within};

/// What this service is called unless it is told.
const SERVICE: &str = "dancu";

/// How long the end of the process waits for the last spans to be sent.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// Why no traces can be made.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The configuration.
    #[error("{0}")]
    Configuration(&'static str),
    /// The client that sends them.
    #[error("no client for traces can be made")]
    Client(#[source] reqwest::Error),
    /// The exporter.
    #[error("traces cannot be exported")]
    Exporter(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The metrics.
    #[error("the metrics cannot be registered")]
    Metrics(#[from] prometheus::Error),
}

/// Makes traces and sends them.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Traces {
    /// Begins to make traces; none where no endpoint is configured. What becomes of spans is counted
    /// in `registry`. They are sent on the runtime this is called on.
    pub fn start(
        config: &TelemetryConfig,
        registry: &Registry,
    ) -> Result<Option<Self>, TraceError> {
        let metrics = export::Metrics::register(registry)?;
        let url = config.traces_url().map_err(TraceError::Configuration)?;
        let Some(url) = url else {
            return Ok(None);
        };
        let name = config.service_name.clone();
        let resource = Resource::builder()
            .with_service_name(name.unwrap_or_else(|| SERVICE.to_owned()))
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_id_generator(Ids)
            // By the trace's id alone: all who share the ratio decide alike, and no caller decides for us.
            .with_sampler(Sampler::TraceIdRatioBased(config.trace_ratio))
            .with_span_processor(export::processor(url, metrics)?)
            .build();
        let tracer = provider.tracer(SERVICE);
        Ok(Some(Self { provider, tracer }))
    }

    /// Sends what was not sent yet, and ends.
    pub async fn stop(self) {
        let stop = move || self.provider.shutdown_with_timeout(FLUSH_LIMIT);
        // It blocks its thread until what is sent on the others was.
        let stopped = tokio::task::spawn_blocking(stop).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last spans may not have been exported");
        }
    }
}

/// Ids from the process's own randomness.
#[derive(Debug)]
struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes(random_id())
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_bytes(random_id())
    }
}
