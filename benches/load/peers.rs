//! The peers: the same lookup about one person as a good team would write it with the tools it knows
//! (`benches/peers`), over the same database, for the same tokens and about the same people.
//!
//! Each is started for one stage alone, since the database has connections for one, and warmed up
//! before it counts. Not here: what they are and how they are set, which is in their own directory.

mod database;
mod peer;
mod process;

use std::collections::BTreeMap;

use super::child::Child;
use super::counters::Counters;
use super::options::Options;
use super::requests::Requests;
use super::stage::{self, Plan, Stage};
use super::workload::Workload;
use super::{Failure, say};

use database::Database;
pub use peer::Peer;
pub use process::Running;

/// A peer is warm when its processor time for a request has not become less than this share of the least
/// before, …
const FASTER: f64 = 0.95;
/// … for so many seconds.
const STEADY: usize = 2;

/// Those that can be started here, and what they need in the database.
pub struct Peers<'a> {
    options: &'a Options,
    child: &'a Child,
    requests: &'a Requests,
    /// By its name, why one cannot be installed.
    missing: BTreeMap<&'static str, String>,
    database: Database,
}

impl<'a> Peers<'a> {
    /// Installs those that are asked, and puts in place what they need.
    pub fn open(
        options: &'a Options,
        child: &'a Child,
        requests: &'a Requests,
    ) -> Result<Self, Failure> {
        let mut missing = BTreeMap::new();
        let mut names: Vec<_> = options.peers.iter().map(|peer| peer.program()).collect();
        names.dedup();
        for name in names {
            say(&format!("installing {name} …"));
            if let Err(why) = process::install(name)? {
                missing.insert(name, why);
            }
        }
        Ok(Self {
            options,
            child,
            requests,
            missing,
            database: Database::prepare(&child.started.socket)?,
        })
    }

    /// Who is missing, and why.
    pub fn skipped(&self) -> impl Iterator<Item = String> {
        let missing = self.missing.iter();
        missing.map(|(name, why)| format!("the peer {name} ({why})"))
    }

    /// Whether that can be asked here.
    pub fn can_answer(&self, workload: Workload) -> bool {
        let peer = workload.peer();
        peer.is_none_or(|peer| !self.missing.contains_key(peer.program()))
    }

    /// A stage of a peer, which is started for it, or of the service beside them.
    pub fn stage(&self, plan: &Plan) -> Result<Stage, Failure> {
        if let Some(peer) = plan.workload.peer() {
            return self.ask(peer, plan);
        }
        stage::run(plan, self.options, self.child, self.requests, None)
    }

    fn ask(&self, peer: Peer, plan: &Plan) -> Result<Stage, Failure> {
        let running = Running::start(peer, &self.child.started)?;
        self.let_compile(plan, &running)?;
        let before = self.database.rows()?;
        let beside = Some(&running);
        let stage = stage::run(plan, self.options, self.child, self.requests, beside)?;
        let written = self.database.rows()? - before;
        running.stop()?;
        let (name, answers) = (peer.name(), stage.answers);
        if written == if peer.has_row() { answers } else { 0 } {
            Ok(stage)
        } else {
            Err(format!("{name}: {written} rows of its log for {answers} answers").into())
        }
    }

    /// Asks a peer until it gets no faster: it knows every token then, and Node.js has compiled what it
    /// will. PostGraphile takes some seconds for that, in which a request costs twice as much.
    fn let_compile(&self, plan: &Plan, running: &Running) -> Result<(), Failure> {
        let (mut least, mut steady) = (f64::INFINITY, 0);
        for second in 0..stage::patience(self.options) {
            let before = Counters::read_peer(self.child, running)?;
            let (options, requests) = (self.options, self.requests);
            let answers = stage::warm_up(plan, options, requests, running.address, second)?;
            let after = Counters::read_peer(self.child, running)?;
            let [_, seconds, _] = after.seconds_since(&before);
            let each = seconds / answers as f64;
            steady = if each < least * FASTER { 0 } else { steady + 1 };
            least = least.min(each);
            if steady == STEADY {
                break;
            }
        }
        Ok(())
    }
}
