//! Files and generated populations.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;

use dancu::domain::citizen::Citizen;
use dancu::domain::limits::Limits;
use dancu::register::document::CitizenDocument;
use dancu::register::import::{
    CHUNK_LINES, Error, Format, ImportSummary, LoadSummary, MAX_LINE_BYTES, Progress, Reasons,
    Reject, RejectFile, load, run,
};
use dancu::store::Store;
use dancu::store::register_feed::{Changes, FeedChange};
use serde_json::{Value, json};

use super::{citizen, database, feed, find, made_by, store, upsert};
use crate::support::scratch;

fn number(person: usize) -> String {
    format!("001095{person:06}")
}

fn line(person: usize) -> String {
    let born = format!("19{:02}-03", person % 100);
    json!({"personal_id": number(person), "full_name": "Nguyễn Văn An", "birth_date": born})
        .to_string()
}

fn lines(people: std::ops::Range<usize>) -> String {
    people.map(|person| line(person) + "\n").collect()
}

async fn import(
    store: &Store,
    file: impl Into<Vec<u8>>,
    format: Format,
) -> (Result<ImportSummary, Error>, Vec<Reject>) {
    let mut rejects = Vec::new();
    let go_on = |_: &Progress| ControlFlow::Continue(());
    let done = run(
        store,
        Cursor::new(file.into()),
        format,
        Limits::default(),
        &mut rejects,
        go_on,
    )
    .await;
    (done, rejects)
}

fn counts(summary: &ImportSummary) -> (u64, u64, u64) {
    (summary.applied, summary.ignored, summary.rejected)
}

#[tokio::test]
async fn good_lines_are_imported_and_bad_ones_told_with_their_reasons() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let long = format!("{{\"full_name\": \"{}\"}}", "a".repeat(MAX_LINE_BYTES));
    let wrong = line(3).replace("1903-03", "1903-13");
    let file = [
        "\u{feff}",
        &line(1),
        "\r\n\n{\"a\":\n",
        &long,
        "\n",
        &wrong,
        "\n",
        &line(1),
        "\n",
        &line(5),
    ];
    let (summary, rejects) = import(&feed, file.concat(), Format::Ndjson).await;
    assert_eq!(counts(&summary.unwrap()), (2, 1, 3));
    let told: Vec<(u64, &str, usize)> = rejects
        .iter()
        .map(|reject| {
            let code = match &reject.reasons {
                Reasons::Faults(faults) => {
                    assert_eq!(
                        (faults.len(), faults[0].pointer.as_str()),
                        (1, "/birth_date")
                    );
                    faults[0].code.as_str()
                }
                Reasons::Unreadable(code, _) => code,
            };
            (reject.line, code, reject.text.len())
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "malformed_json", 5),
            (4, "length", 0),
            (5, "date", wrong.len())
        ]
    );
    assert!(find(&store, &number(1)).await.is_some() && find(&store, &number(5)).await.is_some());
    assert!(find(&store, &number(3)).await.is_none());
}

#[tokio::test]
async fn a_revision_on_a_line_counts() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    feed.apply_changes(&[
        upsert(&number(1), 5, json!({})),
        upsert(&number(2), 5, json!({})),
    ])
    .await
    .unwrap();
    let with = |person, revision: u64| {
        let mut document: Value = serde_json::from_str(&line(person)).unwrap();
        document["revision"] = revision.into();
        format!("{document}\n")
    };
    let (summary, _) = import(&feed, with(1, 6) + &with(2, 4), Format::Ndjson).await;
    assert_eq!(counts(&summary.unwrap()), (1, 1, 0));
    assert_eq!(find(&store, &number(1)).await.unwrap().1, 6);
    // A register that was not empty tells of each.
    let head = store.register_changes_since(2, 10).await.unwrap();
    assert!(matches!(head.as_slice(), [change] if matches!(change.what, Changes::Citizen { .. })));
}

#[tokio::test]
async fn an_import_that_was_stopped_goes_on_and_a_finished_one_says_so() {
    for format in [Format::Ndjson, Format::Csv] {
        let database = database().await;
        let feed = feed(&database);
        let store = store(&database);
        let people = CHUNK_LINES * 2 + 10;
        let file = match format {
            Format::Ndjson => lines(0..people),
            Format::Csv => csv(0..people),
        };
        let mut rejects: Vec<Reject> = Vec::new();
        let stop = |_: &Progress| ControlFlow::Break(());
        let stopped = run(
            &feed,
            Cursor::new(file.clone()),
            format,
            Limits::default(),
            &mut rejects,
            stop,
        )
        .await
        .unwrap_err();
        assert!(matches!(stopped, Error::Stopped { .. }), "{stopped:?}");
        assert!(find(&store, &number(CHUNK_LINES - 1)).await.is_some());
        assert!(find(&store, &number(CHUNK_LINES)).await.is_none());

        let (summary, rejects) = import(&feed, file.clone(), format).await;
        let summary = summary.unwrap();
        assert_eq!(rejects, []);
        assert_eq!(counts(&summary), (people as u64, 0, 0));
        assert!(summary.resumed_at >= CHUNK_LINES as u64 && !summary.was_finished);
        assert!(find(&store, &number(people - 1)).await.is_some());

        let again = import(&feed, file, format).await.0.unwrap();
        assert!(again.was_finished);
        assert_eq!(counts(&again), counts(&summary));
    }
}

#[tokio::test]
async fn an_import_that_is_dropped_in_the_middle_goes_on_from_its_last_commit() {
    let database = database().await;
    let feed = feed(&database);
    let file = lines(0..CHUNK_LINES * 3);
    let (told, mut committed) = tokio::sync::mpsc::unbounded_channel();
    let running = tokio::spawn({
        let (feed, file) = (feed.clone(), file.clone());
        async move {
            let mut rejects: Vec<Reject> = Vec::new();
            let tell = |_: &Progress| {
                let _ = told.send(());
                ControlFlow::Continue(())
            };
            run(
                &feed,
                Cursor::new(file),
                Format::Ndjson,
                Limits::default(),
                &mut rejects,
                tell,
            )
            .await
        }
    });
    committed.recv().await.unwrap();
    running.abort();
    let _ = running.await;
    let summary = import(&feed, file, Format::Ndjson).await.0.unwrap();
    // Whatever was being written when it was dropped was committed whole with its mark, or not.
    assert_eq!(counts(&summary), (CHUNK_LINES as u64 * 3, 0, 0));
}

fn csv(people: std::ops::Range<usize>) -> String {
    let rows = people.map(|person| format!("{},Nguyễn Văn An,2/3/1995,00016\r\n", number(person)));
    "\u{feff}personal_id,full_name,birth_date,permanent_residence.commune_code\r\n".to_owned()
        + &rows.collect::<String>()
}

#[tokio::test]
async fn a_csv_file_is_imported_and_its_bad_rows_told() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let file = csv(0..2)
        + "001095000008,An,30/02/1995,00016\r\n001095000009,An\r\n"
        + "001095000007,\"Ngô \"\"Bé\"\" An\",1995,\r\n";
    let (summary, rejects) = import(&feed, file, Format::Csv).await;
    assert_eq!(counts(&summary.unwrap()), (3, 0, 2));
    let told: Vec<(u64, String)> = rejects
        .iter()
        .map(|it| (it.line, String::from_utf8(it.text.clone()).unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (4, "001095000008,An,30/02/1995,00016".into()),
            (5, "001095000009,An".into())
        ]
    );
    let (found, _) = find(&store, &number(0)).await.unwrap();
    assert_eq!(found.birth_date.to_string(), "1995-03-02");
    assert_eq!(
        found
            .permanent_residence
            .unwrap()
            .commune_code
            .unwrap()
            .as_str(),
        "00016"
    );
    assert_eq!(
        find(&store, &number(7)).await.unwrap().0.full_name.as_str(),
        "Ngô \"Bé\" An"
    );
}

#[tokio::test]
async fn a_csv_file_without_columns_or_with_an_open_quotation_is_refused_in_bounded_memory() {
    let database = database().await;
    let feed = feed(&database);
    let (done, _) = import(&feed, "a,b\n", Format::Csv).await;
    assert!(matches!(done, Err(Error::Header(_))), "{done:?}");
    let (done, _) = import(&feed, "", Format::Csv).await;
    assert!(matches!(done, Err(Error::Header(_))), "{done:?}");
    let open = csv(0..3) + "001095000009,\"An" + &",1995,\n".repeat(200_000);
    let (done, _) = import(&feed, open, Format::Csv).await;
    assert!(matches!(done, Err(Error::Unclosed { line: 5 })), "{done:?}");
}

#[tokio::test]
async fn an_empty_file_is_finished_at_once() {
    let database = database().await;
    let feed = feed(&database);
    let summary = import(&feed, "", Format::Ndjson).await.0.unwrap();
    assert_eq!(counts(&summary), (0, 0, 0));
    assert!(
        import(&feed, "", Format::Ndjson)
            .await
            .0
            .unwrap()
            .was_finished
    );
}

#[tokio::test]
async fn rejected_lines_are_kept_where_only_their_owner_reads() {
    let database = database().await;
    let feed = feed(&database);
    let path = scratch("rejects");
    let mut rejects = RejectFile::new(path.clone());
    let file = "{}\nnot json\n".to_owned() + &line(1);
    let go_on = |_: &Progress| ControlFlow::Continue(());
    run(
        &feed,
        Cursor::new(file),
        Format::Ndjson,
        Limits::default(),
        &mut rejects,
        go_on,
    )
    .await
    .unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let told = std::fs::read_to_string(&path).unwrap();
    let told: Vec<Value> = told
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let required = |pointer| json!({"pointer": pointer, "code": "required", "reason": "this member is required"});
    assert_eq!(
        told,
        [
            json!({"line": 1, "text": "{}",
                "errors": [required("/personal_id"), required("/full_name"), required("/birth_date")]}),
            json!({"line": 2, "text": "not json", "errors": [{"pointer": "",
                "code": "malformed_json", "reason": "the line is not well-formed JSON"}]}),
        ]
    );
}

#[tokio::test]
async fn a_population_is_loaded_and_what_is_written_is_imported_to_the_same() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let everything = upsert("001095000001", 1, Value::Object(super::everything()));
    let mut people: Vec<Citizen> = (2..CHUNK_LINES + 20)
        .map(|person| citizen(&upsert(&number(person), 1, json!({"sex": "male"}))).clone())
        .collect();
    people.push(made_by(&everything));
    let mut told = 0;
    let done = load(&feed, people.clone().into_iter(), |so_far| told = so_far)
        .await
        .unwrap();
    let all = people.len() as u64;
    assert_eq!(
        (done, told),
        (
            LoadSummary {
                applied: all,
                ignored: 0
            },
            all
        )
    );
    assert!(find(&store, "001095000001").await.unwrap().0 == made_by(&everything));
    // A first load is told as one change a part.
    let changes = store.register_changes_since(0, 1000).await.unwrap();
    assert_eq!(changes.len(), 2);
    let all_at_once = |change: &FeedChange| change.what == Changes::Everything;
    assert!(changes.iter().all(all_at_once));

    let file: String = people
        .iter()
        .map(|citizen| serde_json::to_string(&CitizenDocument(citizen)).unwrap() + "\n")
        .collect();
    let summary = import(&feed, file, Format::Ndjson).await.0.unwrap();
    assert_eq!(counts(&summary), (0, all, 0));
}
