use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

/// Collects what is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(filter: &str, format: LogFormat, speak: impl FnOnce()) -> String {
    let written = Written::default();
    let writer = written.clone();
    let config = LogConfig {
        filter: filter.into(),
        format,
    };
    let subscriber = subscriber(&config, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, speak);
    written.text()
}

#[test]
fn our_own_events_follow_the_configuration() {
    let speak = || {
        tracing::info!(target: "dancu::feed", "heard");
        tracing::debug!(target: "dancu::feed", "whispered");
        tracing::trace!(target: "dancu", "breathed");
    };
    let usual = logged("info", LogFormat::Text, speak);
    assert!(
        usual.contains("heard") && !usual.contains("whispered"),
        "{usual}"
    );
    let all = logged("trace", LogFormat::Text, speak);
    assert!(
        all.contains("whispered") && all.contains("breathed"),
        "{all}"
    );
    assert_eq!(logged("off", LogFormat::Text, speak), "");
}

#[test]
fn no_configuration_makes_another_crate_say_more_than_warnings() {
    let speak = || {
        tracing::trace!(target: "actix_http::h1::dispatcher", "079085001234");
        tracing::debug!(target: "tokio_postgres::query", "079085001234");
        tracing::info!(target: "tokio_postgres::connection", "079085001234");
        tracing::debug!(target: "dancu_but_not_ours", "079085001234");
        tracing::warn!(target: "tokio_postgres::connection", "gone");
    };
    for filter in [
        "trace",
        "tokio_postgres=trace,actix_http=trace,info",
        "info,tokio_postgres=debug",
    ] {
        let said = logged(filter, LogFormat::Text, speak);
        assert!(said.contains("gone"), "{said}");
        assert!(!said.contains("079085001234"), "{said}");
    }
}

#[test]
fn a_line_of_json_is_one_object() {
    let speak = || tracing::info!(target: "dancu::feed", position = 7, "polled");
    let line = logged("info", LogFormat::Json, speak);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["message"], "polled");
    assert_eq!(line["position"], 7);
    assert_eq!(line["level"], "INFO");
}

#[test]
fn a_filter_that_cannot_be_read_is_an_error() {
    let config = LogConfig {
        filter: "dancu=loud".into(),
        format: LogFormat::Text,
    };
    assert!(matches!(
        subscriber(&config, io::sink),
        Err(Error::Filter(_))
    ));
}
