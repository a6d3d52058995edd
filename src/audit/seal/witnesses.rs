//! Offering heads to witnesses, and keeping what they answer (C2SP tlog-witness).
//!
//! Beside sealing and never in its way: a witness that is slow or gone delays nothing. It is offered
//! the newest head only; what was published meanwhile is vouched for by the consistency proof.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::SealMetrics;
use super::round::Published;
use crate::store::Store;
use crate::tlog::{
    Note, Signature, Submission, VerifierKey, consistency_proof, tiles_for_consistency,
};

/// After what time a head is offered again to a witness that did not cosign it, if no other came.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a witness may take.
const WITNESS_LIMIT: Duration = Duration::from_secs(5);
/// An answer is no longer than this; more is not read.
const ANSWER_LIMIT: usize = 16 * 1024;
/// What a 409 is that says which size the witness saw last. Any other says that it saw another root.
const SIZE_TYPE: &str = "text/x.tlog.size";

/// A witness.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Its submission prefix.
    pub url: String,
    /// Its verifier key.
    pub key: VerifierKey,
}

/// Offers heads as they come.
pub(super) struct Offering {
    pub store: Store,
    pub witnesses: Vec<Witness>,
    pub metrics: SealMetrics,
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum OfferError {
    #[error("the witness could not be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the witness answered {0}")]
    Refused(u16),
    /// Either another tree was signed under this name, or ours was.
    #[error("the witness saw another root at this size: the log was forked")]
    Forked,
    /// After a failover it may have been offered more than this process knows of.
    #[error("the witness saw a larger tree than is published")]
    Ahead,
    #[error("the witness's answer is no cosignature of its key")]
    Answer,
    #[error("the tiles for the consistency proof are not there")]
    Proof,
    #[error("the log's tables could not be used")]
    Store(#[from] crate::store::Error),
}

/// What a witness says to a head that does not follow the last it saw.
enum Answered {
    Cosigned(String),
    Elsewhere(u64),
}

impl Offering {
    pub(super) async fn run(self: Arc<Self>, mut news: watch::Receiver<Option<Arc<Published>>>) {
        let http = reqwest::Client::builder()
            .timeout(WITNESS_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("the options are plain");
        let mut partners = vec![Seen::default(); self.witnesses.len()];
        let mut epoch = 0;
        let mut again = false;
        while heard(&mut news, again).await {
            let Some(head) = news.borrow_and_update().clone() else {
                continue;
            };
            if head.epoch != epoch {
                epoch = head.epoch;
                partners.fill(Seen::default());
            }
            let offers = self.witnesses.iter().zip(&mut partners);
            let offers = offers.filter(|(_, seen)| seen.cosigned < Some(head.size));
            let offers = offers.map(|(witness, seen)| self.offer(&http, witness, &head, seen));
            futures_util::future::join_all(offers).await;
            again = partners.iter().any(|seen| seen.cosigned < Some(head.size));
        }
    }

    async fn offer(
        &self,
        http: &reqwest::Client,
        witness: &Witness,
        head: &Published,
        seen: &mut Seen,
    ) {
        let name = witness.key.name();
        match self.cosign(http, witness, head, &mut seen.size).await {
            Ok(()) => {
                seen.cosigned = Some(head.size);
                self.metrics.cosignatures.with_label_values(&[name]).inc();
            }
            Err(error) => {
                self.metrics
                    .witness_failures
                    .with_label_values(&[name])
                    .inc();
                let forked = matches!(error, OfferError::Forked);
                let error: &dyn std::error::Error = &error;
                if forked {
                    tracing::error!(error, witness = name, "a witness contradicts the log");
                } else {
                    tracing::warn!(error, witness = name, "a witness did not cosign");
                }
            }
        }
    }

    async fn cosign(
        &self,
        http: &reqwest::Client,
        witness: &Witness,
        head: &Published,
        seen: &mut u64,
    ) -> Result<(), OfferError> {
        let lines = match self.post(http, witness, head, *seen).await? {
            Answered::Cosigned(lines) => lines,
            Answered::Elsewhere(size) => {
                // It saw another head than we remember; a larger one than this is another's tree.
                *seen = size;
                match self.post(http, witness, head, size).await? {
                    Answered::Cosigned(lines) => lines,
                    Answered::Elsewhere(_) => return Err(OfferError::Answer),
                }
            }
        };
        let line = own_line(&lines, head, &witness.key).ok_or(OfferError::Answer)?;
        *seen = head.size;
        let (name, id) = (witness.key.name(), witness.key.id());
        self.store
            .put_cosignature(head.epoch, head.size, name, id, &line.to_string())
            .await?;
        Ok(())
    }

    async fn post(
        &self,
        http: &reqwest::Client,
        witness: &Witness,
        head: &Published,
        old: u64,
    ) -> Result<Answered, OfferError> {
        if old > head.size {
            return Err(OfferError::Ahead);
        }
        let note = Note::parse(&head.note).map_err(|_| OfferError::Proof)?;
        let wanted = tiles_for_consistency(old, head.size);
        let tiles = self.store.tiles(head.epoch, &wanted).await?;
        let proof = consistency_proof(old, head.size, &tiles).map_err(|_| OfferError::Proof)?;
        let body = Submission { old, proof, note }.to_string();
        let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
        let sent = http.post(url).body(body).send().await;
        let mut answer = sent.map_err(OfferError::Unreachable)?;
        let status = answer.status().as_u16();
        let content = answer.headers().get(reqwest::header::CONTENT_TYPE);
        let says_size = content.is_some_and(|content| content.as_bytes() == SIZE_TYPE.as_bytes());
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(OfferError::Unreachable)? {
            text.extend_from_slice(&chunk);
            if text.len() > ANSWER_LIMIT {
                return Err(OfferError::Answer);
            }
        }
        let text = String::from_utf8(text).map_err(|_| OfferError::Answer)?;
        match status {
            200 => Ok(Answered::Cosigned(text)),
            409 if !says_size => Err(OfferError::Forked),
            409 => {
                let size = text.trim_end().parse();
                Ok(Answered::Elsewhere(size.map_err(|_| OfferError::Answer)?))
            }
            status => Err(OfferError::Refused(status)),
        }
    }
}

/// What a witness knows of the epoch, as far as we know.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// The size it saw last.
    size: u64,
    /// The size it cosigned last, if this process was told.
    cosigned: Option<u64>,
}

/// Waits for a head, or for the time to offer the last one again; false once there will be none.
async fn heard(news: &mut watch::Receiver<Option<Arc<Published>>>, again: bool) -> bool {
    let changed = news.changed();
    if !again {
        return changed.await.is_ok();
    }
    match tokio::time::timeout(PAUSE, changed).await {
        Ok(changed) => changed.is_ok(),
        Err(_) => true,
    }
}

/// The witness's own signature among the lines, if it is good for this head.
fn own_line(lines: &str, head: &Published, key: &VerifierKey) -> Option<Signature> {
    let note = Note::parse(&head.note).ok()?;
    let mut bare = Note::new(note.text().to_owned())?;
    for line in lines.lines() {
        let signature = line.parse::<Signature>().ok()?;
        if signature.name == key.name() && signature.id == key.id() {
            bare.push(signature.clone());
            let keys = std::slice::from_ref(key);
            return bare.verify(keys).ok().map(|_| signature);
        }
    }
    None
}
