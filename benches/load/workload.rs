//! What is asked, of whom, and in which order within a round.

use serde::Serialize;

use super::peers::Peer;

/// The most connections that batches are sent over: sixteen have 1,600 entries under way, and the
/// service refuses what is beyond its queue of 4,096 (503 `overloaded`), as it must.
const BATCH_CONNECTIONS: u16 = 16;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// Nothing: the bytes of a verification are read and thrown away.
    #[value(skip)]
    Empty,
    /// Nothing, with the bytes of a batch.
    #[value(skip)]
    EmptyBatch,
    /// Name and birth date; of ten, one wrong birth date and one unknown number.
    Verify,
    /// The same, while nobody seals the log.
    Unsealed,
    /// The same, while published entries are made searchable too.
    Searched,
    /// The same, answered without an entry by a handler of the harness.
    Unrecorded,
    /// Three fields.
    Lookup,
    /// All fields that the agreement permits.
    LookupAll,
    /// The procedure's form.
    Prefill,
    /// A hundred verifications in one request.
    Batch,
    /// Name and birth date of somebody else each time, who is read from the database.
    ColdVerify,
    /// The same, answered without an entry by a handler of the harness.
    ColdUnrecorded,
    /// Three fields of somebody else each time.
    ColdLookup,
    /// Name and birth date of many people, for as long as is wanted.
    #[value(skip)]
    Churn,
    /// A peer's lookup.
    #[serde(untagged)]
    #[value(skip)]
    Peer(Peer),
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The empty handler.
    Empty,
    /// The service.
    Service,
    /// The harness's own handler, which writes no entry.
    Unrecorded,
    /// A peer.
    Peer,
}

/// One thing to be measured in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A workload.
    Ask(Workload),
    /// Reads of the same rows by `pgbench`.
    Pgbench,
}

impl Workload {
    /// What asks something.
    pub const ASKING: [Self; 11] = [
        Self::Verify,
        Self::Unsealed,
        Self::Searched,
        Self::Unrecorded,
        Self::Lookup,
        Self::LookupAll,
        Self::Prefill,
        Self::Batch,
        Self::ColdVerify,
        Self::ColdUnrecorded,
        Self::ColdLookup,
    ];

    /// Each beside the same without what it has beside it, or waits for.
    pub const COMPARED: [(Self, Self); 4] = [
        (Self::Verify, Self::Unsealed),
        (Self::Searched, Self::Verify),
        (Self::Verify, Self::Unrecorded),
        (Self::ColdVerify, Self::ColdUnrecorded),
    ];

    /// Those of the service that peers stand beside: from its cache, and from the database.
    pub const BESIDE_PEERS: [Self; 2] = [Self::Lookup, Self::ColdLookup];

    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::EmptyBatch => "empty (batch)",
            Self::Verify => "verify",
            Self::Unsealed => "verify, unsealed",
            Self::Searched => "verify, searched",
            Self::Unrecorded => "verify, no entry",
            Self::Lookup => "lookup, 3 fields",
            Self::LookupAll => "lookup, all",
            Self::Prefill => "prefill",
            Self::Batch => "batch of 100",
            Self::ColdVerify => "cold verify",
            Self::ColdUnrecorded => "cold, no entry",
            Self::ColdLookup => "cold lookup",
            Self::Churn => "churn",
            Self::Peer(peer) => peer.name(),
        }
    }

    /// Where it is sent to.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Empty | Self::EmptyBatch => crate::service::EMPTY,
            Self::Verify
            | Self::Unsealed
            | Self::Searched
            | Self::Unrecorded
            | Self::ColdVerify
            | Self::ColdUnrecorded
            | Self::Churn => "/v1/verify",
            Self::Lookup | Self::LookupAll | Self::ColdLookup => "/v1/lookup",
            Self::Prefill => "/v1/prefill",
            Self::Batch => "/v1/verify/batch",
            Self::Peer(peer) => peer.path(),
        }
    }

    /// Who answers it.
    pub fn server(self) -> Server {
        if self.is_reference() {
            Server::Empty
        } else if matches!(self, Self::Unrecorded | Self::ColdUnrecorded) {
            Server::Unrecorded
        } else if self.peer().is_some() {
            Server::Peer
        } else {
            Server::Service
        }
    }

    /// The peer that answers it, if one does.
    pub fn peer(self) -> Option<Peer> {
        if let Self::Peer(peer) = self {
            Some(peer)
        } else {
            None
        }
    }

    /// What it is compared with: nothing, with about as many bytes.
    pub fn reference(self) -> Self {
        if matches!(self, Self::Batch | Self::EmptyBatch) {
            Self::EmptyBatch
        } else {
            Self::Empty
        }
    }

    /// Over how many connections it is sent, where so many are measured.
    pub fn connections(self, measured: u16) -> u16 {
        if self.reference() == Self::EmptyBatch {
            measured.min(BATCH_CONNECTIONS)
        } else {
            measured
        }
    }

    /// Whether the log is sealed meanwhile.
    pub fn is_sealed(self) -> bool {
        self != Self::Unsealed
    }

    /// Whether published entries are made searchable meanwhile.
    pub fn is_searched(self) -> bool {
        self == Self::Searched
    }

    /// Whether it asks about somebody else each time, and is compared with `pgbench` too.
    pub fn is_cold(self) -> bool {
        matches!(
            self,
            Self::ColdVerify | Self::ColdUnrecorded | Self::ColdLookup
        )
    }

    /// Whether it asks about the same people again and again, who are cached.
    pub fn is_hot(self) -> bool {
        matches!(
            self,
            Self::Verify
                | Self::Unsealed
                | Self::Searched
                | Self::Unrecorded
                | Self::Lookup
                | Self::LookupAll
                | Self::Prefill
                | Self::Batch
        )
    }

    /// Whether it asks nothing.
    pub fn is_reference(self) -> bool {
        matches!(self, Self::Empty | Self::EmptyBatch)
    }
}

/// The steps of one round: after every second question, and around a batch, nothing again, so that
/// what the machine does meanwhile falls on both. Before those about people who are not cached,
/// `pgbench` reads them.
///
/// Each round begins with another workload: whoever is first reads what the cache has lost since it was
/// last asked.
pub fn round(asked: &[Workload], number: u16) -> Vec<Step> {
    let mut asked = asked.to_vec();
    if !asked.is_empty() {
        let first = usize::from(number) % asked.len();
        asked.rotate_left(first);
    }
    let mut steps = Vec::new();
    for pair in asked.chunks(2) {
        let mut last = None;
        if pair.iter().any(|workload| workload.is_cold()) {
            steps.push(Step::Pgbench);
        }
        for &workload in pair {
            let reference = workload.reference();
            if last != Some(reference) {
                steps.push(Step::Ask(reference));
                last = Some(reference);
            }
            steps.push(Step::Ask(workload));
        }
    }
    let first = asked.first().map(|workload| workload.reference());
    steps.extend(first.map(Step::Ask));
    steps
}
