//! `[telemetry]` and the standard OpenTelemetry variables: where traces go. Plain data; nothing is sent
//! here.

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// `[telemetry]`: traces, which are off without an endpoint.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// The collector that traces are sent to (OTLP over HTTP); none are made without it.
    pub otlp_endpoint: Option<String>,
    /// The part of all requests that is traced, 0 to 1.
    pub trace_ratio: f64,
    /// What this service is called in traces; `dancu` if absent.
    pub service_name: Option<String>,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            trace_ratio: 0.01,
            service_name: None,
        }
    }
}

/// Where OTLP over HTTP takes traces.
const TRACES: &str = "/v1/traces";

impl TelemetryConfig {
    /// Takes what is not configured from the environment that all OpenTelemetry programs share.
    pub(super) fn fill(&mut self, variable: impl Fn(&str) -> Option<String>) {
        let variable = |name| variable(name).filter(|value: &String| !value.is_empty());
        if variable("OTEL_SDK_DISABLED").is_some_and(|said| said.eq_ignore_ascii_case("true")) {
            self.otlp_endpoint = None;
            return;
        }
        if self.otlp_endpoint.is_none() {
            let of_all = || {
                let base = variable("OTEL_EXPORTER_OTLP_ENDPOINT")?;
                Some(format!("{}{TRACES}", base.trim_end_matches('/')))
            };
            self.otlp_endpoint = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(of_all);
        }
        if self.service_name.is_none() {
            self.service_name = variable("OTEL_SERVICE_NAME");
        }
    }

    /// The address that traces are sent to: where it has no path, the one of OTLP.
    pub fn traces_url(&self) -> Result<Option<Url>, &'static str> {
        let Some(text) = &self.otlp_endpoint else {
            return Ok(None);
        };
        let fault = "`telemetry.otlp_endpoint` is an address: http://… or https://…";
        let mut url = Url::parse(text).map_err(|_| fault)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(fault);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "`telemetry.otlp_endpoint` has neither user nor password: what it wants to \
                 see goes into OTEL_EXPORTER_OTLP_HEADERS",
            );
        }
        if url.path() == "/" {
            url.set_path(TRACES);
        }
        Ok(Some(url))
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !(0.0..=1.0).contains(&self.trace_ratio) {
            return Err("`telemetry.trace_ratio` is from 0 to 1");
        }
        self.traces_url().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(configured: Option<&str>, variables: &[(&str, &str)]) -> TelemetryConfig {
        let mut config = TelemetryConfig {
            otlp_endpoint: configured.map(str::to_owned),
            ..TelemetryConfig::default()
        };
        config.fill(|name| {
            let known = variables.iter().find(|(known, _)| *known == name);
            known.map(|(_, value)| (*value).to_owned())
        });
        config
    }

    fn url(config: &TelemetryConfig) -> Option<String> {
        config.traces_url().unwrap().map(String::from)
    }

    #[test]
    fn the_standard_variables_count_where_nothing_is_configured() {
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/otlp/");
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1/x");
        let name = ("OTEL_SERVICE_NAME", "dancu-hn");
        assert_eq!(url(&filled(None, &[name])), None);
        let of_all = filled(None, &[all, name]);
        assert_eq!(
            url(&of_all).as_deref(),
            Some("http://collector:4318/otlp/v1/traces")
        );
        assert_eq!(of_all.service_name.as_deref(), Some("dancu-hn"));
        assert_eq!(
            url(&filled(None, &[all, own])).as_deref(),
            Some("http://traces:1/x")
        );
        assert_eq!(
            url(&filled(Some("https://c:4318"), &[all, own])).as_deref(),
            Some("https://c:4318/v1/traces")
        );
        let off = ("OTEL_SDK_DISABLED", "true");
        assert_eq!(url(&filled(Some("https://c:4318"), &[all, off])), None);
        let empty = ("OTEL_EXPORTER_OTLP_ENDPOINT", "");
        assert_eq!(url(&filled(None, &[empty])), None);
    }

    #[test]
    fn an_endpoint_that_is_no_address_and_a_ratio_that_is_none_are_refused() {
        for bad in [
            "collector:4318",
            "grpc://c:4317",
            "http://a:b@c/",
            "http://a@c",
            "",
        ] {
            let config = TelemetryConfig {
                otlp_endpoint: Some(bad.into()),
                ..TelemetryConfig::default()
            };
            assert!(config.check().is_err(), "{bad}");
        }
        for bad in [-0.1, 1.1, f64::NAN] {
            let config = TelemetryConfig {
                trace_ratio: bad,
                ..TelemetryConfig::default()
            };
            assert!(config.check().is_err(), "{bad}");
        }
        assert!(TelemetryConfig::default().check().is_ok());
    }
}
