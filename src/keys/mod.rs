//! The only holder of secret keys: what tags and seals the personal parts of audit entries.
