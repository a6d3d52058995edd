//! Spans: what is told of a request and of the steps it took. Names and attributes are words of this
//! program's own, numbers, and the two ids that are meant for this.

use std::task::Poll;

use futures_util::FutureExt as _;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _,
    TraceFlags, TraceId, TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};

use super::Traces;

/// The span of a caller's to which a request belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span.
    pub span_id: [u8; 8],
}

/// The tracer, as steps of a traced request find it.
struct Tracing(SdkTracer);

/// The span of one traced request.
#[derive(Debug)]
pub struct RequestSpan(Context);

impl Traces {
    /// Begins the span of a request; none where it is not among those that are traced.
    pub fn request(
        &self,
        method: &'static str,
        route: &'static str,
        operation: &'static str,
        parent: Option<Parent>,
    ) -> Option<RequestSpan> {
        let name = if route.is_empty() {
            method.to_owned()
        } else {
            format!("{method} {route}")
        };
        let mut above = Context::new();
        if let Some(Parent { trace_id, span_id }) = parent {
            above = above.with_remote_span_context(SpanContext::new(
                TraceId::from_bytes(trace_id),
                SpanId::from_bytes(span_id),
                // Whether the caller traces it itself is nothing to go by: see the sampler.
                TraceFlags::NOT_SAMPLED,
                true,
                TraceState::NONE,
            ));
        }
        let begun = SpanBuilder::from_name(name).with_kind(SpanKind::Server);
        let mut span = self.tracer.build_with_context(begun, &above);
        if !span.is_recording() {
            return None;
        }
        span.set_attribute(KeyValue::new("http.request.method", method));
        if !route.is_empty() {
            span.set_attribute(KeyValue::new("http.route", route));
        }
        span.set_attribute(KeyValue::new("dancu.operation", operation));
        let context = Context::new()
            .with_value(Tracing(self.tracer.clone()))
            .with_span(span);
        Some(RequestSpan(context))
    }
}

impl RequestSpan {
    /// The trace's id, 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.0.span().span_context().trace_id().to_string()
    }

    /// Ends the span with how the request was answered. `outcome` is `ok` or a problem's code.
    pub fn end(self, request_id: String, status: u16, outcome: &'static str) {
        let span = self.0.span();
        span.set_attribute(KeyValue::new("dancu.request_id", request_id));
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        span.set_attribute(KeyValue::new("dancu.outcome", outcome));
        if status >= 500 {
            span.set_attribute(KeyValue::new("error.type", outcome));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// Runs something in the span of its request, where there is one. It is pinned by whoever has it: a future
/// that takes another by value is twice as large, and this one is around everything.
pub async fn within<F: Future + Unpin>(span: Option<&RequestSpan>, mut work: F) -> F::Output {
    std::future::poll_fn(|task| -> Poll<F::Output> {
        let _attached = span.map(|span| span.0.clone().attach());
        work.poll_unpin(task)
    })
    .await
}

/// A step of a traced request; of all others, nothing. It ends when it is dropped.
#[derive(Debug)]
pub struct Child(Option<Span>);

/// Begins a step of whatever request this task is about.
pub fn child(name: &'static str) -> Child {
    Child(Context::map_current(|context| {
        let Tracing(tracer) = context.get::<Tracing>()?;
        let begun = SpanBuilder::from_name(name).with_kind(SpanKind::Internal);
        Some(tracer.build_with_context(begun, context))
    }))
}

/// Begins a statement of whatever request this task is about, by the statement's name.
pub fn statement(name: &'static str) -> Child {
    let mut child = child(name);
    child.say("db.system.name", "postgresql");
    child
}

impl Child {
    /// Whether there is nothing to tell.
    #[cfg(test)]
    pub(super) const fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// Says something of the step in a word of this program's own.
    pub fn say(&mut self, key: &'static str, word: &'static str) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, word));
        }
    }

    /// Says how many.
    pub fn count(&mut self, key: &'static str, count: usize) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, i64::try_from(count).unwrap_or(i64::MAX)));
        }
    }

    /// Says that it failed.
    pub fn failed(&mut self) {
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(""));
        }
    }
}
