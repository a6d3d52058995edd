//! The example that is handed to auditors, `docs/examples/check_proof.py`, on real proofs and on forged
//! ones.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::{has, skipped};
use crate::support::app::{TestApp, an, question};
use crate::support::scratch;
use crate::support::sealing::{Seen, sealing};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/check_proof.py");

/// Where proofs lie that the script is to check.
struct Desk(PathBuf);

impl Desk {
    fn new() -> Self {
        let directory = scratch("proofs");
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn check(&self, proof: &Value, key: &str) -> Output {
        let path = self.0.join("proof.json");
        std::fs::write(&path, proof.to_string()).unwrap();
        run(&path, key)
    }

    #[track_caller]
    fn assert_refused(&self, proof: &Value, key: &str, why: &str) {
        let output = self.check(proof, key);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(text, format!("NOT PROVEN: {why}\n"));
    }
}

fn run(proof: &Path, key: &str) -> Output {
    // Compiled Python is not left beside the example.
    let mut python = Command::new("python3");
    python.arg("-B").arg(SCRIPT).arg(proof).arg(key);
    python.output().unwrap()
}

async fn verified(app: &TestApp) -> String {
    let scopes = ["citizen:verify"];
    app.enrol("onestop", &scopes, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    let answer = app.post("/v1/verify", &token, &question()).await.json();
    answer["audit_id"].as_str().unwrap().to_owned()
}

/// The text with another character at that place of the alphabet of base64.
fn flipped(text: &Value, at: usize) -> Value {
    let mut text = text.as_str().unwrap().to_owned();
    let other = if text[at..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    text.replace_range(at..=at, other);
    text.into()
}

#[test]
fn the_proof_beside_the_python_example_holds() {
    if !has("python3", "--version") {
        return skipped("the Python example", "there is no python3");
    }
    let beside = Path::new(SCRIPT).parent().unwrap();
    let output = run(
        &beside.join("proof.json"),
        beside.join("log-key").to_str().unwrap(),
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
}

#[actix_web::test]
async fn the_python_example_accepts_a_proof_and_no_forgery_of_it() {
    if !has("python3", "--version") {
        return skipped("the Python example", "there is no python3");
    }
    let app = sealing().await;
    let id = verified(&app).await;
    app.leave_entries(300).await;
    let log = Seen::of(&app);
    log.checkpoint(300).await;
    let proof = app.proof(&id).await;
    let key = log.keys().await[0].to_string();
    let desk = Desk::new();

    let output = desk.check(&proof, &key);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(
        text.starts_with(&format!("proven: entry {id} is leaf ")),
        "{text}"
    );
    let file = desk.0.join("key");
    std::fs::write(&file, format!("{key}\n")).unwrap();
    assert!(desk.check(&proof, file.to_str().unwrap()).status.success());

    let no_root = "the proof does not lead to the checkpoint's root";
    let changed = |member: &str, value: Value| {
        let mut forged = proof.clone();
        forged[member] = value;
        forged
    };
    let entry = changed("entry", flipped(&proof["entry"], 30));
    desk.assert_refused(&entry, &key, no_root);
    let index = proof["index"].as_u64().unwrap();
    desk.assert_refused(&changed("index", (index ^ 1).into()), &key, no_root);
    desk.assert_refused(
        &changed("index", 1_000_000.into()),
        &key,
        "the tree has no leaf of that index",
    );
    let hashes = proof["inclusion_proof"].as_array().unwrap();
    for place in 0..hashes.len() {
        let mut forged = proof.clone();
        forged["inclusion_proof"][place] = flipped(&hashes[place], 10);
        desk.assert_refused(&forged, &key, no_root);
    }
    let shorter = changed("inclusion_proof", hashes[1..].into());
    desk.assert_refused(&shorter, &key, "the proof is too short");
    let longer = [&hashes[..], &hashes[..1]].concat();
    desk.assert_refused(
        &changed("inclusion_proof", longer.into()),
        &key,
        "the proof is too long",
    );
    let other = changed("audit_id", "019aa3f2-6f00-7d4e-8c15-1d0f6b2a90e7".into());
    desk.assert_refused(&other, &key, "the entry has another id");

    let note = proof["checkpoint"].as_str().unwrap();
    let root = note.match_indices('\n').nth(1).unwrap().0 + 1;
    let signature = note.rfind(' ').unwrap() + 20;
    let wrong = "the checkpoint's signature is wrong";
    for place in [root, signature] {
        let forged = changed("checkpoint", flipped(&proof["checkpoint"], place));
        desk.assert_refused(&forged, &key, wrong);
    }
    let larger = note.replacen('\n', "\n1", 1);
    desk.assert_refused(&changed("checkpoint", larger.into()), &key, wrong);

    let stranger = sealing().await;
    let log = Seen::of(&stranger);
    stranger.leave_entries(1).await;
    log.checkpoint(1).await;
    let others = log.keys().await[0].to_string();
    let unsigned = "the checkpoint is not signed by this key";
    desk.assert_refused(&proof, &others, unsigned);
    let (name, rest) = key.split_once('+').unwrap();
    let renamed = format!("{name}.example+{rest}");
    desk.assert_refused(&proof, &renamed, "the key's id is not its own");
    desk.assert_refused(
        &json!([]),
        &key,
        "list indices must be integers or slices, not str",
    );
    stranger.stop().await;
    app.stop().await;
}
