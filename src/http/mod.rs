//! The only user of actix: routes, extractors, problem documents and pages.
