//! One malformed request and the answer it gets.

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::raw::{Connection, RawAnswer};

/// The client that asks; it may ask everything.
pub const ASKER: &str = "onestop";
pub const SCOPES: &[&str] = &[
    "citizen:verify",
    "citizen:lookup",
    "fields:identity",
    "fields:residence",
];

/// Whose token goes along.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    Asker,
    Admin,
    /// No `Authorization` but what stands among the headers.
    None,
}

/// A request, as it is sent, and what it is answered with.
#[derive(Clone, Debug)]
pub struct Case {
    method: String,
    target: String,
    token: Token,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
    status: u16,
    code: &'static str,
    faults: Vec<String>,
}

impl Case {
    /// A JSON body for that operation. Expects `validation_failed` unless told otherwise.
    pub fn post(target: &str, token: Token, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", target, token)
            .header("Content-Type", "application/json")
            .body(body)
            .is(400, "validation_failed")
    }

    /// The same for a `PUT` by the administrator.
    pub fn put(target: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "PUT".into(),
            ..Self::post(target, Token::Admin, body)
        }
    }

    /// A request without a body.
    pub fn new(method: &str, target: &str, token: Token) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            token,
            headers: Vec::new(),
            body: None,
            status: 0,
            code: "",
            faults: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(one, _)| one != name);
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// What it is answered with.
    pub fn is(mut self, status: u16, code: &'static str) -> Self {
        (self.status, self.code) = (status, code);
        self
    }

    /// All the faults of it, as `pointer code`.
    pub fn faults(mut self, faults: &[&str]) -> Self {
        self.faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
        self
    }

    /// What makes it distinct.
    pub fn identity(&self) -> impl Eq + std::hash::Hash + use<> {
        let Self {
            method,
            target,
            token,
            headers,
            body,
            ..
        } = self;
        (
            method.clone(),
            target.clone(),
            token.clone(),
            headers.clone(),
            body.clone(),
        )
    }

    /// What of its answer is not as it should be; nothing where all is.
    pub async fn complaint(&self, app: &TestApp, asker: &str, admin: &str) -> Option<String> {
        let answer = self.send(app.address(), asker, admin).await;
        let Some(answer) = answer else {
            return Some(format!("{self}: no answer"));
        };
        let id = answer.header("x-request-id").unwrap_or_default().to_owned();
        let instance = format!("\"instance\":\"urn:uuid:{id}\"");
        let text = answer.text();
        let head_only = self.method == "HEAD";
        let wrong = if answer.status != self.status || (!head_only && answer.code() != self.code) {
            "another answer"
        } else if answer.faults() != self.faults {
            "other faults"
        } else if answer.header("content-type") != Some("application/problem+json") {
            "no problem document"
        } else if answer.header("cache-control") != Some("no-store") {
            "may be kept"
        } else if answer.header("server").is_some() {
            "says what software this is"
        } else if !head_only && !text.contains(&instance) {
            "two names of one request"
        } else {
            return None;
        };
        let expected = (self.status, self.code, &self.faults);
        let came = (answer.status, answer.code(), answer.faults());
        Some(format!(
            "{self}: {wrong}\n    expected {expected:?}\n    came     {came:?}"
        ))
    }

    /// Sends it on a connection of its own.
    pub async fn send(&self, address: SocketAddr, asker: &str, admin: &str) -> Option<RawAnswer> {
        let mut request = format!(
            "{} {} HTTP/1.1\r\nHost: dancu\r\n",
            self.method, self.target
        )
        .into_bytes();
        let token = match self.token {
            Token::Asker => Some(asker),
            Token::Admin => Some(admin),
            Token::None => None,
        };
        if let Some(token) = token {
            request.extend(format!("Authorization: Bearer {token}\r\n").bytes());
        }
        for (name, value) in &self.headers {
            request.extend(name.bytes());
            request.extend(b": ");
            request.extend(value);
            request.extend(b"\r\n");
        }
        if let Some(body) = &self.body
            && !self
                .headers
                .iter()
                .any(|(name, _)| name == "Transfer-Encoding")
        {
            request.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        request.extend(b"\r\n");
        request.extend(self.body.iter().flatten());
        let mut connection = Connection::open(address).await;
        connection.send(request).await;
        connection.answer_to(self.method != "HEAD").await
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |bytes: &[u8]| {
            let text: String = String::from_utf8_lossy(bytes).chars().take(300).collect();
            text.escape_debug().to_string()
        };
        write!(f, "{} {}", self.method, cut(self.target.as_bytes()))?;
        for (name, value) in &self.headers {
            write!(f, " {name}: {}", cut(value))?;
        }
        write!(f, " {}", cut(self.body.as_deref().unwrap_or_default()))
    }
}

/// The document with `value` at `pointer`, whose parent must be there; `null` is a value.
pub fn with(document: &Value, pointer: &str, value: impl Into<Value>) -> Value {
    let mut document = document.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(last.into(), value.into())),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = value.into(),
        other => panic!("nothing can stand in {other}"),
    }
    document
}

/// The document without the member at `pointer`.
pub fn less(document: &Value, pointer: &str) -> Value {
    let mut document = document.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    document
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(last)
        .unwrap();
    document
}
