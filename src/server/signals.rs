//! The rules of signals, as they are configured.

use crate::audit::signals::{ByActor, NoMatch, OffHours, Rules, Sequence, Volume};
use crate::config::SignalsConfig;
use crate::config::signals::Weekday;

pub(super) fn rules(config: &SignalsConfig) -> Rules {
    let by = |officer: u32, client: u32| ByActor {
        officer: officer.into(),
        client: client.into(),
    };
    let SignalsConfig {
        ocsf_file: _,
        distinct_people: distinct,
        no_match_ratio: ratio,
        sequential_numbers: sequential,
        many_officers: many,
        off_hours: off,
        self_lookup: own,
        relatives_lookup: relatives,
        sudden_volume: volume,
    } = config;
    Rules {
        distinct_people: distinct
            .enabled
            .then(|| by(distinct.officer, distinct.client)),
        no_match_ratio: ratio.enabled.then(|| NoMatch {
            percent: ratio.percent.into(),
            least: by(ratio.officer_least, ratio.client_least),
        }),
        sequential_numbers: sequential.enabled.then_some(Sequence {
            least: sequential.least,
            step: sequential.step,
        }),
        many_officers: many.enabled.then(|| many.least.into()),
        off_hours: off.enabled.then(|| OffHours {
            least: off.least.into(),
            from_hour: off.from_hour.into(),
            to_hour: off.to_hour.into(),
            weekdays: off.weekdays.iter().copied().map(Weekday::number).collect(),
        }),
        self_lookup: own.enabled.then(|| own.least.into()),
        relatives_lookup: relatives.enabled.then(|| relatives.least.into()),
        sudden_volume: volume.enabled.then(|| Volume {
            factor: volume.factor.into(),
            days: volume.days,
            known_days: volume.known_days.into(),
            least: by(volume.officer_least, volume.client_least),
        }),
    }
}
