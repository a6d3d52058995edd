//! What is asked, and in which order within a round.

use serde::Serialize;

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
    /// Three fields.
    Lookup,
    /// All fields that the agreement permits.
    LookupAll,
    /// The procedure's form.
    Prefill,
    /// A hundred verifications in one request.
    Batch,
}

impl Workload {
    /// What asks the service something.
    pub const ASKING: [Self; 7] = [
        Self::Verify,
        Self::Unsealed,
        Self::Searched,
        Self::Lookup,
        Self::LookupAll,
        Self::Prefill,
        Self::Batch,
    ];

    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::EmptyBatch => "empty (batch)",
            Self::Verify => "verify",
            Self::Unsealed => "verify, unsealed",
            Self::Searched => "verify, searched",
            Self::Lookup => "lookup, 3 fields",
            Self::LookupAll => "lookup, all",
            Self::Prefill => "prefill",
            Self::Batch => "batch of 100",
        }
    }

    /// Where it is sent to.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Empty | Self::EmptyBatch => crate::service::EMPTY,
            Self::Verify | Self::Unsealed | Self::Searched => "/v1/verify",
            Self::Lookup | Self::LookupAll => "/v1/lookup",
            Self::Prefill => "/v1/prefill",
            Self::Batch => "/v1/verify/batch",
        }
    }

    /// What it is compared with: nothing, with about as many bytes.
    pub const fn reference(self) -> Self {
        match self {
            Self::Batch | Self::EmptyBatch => Self::EmptyBatch,
            Self::Empty
            | Self::Verify
            | Self::Unsealed
            | Self::Searched
            | Self::Lookup
            | Self::LookupAll
            | Self::Prefill => Self::Empty,
        }
    }

    /// The same work without what this one has beside it, if it is such a one.
    pub const fn plain(self) -> Option<Self> {
        match self {
            Self::Verify => Some(Self::Unsealed),
            Self::Searched => Some(Self::Verify),
            Self::Empty
            | Self::EmptyBatch
            | Self::Unsealed
            | Self::Lookup
            | Self::LookupAll
            | Self::Prefill
            | Self::Batch => None,
        }
    }

    /// Over how many connections it is sent, where so many are measured.
    pub fn connections(self, measured: u16) -> u16 {
        match self {
            Self::Batch | Self::EmptyBatch => measured.min(BATCH_CONNECTIONS),
            Self::Empty
            | Self::Verify
            | Self::Unsealed
            | Self::Searched
            | Self::Lookup
            | Self::LookupAll
            | Self::Prefill => measured,
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

    /// Whether it asks nothing.
    pub fn is_reference(self) -> bool {
        self.reference() == self
    }
}

/// The stages of one round: after every second question, and around a batch, nothing again, so that
/// what the machine does meanwhile falls on both.
///
/// Each round begins with another workload: whoever is first reads what the cache has lost since it was
/// last asked.
pub fn round(asked: &[Workload], number: u16) -> Vec<Workload> {
    let mut asked = asked.to_vec();
    if !asked.is_empty() {
        let first = usize::from(number) % asked.len();
        asked.rotate_left(first);
    }
    let mut stages = Vec::new();
    for pair in asked.chunks(2) {
        let mut last = None;
        for &workload in pair {
            let reference = workload.reference();
            if last != Some(reference) {
                stages.push(reference);
                last = Some(reference);
            }
            stages.push(workload);
        }
    }
    stages.extend(stages.first().copied());
    stages
}
