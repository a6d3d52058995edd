//! Sending spans: a bounded queue, a client with limits, and what became of each counted. No answer waits
//! for any of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    Protocol, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};
use prometheus::{IntCounter, IntCounterVec, Opts, Registry};
use tokio::runtime::Handle;

use super::TraceError;

/// Spans that may wait to be sent; those beyond are dropped.
pub(super) const QUEUE: usize = 4096;

/// Spans that are sent at once, and how long they may wait to be many.
const BATCH: usize = 512;
const LINGER: Duration = Duration::from_secs(2);

/// How long the collector may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// What becomes of spans.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    exported: IntCounter,
    failed: IntCounter,
    dropped: IntCounter,
}

impl Metrics {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let spans = IntCounterVec::new(
            Opts::new(
                "dancu_trace_spans_total",
                "Spans by what became of them: `exported`, `failed` (the collector did not take \
                 them: the log says so) or `dropped` (too many waited: lower \
                 `telemetry.trace_ratio`). Answers wait for none of it.",
            ),
            &["outcome"],
        )?;
        registry.register(Box::new(spans.clone()))?;
        let of = |outcome| spans.with_label_values(&[outcome]);
        Ok(Self {
            exported: of("exported"),
            failed: of("failed"),
            dropped: of("dropped"),
        })
    }
}

/// What takes ended spans and sends them to that address.
pub(super) fn processor(
    url: reqwest::Url,
    metrics: Metrics,
) -> Result<impl SpanProcessor + 'static, TraceError> {
    let http = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(TraceError::Client)?;
    let exporter = OtlpExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(Client {
            http,
            runtime: Handle::current(),
        })
        .with_timeout(TIMEOUT)
        .with_endpoint(url)
        .build()
        .map_err(|error| TraceError::Exporter(error.into()))?;
    let waiting = Arc::new(AtomicUsize::new(0));
    let exporter = Counted {
        exporter,
        waiting: Arc::clone(&waiting),
        metrics: metrics.clone(),
    };
    let limits = BatchConfigBuilder::default()
        // What is beyond is dropped before it comes here, where it is counted.
        .with_max_queue_size(QUEUE + BATCH)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(LINGER)
        .build();
    let batches = BatchSpanProcessor::builder(exporter)
        .with_batch_config(limits)
        .build();
    Ok(Bounded {
        batches,
        waiting,
        metrics,
    })
}

/// The batches, and how many spans may wait for them.
#[derive(Debug)]
struct Bounded {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    metrics: Metrics,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &opentelemetry::Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::AcqRel) < QUEUE {
            self.batches.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            self.metrics.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// The exporter, which counts what it did.
#[derive(Debug)]
struct Counted {
    exporter: OtlpExporter,
    waiting: Arc<AtomicUsize>,
    metrics: Metrics,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let exported = self.exporter.export(batch).await;
        self.waiting.fetch_sub(count, Ordering::AcqRel);
        match &exported {
            Ok(()) => self.metrics.exported.inc_by(count as u64),
            Err(error) => {
                self.metrics.failed.inc_by(count as u64);
                let error: &dyn std::error::Error = error;
                tracing::warn!(error, count, "spans were not exported");
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Sends on the process's own runtime, for the thread of the batches has none.
#[derive(Clone, Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sending = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let status = answer.status();
            // What a collector says to a failure may repeat what it was sent.
            let mut answered = http::Response::new(if status.is_success() {
                answer.bytes().await?
            } else {
                Bytes::new()
            });
            *answered.status_mut() = status;
            Ok::<_, reqwest::Error>(answered)
        });
        Ok(sending.await??)
    }
}
