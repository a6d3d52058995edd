//! The auditors' console as a browser sees it: signing in and out, what each page shows, and that it
//! shows nothing more.

mod browser;
mod pages;
mod searches;
mod sign_in;
mod sources;

use dancu::config::Config;
use reqwest::{Method, RequestBuilder, StatusCode, redirect};
use serde_json::json;

use crate::support::app::{TestApp, an, question};

/// Who audits.
const AUDITOR: &str = "inspector";

/// Who, by whom and what for was asked about.
const NUMBER: &str = "001095000001";
const OFFICER: &str = "079085001234";
const CASE: &str = "H29.12-261121-0007";

/// Scopes of the auditor's registration.
const SCOPES: &[&str] = &["audit:read", "audit:read.agency"];

/// A browser: it keeps cookies, says where a form was sent from, and follows nothing by itself.
struct Browser<'a> {
    app: &'a TestApp,
    http: reqwest::Client,
    cookies: Vec<(String, String)>,
    language: &'static str,
}

/// A page.
struct Page {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all("set-cookie").iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    #[track_caller]
    fn shows(&self, text: &str) {
        assert!(self.text.contains(text), "no {text:?} in {}", self.text);
    }
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none());
        Self {
            app,
            http: http.build().unwrap(),
            cookies: Vec::new(),
            language: "en",
        }
    }

    /// One that has signed in.
    async fn signed_in(app: &'a TestApp) -> Self {
        let mut browser = Self::new(app);
        let entered = browser.enter(&app.token(AUDITOR, "audit:read")).await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        browser
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self
            .http
            .request(method, format!("{}{path}", self.app.url()))
            .header("accept-language", self.language);
        if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies.join("; "))
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let answer = request.send().await.unwrap();
        let page = Page {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        };
        for cookie in page.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        page
    }

    async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// A form of a page of ours.
    fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.request(Method::POST, path)
            .header("origin", self.app.url())
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(form))
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let request = self.form(path, form);
        self.send(request).await
    }

    async fn enter(&mut self, token: &str) -> Page {
        self.post("/console/sign-in", &[("token", token)]).await
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    let value = |text: &str| text.bytes().map(byte).collect::<String>();
    let pairs = form
        .iter()
        .map(|(name, text)| format!("{name}={}", value(text)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A service with an auditor, whose console is configured so.
async fn console(configure: impl FnOnce(&mut Config)) -> TestApp {
    let app = TestApp::with(|config| {
        config.console.paste = true;
        configure(config);
    })
    .await;
    enrol(&app).await;
    app
}

async fn enrol(app: &TestApp) {
    for (path, body) in [
        (
            "agencies/THANHTRA",
            json!({"code": "THANHTRA", "name": "Cơ quan thanh tra"}),
        ),
        (
            "clients/inspector",
            json!({"client_id": AUDITOR, "agency_code": "THANHTRA", "name": "x", "scopes": SCOPES}),
        ),
    ] {
        let put = app.put(&format!("/v1/admin/{path}"), &body).await;
        assert_eq!(put.status, 201, "{}", put.text);
    }
}

/// A client that may see people in the clear.
async fn enrol_revealer(app: &TestApp) {
    let body = json!({"client_id": "revealer", "agency_code": "THANHTRA", "name": "x",
        "scopes": ["audit:read", "audit:reveal"]});
    let put = app.put("/v1/admin/clients/revealer", &body).await;
    assert_eq!(put.status, 201, "{}", put.text);
}

/// The browser of whoever may see people in the clear.
async fn revealing(app: &TestApp) -> Browser<'_> {
    let mut browser = Browser::new(app);
    let token = app.token("revealer", "audit:read audit:reveal");
    assert_eq!(browser.enter(&token).await.status, 303);
    browser
}

/// The entry of a question about [`an`], with an officer and a case.
async fn asked(app: &TestApp) -> String {
    app.enrol(
        "onestop",
        &["citizen:verify"],
        json!({"officer": "recorded"}),
    )
    .await;
    app.register(&[an()]).await;
    let mut asked = question();
    asked["context"]["officer_id"] = OFFICER.into();
    asked["context"]["case_id"] = CASE.into();
    let token = app.token("onestop", "citizen:verify");
    let answer = app.post("/v1/verify", &token, &asked).await.json();
    assert_eq!(answer["result"], "match");
    answer["audit_id"].as_str().unwrap().to_owned()
}

/// Waits until a signal was raised.
async fn raised(app: &TestApp) {
    let token = app.token(AUDITOR, "audit:read");
    crate::support::sealing::until("a signal is raised", async || {
        let answer = app.post("/v1/audit/signals", &token, &json!({})).await;
        (answer.json()["signals"] != json!([])).then_some(())
    })
    .await;
}

/// How many entries of that operation the auditor has left.
async fn left(app: &TestApp, operation: &str) -> usize {
    let query = format!(
        "SELECT decision FROM audit.entry
         WHERE operation = '{operation}' AND client_id = '{AUDITOR}' AND decision = 'done'"
    );
    app.rows(&query).await.len()
}
