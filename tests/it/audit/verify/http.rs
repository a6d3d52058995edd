//! `audit::verify_remote`: what anybody with the log's key proves from `/log` alone.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dancu::audit::verify::{
    Kind, LEAST_RETENTION_DAYS, Remote, Report, Trust, WitnessNote, verify_remote,
};
use dancu::audit::{Remembered, SecondPlace};
use dancu::clock::Clock;
use dancu::keys::NoteSigner;
use dancu::tlog::{
    Algorithm, Checkpoint, Frontier, Hash, Note, TileId, TilePath, Tiles, hashes_to_bytes,
    inclusion_proof, leaf_hash,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{GRACE, Sealed, signer};
use crate::support;

const TOKEN: &str = "an auditor's";
const FIRST: TileId = TileId { level: 0, index: 0 };

/// What a service shows, and with what key it signed.
struct Shown {
    signer: NoteSigner,
    tiles: HashMap<TileId, Vec<Hash>>,
    frontier: Frontier,
    note: String,
    /// Canonical entries with their ids and times.
    entries: Vec<(uuid::Uuid, Timestamp, Vec<u8>)>,
    /// The epoch before, with its proofs.
    before: Option<Box<Self>>,
    /// The log that proofs are of, where it is another.
    proves: Option<Box<Self>>,
    /// What every question for a proof is answered with, where there are none.
    refuses: Option<u16>,
}

impl Shown {
    /// A log of so many leaves; of the first `changed` of them, none is what it was.
    fn new(size: u64, changed: u64) -> Self {
        let directory = support::scratch("shown");
        std::fs::create_dir_all(&directory).unwrap();
        let leaves = (0..size).map(|index| leaf_hash(&[u8::from(index < changed)].repeat(9)));
        Self::of(signer(&directory.join("key"), Algorithm::Ed25519), leaves)
    }

    fn of(signer: NoteSigner, leaves: impl Iterator<Item = Hash>) -> Self {
        let mut tiles = HashMap::new();
        let mut frontier = Frontier::empty();
        for leaf in leaves {
            frontier.push(leaf, &mut |id, hashes: &[Hash]| {
                tiles.insert(id, hashes.to_vec());
            });
        }
        for (id, hashes) in frontier.open_tiles() {
            tiles.insert(id, hashes.to_vec());
        }
        let note = note(&signer, &frontier);
        Self {
            signer,
            tiles,
            frontier,
            note,
            entries: Vec::new(),
            before: None,
            proves: None,
            refuses: None,
        }
    }

    /// What a log of real entries shows.
    async fn sealed(log: &Sealed) -> Self {
        let query = "SELECT audit_id, at, entry FROM audit.entry ORDER BY lane_id, seq";
        let rows = log.rig.client.query(query, &[]).await.unwrap();
        let entries: Vec<_> = rows
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get::<_, Vec<u8>>(2)))
            .collect();
        let leaves = entries.iter().map(|(_, _, entry)| leaf_hash(entry));
        let shown = Self::of(log.signer(), leaves);
        Self { entries, ..shown }
    }

    async fn start(self) -> (MockServer, Remote) {
        let server = MockServer::start().await;
        let remote = Remote {
            url: server.uri() + "/",
            epoch: None,
            trust: Trust {
                log: self.signer.verifiers().cloned().collect(),
                witnesses: Vec::new(),
            },
            remembered: None,
            witness_notes: Vec::new(),
            since: None,
            proofs: None,
            now: Clock::default().now(),
            grace: GRACE,
            least_retention_days: LEAST_RETENTION_DAYS,
        };
        let answer = move |request: &Request| self.answer(request);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        (server, remote)
    }

    /// The ids of so many entries.
    fn ids(&self, count: usize) -> Vec<uuid::Uuid> {
        self.entries
            .iter()
            .map(|(id, _, _)| *id)
            .take(count)
            .collect()
    }

    fn answer(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path();
        if let Some(before) = &self.before
            && (path.starts_with("/log/1/") || path.starts_with("/v1/"))
        {
            return before.answer(request);
        }
        let path = &path.replace("/log/1/", "/log/");
        let found = |body: Vec<u8>| ResponseTemplate::new(200).set_body_bytes(body);
        let nothing = ResponseTemplate::new(404);
        if path == "/log/checkpoint" {
            return found(self.note.clone().into_bytes());
        }
        if let Some(path) = path.strip_prefix("/log/tile/") {
            let path: TilePath = path.parse().unwrap();
            let hashes = self.tiles.get(&path.tile);
            let hashes = hashes.and_then(|hashes| hashes.get(..usize::from(path.width)));
            return hashes.map_or(nothing, |hashes| found(hashes_to_bytes(hashes)));
        }
        let bearer = request.headers.get("authorization").unwrap();
        assert_eq!(bearer.to_str().unwrap(), format!("Bearer {TOKEN}"));
        if let Some(status) = self.refuses {
            return ResponseTemplate::new(status);
        }
        if let Some(other) = &self.proves {
            return other.answer(request);
        }
        let id = path.strip_prefix("/v1/audit/entries/").unwrap();
        let id: uuid::Uuid = id.strip_suffix("/proof").unwrap().parse().unwrap();
        let index = self.entries.iter().position(|it| it.0 == id).unwrap() as u64;
        let tiles: Tiles = self.tiles.clone().into_iter().collect();
        let proof = inclusion_proof(index, self.frontier.size(), &tiles).unwrap();
        let entry = STANDARD.encode(&self.entries[usize::try_from(index).unwrap()].2);
        let proof = json!({"audit_id": id, "entry": entry, "index": index, "checkpoint": self.note,
            "inclusion_proof": proof.iter().map(Hash::to_string).collect::<Vec<_>>()});
        found(proof.to_string().into_bytes())
    }
}

fn note(signer: &NoteSigner, frontier: &Frontier) -> String {
    named("test/log/1", signer, frontier)
}

fn named(origin: &str, signer: &NoteSigner, frontier: &Frontier) -> String {
    let head = Checkpoint {
        origin: origin.into(),
        size: frontier.size(),
        root: frontier.root(),
    };
    signer.sign(Note::new(head.text()).unwrap()).to_string()
}

async fn run(remote: &Remote) -> (Report, Option<String>) {
    verify_remote(remote, |_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_log_passes_and_its_checkpoint_is_kept() {
    for size in [1, 255, 256, 257, 20_000] {
        let (_server, remote) = Shown::new(size, 0).start().await;
        let (report, kept) = run(&remote).await;
        assert!(report.is_good(), "{report:?}");
        assert_eq!(report.checked.leaves, size);
        assert!(report.checked.tiles >= size.div_ceil(256));
        let again = Remote {
            since: kept,
            ..remote.clone()
        };
        assert!(again.since.is_some() && run(&again).await.0.is_good());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_above_two_levels_of_tiles_passes() {
    let (_server, remote) = Shown::new(66_000, 0).start().await;
    let (report, _) = run(&remote).await;
    assert!(report.is_good(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_that_was_changed_is_found_at_every_level() {
    for (level, index) in [(0, 3), (1, 0)] {
        let mut shown = Shown::new(70_000, 0);
        let id = TileId { level, index };
        shown.tiles.get_mut(&id).unwrap()[7] = leaf_hash(b"x");
        let (_server, remote) = shown.start().await;
        let (report, kept) = run(&remote).await;
        // A wrong leaf shows in the tile above it, which holds the hash of its subtree.
        let first = if level == 0 { 3 * 256 } else { 7 * 256 };
        let found = report.first.as_ref().unwrap();
        assert_eq!(
            (found.kind, found.place.index),
            (Kind::TileAltered, Some(first)),
            "{report:?}"
        );
        assert_eq!(kept, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_that_is_missing_is_found() {
    let mut shown = Shown::new(1_000, 0);
    shown.tiles.remove(&TileId { level: 0, index: 2 });
    let (_server, remote) = shown.start().await;
    let (report, _) = run(&remote).await;
    let first = report.first.unwrap();
    assert_eq!(
        (first.kind, first.place.index),
        (Kind::TileMissing, Some(512))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_of_another_key_or_another_root_is_found() {
    let (_server, mut remote) = Shown::new(300, 0).start().await;
    remote.trust = Trust {
        log: Shown::new(1, 0).signer.verifiers().cloned().collect(),
        witnesses: Vec::new(),
    };
    let (report, _) = run(&remote).await;
    assert_eq!(report.first.unwrap().kind, Kind::CheckpointSignature);
    let mut shown = Shown::new(300, 0);
    let mut other = Frontier::empty();
    (0..300).for_each(|_| other.push(leaf_hash(b"x"), &mut |_, _| {}));
    shown.note = note(&shown.signer, &other);
    let (_server, remote) = shown.start().await;
    let (report, _) = run(&remote).await;
    assert_eq!(report.first.unwrap().kind, Kind::CheckpointRoot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_place_that_remembers_nothing_is_a_fault() {
    let (_server, mut remote) = Shown::new(300, 0).start().await;
    remote.remembered = Some(Vec::new());
    let (report, _) = run(&remote).await;
    assert_eq!(report.first.unwrap().kind, Kind::SecondPlaceEmpty);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_rewritten_and_signed_again_is_found_by_whatever_was_kept() {
    let before = Shown::new(2_000, 0);
    let (kept, frontier) = (before.note.clone(), before.frontier.clone());
    let after = Shown::new(3_000, 5);
    let after = Shown {
        note: note(&before.signer, &after.frontier),
        signer: before.signer,
        ..after
    };
    let smaller = note(&after.signer, &{
        let mut grown = Frontier::empty();
        (0..10).for_each(|_| grown.push(leaf_hash(b"y"), &mut |_, _| {}));
        grown
    });
    let larger = note(&after.signer, &{
        let mut grown = frontier;
        (0..2_000).for_each(|_| grown.push(leaf_hash(b"y"), &mut |_, _| {}));
        grown
    });
    let (_server, remote) = after.start().await;
    assert!(run(&remote).await.0.is_good());
    let since = Remote {
        since: Some(kept.clone()),
        ..remote.clone()
    };
    assert_eq!(
        run(&since).await.0.first.unwrap().kind,
        Kind::KeptContradicts
    );
    for (note, kind) in [
        (smaller, Kind::WitnessContradicts),
        (larger.clone(), Kind::WitnessAhead),
    ] {
        let witnessed = Remote {
            witness_notes: vec![WitnessNote {
                from: "witness".into(),
                note,
            }],
            ..remote.clone()
        };
        assert_eq!(run(&witnessed).await.0.first.unwrap().kind, kind);
    }
    for (note, kind) in [
        (kept, Kind::SecondPlaceContradicts),
        (larger, Kind::SecondPlaceAhead),
    ] {
        let remembered = vec![Remembered {
            epoch: 1,
            note,
            file: "latest".into(),
        }];
        let second = Remote {
            remembered: Some(remembered),
            ..remote.clone()
        };
        assert_eq!(run(&second).await.0.first.unwrap().kind, kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_of_named_entries_are_fetched_and_checked() {
    let log = Sealed::new().await;
    let shown = Shown::sealed(&log).await;
    let ids = shown.ids(20);
    let (_server, remote) = shown.start().await;
    let asked = Remote {
        remembered: SecondPlace::new(log.directory.join("checkpoints"))
            .all()
            .ok(),
        proofs: Some((TOKEN.into(), ids.clone())),
        ..remote
    };
    let (report, _) = run(&asked).await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.checked.proofs, 20);
    assert!(report.checked.second_place >= 2);
    let mut shown = Shown::sealed(&log).await;
    for (_, _, entry) in &mut shown.entries {
        // A byte of the nonce: still an entry of that id.
        entry[8] ^= 1;
    }
    let (_server, remote) = shown.start().await;
    let asked = Remote {
        proofs: Some((TOKEN.into(), ids[..5].to_vec())),
        ..remote
    };
    let (report, _) = run(&asked).await;
    assert_eq!(report.counts[&Kind::Proof], 5, "{report:?}");
}

/// What must be sealed by now has a proof, and what must still be there, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_has_no_proof_of_an_entry_that_must_have_one_is_found() {
    let log = Sealed::new().await;
    for (status, hours, is_good) in [
        (409, 1, true),
        (409, 5, false),
        (410, 5, false),
        (410, 24 * 367, true),
    ] {
        let mut shown = Shown::sealed(&log).await;
        shown.refuses = Some(status);
        let ids = shown.ids(1);
        let recorded = shown.entries[0].1;
        let (_server, remote) = shown.start().await;
        let asked = Remote {
            proofs: Some((TOKEN.into(), ids.clone())),
            now: recorded + SignedDuration::from_hours(hours),
            ..remote
        };
        let (report, kept) = run(&asked).await;
        assert_eq!(report.is_good(), is_good, "{status} {hours} {report:?}");
        assert_eq!(report.counts.contains_key(&Kind::Proof), !is_good);
        assert_eq!(kept.is_some(), is_good);
    }
}

/// Whoever has the key that signs can show one tree, and prove from another.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_from_another_tree_than_the_one_that_is_shown_is_found() {
    let log = Sealed::new().await;
    let sealed = Shown::sealed(&log).await;
    let ids = sealed.ids(1);
    for origin in ["test/log/1", "test/log/2", "test/log/01", "test/other/1"] {
        let mut proves = Shown::sealed(&log).await;
        proves.note = named(origin, &proves.signer, &proves.frontier);
        let mut shown = Shown::of(log.signer(), (0..100).map(|_| leaf_hash(b"shown")));
        shown.proves = Some(Box::new(proves));
        let (_server, remote) = shown.start().await;
        let asked = Remote {
            proofs: Some((TOKEN.into(), ids.clone())),
            ..remote
        };
        let (report, _) = run(&asked).await;
        assert_eq!(report.counts[&Kind::Proof], 1, "{origin} {report:?}");
    }
}

/// An entry of an epoch that has ended is proven from that one's tree, which is compared as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_an_epoch_that_has_ended_is_held_against_its_tree() {
    let log = Sealed::new().await;
    for same in [true, false] {
        let proves = Shown::sealed(&log).await;
        let ids = proves.ids(1);
        let mut before = match same {
            true => Shown::sealed(&log).await,
            false => Shown::of(log.signer(), proves.tiles[&FIRST].iter().copied()),
        };
        before.proves = Some(Box::new(proves));
        let mut grows = Shown::of(log.signer(), (0..100).map(|_| leaf_hash(b"grows")));
        grows.note = named("test/log/2", &grows.signer, &grows.frontier);
        grows.before = Some(Box::new(before));
        let leaves = grows.frontier.size();
        let (_server, remote) = grows.start().await;
        let asked = Remote {
            proofs: Some((TOKEN.into(), ids)),
            ..remote
        };
        let (report, _) = run(&asked).await;
        assert_eq!(report.is_good(), same, "{report:?}");
        assert_eq!(report.counts.contains_key(&Kind::Proof), !same);
        assert_eq!(report.checked.epochs, 2);
        assert!(report.checked.leaves > leaves && report.noted.uncompared_heads == 0);
    }
}
