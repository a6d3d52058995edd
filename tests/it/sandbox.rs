//! The demonstration's page of trials: every line is pasted, and answered as the page says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::command_line::{Home, demonstration, ended};

/// What the page shows of one trial.
struct Trial {
    request: String,
    answer: String,
}

#[tokio::test]
async fn every_request_of_the_sandbox_is_answered_as_it_says() {
    let home = Home::new("sandbox");
    let (demo, text) = demonstration(&home, "0");
    let address = text
        .split_once("http://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map(|(address, _)| format!("http://{address}"))
        .unwrap();
    let tokens: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase()))
        .collect();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = async |language: &str| {
        let page = http.get(format!("{address}/sandbox?lang={language}"));
        let page = page.send().await.unwrap();
        assert_eq!(page.status(), 200);
        page.text().await.unwrap()
    };
    let (english, vietnamese) = (page("en").await, page("vi").await);
    for page in [&english, &vietnamese] {
        assert!(!page.contains("<script") && !page.contains("style="));
    }
    assert!(english.contains("<h1>Sandbox</h1>"));
    assert!(vietnamese.contains("lang=\"vi\"") && !vietnamese.contains("<h1>Sandbox</h1>"));

    let trials = trials(&english);
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for Trial { request, answer } in &trials {
        let (status, expected) = answer.split_once(' ').unwrap();
        let expected: Value = serde_json::from_str(expected).unwrap();
        let given = send(&http, &address, &tokens, request).await;
        if given.0 != status.parse::<u16>().unwrap() || !fits(&expected, &given.1, given.0 != 200) {
            wrong.push(format!(
                "{request}\n  says {answer}\n  got  {} {}",
                given.0, given.1
            ));
        }
        seen.extend(words(&expected));
    }
    ended(demo);

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What the page has somebody for.
    for word in WORDS {
        assert!(seen.contains(*word), "nothing shows {word}");
    }
}

/// Words of answers, each of which some trial shows.
const WORDS: &[&str] = &[
    "agreement_missing",
    "agreement_not_in_force",
    "ambiguous",
    "canonical",
    "claim_not_permitted",
    "client_suspended",
    "deceased",
    "exact",
    "field_not_permitted",
    "folded",
    "full",
    "malformed_json",
    "mapped",
    "match",
    "missing",
    "no_match",
    "not_recorded",
    "number_cancelled",
    "officer_not_permitted",
    "operation_not_permitted",
    "partial",
    "procedure_not_permitted",
    "protected",
    "scope",
    "scope_missing",
    "superseded_by",
    "token_missing",
    "validation_failed",
    "warnings",
    "withheld",
];

/// The code blocks of the page, two a trial.
fn trials(page: &str) -> Vec<Trial> {
    let blocks: Vec<String> = page
        .split("<pre ")
        .skip(1)
        .map(|block| {
            let (_, code) = block.split_once("<code>").unwrap();
            plain(code.split_once("</code>").unwrap().0)
        })
        .collect();
    let pair = |pair: &[String]| Trial {
        request: pair[0].clone(),
        answer: pair[1].clone(),
    };
    assert!(
        blocks.len().is_multiple_of(2) && blocks.len() >= 80,
        "{}",
        blocks.len()
    );
    blocks.chunks(2).map(pair).collect()
}

/// HTML without its references to characters, which are all by number.
fn plain(html: &str) -> String {
    let mut pieces = html.split("&#");
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once(';').unwrap();
        text.push(char::from_u32(number.parse().unwrap()).unwrap());
        text.push_str(rest);
    }
    text
}

/// Sends what a shell would send.
async fn send(
    http: &reqwest::Client,
    address: &str,
    tokens: &BTreeMap<&str, &str>,
    request: &str,
) -> (u16, Value) {
    let rest = request.strip_prefix(&format!("curl -s {address}")).unwrap();
    let (path, rest) = rest.split_once(' ').unwrap();
    let (head, body) = rest.split_once("-d '").unwrap();
    let body = body.strip_suffix('\'').unwrap();
    assert!(!body.contains('\''), "a shell would end it there: {body}");
    let mut request = http.post(format!("{address}{path}"));
    if let Some((_, name)) = head.split_once("-H \"Authorization: Bearer $") {
        request = request.bearer_auth(tokens[name.split_once('"').unwrap().0]);
    }
    assert!(
        head.contains("-H 'Content-Type: application/json'"),
        "{head}"
    );
    let request = request.header("content-type", "application/json");
    let answer = request.body(body.to_owned()).send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
    )
}

/// Whether what was answered is what was said: `…` is any text, and of problems there may be more.
fn fits(said: &Value, given: &Value, more: bool) -> bool {
    match (said, given) {
        (Value::String(said), Value::String(_)) if said == "…" => true,
        (Value::Object(said), Value::Object(given)) => {
            let alike = |(name, value): (&String, &Value)| {
                given
                    .get(name)
                    .is_some_and(|given| fits(value, given, more))
            };
            said.iter().all(alike) && (more || said.len() == given.len())
        }
        (Value::Array(said), Value::Array(given)) => {
            let alike = |(said, given)| fits(said, given, more);
            said.len() == given.len() && said.iter().zip(given).all(alike)
        }
        (said, given) => said == given,
    }
}

/// Every name and every text in a value.
fn words(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => BTreeSet::from([text.clone()]),
        Value::Array(items) => items.iter().flat_map(words).collect(),
        Value::Object(members) => {
            let names = members.keys().cloned();
            names.chain(members.values().flat_map(words)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => BTreeSet::new(),
    }
}
