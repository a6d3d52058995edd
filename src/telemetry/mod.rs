//! Logs and metrics: set-up only; each room defines its own metrics.
