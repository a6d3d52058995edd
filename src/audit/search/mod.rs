//! Searching the log: the follower that makes published entries searchable, and what is asked of it.
//!
//! Nothing of this is on the way of an answer. Rows appear in the order of the transparency log, so a
//! page that ends at a position never misses what comes later, and never shows it twice.

mod follower;
mod metrics;
mod query;

pub use follower::follow;
pub(super) use follower::hour_of;
pub use metrics::SearchMetrics;
pub use query::{Criteria, Order, Page, Position, Walk, beginning};
