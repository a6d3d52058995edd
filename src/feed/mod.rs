//! One poller of committed changes, for register and policy.
