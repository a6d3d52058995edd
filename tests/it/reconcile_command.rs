//! `dancu audit reconcile`, as an operator types it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use dancu::clock::vietnam_day;
use dancu::embedded::{Options, Postgres};
use dancu::store::Role;
use serde_json::{Value, json};

use crate::support::scratch;

/// A log with two days that are over, of two clients, all of it searchable.
const LOG: &str = "
    SELECT audit.create_partition('2026-01-05'), audit.create_partition('2026-01-06');
    INSERT INTO audit.epoch (epoch, origin) VALUES (1, 'x/log/1') ON CONFLICT DO NOTHING;
    CREATE TABLE recorded AS
    SELECT n, CASE n % 10 WHEN 0 THEN 'other' ELSE 'onestop' END AS client_id,
           '2026-01-05 08:00+07'::timestamptz + n * INTERVAL '1 second'
               + (CASE WHEN n > 90 THEN INTERVAL '1 day' ELSE INTERVAL '0' END) AS at
    FROM generate_series(1, 100) AS n;
    ALTER TABLE recorded ADD audit_id uuid;
    UPDATE recorded SET audit_id = (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '70008' || lpad(to_hex(n), 15, '0'))::uuid;
    INSERT INTO audit.lane (lane_id, day, process, closed_at, acknowledged) OVERRIDING SYSTEM VALUE
    VALUES (900, '2026-01-05', 'x', now(), 89), (901, '2026-01-06', 'x', now(), 9);
    -- A map of the client and the id, which is all that is asked for here.
    INSERT INTO audit.block (at, lane_id, first_seq, count, entries)
    SELECT at, CASE WHEN n > 90 THEN 901 ELSE 900 END, CASE WHEN n > 90 THEN n - 91 ELSE n - 1 END, 1,
           ARRAY['\\xa20d'::bytea || set_byte('\\x60'::bytea, 0, 96 + length(client_id))
               || convert_to(client_id, 'UTF8') || '\\x182450'::bytea || uuid_send(audit_id)]
    FROM recorded;
    INSERT INTO audit.lane_sealed VALUES (900, 90, true), (901, 10, true);
    INSERT INTO audit.sealed (epoch, first_index, lane_id, first_seq, count)
    VALUES (1, 0, 900, 0, 90), (1, 90, 901, 0, 10);
    INSERT INTO audit.search_entry (position, at, audit_id, client_id, operation, decision, disclosed, papers)
    SELECT n, at, audit_id, client_id, 'verify', 'match', 0, 0 FROM recorded;
    UPDATE audit.search_progress SET next_index = 100";

struct Place {
    directory: PathBuf,
    config: PathBuf,
    postgres: Postgres,
    /// The client's ids of the day, in ascending order.
    ids: Vec<String>,
    /// One of another client, one of another day.
    others: [String; 2],
}

impl Place {
    async fn new() -> Self {
        let directory = scratch("reconcile command");
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("dancu.toml");
        fs::write(&config, format!("data_dir = {directory:?}\n")).unwrap();
        let postgres = Postgres::start(&directory, Options::default()).await;
        let mut place = Self {
            directory,
            config,
            postgres: postgres.unwrap(),
            ids: Vec::new(),
            others: [String::new(), String::new()],
        };
        // Migrates, and writes a lane of its own.
        assert!(place.run(&["keys", "rotate-month"]).status.success());
        place.sql(LOG).await;
        place.ids = place
            .rows("SELECT audit_id::text FROM recorded WHERE client_id = 'onestop' AND n <= 90 ORDER BY 1")
            .await;
        let others = "SELECT audit_id::text FROM recorded WHERE n IN (10, 91) ORDER BY n";
        place.others = place.rows(others).await.try_into().unwrap();
        place
    }

    async fn sql(&self, sql: &str) {
        let owner = self.postgres.database().connect(Role::Owner).await.unwrap();
        owner.batch_execute(sql).await.unwrap();
    }

    async fn rows(&self, sql: &str) -> Vec<String> {
        let owner = self.postgres.database().connect(Role::Owner).await.unwrap();
        let rows = owner.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(words)
            .arg("--config")
            .arg(&self.config)
            .current_dir(&self.directory)
            .output()
            .unwrap()
    }

    /// Compares that file with the day; what is said, and the report.
    fn compare(&self, name: &str, journal: impl AsRef<[u8]>, code: i32) -> (String, Value) {
        fs::write(self.directory.join(name), journal).unwrap();
        let words = [
            "audit",
            "reconcile",
            name,
            "--client",
            "onestop",
            "--day",
            "2026-01-05",
        ];
        let output = self.run(&[&words[..], &["--json", "--list", "3"]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {said}");
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (said, report)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_is_compared_with_the_log_and_the_comparison_is_recorded() {
    let place = Place::new().await;
    let mut shuffled = place.ids.clone();
    shuffled.reverse();
    let lines = shuffled.join("\n");
    let objects: Vec<String> = shuffled
        .iter()
        .map(|id| json!({"at": 1, "audit_id": id}).to_string())
        .collect();
    let upper = lines.to_uppercase();
    for (name, journal) in [
        ("ids.txt", lines.clone()),
        ("bom.txt", format!("\u{feff}{upper}\r\n")),
        ("a.ndjson", objects.join("\n")),
        (
            "a.csv",
            format!(
                "\u{feff}nr,audit_id\r\n1,{}\r\n",
                lines.replace('\n', "\r\n1,")
            ),
        ),
    ] {
        let (said, report) = place.compare(name, journal, 0);
        assert!(
            said.contains("81 agree") && said.contains("Both are equal"),
            "{said}"
        );
        assert_eq!(report["is_equal"], true, "{name}");
        assert_eq!(report["journal"], report["log"]);
    }
    // As anybody computes it, and as the API does.
    let sum = "LC_ALL=C sort ids.txt | sha256sum";
    fs::write(place.directory.join("ids.txt"), format!("{lines}\n")).unwrap();
    let sum = Command::new("sh")
        .args(["-c", sum])
        .current_dir(&place.directory)
        .output()
        .unwrap();
    let (_, report) = place.compare("a.txt", &lines, 0);
    let digest = report["log"]["digest"].as_str().unwrap();
    assert!(String::from_utf8(sum.stdout).unwrap().starts_with(digest));
    let owner = place
        .postgres
        .database()
        .connect(Role::Owner)
        .await
        .unwrap();
    let api = include_str!("../../sql/queries/search/reconcile.sql");
    let (from, to) = ("2026-01-04T17:00:00Z", "2026-01-05T17:00:00Z");
    let [from, to]: [jiff::Timestamp; 2] = [from, to].map(|it| it.parse().unwrap());
    let none: Option<Vec<String>> = None;
    let row = owner
        .query_one(api, &[&"onestop", &from, &to, &none])
        .await
        .unwrap();
    assert_eq!(hex::encode(row.get::<_, &[u8]>("digest")), digest);

    let entry = report["audit_id"].as_str().unwrap();
    let recorded =
        format!("SELECT operation || ' ' || decision FROM audit.entry WHERE audit_id = '{entry}'");
    assert_eq!(place.rows(&recorded).await, ["audit.reconciliation done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_told_by_its_kind() {
    let place = Place::new().await;
    let [of_other, of_tomorrow] = &place.others;
    let unknown = [
        "019b8b4f-6c00-7000-8000-00000000ffff",
        "00000000-0000-4000-8000-000000000000",
    ];
    let mut journal = place.ids[2..].to_vec();
    journal.push(place.ids[5].clone());
    journal.extend([of_other.clone(), of_tomorrow.clone()]);
    journal.extend(unknown.map(String::from));
    let (said, report) = place.compare("differs.txt", journal.join("\n"), 1);
    assert_eq!(report["is_equal"], false);
    assert_eq!(report["agreeing"], 79);
    assert_eq!(
        report["only_in_log"],
        json!({"count": 2, "listed": &place.ids[..2]})
    );
    assert_eq!(
        report["repeated"],
        json!({"count": 1, "listed": [place.ids[5]]})
    );
    assert_eq!(
        report["of_other_clients"]["listed"],
        json!([{"audit_id": of_other, "client_id": "other"}])
    );
    assert_eq!(
        report["of_other_days"]["listed"],
        json!([{"audit_id": of_tomorrow, "day": "2026-01-06"}])
    );
    assert_eq!(report["unknown"]["count"], 2);
    for words in [
        "2 in the journal that the log does not hold. GRAVE",
        unknown[0],
        "1 in the journal are of other clients",
        &format!("{of_other} of other"),
        "THEY DIFFER: 4 only in the journal, 2 only in the log",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Of many, as many are listed as were asked for.
    let (said, report) = place.compare("empty.txt", "", 1);
    assert_eq!(report["only_in_log"]["count"], 81);
    assert_eq!(report["only_in_log"]["listed"].as_array().unwrap().len(), 3);
    assert!(said.contains("and 78 more"), "{said}");
    // What is searched is not believed where the log has more.
    let removed = format!(
        "DELETE FROM audit.search_entry WHERE audit_id = '{}'",
        place.ids[3]
    );
    place.sql(&removed).await;
    let (said, report) = place.compare("all.txt", place.ids.join("\n"), 1);
    assert_eq!(report["unsearchable"]["listed"], json!([place.ids[3]]));
    assert!(
        said.contains("GRAVE: what is searched is not the log"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_journal_is_read_to_its_end_and_never_echoed() {
    let place = Place::new().await;
    let ids = place.ids.join("\n");
    let (bell, red) = ("\u{7}\u{7}", "\u{1b}[31mSECRET\u{202e}");
    let long = "SECRET".repeat(500_000);
    let hostile = [
        (
            "line.txt",
            format!("{red}{bell}\n{ids}\n{long}\n").into_bytes(),
        ),
        (
            "bytes.txt",
            [ids.as_bytes(), b"\n\xff\xfeSECRET\0\n"].concat(),
        ),
        (
            "a.ndjson",
            format!("{{\"audit_id\":\"{red}\"}}\n{{\"audit_id\": SECRET\n[[[[[").into_bytes(),
        ),
        ("a.csv", format!("audit_id,x\n{red},{bell}\n").into_bytes()),
    ];
    for (name, journal) in hostile {
        let (said, report) = place.compare(name, journal, 1);
        assert!(
            report["lines"]["unreadable"].as_u64().unwrap() > 0,
            "{name}"
        );
        let text = format!("{said}{report}");
        assert!(!text.contains("SECRET"), "{name}");
        let shown = text.chars().filter(|c| c.is_control() && *c != '\n');
        assert_eq!(shown.count(), 0, "{name}: {text}");
    }
    for (name, journal, words) in [
        (
            "open.csv",
            format!("audit_id\n\"{long}").into_bytes(),
            "is a quote not closed?",
        ),
        (
            "none.csv",
            b"SECRET\n".to_vec(),
            "has not one column `audit_id`",
        ),
        ("wide.txt", b"\xff\xfeS\0".to_vec(), "is UTF-16"),
    ] {
        let (said, _) = place.compare(name, journal, 1);
        assert!(
            said.contains(words) && !said.contains("SECRET"),
            "{name}: {said}"
        );
    }
    let failed = "SELECT count(*)::text FROM audit.entry
        WHERE operation = 'audit.reconciliation' AND decision = 'failed'";
    assert_eq!(place.rows(failed).await, ["3"], "attempts are recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_compared_only_when_all_of_it_can_be_searched() {
    let place = Place::new().await;
    let ids = place.ids.join("\n");
    for (change, words, back) in [
        (
            "UPDATE audit.search_progress SET next_index = 89",
            "1 have leaves that are not taken in",
            "UPDATE audit.search_progress SET next_index = 90",
        ),
        (
            "UPDATE audit.lane SET closed_at = NULL WHERE lane_id = 900",
            "1 lanes have no end",
            "UPDATE audit.lane SET closed_at = now() WHERE lane_id = 900",
        ),
        (
            "UPDATE audit.lane_sealed SET next_seq = 89 WHERE lane_id = 900",
            "1 have entries that are not sealed",
            "UPDATE audit.lane_sealed SET next_seq = 90 WHERE lane_id = 900",
        ),
        (
            "ALTER TABLE audit.block DETACH PARTITION audit.block_20260105",
            "were dropped when their retention had ended",
            "ALTER TABLE audit.block ATTACH PARTITION audit.block_20260105
             FOR VALUES FROM ('2026-01-05 00:00+07') TO ('2026-01-06 00:00+07')",
        ),
    ] {
        place.sql(change).await;
        let (said, report) = place.compare("ids.txt", &ids, 1);
        assert!(said.contains(words), "{said}");
        assert!(report.is_null());
        place.sql(back).await;
        place.compare("ids.txt", &ids, 0);
    }
    let today = vietnam_day(dancu::clock::Clock::default().now()).to_string();
    let words = [
        "audit",
        "reconcile",
        "ids.txt",
        "--client",
        "onestop",
        "--day",
    ];
    let output = place.run(&[&words[..], &[&today]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("has not ended in Vietnam"), "{said}");
    for wrong in ["21/11/2026", "2026-02-30", "20260105"] {
        let output = place.run(&[&words[..], &[wrong]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    let output = place.run(&["audit", "reconcile", "ids.txt", "--day", "2026-01-05"]);
    assert_eq!(output.status.code(), Some(2));
}
