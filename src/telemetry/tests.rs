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
        ..LogConfig::default()
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
fn access_lines_are_switched_on_whatever_the_filter_says() {
    let said = |access| {
        let written = Written::default();
        let writer = written.clone();
        let config = LogConfig {
            filter: "warn,dancu::access=off".into(),
            access,
            ..LogConfig::default()
        };
        let subscriber = subscriber(&config, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "dancu::access", "answered");
            tracing::info!(target: "dancu::feed", "heard");
        });
        written.text()
    };
    assert_eq!(said(false), "");
    let lines = said(true);
    assert!(
        lines.contains("answered") && !lines.contains("heard"),
        "{lines}"
    );
}

#[test]
fn a_filter_that_cannot_be_read_is_an_error() {
    let config = LogConfig {
        filter: "dancu=loud".into(),
        ..LogConfig::default()
    };
    assert!(matches!(
        subscriber(&config, io::sink),
        Err(Error::Filter(_))
    ));
}

/// Says to the child that it is one.
const CHILD: &str = "DANCU_TEST_PANICS";

#[test]
fn a_panic_is_logged_by_its_place_and_not_by_what_it_says() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "telemetry::tests::child",
            "--include-ignored",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    let said = String::from_utf8(child.stderr).unwrap();
    assert!(child.status.success(), "{said}");
    assert!(
        said.contains("dancu::panic") && said.contains("telemetry/tests.rs"),
        "{said}"
    );
    assert!(
        !said.contains("Nguyễn") && !said.contains("boundary"),
        "{said}"
    );
    assert!(!said.contains("079085001234"), "{said}");
}

/// Not a test: panics where only its own process hears it.
#[test]
#[ignore = "run by the test of panics, in a process of its own"]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    init(&LogConfig {
        filter: "trace".into(),
        ..LogConfig::default()
    })
    .unwrap();
    let name = String::from("Nguyễn Văn An");
    let cut = std::thread::spawn(move || name[..5].len()).join();
    assert!(cut.is_err());
    let number = std::thread::spawn(|| panic!("{}", "079085001234")).join();
    assert!(number.is_err());
    assert!(matches!(init(&LogConfig::default()), Err(Error::Twice(_))));
}
