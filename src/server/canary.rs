//! The canary: who it is, how often it is looked at, and what an operator sees of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus::{Histogram, HistogramOpts, IntGauge, Registry};
use smallvec::smallvec;

use super::StartError;
use crate::clock::Clock;
use crate::config::CanaryConfig;
use crate::domain::claim::{Claim, Claims, Subject};
use crate::domain::date::PartialDate;
use crate::domain::fault::FromText;
use crate::domain::name::{Name, NameKey};
use crate::domain::number::PersonalId;
use crate::domain::policy::Code;
use crate::domain::question::Question;
use crate::policy::Policy;
use crate::service::answer::ResultWord;
use crate::service::{Canary, Citizens, Error};

/// Within which it must have matched: what a caller waits for at the most.
const IN_TIME: Duration = Duration::from_secs(2);

/// What an operator sees of the canary.
struct Metrics {
    up: IntGauge,
    seconds: Histogram,
}

impl Metrics {
    fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            up: IntGauge::new(
                "dancu_canary_up",
                "Whether the service's own question about its canary was last answered with a match \
                 within 2 s, entry included. At zero callers get no right answers either: the log \
                 says why.",
            )?,
            seconds: Histogram::with_opts(
                HistogramOpts::new(
                    "dancu_canary_seconds",
                    "Time from the canary's question to its answer, read from the database and \
                     recorded. What a caller waits for at least, whoever else asks.",
                )
                .buckets(vec![
                    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0,
                ]),
            )?,
        };
        registry.register(Box::new(metrics.up.clone()))?;
        registry.register(Box::new(metrics.seconds.clone()))?;
        Ok(metrics)
    }
}

/// Why the canary was not answered as it should be.
#[derive(Debug, thiserror::Error)]
enum Silence {
    #[error("the register holds somebody else, or nobody, under the canary's number")]
    NoMatch,
    #[error("there was no answer within 2 s")]
    Late,
    #[error(transparent)]
    Failed(#[from] Error),
}

/// The canary as it is configured.
pub(super) struct Configured {
    client_id: Code,
    procedure_code: Code,
    question: Question,
    interval: Duration,
}

/// Reads the configuration; none where there is no canary.
pub(super) fn configured(config: &CanaryConfig) -> Result<Option<Configured>, StartError> {
    let Some(canary) = config.whole().map_err(StartError::Canary)? else {
        return Ok(None);
    };
    let client_id = read::<Code>(canary.client_id, "`canary.client_id` is no identifier")?;
    let procedure_code = read::<Code>(canary.procedure_code, "`canary.procedure_code` is no code")?;
    let number = read::<PersonalId>(canary.personal_id, "`canary.personal_id` is no number")?;
    let name = read::<Name>(canary.full_name, "`canary.full_name` is no name")?;
    let born = read::<PartialDate>(canary.birth_date, "`canary.birth_date` is no date")?;
    let question = Question {
        subject: Subject::PersonalId(number),
        claims: Claims(smallvec![
            Claim::FullName(NameKey::of(&name)),
            Claim::BirthDate(born),
        ]),
    };
    Ok(Some(Configured {
        client_id,
        procedure_code,
        question,
        interval: Duration::from_secs(config.interval_s.into()),
    }))
}

/// What looks at the canary for as long as it is polled.
pub(super) fn watch(
    configured: Configured,
    citizens: Citizens,
    policy: Arc<Policy>,
    clock: Clock,
    registry: &Registry,
) -> Result<impl Future<Output = ()> + Send + use<>, prometheus::Error> {
    let Configured {
        client_id,
        procedure_code,
        question,
        interval,
    } = configured;
    let canary = Canary::new(
        citizens,
        policy,
        clock,
        &client_id,
        procedure_code,
        question,
    );
    Ok(look_again(canary, Metrics::register(registry)?, interval))
}

fn read<T: FromText>(text: &str, fault: &'static str) -> Result<T, StartError> {
    T::from_text(text).map_err(|_| StartError::Canary(fault))
}

async fn look_again(canary: Canary, metrics: Metrics, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let begun = Instant::now();
        let looked = look(&canary).await;
        metrics.seconds.observe(begun.elapsed().as_secs_f64());
        metrics.up.set(looked.is_ok().into());
        if let Err(silence) = looked {
            let error: &dyn std::error::Error = &silence;
            tracing::error!(error, "the canary was not answered as it should be");
        }
    }
}

async fn look(canary: &Canary) -> Result<(), Silence> {
    let answered = tokio::time::timeout(IN_TIME, canary.look()).await;
    match answered.map_err(|_| Silence::Late)?? {
        ResultWord::Match => Ok(()),
        ResultWord::NoMatch => Err(Silence::NoMatch),
    }
}
