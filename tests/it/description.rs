//! The description of the API: what it says is what the service does.

mod pages;
mod story;

use dancu::http::openapi;

const GENERATED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// Set to write what was found in place of what was expected.
const BLESS: &str = "DANCU_BLESS";

fn blesses() -> bool {
    std::env::var_os(BLESS).is_some()
}

#[test]
fn the_file_is_what_the_code_describes() {
    if blesses() {
        std::fs::write(GENERATED, openapi::document()).unwrap();
    }
    let file = std::fs::read_to_string(GENERATED).unwrap_or_default();
    assert!(
        file == openapi::document(),
        "openapi.json is not what the code describes: write it anew with \
         `dancu openapi > openapi.json` or `{BLESS}=1 cargo test --test it description`"
    );
}
