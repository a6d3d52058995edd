//! The one integration binary: the product as its callers and its operators see it, over a real
//! PostgreSQL.

mod embedded;
mod schema;
mod support;
