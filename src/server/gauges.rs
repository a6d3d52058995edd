//! What is measured of the whole process when somebody looks at its metrics: its version, what it takes of
//! its machine, and how old what it decides by is.

use std::sync::Arc;

use jiff::Timestamp;
use prometheus::process_collector::ProcessCollector;
use prometheus::{IntGaugeVec, Opts, Registry};

use crate::clock::Clock;
use crate::policy::Policy;
use crate::register::Register;
use crate::telemetry::Measured;

/// What every process shows, whatever it does: which program it is, when it was started and what it
/// takes of its machine. Only the library's own registry measures the latter unasked, and ours is another.
pub(super) fn process(registry: &Registry) -> Result<(), prometheus::Error> {
    build_info(registry)?;
    registry.register(Box::new(ProcessCollector::for_self()))
}

fn build_info(registry: &Registry) -> Result<(), prometheus::Error> {
    let info = IntGaugeVec::new(
        Opts::new(
            "dancu_build_info",
            "The version of the program, always 1. Several versions for longer than an upgrade \
             takes: a replica was left behind.",
        ),
        &["version"],
    )?;
    info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    registry.register(Box::new(info))
}

/// How old policy and register are known to be.
pub(super) fn ages(
    registry: &Registry,
    clock: &Clock,
    policy: &Arc<Policy>,
    register: &Arc<Register>,
) -> Result<(), prometheus::Error> {
    let (policy, of_policy) = (Arc::clone(policy), clock.clone());
    Measured::register(
        registry,
        "dancu_policy_age_seconds",
        "How long ago the policy was known to be the newest. Below 0.5 when all is well; beyond 1 \
         every question is a 503 `policy_unavailable`.",
        move || age(&of_policy, policy.fresh_at()),
    )?;
    let (register, clock) = (Arc::clone(register), clock.clone());
    Measured::register(
        registry,
        "dancu_feed_register_lag_seconds",
        "How long ago the register's feed was known to be followed to its end. Below 0.5 when all \
         is well; beyond 0.8 nothing cached counts, every question reads the database, and a lagging read \
         replica is not read from.",
        move || age(&clock, register.followed_at()),
    )
}

/// Seconds since then; without end where it never was.
fn age(clock: &Clock, since: Option<Timestamp>) -> f64 {
    since.map_or(f64::INFINITY, |since| {
        clock.now().duration_since(since).as_secs_f64().max(0.0)
    })
}
