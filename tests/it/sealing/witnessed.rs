//! The log before a witness: what it cosigns, and the fork that only it can see.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dancu::audit::Witness;
use dancu::clock::Clock;
use dancu::server::{RunningWitness, WitnessListeners, start_witness};
use dancu::tlog::{Note, VerifierKey};
use dancu::witness::{Logs, Setup};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Client;

use super::{Rig, copy_directory, lanes, metric, number, prove, verification};
use crate::support;

/// An auditor's witness, and where it keeps what it saw.
struct Auditor {
    running: RunningWitness,
    directory: PathBuf,
}

impl Auditor {
    fn of(rig: &Rig) -> Self {
        let directory = support::scratch("witness");
        let setup = Setup {
            name: "witness.example/w1".into(),
            directory: directory.clone(),
            logs: Logs::new(rig.verifiers()).unwrap(),
            accepted: BTreeSet::new(),
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listeners = WitnessListeners::plain(any, None);
        let running = start_witness(setup, Clock::default(), &listeners).unwrap();
        Self { running, directory }
    }

    fn key(&self) -> VerifierKey {
        self.running.key.parse().unwrap()
    }

    fn as_witness(&self) -> Witness {
        Witness {
            url: format!("http://{}", self.running.address),
            key: self.key(),
        }
    }

    /// What it kept as proof of misbehaviour.
    fn evidence(&self) -> Vec<String> {
        let logs = std::fs::read_dir(&self.directory).unwrap();
        let kept =
            logs.filter_map(|log| std::fs::read_dir(log.unwrap().path().join("evidence")).ok());
        kept.flatten()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

const COSIGNED: &str = "SELECT coalesce(max(size), 0) FROM audit.cosignature";

async fn until_cosigned(client: &Client, size: i64) {
    support::within("a witness cosigns", Duration::from_secs(20), async || {
        number(client, COSIGNED).await >= size
    })
    .await;
}

#[actix_web::test]
async fn a_witness_cosigns_every_head_it_is_offered_as_the_log_grows() {
    let rig = Rig::new().await;
    let auditor = Auditor::of(&rig);
    let (sealing, registry) = rig.seal_before(rig.test.database(), vec![auditor.as_witness()]);
    for count in [1, 300, 1] {
        rig.record(count).await;
        let entries = rig.entries().await;
        rig.until_sealed().await;
        until_cosigned(&rig.client, entries).await;
    }
    rig.lanes.close().await;
    sealing.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
    let cosigned = "SELECT c.note || o.line AS note FROM audit.checkpoint c
        JOIN audit.cosignature o USING (epoch, size)";
    let rows = rig.client.query(cosigned, &[]).await.unwrap();
    assert!(rows.len() >= 3);
    for row in rows {
        let note = Note::parse(row.get("note")).unwrap();
        let keys = [auditor.key()];
        let by = note.verify(&keys).unwrap();
        assert!(by[0].at.is_some(), "a cosignature has a time");
    }
    assert!(metric(&registry, "dancu_seal_cosignatures_total") >= 3.0);
    assert_eq!(auditor.evidence(), [""; 0]);
    auditor.running.stop().await;
}

#[actix_web::test]
async fn a_head_that_was_not_cosigned_is_offered_again_after_a_restart() {
    let rig = Rig::new().await;
    let auditor = Auditor::of(&rig);
    let nobody = Witness {
        url: "http://127.0.0.1:1".into(),
        key: auditor.key(),
    };
    rig.record(20).await;
    let (sealing, registry) = rig.seal_before(rig.test.database(), vec![nobody]);
    rig.until_sealed().await;
    support::within("nobody cosigns", Duration::from_secs(20), async || {
        metric(&registry, "dancu_seal_witness_failures_total") >= 1.0
    })
    .await;
    rig.lanes.close().await;
    sealing.stop().await;
    // Nothing is recorded any more: the last head is what there is to offer.
    let last = number(&rig.client, "SELECT max(size) FROM audit.checkpoint").await;
    assert_eq!(number(&rig.client, COSIGNED).await, 0);
    let (sealing, _) = rig.seal_before(rig.test.database(), vec![auditor.as_witness()]);
    until_cosigned(&rig.client, last).await;
    sealing.stop().await;
    auditor.running.stop().await;
}

/// A way to a witness that is closed to the first who comes.
async fn unsteady(to: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(async move {
        drop(listener.accept().await.unwrap());
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(to).await.unwrap();
            actix_web::rt::spawn(async move {
                drop(copy_bidirectional(&mut near, &mut far).await);
            });
        }
    });
    address
}

#[actix_web::test]
async fn a_witness_that_was_away_is_offered_the_same_head_again() {
    let rig = Rig::new().await;
    let auditor = Auditor::of(&rig);
    rig.record(20).await;
    rig.lanes.close().await;
    let witness = Witness {
        url: format!("http://{}", unsteady(auditor.running.address).await),
        ..auditor.as_witness()
    };
    let (sealing, registry) = rig.seal_before(rig.test.database(), vec![witness]);
    until_cosigned(&rig.client, rig.entries().await).await;
    assert!(metric(&registry, "dancu_seal_witness_failures_total") >= 1.0);
    sealing.stop().await;
    auditor.running.stop().await;
}

/// Whoever has the database, the key and the second place can sign another history. What they cannot
/// do is to make a witness forget.
#[actix_web::test]
async fn a_fork_signed_with_the_logs_own_key_is_found_by_the_witness_alone() {
    let mut rig = Rig::new().await;
    let auditor = Auditor::of(&rig);
    rig.record(20).await;
    let (sealing, _) = rig.seal_before(rig.test.database(), vec![auditor.as_witness()]);
    rig.until_sealed().await;
    rig.lanes.close().await;
    sealing.stop().await;
    rig.disconnect().await;
    let fork = rig.test.copy().await;
    let kept = support::scratch("kept second place");
    copy_directory(&rig.place, &kept);
    rig.client = rig.test.client().await;

    // What really happened, before the witness.
    let more = lanes(rig.test.database(), &rig.keys).await;
    more.record(verification(&more)).await.unwrap();
    more.close().await;
    let (sealing, _) = rig.seal_before(rig.test.database(), vec![auditor.as_witness()]);
    rig.until_sealed().await;
    until_cosigned(&rig.client, rig.entries().await).await;
    sealing.stop().await;

    // What is said to have happened: the second place is set back, so the sealer sees nothing.
    std::fs::remove_dir_all(&rig.place).unwrap();
    copy_directory(&kept, &rig.place);
    let keys = Arc::new(super::keys(fork.database()));
    let other = lanes(fork.database(), &keys).await;
    for _ in 0..5 {
        other.record(verification(&other)).await.unwrap();
    }
    other.close().await;
    let (sealing, registry) = rig.seal_before(fork.database(), vec![auditor.as_witness()]);
    support::within("the witness refuses", Duration::from_secs(20), async || {
        metric(&registry, "dancu_seal_witness_failures_total") >= 1.0
    })
    .await;
    sealing.stop().await;
    assert_eq!(
        metric(&registry, "dancu_seal_refused"),
        0.0,
        "the sealer saw nothing"
    );
    let client = fork.client().await;
    prove(&client, 1, &rig.verifiers()).await;
    let entries = number(&client, "SELECT count(*) FROM audit.entry").await;
    assert!(
        number(&client, COSIGNED).await < entries,
        "the fork is not cosigned"
    );
    assert!(!auditor.evidence().is_empty(), "and both heads are kept");
    auditor.running.stop().await;
}
