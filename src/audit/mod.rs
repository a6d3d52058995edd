//! The lanes that write entries, so that no answer leaves before its entry is durable.
