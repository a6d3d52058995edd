//! Signals: behaviour in the log that somebody should look at, found behind the answers.
//!
//! An evaluator follows what is searchable and asks of every officer, client and person that a step
//! touches what they did in the hour and on the day. Nothing of it is on the way of an answer, and
//! nothing is blocked by it. A signal names nobody: it holds tags of the month, and says between which
//! places of the log the entries behind it lie.

mod evaluate;
mod evaluator;
mod metrics;
mod ocsf;
mod plain;
mod query;
mod rules;
mod touched;

pub use evaluator::{Evaluator, evaluate};
pub use metrics::SignalMetrics;
pub use ocsf::{SCHEMA_VERSION, event};
pub use query::{SignalCriteria, SignalPage};
pub use rules::{ByActor, NoMatch, OffHours, Rules, Sequence, Volume};

pub use crate::store::signals::{Actor, Signal, SignalKey, SignalMeasure, Window};
