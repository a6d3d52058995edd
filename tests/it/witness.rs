//! The witness as a log and its auditor see it: over HTTP, with its files.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dancu::clock::Clock;
use dancu::keys::NoteSigner;
use dancu::server::{RunningWitness, WitnessListeners, WitnessStartError, start_witness};
use dancu::tlog::{
    Algorithm, Checkpoint, Frontier, Hash, Note, Signature, Submission, Tiles, VerifierKey,
    consistency_proof, leaf_hash,
};
use dancu::witness::{Logs, Setup, SetupError, StateError};
use jiff::Timestamp;
use reqwest::Client;

use crate::support::raw::Connection;
use crate::support::scratch;

const NAME: &str = "witness.example/w1";
const LOG: &str = "log.example/dancu";
const FIRST: &str = "log.example/dancu/1";
const SECOND: &str = "log.example/dancu/2";
const NOW: &str = "2026-11-25T08:00:00Z";

/// A log: leaves, and keys that sign heads of the tree over them.
struct Log {
    signer: NoteSigner,
    leaves: Vec<Hash>,
}

impl Log {
    /// A log of 600 leaves, enough for tiles of two levels. Trees of two seeds differ from the leaf
    /// `fork` on.
    fn new(name: &str, seed: &str, fork: usize) -> Self {
        let file = scratch("log-key");
        let leaf = |number: usize| {
            let seed = if number < fork { "" } else { seed };
            leaf_hash(format!("{number}{seed}").as_bytes())
        };
        Self {
            signer: NoteSigner::load(&file, true, name, Algorithm::Ed25519).unwrap(),
            leaves: (0..600).map(leaf).collect(),
        }
    }

    /// Another history under the same keys.
    fn forked_at(&self, fork: usize) -> Vec<Hash> {
        let other = |number: usize| leaf_hash(format!("{number}, but otherwise").as_bytes());
        let (same, rest) = self.leaves.split_at(fork);
        let rest = (fork..fork + rest.len()).map(other);
        same.iter().copied().chain(rest).collect()
    }

    fn keys(&self) -> Vec<VerifierKey> {
        self.signer.verifiers().cloned().collect()
    }

    fn head(&self, origin: &str, size: usize) -> Note {
        self.head_of(origin, &self.leaves[..size])
    }

    fn head_of(&self, origin: &str, leaves: &[Hash]) -> Note {
        let checkpoint = Checkpoint {
            origin: origin.into(),
            size: leaves.len() as u64,
            root: grown(leaves).0.root(),
        };
        self.signer.sign(Note::new(checkpoint.text()).unwrap())
    }

    /// A submission of the tree of `new` leaves to a witness that saw `old`.
    fn step(&self, old: usize, new: usize) -> Submission {
        step(old, &self.leaves[..new], self.head(FIRST, new))
    }
}

fn grown(leaves: &[Hash]) -> (Frontier, Tiles) {
    let (mut frontier, mut tiles) = (Frontier::empty(), Tiles::new());
    for leaf in leaves {
        frontier.push(*leaf, &mut |tile, hashes| {
            tiles.insert(tile, hashes.to_vec())
        });
    }
    for (tile, hashes) in frontier.open_tiles() {
        tiles.insert(tile, hashes.to_vec());
    }
    (frontier, tiles)
}

fn step(old: usize, leaves: &[Hash], note: Note) -> Submission {
    let (_, tiles) = grown(leaves);
    Submission {
        old: old as u64,
        proof: consistency_proof(old as u64, leaves.len() as u64, &tiles).unwrap(),
        note,
    }
}

/// A witness on a directory of its own.
struct Place {
    directory: PathBuf,
    logs: Logs,
    accepted: BTreeSet<String>,
    clock: Clock,
}

/// What it answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    content_type: String,
    text: String,
}

impl Answer {
    /// The status and, for a conflict about the size, the size.
    fn short(&self) -> (u16, Option<&str>) {
        let size = self.content_type == "text/x.tlog.size";
        (self.status, size.then(|| self.text.trim_end()))
    }
}

impl Place {
    fn new(log: &Log) -> Self {
        Self {
            directory: scratch("witness"),
            logs: Logs::new(log.keys()).unwrap(),
            accepted: BTreeSet::new(),
            clock: Clock::frozen(NOW.parse().unwrap()),
        }
    }

    fn try_start(&self) -> Result<RunningWitness, WitnessStartError> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        start_witness(
            Setup {
                name: NAME.into(),
                directory: self.directory.clone(),
                logs: self.logs.clone(),
                accepted: self.accepted.clone(),
            },
            self.clock.clone(),
            &WitnessListeners::plain(any, Some(any)),
        )
    }

    /// Starts it; one that was stopped just now may still be letting go of the directory.
    fn start(&self) -> RunningWitness {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        loop {
            match self.try_start() {
                Ok(running) => return running,
                Err(WitnessStartError::Setup(SetupError::State(StateError::InUse(_))))
                    if std::time::Instant::now() < deadline => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    fn of(&self, origin: &str) -> PathBuf {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, origin.as_bytes());
        self.directory.join(hex::encode(hash))
    }

    fn evidence(&self, origin: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.of(origin).join("evidence")) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".request"))
            .collect();
        names.sort();
        names
    }
}

async fn post(witness: &RunningWitness, body: impl Into<reqwest::Body>) -> Answer {
    post_with(&Client::new(), witness, body).await
}

async fn post_with(
    client: &Client,
    witness: &RunningWitness,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let url = format!("http://{}/add-checkpoint", witness.address);
    let answer = client.post(url).body(body).send().await.unwrap();
    let content_type = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    Answer {
        status: answer.status().as_u16(),
        content_type,
        text: answer.text().await.unwrap(),
    }
}

async fn submit(witness: &RunningWitness, submission: &Submission) -> Answer {
    post(witness, submission.to_string()).await
}

async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("http://{address}{path}"))
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// When the witness says it cosigned that note, by its own key.
fn cosigned_at(witness: &RunningWitness, note: &Note, lines: &str) -> Option<u64> {
    let mut note = Note::new(note.text()).unwrap();
    for line in lines.lines() {
        note.push(line.parse::<Signature>().unwrap());
    }
    let known: [VerifierKey; 1] = [witness.key.parse().unwrap()];
    let verified = note.verify(&known).unwrap();
    assert_eq!(known[0].algorithm(), Algorithm::Cosignature);
    verified[0].at
}

#[actix_web::test]
async fn a_growing_log_is_cosigned_head_by_head() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let sizes = [0, 0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 600];
    for pair in sizes.windows(2) {
        let submission = log.step(pair[0], pair[1]);
        let answer = submit(&witness, &submission).await;
        assert_eq!(answer.status, 200, "{pair:?}: {}", answer.text);
        let at = cosigned_at(&witness, &submission.note, &answer.text);
        assert_eq!(at, Some(1_795_593_600), "{pair:?}");
    }
    assert!(place.evidence(FIRST).is_empty());
    witness.stop().await;
}

#[actix_web::test]
async fn the_first_checkpoint_needs_no_history_and_a_repeated_one_is_cosigned_anew() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let first = log.step(0, 300);
    let answer = submit(&witness, &first).await;
    assert_eq!(
        cosigned_at(&witness, &first.note, &answer.text),
        Some(1_795_593_600)
    );

    let later: Timestamp = "2026-11-25T09:00:00Z".parse().unwrap();
    place.clock.set(later);
    let answer = submit(&witness, &log.step(300, 300)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        cosigned_at(&witness, &first.note, &answer.text),
        Some(later.as_second() as u64)
    );
    witness.stop().await;
}

#[actix_web::test]
async fn every_refusal_has_the_status_of_the_specification() {
    let log = Log::new(LOG, "", 0);
    let stranger = Log::new(LOG, "", 0);
    let elsewhere = Log::new("other.example/log", "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 10)).await.status, 200);

    let beyond = Submission {
        old: 21,
        ..log.step(10, 20)
    };
    let mut bent = log.step(10, 20);
    bent.proof[0] = leaf_hash(b"another");
    let mut short = log.step(10, 20);
    short.proof.pop();
    let needless = Submission {
        proof: vec![leaf_hash(b"")],
        ..log.step(10, 10)
    };
    let forked = log.forked_at(5);
    let other_root = step(10, &forked[..10], log.head_of(FIRST, &forked[..10]));
    let unknown = step(
        0,
        &log.leaves[..10],
        elsewhere.head("other.example/log/1", 10),
    );
    let unsigned = step(10, &log.leaves[..20], stranger.head(FIRST, 20));
    let foreign = step(10, &log.leaves[..20], log.head("log.example/dancu/1/2", 20));
    for (what, submission, expected) in [
        (
            "an old size that was never seen",
            log.step(5, 20),
            (409, Some("10")),
        ),
        ("an old size of zero", log.step(0, 20), (409, Some("10"))),
        (
            "a tree older than the last",
            log.step(3, 5),
            (409, Some("10")),
        ),
        ("an old size beyond the new", beyond, (400, None)),
        ("a proof that is bent", bent, (422, None)),
        ("a proof that is short", short, (422, None)),
        ("a proof where none is needed", needless, (422, None)),
        ("another root for the same size", other_root, (409, None)),
        ("an origin nobody knows", unknown, (404, None)),
        ("an origin below a known one", foreign, (404, None)),
        (
            "a key of the same name that is not trusted",
            unsigned,
            (403, None),
        ),
    ] {
        let answer = submit(&witness, &submission).await;
        assert_eq!(answer.short(), expected, "{what}: {}", answer.text);
    }
    assert_eq!(submit(&witness, &log.step(10, 20)).await.status, 200);
    witness.stop().await;
}

#[actix_web::test]
async fn a_wrong_signature_of_a_trusted_key_is_refused_and_strangers_lines_are_passed_over() {
    let log = Log::new(LOG, "", 0);
    let stranger = Log::new("stranger.example/s", "", 0);
    let place = Place::new(&log);
    let witness = place.start();

    let mut bad = log.step(0, 10);
    let mut wrong = bad.note.signatures()[0].clone();
    wrong.bytes[7] ^= 1;
    bad.note.push(wrong);
    assert_eq!(submit(&witness, &bad).await.status, 403);

    let mut good = log.step(0, 10);
    let line = stranger.head(FIRST, 10).signatures()[0].clone();
    good.note.push(line.clone());
    let answer = submit(&witness, &good).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains(&line.name));
    // Nor are they shown to whoever reads.
    let kept = fs::read_to_string(place.of(FIRST).join("latest")).unwrap();
    assert!(!kept.contains(&line.name), "{kept}");
    witness.stop().await;
}

#[actix_web::test]
async fn keys_of_one_log_overlap_and_several_logs_stand_side_by_side() {
    let (old, new, other) = (
        Log::new(LOG, "", 0),
        Log::new(LOG, "", 0),
        Log::new("other.example/log", "x", 0),
    );
    let keys = [old.keys(), new.keys(), other.keys()].concat();
    let place = Place {
        logs: Logs::new(keys).unwrap(),
        ..Place::new(&old)
    };
    let witness = place.start();
    assert_eq!(submit(&witness, &old.step(0, 10)).await.status, 200);
    assert_eq!(submit(&witness, &new.step(10, 20)).await.status, 200);
    // A log's name without an epoch is an origin, too; and a key speaks for its own log only.
    let note = other.head("other.example/log", 5);
    assert_eq!(
        submit(&witness, &step(0, &other.leaves[..5], note))
            .await
            .status,
        200
    );
    let note = other.head(FIRST, 30);
    assert_eq!(
        submit(&witness, &step(20, &other.leaves[..30], note))
            .await
            .status,
        403
    );
    witness.stop().await;
}

#[actix_web::test]
async fn of_two_different_successors_exactly_one_is_cosigned() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let mut leaves = log.leaves[..8].to_vec();
    let first = step(0, &leaves, log.head(FIRST, 8));
    assert_eq!(submit(&witness, &first).await.status, 200);
    for round in 0..20 {
        let size = leaves.len();
        let grown = |count: usize, word: &str| {
            let more =
                (0..count).map(|leaf| leaf_hash(format!("{round} {leaf} {word}").as_bytes()));
            leaves.iter().copied().chain(more).collect::<Vec<_>>()
        };
        let (one, other) = (grown(3, "one"), grown(4, "other"));
        let by_one = step(size, &one, log.head_of(FIRST, &one));
        let by_other = step(size, &other, log.head_of(FIRST, &other));
        let (by_one, by_other) =
            tokio::join!(submit(&witness, &by_one), submit(&witness, &by_other));
        let (loser, winner) = if by_one.status == 200 {
            (by_other, one)
        } else {
            assert_eq!(by_other.status, 200, "round {round}");
            (by_one, other)
        };
        let size = winner.len().to_string();
        assert_eq!(loser.short(), (409, Some(&*size)), "round {round}");
        leaves = winner;
    }
    witness.stop().await;
}

#[actix_web::test]
async fn a_restart_keeps_the_key_and_what_was_cosigned() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let key = witness.key.clone();
    assert_eq!(submit(&witness, &log.step(0, 10)).await.status, 200);
    witness.stop().await;

    let witness = place.start();
    assert_eq!(witness.key, key);
    assert_eq!(
        submit(&witness, &log.step(0, 20)).await.short(),
        (409, Some("10"))
    );
    assert_eq!(submit(&witness, &log.step(10, 20)).await.status, 200);
    witness.stop().await;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.directory.join("key")), 0o600);
    assert_eq!(mode(&place.directory), 0o700);
    let text = fs::read_to_string(place.directory.join("key")).unwrap();
    assert!(text.starts_with("PRIVATE+KEY+witness.example/w1+"));
}

#[actix_web::test]
async fn what_was_written_and_never_answered_does_no_harm() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 10)).await.status, 200);
    // The log hangs up without waiting for the answer.
    let body = log.step(10, 20).to_string();
    let mut connection = Connection::open(witness.address).await;
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.send(head + &body).await;
    crate::support::soon("the checkpoint is written", async || {
        let latest = fs::read_to_string(place.of(FIRST).join("latest")).unwrap();
        latest.contains("\n20\n")
    })
    .await;
    drop(connection);
    witness.stop().await;

    // It believes to be at 10 still, is told otherwise, and goes on.
    let witness = place.start();
    assert_eq!(
        submit(&witness, &log.step(10, 20)).await.short(),
        (409, Some("20"))
    );
    assert_eq!(submit(&witness, &log.step(20, 20)).await.status, 200);
    assert_eq!(submit(&witness, &log.step(20, 30)).await.status, 200);
    witness.stop().await;
}

#[actix_web::test]
async fn a_write_that_a_crash_cut_short_is_passed_over() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 10)).await.status, 200);
    witness.stop().await;
    fs::write(place.of(FIRST).join("latest.new"), "log.exam").unwrap();
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(10, 20)).await.status, 200);
    witness.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_kept_is_not_cosigned() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    // A file where the directory of the origin should be: writing fails whoever runs this.
    fs::write(place.of(FIRST), "").unwrap();
    let answer = submit(&witness, &log.step(0, 10)).await;
    assert_eq!(answer.status, 503);
    assert!(!answer.text.contains('\u{2014}'));
    fs::remove_file(place.of(FIRST)).unwrap();
    assert_eq!(submit(&witness, &log.step(0, 12)).await.status, 200);
    witness.stop().await;
}

#[actix_web::test]
async fn state_that_is_not_what_was_written_is_no_start() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 10)).await.status, 200);
    witness.stop().await;
    place.start().stop().await;
    let latest = place.of(FIRST).join("latest");
    let good = fs::read_to_string(&latest).unwrap();
    let bent = good.replacen("\n10\n", "\n11\n", 1);
    for bad in [
        String::new(),
        good[..good.len() / 2].into(),
        bent,
        good.replacen("/1\n", "/2\n", 1),
    ] {
        fs::write(&latest, &bad).unwrap();
        let error = loop {
            match place.try_start() {
                Err(WitnessStartError::Setup(SetupError::State(StateError::InUse(_)))) => {}
                Err(error) => break error,
                Ok(_) => panic!("started with {bad:?}"),
            }
        };
        let refused = matches!(
            error,
            WitnessStartError::Setup(SetupError::State(
                StateError::Garbled(_) | StateError::Foreign(_)
            ))
        );
        assert!(refused, "{error:?}");
    }
}

#[actix_web::test]
async fn a_second_witness_on_the_same_directory_is_refused() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let second = place.try_start().unwrap_err();
    let in_use = matches!(
        second,
        WitnessStartError::Setup(SetupError::State(StateError::InUse(_)))
    );
    assert!(in_use, "{second:?}");
    witness.stop().await;
}

#[actix_web::test]
async fn a_fork_is_refused_and_both_sides_of_it_are_kept() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 100)).await.status, 200);
    let forked = log.forked_at(60);

    // The same size, also where somebody only asks how far the witness is.
    let same = step(0, &forked[..100], log.head_of(FIRST, &forked[..100]));
    assert_eq!(submit(&witness, &same).await.short(), (409, Some("100")));
    // A larger tree, with the best proof the other history has.
    let larger = step(100, &forked[..150], log.head_of(FIRST, &forked[..150]));
    assert_eq!(submit(&witness, &larger).await.status, 422);
    // A smaller one.
    let smaller = step(0, &forked[..70], log.head_of(FIRST, &forked[..70]));
    assert_eq!(submit(&witness, &smaller).await.short(), (409, Some("100")));

    let names = place.evidence(FIRST);
    let kinds: Vec<&str> = names
        .iter()
        .map(|name| name.split('-').nth(1).unwrap())
        .collect();
    assert_eq!(kinds, ["behind", "fork", "unproven"]);
    for (name, submission) in names.iter().zip([&smaller, &same, &larger]) {
        assert!(name.starts_with("20261125T080000Z-"), "{name}");
        let file = place.of(FIRST).join("evidence").join(name);
        assert_eq!(fs::read_to_string(&file).unwrap(), submission.to_string());
        let beside = fs::read_to_string(file.with_extension("cosigned")).unwrap();
        let beside = Note::parse(&beside).unwrap();
        assert_eq!(beside.text(), log.head(FIRST, 100).text());
        // Whoever knows the log's key is convinced by the two alone.
        assert!(beside.verify(&log.keys()).is_ok());
    }
    let metrics = get(witness.metrics_address.unwrap(), "/metrics").await.1;
    for line in [
        "dancu_witness_evidence_total{kind=\"fork\"} 1",
        "dancu_witness_answers_total{outcome=\"elsewhere\"} 2",
        "dancu_witness_tree_size{origin=\"log.example/dancu/1\"} 100",
        "dancu_witness_cosigned_timestamp_seconds{origin=\"log.example/dancu/1\"} 1795593600",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    // Who repeats it fills no disk, and the log goes on where it was.
    assert_eq!(submit(&witness, &same).await.short(), (409, Some("100")));
    assert_eq!(place.evidence(FIRST).len(), 3);
    assert_eq!(submit(&witness, &log.step(100, 101)).await.status, 200);
    witness.stop().await;
}

#[actix_web::test]
async fn evidence_is_bounded_and_junk_takes_no_place_of_a_fork() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 100)).await.status, 200);
    for size in 101..=205 {
        let junk = Submission {
            proof: Vec::new(),
            ..log.step(100, size)
        };
        assert_eq!(submit(&witness, &junk).await.status, 422);
    }
    assert_eq!(place.evidence(FIRST).len(), 100);
    let forked = log.forked_at(0);
    let fork = step(100, &forked[..100], log.head_of(FIRST, &forked[..100]));
    assert_eq!(submit(&witness, &fork).await.status, 409);
    assert_eq!(place.evidence(FIRST).len(), 101);
    witness.stop().await;
}

#[actix_web::test]
async fn another_epoch_is_cosigned_only_after_it_was_accepted_by_name() {
    let log = Log::new(LOG, "", 0);
    let mut place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 100)).await.status, 200);
    let fresh = |size: usize| step(0, &log.leaves[..size], log.head(SECOND, size));
    for size in [3, 4] {
        let answer = submit(&witness, &fresh(size)).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains("accept"), "{}", answer.text);
    }
    // Not even an epoch that grows from the last is taken by itself.
    let grown = step(100, &log.leaves[..110], log.head(SECOND, 110));
    assert_eq!(submit(&witness, &grown).await.status, 403);
    // One epoch, one piece of evidence; it lies with the epoch that is known.
    let evidence = place.evidence(FIRST);
    assert_eq!(evidence.len(), 1);
    assert!(evidence[0].contains("-epoch-"), "{evidence:?}");
    assert!(!place.of(SECOND).exists());
    assert_eq!(submit(&witness, &log.step(100, 101)).await.status, 200);
    witness.stop().await;

    place.accepted = BTreeSet::from([SECOND.to_owned()]);
    let witness = place.start();
    // Accepted is not yet begun: the first epoch goes on until the second does.
    assert_eq!(submit(&witness, &log.step(101, 102)).await.status, 200);
    assert_eq!(submit(&witness, &fresh(3)).await.status, 200);
    // The old tree is closed.
    assert_eq!(submit(&witness, &log.step(102, 103)).await.status, 403);
    let third = step(0, &log.leaves[..2], log.head("log.example/dancu/3", 2));
    assert_eq!(submit(&witness, &third).await.status, 403);
    witness.stop().await;

    // Once begun it needs no accepting, and accepting what is behind opens nothing.
    place.accepted = BTreeSet::from([FIRST.to_owned()]);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(102, 103)).await.status, 403);
    let next = step(3, &log.leaves[..5], log.head(SECOND, 5));
    assert_eq!(submit(&witness, &next).await.status, 200);
    witness.stop().await;

    place.accepted = BTreeSet::from(["other.example/log/2".to_owned()]);
    let error = place.try_start().unwrap_err();
    let refused = matches!(error, WitnessStartError::Setup(SetupError::Accepted));
    assert!(refused, "{error:?}");
}

#[actix_web::test]
async fn an_auditor_reads_what_was_cosigned_last() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let hash = place
        .of(FIRST)
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let path = format!("/{hash}/checkpoint");
    assert_eq!(get(witness.address, &path).await.0, 404);
    let submission = log.step(0, 10);
    let answer = submit(&witness, &submission).await;

    let (status, note) = get(witness.address, &path).await;
    assert_eq!(
        (status, &*note),
        (200, &*(submission.note.to_string() + &answer.text))
    );
    assert_eq!(
        fs::read_to_string(place.of(FIRST).join("latest")).unwrap(),
        note
    );
    let about = format!("{}\n10 {FIRST}\n", witness.key);
    assert_eq!(get(witness.address, "/").await, (200, about));
    assert_eq!(
        get(witness.address, "/health/live").await,
        (200, "live\n".into())
    );
    for (path, status) in [
        ("/add-checkpoint", 405),
        ("/nothing", 404),
        ("/%2e%2e/checkpoint", 404),
        ("/%ff/checkpoint", 404),
        ("/../key", 404),
    ] {
        assert_eq!(get(witness.address, path).await.0, status, "{path}");
    }
    witness.stop().await;
}

#[actix_web::test]
async fn a_hostile_body_is_a_bad_request_and_nothing_else() {
    let client = Client::new();
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    assert_eq!(submit(&witness, &log.step(0, 10)).await.status, 200);
    let good = log.step(10, 20).to_string();
    let note = log.head(FIRST, 20).to_string();
    let hash = leaf_hash(b"").to_string();
    let lines = |count: usize| format!("{hash}\n").repeat(count);
    let mut bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"\n".to_vec(),
        b"old 0".to_vec(),
        b"old 0\n".to_vec(),
        b"old 0\n\n".to_vec(),
        vec![0; 1000],
        vec![0xff; 1000],
        b"\n".repeat(60_000),
        format!("old 10\n{}\n{note}", lines(64)).into(),
        format!("old 10\n{note}").into(),
        format!("old 10\n{hash}\r\n\n{note}").into(),
        format!("old 10\n{}\n\n{note}", &hash[..43]).into(),
        format!("old 10\n{hash}=\n\n{note}").into(),
        good.replace('\n', "\r\n").into(),
        good.replace('\u{2014}', "-").into(),
        good.trim_end().into(),
        format!("{good}\n").into(),
        format!("{good}{good}").into(),
        good.replacen("\n20\n", "\n020\n", 1).into(),
        good.replacen("\n20\n", "\n9223372036854775808\n", 1).into(),
        good.replacen("\n20\n", "\n\n20\n", 1).into(),
    ];
    for old in [
        "",
        "-1",
        "+1",
        "01",
        "1 ",
        " 1",
        "1e3",
        "0x1",
        "\u{0661}",
        "9223372036854775808",
        "99999999999999999999999",
    ] {
        bodies.push(good.replacen("old 10", &format!("old {old}"), 1).into());
    }
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = post_with(&client, &witness, body).await;
        assert_eq!(answer.status, 400, "{shown:?}: {}", answer.text);
    }
    // The proof's bound is 63 lines, and the body's 64 KiB.
    let most = format!("old 10\n{}\n{note}", lines(63));
    assert_eq!(post_with(&client, &witness, most).await.status, 422);
    assert_eq!(
        post_with(&client, &witness, vec![b'a'; 64 * 1024])
            .await
            .status,
        400
    );
    assert_eq!(
        post_with(&client, &witness, vec![b'a'; 64 * 1024 + 1])
            .await
            .status,
        413
    );

    // Whatever single byte is changed or lost, it is no success and no failure of ours.
    let good = good.into_bytes();
    for at in 0..good.len() {
        let (mut bent, mut lost) = (good.clone(), good.clone());
        bent[at] ^= 1 << (at % 8);
        lost.remove(at);
        for body in [bent, lost, good[..at].to_vec()] {
            let shown = String::from_utf8_lossy(&body).into_owned();
            let status = post_with(&client, &witness, body).await.status;
            assert!((400..500).contains(&status), "{status} at {at}:\n{shown}");
        }
    }
    assert_eq!(submit(&witness, &log.step(10, 20)).await.status, 200);
    witness.stop().await;
}

#[actix_web::test]
async fn a_note_without_room_for_the_cosignature_is_refused_while_it_can_be() {
    let log = Log::new(LOG, "", 0);
    let place = Place::new(&log);
    let witness = place.start();
    let head = log.head(FIRST, 10);
    let mut text = head.text().to_owned();
    // Extension lines are the log's to write, and we vouch for none.
    let room = 64 * 1024 - text.len() - 300;
    writeln!(text, "{}", "x".repeat(room)).unwrap();
    let fits = log.signer.sign(Note::new(text.clone()).unwrap());
    let submission = step(0, &log.leaves[..10], fits);
    assert_eq!(submit(&witness, &submission).await.status, 200);
    writeln!(text, "{}", "y".repeat(100)).unwrap();
    let full = log.signer.sign(Note::new(text).unwrap());
    let submission = step(10, &log.leaves[..10], full);
    assert_eq!(submit(&witness, &submission).await.status, 400);
    witness.stop().await;
    place.start().stop().await;
}
