//! A proof of inclusion, checked here with the log's own arithmetic and told step by step.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::format::number;
use crate::http::problem::Language;
use crate::tlog::{
    Checkpoint, Hash, Note, Subtree, VerifierKey, inclusion_steps, leaf_hash, verify_inclusion,
};

/// A proof as the interface answers it.
#[derive(Deserialize)]
pub struct Answered {
    entry: String,
    index: u64,
    inclusion_proof: Vec<String>,
    checkpoint: String,
}

/// A proof as a page shows it.
pub struct Proof {
    /// Bytes of the canonical entry.
    pub entry_bytes: String,
    pub leaf: String,
    pub index: String,
    pub origin: String,
    pub size: String,
    pub root: String,
    pub steps: Vec<Step>,
    /// Whether the path leads from the leaf to the root of the checkpoint.
    pub leads_to_root: bool,
    /// The log's keys whose signatures on the checkpoint hold; none if any does not.
    pub signers: Vec<String>,
    /// Whose cosignatures stand below it. They are checked with their own keys, elsewhere.
    pub witnesses: Vec<String>,
    pub checkpoint: String,
}

/// Two neighbours and what they make.
pub struct Step {
    pub number: usize,
    pub left: Node,
    pub right: Node,
    pub sibling_is_left: bool,
    pub parent: Node,
    pub is_root: bool,
}

/// A node, by the leaves below it.
pub struct Node {
    pub leaves: String,
    pub hash: String,
}

impl Proof {
    /// From what was answered; none where it cannot even be read, which is for the log's operator.
    pub fn of(answered: &Answered, keys: &[VerifierKey], language: Language) -> Option<Self> {
        let entry = STANDARD.decode(&answered.entry).ok()?;
        let path: Option<Vec<Hash>> = answered
            .inclusion_proof
            .iter()
            .map(|hash| Hash::from_base64(hash))
            .collect();
        let (path, note) = (path?, Note::parse(&answered.checkpoint).ok()?);
        let head = Checkpoint::parse(note.text()).ok()?;
        let leaf = leaf_hash(&entry);
        let checked = verify_inclusion(&leaf, answered.index, head.size, &path, &head.root);
        let steps = inclusion_steps(&leaf, answered.index, head.size, &path).ok()?;
        let top = steps.len();
        let steps = steps.into_iter().enumerate().map(|(at, step)| Step {
            number: at + 1,
            left: node(&step.left, language),
            right: node(&step.right, language),
            sibling_is_left: step.sibling_is_left,
            parent: node(&step.parent, language),
            is_root: at + 1 == top,
        });
        let signed = note.verify(keys).unwrap_or_default();
        let is_own = |name: &str| keys.iter().any(|key| key.name() == name);
        let witnesses = note.signatures().iter().map(|line| line.name.clone());
        Some(Self {
            entry_bytes: number(entry.len() as u64, language),
            leaf: leaf.to_string(),
            index: number(answered.index, language),
            origin: head.origin,
            size: number(head.size, language),
            root: head.root.to_string(),
            steps: steps.collect(),
            leads_to_root: checked.is_ok(),
            signers: signed.iter().map(|by| by.key.to_string()).collect(),
            witnesses: witnesses.filter(|name| !is_own(name)).collect(),
            checkpoint: answered.checkpoint.clone(),
        })
    }

    /// Whether everything that is checked here holds.
    pub fn holds(&self) -> bool {
        self.leads_to_root && !self.signers.is_empty()
    }
}

fn node(tree: &Subtree, language: Language) -> Node {
    let first = number(tree.first, language);
    let leaves = if tree.first == tree.last {
        first
    } else {
        format!("{first}–{}", number(tree.last, language))
    };
    Node {
        leaves,
        hash: tree.hash.to_string(),
    }
}
