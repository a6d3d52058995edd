//! A sealer that is killed at any moment, again and again, under load.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{NAME, Rig, number, prove, signed, verification};
use crate::support;

/// Grows whenever the lease is taken.
const FENCE: &str = "SELECT fence FROM audit.sealer";
/// Grows whenever a head is signed.
const HEADS: &str = "SELECT count(*) FROM audit.checkpoint";
/// How often it is killed.
const KILLS: u64 = 100;
/// It lives so long at the most after it took the lease, or signed a head: some rounds.
const LONGEST_US: u64 = 30_000;
/// How long it may take to take the lease, on a machine with much else to do.
const START_LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_of_the_sealer_leave_one_tree_with_every_entry_once() {
    let rig = Rig::new().await;
    let config = configured(&rig);
    let watcher = rig.test.client().await;
    let ended = AtomicBool::new(false);
    let load = async {
        while !ended.load(Ordering::Relaxed) {
            let drafts = (0..20).map(|_| verification(&rig.lanes)).collect();
            rig.lanes.record_all(drafts).await.unwrap();
        }
    };
    let kills = async {
        // A fixed sequence of moments, spread evenly: what is killed at them differs by itself.
        for kill in 0..KILLS {
            // Every other one may sign something first.
            let grows = if kill % 2 == 0 { FENCE } else { HEADS };
            let before = number(&watcher, grows).await;
            let mut sealer = start(&config);
            support::within("the sealer comes so far", START_LIMIT, async || {
                assert!(
                    sealer.0.try_wait().unwrap().is_none(),
                    "it does not end by itself"
                );
                number(&watcher, grows).await > before
            })
            .await;
            let lives = Duration::from_micros(kill * 6_151 % LONGEST_US);
            let taken = Instant::now();
            while taken.elapsed() < lives {
                tokio::task::yield_now().await;
            }
            drop(sealer);
        }
        ended.store(true, Ordering::Relaxed);
    };
    futures_util::future::join(load, kills).await;
    rig.lanes.close().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let heads = prove(&rig.client, 1, &rig.verifiers()).await;
    let last = heads.last().unwrap();
    assert_eq!(last.checkpoint.size, rig.entries().await.cast_unsigned());
    assert!(
        heads.len() > 20,
        "heads were signed between the kills: {}",
        heads.len()
    );
    for note in dancu::audit::SecondPlace::new(rig.place.clone())
        .all()
        .unwrap()
    {
        let remembered = signed(&note.note, &rig.verifiers());
        let same = heads
            .iter()
            .find(|head| head.checkpoint.size == remembered.size);
        assert_eq!(same.unwrap().checkpoint, remembered);
    }
}

/// A configuration for a process that seals the rig's database.
pub(super) fn configured(rig: &Rig) -> PathBuf {
    let config = support::scratch("seal.toml");
    let settings = format!(
        "data_dir = {data:?}\n[http]\nmetrics_listen = \"127.0.0.1:0\"\n[database]\nurl = \"{url}\"\n\
         [audit]\nlog_origin = \"{NAME}\"\nseal_interval_ms = 2\nnote_key_file = {key:?}\n\
         second_place = {place:?}\n",
        data = support::scratch("seal data"),
        url = rig.test.url("dancu_seal"),
        key = rig.key_file,
        place = rig.place,
    );
    std::fs::write(&config, settings).unwrap();
    config
}

/// A sealing process, which is killed when it is dropped at the latest.
pub(super) struct Sealer(Child);

impl Drop for Sealer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

pub(super) fn start(config: &Path) -> Sealer {
    let child = Command::new(env!("CARGO_BIN_EXE_dancu"))
        .args(["seal", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Sealer(child.unwrap())
}
