//! What an operator sees of the requests.

use std::time::Duration;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

use super::admission::Shed;
use super::problem::Code;
use super::routes::{ROUTES, Route};

/// The metrics of all requests: handles are resolved once, for looking a label up costs a tenth of
/// a request.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: IntCounterVec,
    item_problems: IntCounterVec,
    answered: Vec<IntCounter>,
    seconds: Vec<Histogram>,
    shed: Vec<IntCounter>,
    pub(super) in_flight: IntGauge,
    pub(super) connections: IntGauge,
}

impl Metrics {
    /// Makes the metrics and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new(
                "dancu_http_requests_total",
                "Requests by operation and outcome: `ok`, or the code of the problem. `internal` \
                 should always be zero; `*_unavailable` and `overloaded` are felt by callers.",
            ),
            &["operation", "outcome"],
        )?;
        let item_problems = IntCounterVec::new(
            Opts::new(
                "dancu_http_item_problems_total",
                "Items of batches that have a problem of their own, by operation and code; their \
                 batch counts as `ok`. Many `validation_failed`: a caller sends what cannot be read.",
            ),
            &["operation", "outcome"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new(
                "dancu_http_request_seconds",
                "Time from the head of a request to its answer, by operation. Rising together \
                 with `dancu_audit_commit_seconds`: the disk of the log.",
            )
            .buckets(vec![
                0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
                2.5,
            ]),
            &["operation"],
        )?;
        let shed = IntCounterVec::new(
            Opts::new(
                "dancu_http_shed_total",
                "Requests answered 503 `overloaded` by what there was too much of. Each was refused \
                 early so that others are answered: ask for more only of what is meant.",
            ),
            &["reason"],
        )?;
        let in_flight = IntGauge::new(
            "dancu_http_requests_in_flight",
            "Requests under way. Near `http.limits.in_flight`: the next ones are refused.",
        )?;
        let connections = IntGauge::new(
            "dancu_http_connections",
            "Connections that are open. Near `http.limits.connections`: the next ones are refused.",
        )?;
        registry.register(Box::new(shed.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(item_problems.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        let answered = ROUTES
            .iter()
            .map(|route| requests.with_label_values(&[route.operation, "ok"]));
        let seconds = ROUTES
            .iter()
            .map(|route| seconds.with_label_values(&[route.operation]));
        let shed = Shed::ALL.map(|reason| shed.with_label_values(&[reason.as_str()]));
        Ok(Self {
            answered: answered.collect(),
            seconds: seconds.collect(),
            shed: shed.into(),
            in_flight,
            connections,
            requests,
            item_problems,
        })
    }

    /// Counts the problem of an item, which does not show in how its batch is answered.
    pub fn item_failed(&self, route: &Route, code: Code) {
        self.item_problems
            .with_label_values(&[route.operation, code.as_str()])
            .inc();
    }

    /// Counts a request that was too much.
    pub(super) fn shed(&self, reason: Shed) {
        self.shed[reason as usize].inc();
    }

    /// Counts an answer. `outcome` is `ok` or a problem's code, so labels are bounded.
    pub fn answered(&self, route: &Route, outcome: &'static str, taken: Duration) {
        debug_assert!(
            outcome == "ok" || Code::by_name(outcome).is_some(),
            "labels are bounded"
        );
        let known = ROUTES.iter().position(|one| std::ptr::eq(one, route));
        match known {
            Some(at) if outcome == "ok" => self.answered[at].inc(),
            Some(_) | None => {
                self.requests
                    .with_label_values(&[route.operation, outcome])
                    .inc();
            }
        }
        if let Some(at) = known {
            self.seconds[at].observe(taken.as_secs_f64());
        }
    }
}
