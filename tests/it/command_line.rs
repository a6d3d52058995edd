//! The program as a shell starts it: what it prints, how it ends, and what it leaves behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use dancu::clock::vietnam_day;
use dancu::domain::entry::{Decision, Decoded, Operation};
use dancu::embedded::{Options, Postgres};
use dancu::store::Role;
use dancu::synth::Population;
use dancu::synth::history::{History, Outcome};
use jiff::Timestamp;
use jiff::civil::Date;
use rstest::rstest;
use serde_json::Value;

use crate::support;

/// A directory of its own with a configuration in it, removed with whatever lies elsewhere for it.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let home = support::scratch(name);
        fs::create_dir_all(&home).unwrap();
        let text =
            "[http]\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\nworkers = 1\n";
        fs::write(home.join("dancu.toml"), text).unwrap();
        Self(home)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dancu"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts it and waits until it has said a line with `words` in it.
    fn start(&self, arguments: &[&str], words: &str) -> Child {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut all = String::new();
        while !all.contains(words) {
            let more = said.read_line(&mut all).unwrap();
            assert!(more > 0, "it ended: {all}");
        }
        child.stderr = Some(said.into_inner());
        child
    }

    /// The server's process and the directory of its socket.
    fn server(&self) -> (u32, PathBuf) {
        let file = fs::read_to_string(self.0.join("var/cluster/postmaster.pid")).unwrap();
        let line = |at| file.lines().nth(at).unwrap();
        (line(0).parse().unwrap(), line(4).into())
    }

    /// The entries of that operation.
    async fn entries(&self, operation: Operation) -> Vec<Decoded> {
        let mut entries = self.all_entries().await;
        entries.retain(|entry| entry.operation == operation);
        entries
    }

    async fn all_entries(&self) -> Vec<Decoded> {
        let data_dir = self.0.join("var");
        let postgres = Postgres::start(&data_dir, Options::default())
            .await
            .unwrap();
        let client = postgres.database().connect(Role::Owner).await.unwrap();
        let rows = client.query("SELECT entry FROM audit.entry", &[]).await;
        let entries = rows.unwrap().into_iter().map(|row| {
            let entry: Vec<u8> = row.get(0);
            Decoded::from_canonical(&entry).unwrap()
        });
        let found = entries.collect();
        drop(client);
        postgres.stop().await.unwrap();
        found
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Ok(elsewhere) = fs::read_link(self.0.join("var/cluster")) {
            let _ = fs::remove_dir_all(elsewhere.parent().unwrap());
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn is_alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn rest_of(child: &mut Child) -> String {
    let mut said = String::new();
    let stderr = child.stderr.as_mut().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    said
}

#[rstest]
#[case::interrupted("INT")]
#[case::terminated("TERM")]
#[case::without_its_terminal("HUP")]
#[tokio::test]
async fn a_command_that_is_told_to_end_leaves_nothing_running_and_its_entry(#[case] signal: &str) {
    let home = Home::new("told");
    let arguments = ["generate", "--citizens", "100000"];
    let mut command = home.start(&arguments, "5%: ");
    let (server, socket) = home.server();
    assert!(is_alive(server) && socket.exists());

    send(signal, command.id());

    let said = rest_of(&mut command);
    assert_eq!(command.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("told to end before it was done"), "{said}");
    assert!(!is_alive(server) && !socket.exists());
    let entries = home.entries(Operation::CliGenerate).await;
    let decisions: Vec<_> = entries.iter().map(|entry| entry.decision).collect();
    assert_eq!(decisions, [Decision::Failed]);
}

#[test]
fn a_service_that_is_told_to_end_while_it_starts_leaves_nothing_running() {
    let home = Home::new("starting");
    // Enough people that it is still at them when it is told.
    let mut demo = home.start(&["demo", "--citizens", "100000"], "Making 100000 citizens");
    let (server, socket) = home.server();

    send("TERM", demo.id());

    let said = rest_of(&mut demo);
    assert_eq!(demo.wait().unwrap().code(), Some(1), "{said}");
    assert!(!is_alive(server) && !socket.exists());
}

#[tokio::test]
async fn an_import_that_was_killed_goes_on_where_it_was_and_its_last_run_tells_all() {
    let home = Home::new("killed");
    let written = home.run(&["generate", "--citizens", "8000", "--out", "people.ndjson"]);
    assert!(written.status.success());
    // The third line is none.
    let people = home.0.join("people.ndjson");
    let text = fs::read_to_string(&people).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[2] = "{\"personal_id\": \"1\"}";
    fs::write(&people, lines.join("\n")).unwrap();

    let mut import = home.start(&["import", "people.ndjson"], "%: ");
    send("KILL", import.id());
    import.wait().unwrap();
    let again = home.run(&["import", "people.ndjson"]);

    let said = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(1), "a line was rejected: {said}");
    assert!(
        said.contains("going on from line") && said.contains("7999 applied, 0 ignored, 1 rejected"),
        "{said}"
    );
    let rejects = fs::read_to_string(home.0.join("people.ndjson.rejects.ndjson")).unwrap();
    let rejects: Vec<Value> = rejects
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rejects.len(), 1);
    assert_eq!(rejects[0]["line"], 3);
    let entries = home.entries(Operation::CliImport).await;
    let counts: Vec<_> = entries
        .iter()
        .map(|entry| (entry.decision, entry.count, entry.skipped))
        .collect();
    assert_eq!(counts, [(Decision::Done, Some(7_999), Some(1))]);
}

#[tokio::test]
async fn the_demonstration_prints_lines_that_work_with_the_answers_they_give() {
    let home = Home::new("demonstration");
    let mut demo = home
        .command(&["demo", "--citizens", "1000", "--history", "1"])
        .spawn()
        .unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("Ctrl-C ends") {
        assert!(said.read_line(&mut text).unwrap() > 0, "it ended: {text}");
    }
    let curls = text
        .lines()
        .filter(|line| line.starts_with("curl "))
        .count();
    let answers: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# → "))
        .map(|answer| serde_json::from_str(answer).unwrap())
        .collect();
    assert_eq!((curls, answers.len()), (9, 6));
    let [matched, unmatched, looked_up, prefilled, refused, entry] = &answers[..] else {
        panic!("six answers");
    };
    assert_eq!(matched["result"], "match");
    assert_eq!(unmatched["result"], "no_match");
    assert_eq!(
        looked_up["citizen"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["full_name", "permanent_residence", "sex"]
    );
    assert_eq!(prefilled["form_code"], "CT01");
    assert_eq!(refused["code"], "procedure_not_permitted");
    assert_eq!(entry["audit_id"], matched["audit_id"]);
    let line = |words: &str| text.lines().find(|line| line.contains(words)).unwrap();
    let shown = line("/log/checkpoint").strip_prefix("curl -s ").unwrap();
    let checkpoint = support::sealing::until("a checkpoint", async || {
        let answer = reqwest::get(shown).await.unwrap();
        (answer.status() == 200).then_some(answer)
    });
    let checkpoint = checkpoint.await.text().await.unwrap();
    assert!(
        checkpoint.starts_with("dancu.example/log/1\n"),
        "{checkpoint}"
    );
    let mut proving = Command::new("sh");
    proving
        .args(["-c", line(" audit verify ")])
        .current_dir(&home.0);
    let proven = proving.output().unwrap();
    let said = String::from_utf8_lossy(&proven.stderr);
    assert!(
        proven.status.success() && said.contains("Nothing is wrong"),
        "{said}"
    );
    assert!(!said.contains("WARNING"), "{said}");
    assert!(
        said.contains("1 lanes were opened for days that were over"),
        "{said}"
    );

    send("INT", demo.id());
    assert_eq!(demo.wait().unwrap().code(), Some(0));
}

/// Starts a demonstration and reads what it prints until it has printed all.
fn demonstration(home: &Home, history: &str) -> (Child, String) {
    let arguments = ["demo", "--citizens", "2000", "--history", history];
    let mut demo = home.command(&arguments).spawn().unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("Ctrl-C ends") {
        assert!(said.read_line(&mut text).unwrap() > 0, "it ended: {text}");
    }
    (demo, text)
}

fn ended(mut demo: Child) -> String {
    send("INT", demo.id());
    let said = rest_of(&mut demo);
    assert_eq!(demo.wait().unwrap().code(), Some(0), "{said}");
    said
}

#[tokio::test]
async fn the_history_is_what_was_drawn_is_counted_by_its_days_and_is_made_once() {
    let home = Home::new("history");
    let (demo, text) = demonstration(&home, "9");
    let told = fs::read_to_string(home.0.join("var/planted.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let day = |member: &str| told[member].as_str().unwrap().parse::<Date>().unwrap();
    let today = day("last_day");
    // Whatever was drawn of the days that were over.
    let population = Population::new(1, 2_000);
    let history = History::new(&population, 1, today, Timestamp::MAX, 9);
    assert_eq!(history.days()[0], day("first_day"));
    let mut drawn = BTreeMap::new();
    let mut by_day = BTreeMap::new();
    for &day in history.days().iter().filter(|day| **day < today) {
        for ask in history.asks(day) {
            for (_, outcome) in &ask.people {
                // Whoever is turned away before it asks has named no procedure.
                let suspended = *outcome == Outcome::Refused("client_suspended");
                let procedure = if suspended { "" } else { ask.procedure };
                let key = (
                    day,
                    ask.client.to_owned(),
                    procedure.to_owned(),
                    outcome.decision(),
                );
                *drawn.entry(key).or_insert(0) += 1;
                *by_day.entry(day.to_string()).or_insert(0) += 1;
            }
        }
    }
    let (address, token) = inspector(&text);
    let counted = support::sealing::until("all is searchable", async || {
        let answer = reqwest::Client::new()
            .post(format!("{address}/v1/audit/statistics"))
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(format!("{{\"group_by\":[\"day\"],\"to\":\"{today}\"}}"))
            .send()
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        // While the machine has much else to do, the question may not be answered in time.
        let rows = answer["rows"].as_array()?.iter();
        let row = |row: &Value| {
            let day = row["day"].as_str().unwrap().to_owned();
            (day, row["requests"].as_i64().unwrap())
        };
        let counted: BTreeMap<_, _> = rows.map(row).collect();
        (counted.values().sum::<i64>() >= by_day.values().sum()).then_some(counted)
    });
    assert_eq!(counted.await, by_day);
    let said = ended(demo);
    assert!(said.contains("an access history of 9 days"), "{said}");

    let (again, _) = demonstration(&home, "9");
    let said = ended(again);
    assert!(!said.contains("history"), "{said}");
    let made = home.entries(Operation::CliHistory).await;
    assert_eq!(made.len(), 1);
    assert!(made[0].count.unwrap() >= by_day.values().sum::<i64>().cast_unsigned());
    let mut recorded = BTreeMap::new();
    for entry in home.all_entries().await {
        let day = vietnam_day(entry.stamp.at);
        if day < today && !entry.operation.as_str().starts_with("lane.") {
            let client = entry.client_id.unwrap();
            let procedure = entry.procedure_code.unwrap_or_default();
            let key = (day, client, procedure, entry.decision.as_str());
            *recorded.entry(key).or_insert(0) += 1;
        }
    }
    assert_eq!(recorded, drawn);
}

/// Where a demonstration listens, and the token of its inspector.
fn inspector(text: &str) -> (String, String) {
    let token = text
        .lines()
        .find_map(|line| line.strip_prefix("INSPECTOR="));
    let address = text.lines().find_map(|line| line.strip_prefix("curl -s "));
    let address = address.unwrap().split("/v1/").next().unwrap();
    (address.to_owned(), token.unwrap().to_owned())
}

/// Whether a signal is of that abuse: of its kind and time, and about whoever is behind it.
fn is_of(signal: &Value, planted: &Value) -> bool {
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let kind = signal["kind"].as_str().unwrap();
    let who = match signal["actor"].as_str().unwrap() {
        "officer" => signal["officer"] == planted["officer_id"],
        "person" => signal["subject"] == planted["subject"],
        // What one officer walks along, their system does too; nothing else is told of both.
        "client" => {
            signal["client_id"] == planted["client_id"]
                && (planted["officer_id"].is_null() || kind == "sequential_numbers")
        }
        other => panic!("{other}"),
    };
    who && signal["kind"] == planted["kind"]
        && time(&signal["from"]) <= time(&planted["to"])
        && time(&planted["from"]) < time(&signal["to"])
}

/// Abuses and signals side by side: what belongs together, then what is alone on either side.
fn side_by_side(planted: &[Value], raised: &[Value]) -> String {
    let line = |of: &Value, members: &[&str]| {
        let texts = members
            .iter()
            .map(|member| of[*member].as_str().unwrap_or("-"));
        texts.collect::<Vec<_>>().join(" ")
    };
    let was = |of: &Value| {
        line(
            of,
            &["kind", "client_id", "officer_id", "subject", "from", "to"],
        )
    };
    let is = |of: &Value| {
        line(
            of,
            &[
                "kind",
                "actor",
                "client_id",
                "officer",
                "subject",
                "from",
                "to",
            ],
        )
    };
    let mut text = String::new();
    for abuse in planted {
        let of_it: Vec<String> = raised
            .iter()
            .filter(|it| is_of(it, abuse))
            .map(is)
            .collect();
        let told = if of_it.is_empty() {
            "NOT FOUND".to_owned()
        } else {
            of_it.join("\n    ")
        };
        text += &format!("{}\n    {told}\n", was(abuse));
    }
    let alone = |signal: &&Value| !planted.iter().any(|abuse| is_of(signal, abuse));
    for signal in raised.iter().filter(alone) {
        text += &format!("NOT PLANTED\n    {}\n", is(signal));
    }
    text
}

#[tokio::test]
async fn every_planted_abuse_is_a_signal_and_nothing_else_is() {
    let home = Home::new("planted");
    let (demo, text) = demonstration(&home, "14");
    let told = fs::read_to_string(home.0.join("var/planted.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let planted = told["planted"].as_array().unwrap();
    let kinds: BTreeSet<&str> = planted
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    // Soon after a long holiday nothing is usual yet, and so nothing sudden.
    assert!(kinds.len() >= 7, "{kinds:?}");
    let (address, token) = inspector(&text);
    let http = reqwest::Client::new();
    // All of the history was sealed before the service began.
    let head = http
        .get(format!("{address}/log/checkpoint"))
        .send()
        .await
        .unwrap();
    let head = head.text().await.unwrap();
    let leaves: u64 = head.lines().nth(1).unwrap().parse().unwrap();
    let mut raised = Vec::new();
    support::within(
        "all of it was looked at",
        Duration::from_secs(300),
        async || {
            let answer = http
                .post(format!("{address}/v1/audit/signals"))
                .bearer_auth(&token)
                .header("content-type", "application/json")
                .body("{\"limit\": 500, \"reveal\": true, \"reason\": \"x\"}")
                .send()
                .await
                .unwrap();
            let page: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert!(page["next_cursor"].is_null());
            raised = page["signals"].as_array().unwrap().clone();
            page["complete_to_index"]
                .as_u64()
                .is_some_and(|index| index + 1 >= leaves)
        },
    )
    .await;
    ended(demo);
    let is_found = |abuse: &Value| raised.iter().any(|signal| is_of(signal, abuse));
    let is_planted = |signal: &Value| planted.iter().any(|abuse| is_of(signal, abuse));
    assert!(
        planted.iter().all(is_found) && raised.iter().all(is_planted),
        "{}",
        side_by_side(planted, &raised)
    );
}

#[tokio::test]
async fn no_history_is_made_where_none_is_wanted_or_the_log_was_shown_before() {
    let home = Home::new("no-history");
    let (demo, text) = demonstration(&home, "0");
    assert!(!text.contains("planted"), "{text}");
    ended(demo);
    let (again, _) = demonstration(&home, "3");
    ended(again);
    assert!(home.entries(Operation::CliHistory).await.is_empty());
    assert!(!home.0.join("var/planted.json").exists());
}

#[test]
fn the_exit_code_tells_done_from_failed_from_misused() {
    let home = Home::new("codes");
    let code = |arguments: &[&str]| home.run(arguments).status.code();
    assert_eq!(code(&["config"]), Some(0));
    assert_eq!(code(&["openapi"]), Some(0));
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["import", "nowhere.ndjson"]), Some(1));
    assert_eq!(code(&["procedures", "check", "nowhere.json"]), Some(1));
    assert_eq!(code(&["config", "--config", "nowhere.toml"]), Some(1));
    assert_eq!(code(&["imprt"]), Some(2));
    assert_eq!(code(&["generate"]), Some(2));
    assert_eq!(code(&[]), Some(2));
}

#[test]
fn what_looks_at_a_log_makes_no_empty_one_where_there_is_none() {
    let home = Home::new("elsewhere");
    let adopt = ["audit", "adopt-second-place"];
    for command in [["audit", "verify"].as_slice(), &adopt] {
        let done = home.run(command);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{command:?}: {said}");
        assert!(said.contains("there is no database in"), "{said}");
        assert!(!home.0.join("var").exists(), "{command:?}");
    }
}

#[tokio::test]
async fn verifying_the_log_says_by_its_exit_code_what_it_found() {
    let home = Home::new("verify");
    fs::write(home.0.join("nobody.ndjson"), "").unwrap();
    assert!(home.run(&["import", "nobody.ndjson"]).status.success());
    let verify = || home.run(&["audit", "verify", "--json"]);
    let good = verify();
    let said = String::from_utf8_lossy(&good.stderr).into_owned();
    assert_eq!(good.status.code(), Some(0), "{said}");
    assert!(
        said.contains("Nothing is wrong") && said.contains("proves nothing"),
        "{said}"
    );
    let data_dir = home.0.join("var");
    let postgres = Postgres::start(&data_dir, Options::default())
        .await
        .unwrap();
    let client = postgres.database().connect(Role::Owner).await.unwrap();
    let tamper = "UPDATE audit.entry SET at = at + interval '1 ms'
        WHERE operation = 'cli.import'";
    client.batch_execute(support::TAMPERING).await.unwrap();
    assert_eq!(client.execute(tamper, &[]).await.unwrap(), 1);
    drop(client);
    postgres.stop().await.unwrap();
    let bad = verify();
    assert_eq!(bad.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&bad.stdout).unwrap();
    assert_eq!(report["first"]["kind"], "column_differs");
    assert_eq!(report["first"]["detail"], "at");
    assert!(report["first"]["audit_id"].is_string(), "{report}");
    for usage in [
        ["--key", "no key"].as_slice(),
        &["--url", "http://127.0.0.1:1"],
        &["--keep", "file"],
        &[
            "--url",
            "http://127.0.0.1:1",
            "--key",
            "x+1+y",
            "--entries",
            "3",
        ],
    ] {
        let arguments = [&["audit", "verify"], usage].concat();
        assert_eq!(home.run(&arguments).status.code(), Some(2), "{usage:?}");
    }
}
