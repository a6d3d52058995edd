//! Unique values go into every position of a request, and everything the program emits is searched
//! for them: its log at the most verbose, its database's log, its metrics, every refusal, and the
//! audit entries.

mod console;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::app::{an, procedure, question};
use crate::support::process::Process;
use crate::support::raw::{Connection, RawAnswer};

/// What stands in no error, no log, no metric and no entry.
const PERSONAL: &[&str] = &[
    NUMBER,
    UNKNOWN,
    OLD,
    NAME,
    OTHER,
    DAY,
    OFFICER,
    CASE,
    FATHER,
    FATHERS_NUMBER,
    DETAIL,
    MOBILE,
    EMAIL,
    FILE,
    CARD,
    RELATION,
    REFERENCE,
    MEMBER,
    VALUE,
    OFFICERS_NAME,
];
const NUMBER: &str = "001095424201";
const UNKNOWN: &str = "001095424202";
const OLD: &str = "942421931";
const NAME: &str = "Chimhoàngyến";
const OTHER: &str = "Tênkháclạkỳ";
const DAY: &str = "1873-11-07";
const OFFICER: &str = "kanari-officer-4242";
const CASE: &str = "KANARI/case-4243";
const FATHER: &str = "Chahoàngyến";
const FATHERS_NUMBER: &str = "001065424203";
const DETAIL: &str = "Ngõ Kanari 4244";
const MOBILE: &str = "0942424245";
const EMAIL: &str = "kanari4246@example.vn";
const FILE: &str = "KANARI-FILE-4247";
const CARD: &str = "001095424248";
const RELATION: &str = "kanarirelation4249";
const REFERENCE: &str = "kanari-ref-4250";
const MEMBER: &str = "Kanari-Member-4251";
const VALUE: &str = "kanari-value-4252";
const OFFICERS_NAME: &str = "Cán bộ Hoàngyến 4253";

/// What stands in no error, log or metric; entries may name it: token, procedure and client.
const TECHNICAL: &[&str] = &[
    JTI, SUB, PROCEDURE, HEADER, PATH, QUERY, TOKEN, CLIENT, AGENCY,
];
const JTI: &str = "kanari-jti-4301";
const SUB: &str = "kanari-sub-4302";
const PROCEDURE: &str = "9.kanari-4303";
const HEADER: &str = "kanari-header-4304";
const PATH: &str = "kanari-path-4305";
const QUERY: &str = "kanari-query-4306";
const TOKEN: &str = "kanari-token-4307";
const CLIENT: &str = "kanari-client-4308";
const AGENCY: &str = "Kanari Agency 4309";

const SCOPES: &str = "citizen:verify citizen:lookup fields:identity fields:residence";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_caller_submits_is_emitted() {
    let collector = collector().await;
    let process = Process::start(
        "filter = \"trace\"\nformat = \"text\"",
        &format!(
            "[telemetry]\notlp_endpoint = \"{}\"\ntrace_ratio = 1.0",
            collector.uri()
        ),
    );
    let admin = process.token("admin-cli", "admin register:write audit:read", None);
    let mut talk = Talk {
        process: &process,
        refused: Vec::new(),
    };
    set_up(&mut talk, &admin).await;
    let token = process.token_of(&json!({"sub": SUB, "client_id": "onestop", "jti": JTI,
        "scope": SCOPES, "officer_id": OFFICER}));
    answered(&mut talk, &token).await;
    watched(&mut talk).await;
    refused(&mut talk, &token).await;
    malformed(&mut talk, &token, &admin).await;
    tokens(&mut talk).await;
    let auditor = process.token("admin-cli", "audit:read", None);
    let secrets = console::console(&mut talk, &auditor).await;
    told(&process).await;
    let shown = console::shown(&mut talk, &auditor).await;
    assert!(shown.len() > 90, "{}", shown.len());
    for (place, text) in &shown {
        assert_absent(text, PERSONAL.iter().copied(), place);
    }
    broken(&mut talk, &token, &admin).await;

    traced(&mut talk, &token).await;

    let codes: BTreeSet<String> = talk.refused.iter().map(RawAnswer::code).collect();
    for code in [
        "malformed_json",
        "validation_failed",
        "header_invalid",
        "token_invalid",
        "token_missing",
        "client_unknown",
        "scope_missing",
        "procedure_not_permitted",
        "officer_mismatch",
        "field_not_permitted",
        "claim_not_permitted",
        "not_found",
        "method_not_allowed",
        "not_acceptable",
        "unsupported_media_type",
        "headers_too_large",
        "body_too_large",
        "precondition_failed",
        "register_unavailable",
        "audit_unavailable",
    ] {
        assert!(
            codes.contains(code),
            "the way to {code} was not taken: {codes:?}"
        );
    }
    let everything = PERSONAL.iter().chain(TECHNICAL).copied();
    for answer in &talk.refused {
        let shown = format!("{:?} {}", answer.headers, answer.text());
        assert_absent(&shown, everything.clone(), "an answer");
    }
    let signals = told(&process).await;
    assert_absent(&signals, PERSONAL.iter().copied(), "the signals");
    let metrics = talk.get_metrics().await;
    assert!(metrics.contains("dancu_http_requests_total"));
    assert_absent(&metrics, everything.clone(), "the metrics");
    let entries = entries(&process).await;
    assert!(entries.len() > 20, "{}", entries.len());
    for row in &entries {
        assert_absent(row, PERSONAL.iter().copied(), "an entry");
    }
    let (said, database) = process.end();
    assert!(
        said.contains("dancu::access") && said.contains("DEBUG"),
        "it said too little: {said}"
    );
    assert!(
        database.contains("ERROR"),
        "its database said too little: {database}"
    );
    assert_traced(&said);
    for secret in &secrets {
        let places = [&said, &database, &metrics];
        assert!(
            places.iter().all(|it| !it.contains(secret)),
            "what signs in"
        );
    }
    let spans = spans(&collector).await;
    for told in ["POST /v1/verify", "register.find", "audit.record", TRACED] {
        let told = told.to_lowercase();
        assert!(spans.contains(&told), "the collector was told too little");
    }
    assert!(secrets.iter().all(|it| !spans.contains(&it.to_lowercase())));
    assert_absent(&spans, everything.clone(), "the spans");
    assert_absent(&said, everything.clone(), "the log");
    assert_absent(&database, everything, "the database's log");
}

/// Somebody who takes all spans.
async fn collector() -> MockServer {
    let collector = MockServer::start().await;
    let takes = Mock::given(method("POST")).and(path("/v1/traces"));
    let taken = takes.respond_with(ResponseTemplate::new(200));
    taken.mount(&collector).await;
    collector
}

/// All that the collector received, in lower case: texts stand in the messages as they are.
async fn spans(collector: &MockServer) -> String {
    let received = collector.received_requests().await.unwrap();
    let texts = received
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).to_lowercase());
    texts.collect()
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACED: &str = "67E55044-10B1-426F-9247-BB680E5FE0C8";
const UNTRACED: &str = "67E55044-10B1-426F-9247-BB680E5FE0C9";

/// Two requests with names of their own, one of which belongs to a trace.
async fn traced(talk: &mut Talk<'_>, token: &str) {
    for (id, parent) in [
        (TRACED, format!("00-{TRACE}-00f067aa0ba902b7-01")),
        (UNTRACED, format!("00-{TRACE}x-00f067aa0ba902b7-01")),
    ] {
        let request = format!(
            "GET /v1/me HTTP/1.1\r\nHost: dancu\r\nAuthorization: Bearer {token}\r\n\
             X-Request-Id: {id}\r\ntraceparent: {parent}\r\n\r\n"
        );
        let answer = talk.send(request.into_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
}

/// The access lines of these two name the trace: the caller's where they named one, else one of ours.
fn assert_traced(said: &str) {
    let line = |id: &str| {
        let id = format!("request_id={}", id.to_lowercase());
        said.lines().find(|line| line.contains(&id)).unwrap()
    };
    let named = format!("trace_id=\"{TRACE}\"");
    assert!(line(TRACED).contains(&named), "{}", line(TRACED));
    let other = line(UNTRACED);
    assert!(
        other.contains("trace_id") && !other.contains(TRACE),
        "{other}"
    );
}

/// Fails where the text has one of the values, in any usual coding.
fn assert_absent<'a>(text: &str, values: impl Iterator<Item = &'a str>, place: &str) {
    let lower = text.to_lowercase();
    for value in values {
        for form in forms(value) {
            if let Some(at) = lower.find(&form.to_lowercase()) {
                let from = text.floor_char_boundary(at.saturating_sub(200));
                let around = &text[from..text.ceil_char_boundary((at + 200).min(text.len()))];
                panic!("{value} stands in {place} as {form}: …{around}…");
            }
        }
    }
}

/// As it is, without its diacritics as an escape, in hexadecimal as PostgreSQL shows bytes, and as
/// `Debug` shows a list of bytes.
fn forms(value: &str) -> [String; 4] {
    let bytes: Vec<String> = value.bytes().map(|byte| byte.to_string()).collect();
    [
        value.to_owned(),
        value.escape_default().to_string(),
        hex::encode(value),
        bytes.join(", "),
    ]
}

/// A conversation, and what was refused in it.
struct Talk<'a> {
    process: &'a Process,
    refused: Vec<RawAnswer>,
}

impl Talk<'_> {
    async fn send(&self, request: Vec<u8>) -> RawAnswer {
        let mut connection = Connection::open(self.process.address).await;
        connection.send(request).await;
        connection.answer().await.expect("an answer")
    }

    /// Asks with the headers a caller may send along; notes what is refused.
    async fn ask(&mut self, line: &str, token: &str, headers: &str, body: &str) -> u16 {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: dancu\r\nAuthorization: Bearer {token}\r\n\
             User-Agent: {HEADER}\r\nReferer: {HEADER}\r\nCookie: a={HEADER}\r\nX-Any: {HEADER}\r\n\
             Forwarded: for={HEADER}\r\nX-Forwarded-For: {HEADER}\r\ntraceparent: {HEADER}\r\n\
             tracestate: {HEADER}\r\nbaggage: {HEADER}\r\nAccept-Language: {HEADER}\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.send(request.into_bytes()).await;
        let status = answer.status;
        if status >= 400 {
            self.refused.push(answer);
        }
        status
    }

    async fn json(&mut self, line: &str, token: &str, body: &Value) -> u16 {
        self.ask(
            line,
            token,
            "Content-Type: application/json\r\n",
            &body.to_string(),
        )
        .await
    }

    async fn get_metrics(&self) -> String {
        let mut connection = Connection::open(self.process.metrics).await;
        connection
            .send("GET /metrics HTTP/1.1\r\nHost: dancu\r\n\r\n")
            .await;
        connection.answer().await.unwrap().text()
    }
}

/// A record with a value of its own in every member that takes one.
fn record() -> Value {
    let mut citizen = an();
    let address = json!({"country": "VN", "province_code": "01", "commune_code": "00013",
        "detail": DETAIL, "recorded_on": DAY});
    let father = json!({"full_name": FATHER, "personal_id": FATHERS_NUMBER});
    let member = json!({"full_name": FATHER, "relation": RELATION});
    for (name, value) in [
        ("personal_id", json!(NUMBER)),
        ("full_name", json!(NAME)),
        ("birth_date", json!(DAY)),
        ("old_id_numbers", json!([OLD])),
        ("family_name", json!(NAME)),
        ("middle_name", json!(NAME)),
        ("given_name", json!(NAME)),
        ("other_name", json!(OTHER)),
        ("place_of_birth", address.clone()),
        ("birth_registration_place", address.clone()),
        ("place_of_origin", address.clone()),
        ("permanent_residence", address.clone()),
        ("temporary_residence", address.clone()),
        ("current_residence", address),
        ("absence_declaration", json!({"from": DAY})),
        ("residence_file_number", json!(FILE)),
        (
            "card",
            json!({"number": CARD, "kind": "can_cuoc", "issued_by": DETAIL}),
        ),
        ("father", father.clone()),
        ("mother", father.clone()),
        ("spouse", father.clone()),
        ("children", json!([father.clone()])),
        ("legal_representative", father.clone()),
        ("represented_persons", json!([father.clone()])),
        ("relation_to_head", json!(RELATION)),
        ("household_head", father),
        ("household_members", json!([member])),
        ("mobile_number", json!(MOBILE)),
        ("email", json!(EMAIL)),
    ] {
        citizen[name] = value;
    }
    citizen
}

fn ask() -> Value {
    let mut question = question();
    question["context"]["officer_id"] = json!(OFFICER);
    question["context"]["case_id"] = json!(CASE);
    question["subject"]["personal_id"] = json!(NUMBER);
    question["claims"] = json!({"full_name": NAME, "birth_date": DAY});
    question
}

fn with(mut question: Value, member: &str, value: Value) -> Value {
    question[member] = value;
    question
}

async fn set_up(talk: &mut Talk<'_>, admin: &str) {
    let agreement = json!({"id": "onestop", "client_id": "onestop", "procedure_code": "1.004194",
        "operations": ["verify", "lookup", "prefill"], "read_fields": ["identity", "residence"],
        "claim_fields": ["old_id_numbers"], "valid_from": "2020-01-01", "officer": "registered"});
    let scopes: Vec<&str> = SCOPES.split(' ').collect();
    for (path, body) in [
        ("agencies/H29", json!({"code": "H29", "name": AGENCY})),
        ("procedures/1.004194", procedure()),
        (
            "clients/onestop",
            json!({"client_id": "onestop", "agency_code": "H29", "name": AGENCY, "scopes": scopes}),
        ),
        ("agreements/onestop", agreement),
        (
            "officers/o1",
            json!({"id": "o1", "officer_id": OFFICER, "agency_code": "H29", "name": OFFICERS_NAME}),
        ),
    ] {
        let status = talk
            .json(&format!("PUT /v1/admin/{path}"), admin, &body)
            .await;
        assert_eq!(status, 201, "{path} {:?}", talk.refused);
    }
    let changes = json!({"changes": [{"op": "upsert", "revision": 1, "citizen": record()}]});
    let line = "POST /v1/register/changes";
    assert_eq!(
        talk.json(line, admin, &changes).await,
        200,
        "{:?}",
        talk.refused
    );
    assert_eq!(talk.json(line, admin, &changes).await, 200);
}

async fn answered(talk: &mut Talk<'_>, token: &str) {
    let unknown = with(ask(), "subject", json!({"personal_id": UNKNOWN}));
    let old = with(ask(), "subject", json!({"old_id_number": OLD}));
    let wrong = with(
        ask(),
        "claims",
        json!({"full_name": OTHER, "birth_date": DAY}),
    );
    let item = |question: &Value| json!({"ref": REFERENCE, "subject": question["subject"], "claims": question["claims"]});
    for question in [ask(), unknown, old, wrong] {
        let batch = json!({"context": question["context"], "items": [item(&question)]});
        let fields = json!(["full_name", "permanent_residence"]);
        for (line, body) in [
            ("POST /v1/verify", question.clone()),
            (
                "POST /v1/lookup",
                with(question.clone(), "fields", fields.clone()),
            ),
            ("POST /v1/prefill", question.clone()),
            ("POST /v1/verify/batch", batch.clone()),
            ("POST /v1/lookup/batch", with(batch, "fields", fields)),
        ] {
            assert_eq!(
                talk.json(line, token, &body).await,
                200,
                "{line} {:?}",
                talk.refused
            );
        }
    }
    let version = with(
        with(ask(), "fields", json!(["sex"])),
        "known_version",
        json!(VALUE),
    );
    assert_eq!(talk.json("POST /v1/lookup", token, &version).await, 200);
}

/// An officer about themselves and about their father, and numbers that follow each other: signals.
async fn watched(talk: &mut Talk<'_>) {
    let token = talk.process.token_of(
        &json!({"sub": SUB, "client_id": "onestop", "jti": JTI, "scope": SCOPES, "officer_id": NUMBER}),
    );
    let walk = (210..216).map(|running| format!("{}{running}", &NUMBER[..9]));
    for number in [NUMBER.to_owned(), FATHERS_NUMBER.to_owned()]
        .into_iter()
        .chain(walk)
    {
        let mut question = with(ask(), "subject", json!({"personal_id": number}));
        question["context"]["officer_id"] = json!(NUMBER);
        // Not registered, so refused: trying counts.
        let status = talk.json("POST /v1/verify", &token, &question).await;
        assert_eq!(status, 403, "{:?}", talk.refused);
    }
}

/// The signals it told, once every kind is among them that needs no past.
async fn told(process: &Process) -> String {
    crate::support::sealing::until("signals of all kinds", async || {
        let signals = process.signals().await;
        let kinds = [
            "distinct_people",
            "no_match_ratio",
            "sequential_numbers",
            "many_officers",
            "off_hours",
            "self_lookup",
            "relatives_lookup",
        ];
        let is_told = |kind: &&str| signals.contains(*kind);
        kinds.iter().all(is_told).then_some(signals)
    })
    .await
}

async fn refused(talk: &mut Talk<'_>, token: &str) {
    let mut elsewhere = ask();
    elsewhere["context"]["procedure_code"] = json!(PROCEDURE);
    let mut another = ask();
    another["context"]["officer_id"] = json!(VALUE);
    let mut claimed = ask();
    claimed["claims"]["father.full_name"] = json!(FATHER);
    for body in [&elsewhere, &another, &claimed] {
        assert_eq!(talk.json("POST /v1/verify", token, body).await, 403);
    }
    let fields = with(ask(), "fields", json!(["email", "father"]));
    assert_eq!(talk.json("POST /v1/lookup", token, &fields).await, 403);
    let nobody = talk
        .process
        .token_of(&json!({"sub": SUB, "client_id": CLIENT, "jti": JTI,
        "scope": VALUE, "officer_id": OFFICER}));
    assert_eq!(talk.json("POST /v1/verify", &nobody, &ask()).await, 403);
    let little = talk
        .process
        .token("onestop", "citizen:lookup", Some(OFFICER));
    assert_eq!(talk.json("POST /v1/verify", &little, &ask()).await, 403);
}

async fn malformed(talk: &mut Talk<'_>, token: &str, admin: &str) {
    let verify = "POST /v1/verify";
    let json = "Content-Type: application/json\r\n";
    let mut unknown = ask();
    unknown[MEMBER] = json!(VALUE);
    unknown["claims"][MEMBER] = json!({MEMBER: [VALUE]});
    unknown["claims"]["sex"] = json!(VALUE);
    unknown["claims"]["birth_date"] = json!(VALUE);
    unknown["context"]["procedure_code"] = json!(format!("{VALUE} {VALUE}"));
    unknown["context"]["officer_id"] = json!(format!("{OFFICER} "));
    unknown["subject"] = json!({"personal_id": NUMBER, "old_id_number": OLD});
    for (target, token) in [
        ("POST /v1/verify", token),
        ("POST /v1/lookup", token),
        ("POST /v1/prefill", token),
        ("POST /v1/verify/batch", token),
        ("POST /v1/lookup/batch", token),
        ("POST /v1/register/changes", admin),
        ("PUT /v1/admin/agencies/x", admin),
        ("PUT /v1/admin/clients/x", admin),
        ("PUT /v1/admin/procedures/x", admin),
        ("PUT /v1/admin/agreements/x", admin),
        ("PUT /v1/admin/officers/x", admin),
    ] {
        assert_eq!(talk.json(target, token, &unknown).await, 400, "{target}");
        assert_eq!(
            talk.json(target, token, &json!([VALUE])).await,
            400,
            "{target}"
        );
        assert_eq!(
            talk.ask(target, token, json, &format!("{{\"{VALUE}\": {NAME}"))
                .await,
            400
        );
    }
    let mut spoilt = record();
    for (_, value) in spoilt.as_object_mut().unwrap() {
        *value = json!(format!("{VALUE}\u{0}"));
    }
    let changes = json!({"changes": [{"op": VALUE, "revision": VALUE, "citizen": spoilt}]});
    assert_eq!(
        talk.json("POST /v1/register/changes", admin, &changes)
            .await,
        400
    );
    let officer = json!({"id": "o1", "officer_id": format!("{OFFICER} !"), "agency_code": VALUE,
        "name": format!("{OFFICERS_NAME}\u{7f}")});
    assert_eq!(
        talk.json("PUT /v1/admin/officers/o1", admin, &officer)
            .await,
        400
    );
    let body = ask().to_string();
    for (line, headers, status) in [
        (verify, format!("{json}X-Request-Id: {VALUE}\r\n"), 400),
        (verify, format!("Content-Type: text/{VALUE}\r\n"), 415),
        (verify, format!("{json}Content-Encoding: {VALUE}\r\n"), 415),
        (verify, format!("{json}Accept: text/{VALUE}\r\n"), 406),
        (
            verify,
            format!("{json}X-Long: {}\r\n", VALUE.repeat(1200)),
            431,
        ),
        (verify, format!("{json}Content-Length: {VALUE}\r\n"), 400),
        (verify, format!("{json}Transfer-Encoding: {VALUE}\r\n"), 400),
        (verify, format!("{json}Transfer Encoding {VALUE}\r\n"), 400),
        (&*format!("GET /v1/{PATH}"), String::new(), 404),
        (
            &*format!("GET /v1/{PATH}?a={QUERY}&{QUERY}=1"),
            String::new(),
            404,
        ),
        (&*format!("GET /v1/\u{ea}{PATH}"), String::new(), 400),
        (&*format!("{VALUE} /v1/verify?{QUERY}"), String::new(), 405),
        (
            &*format!("POST /v1/verify?personal_id={QUERY}"),
            json.into(),
            200,
        ),
    ] {
        assert_eq!(
            talk.ask(line, token, &headers, &body).await,
            status,
            "{line} {headers}"
        );
    }
    for (line, headers, status) in [
        (
            format!("GET /v1/admin/agencies?cursor={QUERY}%20&{QUERY}=1"),
            String::new(),
            400,
        ),
        (format!("GET /v1/admin/agencies/{PATH}"), String::new(), 404),
        (format!("GET /v1/audit/entries/{PATH}"), String::new(), 404),
        (
            format!("DELETE /v1/admin/officers/{PATH}"),
            String::new(),
            404,
        ),
        (
            "DELETE /v1/admin/officers/o1".into(),
            format!("If-Match: {VALUE}\r\n"),
            400,
        ),
        (
            "DELETE /v1/admin/officers/o1".into(),
            format!("If-Match: \"{VALUE}\"\r\n"),
            412,
        ),
    ] {
        assert_eq!(talk.ask(&line, admin, &headers, "").await, status, "{line}");
    }
    let large = format!("{{\"{VALUE}\":\"{}\"}}", NAME.repeat(6000));
    assert_eq!(talk.ask(verify, token, json, &large).await, 413);
}

/// Tokens that do not do, with something in every part of them.
async fn tokens(talk: &mut Talk<'_>) {
    use base64::Engine as _;
    let part = |text: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let unsigned = format!(
        "{}.{}.{}",
        part(json!({"alg": "ES256", "typ": "at+jwt", "kid": TOKEN, "jku": TOKEN}).to_string()),
        part(json!({"sub": SUB, "jti": JTI, "officer_id": OFFICER, "iss": TOKEN}).to_string()),
        part(TOKEN.into()),
    );
    let wrong = talk
        .process
        .token_of(&json!({"sub": SUB, "client_id": CLIENT, "jti": JTI,
        "scope": SCOPES, "officer_id": format!("{OFFICER} {NAME}")}));
    for token in [
        TOKEN,
        &format!("{TOKEN}.{TOKEN}.{TOKEN}"),
        &unsigned,
        &wrong,
    ] {
        assert_eq!(
            talk.json("POST /v1/verify", token, &ask()).await,
            401,
            "{token}"
        );
    }
    let basic =
        format!("GET /v1/me HTTP/1.1\r\nHost: dancu\r\nAuthorization: Basic {TOKEN}\r\n\r\n");
    let answer = talk.send(basic.into_bytes()).await;
    assert_eq!(answer.status, 401);
    talk.refused.push(answer);
}

/// The database refuses, with messages that quote what it refuses, or is broken.
async fn broken(talk: &mut Talk<'_>, token: &str, admin: &str) {
    let database = talk.process.database().await;
    let run = async |sql: &str| database.batch_execute(sql).await.unwrap();
    let mut another = record();
    another["personal_id"] = json!(UNKNOWN);
    let changes = json!({"changes": [{"op": "upsert", "revision": 1, "citizen": another}]});

    // A constraint whose violation shows the whole row.
    run("ALTER TABLE register.citizen ADD CONSTRAINT none CHECK (false) NOT VALID").await;
    let status = talk
        .json("POST /v1/register/changes", admin, &changes)
        .await;
    assert!(status >= 500, "{status}");
    run("ALTER TABLE register.citizen DROP CONSTRAINT none").await;

    run("ALTER TABLE register.citizen RENAME TO hidden").await;
    let unread = with(ask(), "subject", json!({"personal_id": CARD}));
    assert_eq!(talk.json("POST /v1/verify", token, &unread).await, 503);
    assert!(
        talk.json("POST /v1/register/changes", admin, &changes)
            .await
            >= 500
    );
    run("ALTER TABLE register.hidden RENAME TO citizen").await;

    // An entry that cannot be written: its row is quoted, too.
    run("ALTER TABLE audit.block ADD CONSTRAINT none CHECK (false) NOT VALID").await;
    assert_eq!(talk.json("POST /v1/verify", token, &ask()).await, 503);
    run("ALTER TABLE audit.block DROP CONSTRAINT none").await;
}

/// Every row of every table of the log, as text.
async fn entries(process: &Process) -> Vec<String> {
    let database = process.database().await;
    let tables = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n
        ON n.oid = c.relnamespace WHERE n.nspname = 'audit' AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition";
    let mut rows = Vec::new();
    for table in database.query(tables, &[]).await.unwrap() {
        let all = format!("SELECT t::text FROM {} t", table.get::<_, String>(0));
        let all = database.query(&all, &[]).await.unwrap();
        rows.extend(all.iter().map(|row| row.get::<_, String>(0)));
    }
    rows
}
