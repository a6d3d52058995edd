//! What an operator sees: metrics, access lines and traces.

mod access;
mod metrics;
mod traces;

use crate::support::app::TestApp;

/// The text of the metrics port.
pub async fn metrics(app: &TestApp) -> String {
    let answer = reqwest::get(app.metrics_url()).await.unwrap();
    answer.text().await.unwrap()
}

/// One number of it.
pub async fn metric(app: &TestApp, name: &str) -> Option<f64> {
    let text = metrics(app).await;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}
