//! The service as production starts it, over a database of the test's own, and callers who speak
//! real HTTP to it.

use std::sync::Arc;

use dancu::auth::development::{DevelopmentIssuer, TokenRequest};
use dancu::clock::Clock;
use dancu::config::Config;
use dancu::server::{self, Circumstances, Running, StartError};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::TestDatabase;

/// The client that is created with the database: `admin`, `register:write`, `audit:read`.
pub const ADMIN: &str = "admin-cli";

/// A running service.
pub struct TestApp {
    pub database: Arc<TestDatabase>,
    pub clock: Clock,
    pub config: Config,
    issuer: DevelopmentIssuer,
    running: Option<Running>,
    http: reqwest::Client,
    /// What it is called where it speaks TLS.
    name: Option<&'static str>,
}

/// An answer: status, headers and body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The code of the problem it is; empty where it is none.
    pub fn code(&self) -> String {
        serde_json::from_str::<Value>(&self.text)
            .ok()
            .and_then(|body| Some(body.get("code")?.as_str()?.to_owned()))
            .unwrap_or_default()
    }

    /// `pointer code` of each fault, in order.
    pub fn faults(&self) -> Vec<String> {
        let body = self.json();
        let faults = body["errors"].as_array().cloned().unwrap_or_default();
        let text = |fault: &Value, key: &str| fault[key].as_str().unwrap_or_default().to_owned();
        faults
            .iter()
            .map(|fault| format!("{} {}", text(fault, "pointer"), text(fault, "code")))
            .collect()
    }
}

impl TestApp {
    /// A service over a fresh database that knows nobody but the bootstrap client.
    pub async fn start() -> Self {
        let database = super::database().await;
        Self::over(Arc::new(database), Clock::default(), |_| {}).await
    }

    /// A service over a fresh database, with the configuration changed.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let database = super::database().await;
        Self::over(Arc::new(database), Clock::default(), configure).await
    }

    /// The same, which may not start.
    pub async fn try_with(configure: impl FnOnce(&mut Config)) -> Result<Self, StartError> {
        let database = super::database().await;
        Self::try_over(Arc::new(database), Clock::default(), configure).await
    }

    /// A service over that database, with the configuration changed.
    pub async fn over(
        database: Arc<TestDatabase>,
        clock: Clock,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let started = Self::try_over(database, clock, configure).await;
        started.unwrap()
    }

    async fn try_over(
        database: Arc<TestDatabase>,
        clock: Clock,
        configure: impl FnOnce(&mut Config),
    ) -> Result<Self, StartError> {
        let data_dir = super::scratch("app");
        let issuer = DevelopmentIssuer::open(&data_dir).unwrap();
        let mut config = Config {
            data_dir,
            ..Config::default()
        };
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.http.metrics_listen = ([127, 0, 0, 1], 0).into();
        config.http.workers = Some(1);
        // Nobody asks any more when a test ends.
        config.http.drain_ms = 0;
        config.auth.bootstrap_client = Some(ADMIN.into());
        config.auth.issuers.push(issuer.config().unwrap());
        configure(&mut config);
        // That of the process whose keys and issuers this one shares, where it does.
        let issuer = DevelopmentIssuer::open(&config.data_dir).unwrap();
        let circumstances = Circumstances {
            clock: clock.clone(),
            embedded: true,
            unsafe_for_tests: true,
            ..Circumstances::default()
        };
        let running = server::start(&config, database.database(), circumstances).await?;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Ok(Self {
            database,
            clock,
            config,
            issuer,
            running: Some(running),
            http,
            name: None,
        })
    }

    /// The same, asked over TLS by a client that finds it under that name.
    pub fn over_https(self, http: reqwest::Client, name: &'static str) -> Self {
        Self {
            http,
            name: Some(name),
            ..self
        }
    }

    /// Another process over the same database and keys.
    pub async fn another(&self) -> Self {
        let (data_dir, issuers) = (
            self.config.data_dir.clone(),
            self.config.auth.issuers.clone(),
        );
        Self::over(Arc::clone(&self.database), self.clock.clone(), |config| {
            config.data_dir = data_dir;
            config.auth.issuers = issuers;
        })
        .await
    }

    /// Where it listens, as `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        let address = self.running().address;
        match self.name {
            Some(name) => format!("https://{name}:{}", address.port()),
            None => format!("http://{address}"),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.running().address
    }

    /// Where its metrics are.
    pub fn metrics_address(&self) -> std::net::SocketAddr {
        self.running().metrics_address
    }

    /// The same as an address of plain HTTP.
    pub fn metrics_url(&self) -> String {
        format!("http://{}/metrics", self.running().metrics_address)
    }

    /// The value of a metric, with its labels as they are written; zero where it is not there.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = reqwest::get(self.metrics_url()).await.unwrap();
        let text = text.text().await.unwrap();
        let value = text.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?.strip_prefix(' ')?;
            rest.trim().parse().ok()
        });
        value.unwrap_or_default()
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs until it is stopped")
    }

    /// Ends it as a signal would.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// A token of the development issuer.
    pub fn token(&self, client_id: &str, scopes: &str) -> String {
        self.token_for(client_id, scopes, None)
    }

    /// The same, signed at another time.
    pub fn token_at(&self, client_id: &str, scopes: &str, at: jiff::Timestamp) -> String {
        let lifetime = SignedDuration::from_hours(1);
        let request = TokenRequest {
            client_id,
            scopes,
            officer_id: None,
            lifetime,
        };
        self.issuer.sign(&request, at).unwrap()
    }

    /// The same, speaking for an officer.
    pub fn token_for(&self, client_id: &str, scopes: &str, officer_id: Option<&str>) -> String {
        let lifetime = SignedDuration::from_hours(1);
        let request = TokenRequest {
            client_id,
            scopes,
            officer_id,
            lifetime,
        };
        self.issuer.sign(&request, self.clock.now()).unwrap()
    }

    /// A token of the bootstrap client with everything it has.
    pub fn admin(&self) -> String {
        self.token(ADMIN, "admin register:write audit:read")
    }

    /// A request with the client at hand, for what the shorter ways cannot say.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url()))
    }

    /// Sends it and takes the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer {
            status,
            headers,
            text: answer.text().await.unwrap(),
        }
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.post_text(path, token, &body.to_string()).await
    }

    /// `POST` of any text that says it is JSON.
    pub async fn post_text(&self, path: &str, token: &str, body: &str) -> Answer {
        let request = self.request(Method::POST, path).bearer_auth(token);
        self.send(
            request
                .header("content-type", "application/json")
                .body(body.to_owned()),
        )
        .await
    }

    /// `GET`.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token))
            .await
    }

    /// `PUT` of an administered object, as the bootstrap client.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::PUT, path).bearer_auth(self.admin());
        self.send(
            request
                .header("content-type", "application/json")
                .body(body.to_string()),
        )
        .await
    }

    /// Writes citizens through the register's feed.
    pub async fn register(&self, citizens: &[Value]) {
        let changes: Vec<Value> = citizens
            .iter()
            .map(|citizen| json!({"op": "upsert", "revision": 1, "citizen": citizen}))
            .collect();
        self.change(&changes).await;
    }

    /// Sends changes of the register, all of which are taken.
    pub async fn change(&self, changes: &[Value]) {
        let body = json!({"changes": changes});
        let answer = self
            .post("/v1/register/changes", &self.admin(), &body)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// An agency, a procedure, a client with `scopes` and an agreement on everything, changed by
    /// `agreement`: enough to ask. All are named after `client_id`.
    pub async fn enrol(&self, client_id: &str, scopes: &[&str], agreement: Value) {
        let agency = json!({"code": "H29", "name": "UBND Thành phố Hồ Chí Minh"});
        let client = json!({"client_id": client_id, "agency_code": "H29", "name": "Một cửa",
            "scopes": scopes});
        let mut body = json!({"id": client_id, "client_id": client_id,
            "procedure_code": "1.004194", "operations": ["verify", "lookup", "prefill"],
            "read_fields": ["identity", "residence"], "valid_from": "2020-01-01"});
        for (key, value) in agreement.as_object().unwrap() {
            body[key] = value.clone();
        }
        for (path, body) in [
            ("/v1/admin/agencies/H29".to_owned(), agency),
            ("/v1/admin/procedures/1.004194".to_owned(), procedure()),
            (format!("/v1/admin/clients/{client_id}"), client),
            (format!("/v1/admin/agreements/{client_id}"), body),
        ] {
            let answer = self.put(&path, &body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
        }
    }

    /// Rows of a query by the cluster's owner, as text.
    pub async fn rows(&self, query: &str) -> Vec<String> {
        let client = self.database.client().await;
        let rows = client.query(query, &[]).await.unwrap();
        rows.iter().map(|row| row.get::<_, String>(0)).collect()
    }
}

/// A procedure with a form and a paper.
pub fn procedure() -> Value {
    json!({"code": "1.004194", "name": "Đăng ký tạm trú", "legal_basis": "Luật Cư trú 2020",
        "form": {"code": "CT01", "boxes": {"ho_va_ten": "full_name",
            "ngay_sinh": {"field": "birth_date", "format": "dmy"},
            "noi_thuong_tru": "permanent_residence.address_line", "thu_dien_tu": "email"}},
        "papers": [{"code": "cccd_copy", "name": "Bản sao CCCD",
            "fields": ["personal_id", "full_name", "birth_date"]}]})
}

/// A synthetic person who lives in Hanoi.
pub fn an() -> Value {
    json!({"personal_id": "001095000001", "full_name": "Nguyễn Văn An",
        "birth_date": "1995-03-02", "sex": "male", "old_id_numbers": ["012345678"],
        "nationality": "VN",
        "permanent_residence": {"country": "VN", "province_code": "01", "district_code": "001",
            "commune_code": "00013", "detail": "12 Phố Cũ", "recorded_on": "2020-05-01"},
        "father": {"full_name": "Nguyễn Văn Bình", "personal_id": "001065000002"},
        "marital_status": "single"})
}

/// A question about [`an`] under [`procedure`].
pub fn question() -> Value {
    json!({"context": {"procedure_code": "1.004194"},
        "subject": {"personal_id": "001095000001"},
        "claims": {"full_name": "Nguyễn Văn An", "birth_date": "1995-03-02"}})
}
