//! Reading a canonical entry back. What is not canonical is not an entry, and is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use jiff::Timestamp;
use minicbor::Decoder;
use minicbor::data::Type;
use uuid::Uuid;

use super::canonical::{Protected, Stamp, VERSION, encode, key, stamp, text_item};
use super::{AuditId, Decision, Entry, Month, Operation};

/// Letters of a word at the most.
const WORD: usize = 64;

/// An entry as the log holds it: identifiers of persons and cases are tags and a sealed part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `Entry`, owned")]
pub struct Decoded {
    pub nonce: [u8; super::NONCE_LENGTH],
    pub protected: Protected,
    pub stamp: Stamp,
    pub request_id: Option<Uuid>,
    pub operation: Operation,
    pub batch: bool,
    pub decision: Decision,
    pub reason: Option<String>,
    pub agency_code: Option<String>,
    pub client_id: Option<String>,
    pub token_id: Option<String>,
    pub token_sub: Option<String>,
    pub procedure_code: Option<String>,
    pub claims: Vec<String>,
    pub asked: Vec<String>,
    pub disclosed: Vec<String>,
    pub withheld: Vec<String>,
    pub papers_replaced: Vec<String>,
    pub address: Option<IpAddr>,
    pub name_match: Option<String>,
    pub revision: Option<u64>,
    pub count: Option<u64>,
    pub skipped: Option<u64>,
    pub digest: Option<[u8; 32]>,
    pub system_user: Option<String>,
    pub revealed: bool,
    pub process: Option<String>,
    pub predecessor: Option<u64>,
    pub acknowledged: Option<u64>,
}

/// Bytes that are no entry this program can read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by another version of the encoding.
    #[error("the entry is of version {0}, this program reads {VERSION}")]
    Version(u64),
    /// An entry of this version with a word that only a later program knows: words are added, and none is a
    /// new version.
    #[error("key {0} holds a word this program does not know")]
    Word(u8),
    /// Not CBOR, or another type than the key takes.
    #[error("the entry is not well-formed")]
    Malformed(#[from] minicbor::decode::Error),
    /// A key this version does not have.
    #[error("version {VERSION} has no key {0}")]
    Key(u8),
    /// A key every entry has is missing.
    #[error("the entry lacks key {0}")]
    Missing(u8),
    /// A value out of its range: what is no word, a length that cannot be.
    #[error("key {0} holds what it cannot")]
    Value(u8),
    /// The same content has another, canonical encoding.
    #[error("the entry is not canonically encoded")]
    NotCanonical,
}

impl DecodeError {
    /// Whether a later program than this one may have written it. Nothing else of it is proven than that it
    /// says so.
    pub fn is_newer(&self) -> bool {
        match self {
            Self::Version(version) => *version > u64::from(VERSION),
            Self::Word(_) => true,
            Self::Malformed(_)
            | Self::Key(_)
            | Self::Missing(_)
            | Self::Value(_)
            | Self::NotCanonical => false,
        }
    }
}

impl Decoded {
    /// Reads a canonical entry, and proves it canonical by encoding it again.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut read = Read::from(bytes)?;
        let unknown = std::mem::take(&mut read.unknown);
        let read = read.complete()?;
        if read.stamp.audit_id.at() != read.stamp.at {
            return Err(DecodeError::Value(key::AUDIT_ID));
        }
        let Some(first) = unknown.first() else {
            return if read.to_canonical() == bytes {
                Ok(read)
            } else {
                Err(DecodeError::NotCanonical)
            };
        };
        // All but the words that are not known, in whose place stand known ones.
        let mut known = Vec::with_capacity(bytes.len());
        let mut from = 0;
        for word in &unknown {
            known.extend_from_slice(&bytes[from..word.at.start]);
            known.extend(text_item(word.instead));
            from = word.at.end;
        }
        known.extend_from_slice(&bytes[from..]);
        if read.to_canonical() == known {
            Err(DecodeError::Word(first.key))
        } else {
            Err(DecodeError::NotCanonical)
        }
    }

    /// The canonical bytes of this entry.
    pub fn to_canonical(&self) -> Vec<u8> {
        fn all(texts: &[String]) -> Vec<&str> {
            texts.iter().map(String::as_str).collect()
        }
        let (claims, asked) = (all(&self.claims), all(&self.asked));
        let (disclosed, withheld) = (all(&self.disclosed), all(&self.withheld));
        let papers_replaced = all(&self.papers_replaced);
        let entry = Entry {
            request_id: self.request_id,
            operation: self.operation,
            batch: self.batch,
            decision: self.decision,
            reason: self.reason.as_deref(),
            agency_code: self.agency_code.as_deref(),
            client_id: self.client_id.as_deref(),
            token_id: self.token_id.as_deref(),
            token_sub: self.token_sub.as_deref(),
            procedure_code: self.procedure_code.as_deref(),
            claims: &claims,
            asked: &asked,
            disclosed: &disclosed,
            withheld: &withheld,
            papers_replaced: &papers_replaced,
            address: self.address,
            name_match: self.name_match.as_deref(),
            revision: self.revision,
            count: self.count,
            skipped: self.skipped,
            digest: self.digest,
            system_user: self.system_user.as_deref(),
            revealed: self.revealed,
            process: self.process.as_deref(),
            predecessor: self.predecessor,
            acknowledged: self.acknowledged,
            subject: None,
            officer: None,
            case: None,
            target: None,
            purpose: None,
            private_sub: None,
            private_procedure: None,
        };
        let mut bytes = encode(&entry, &self.protected, &self.nonce);
        stamp(&mut bytes, &self.stamp);
        bytes
    }
}

/// A word that this program does not know.
struct Unknown {
    key: u8,
    /// Where its CBOR text lies.
    at: Range<usize>,
    /// The known word that is read instead.
    instead: &'static str,
}

/// What has been read so far.
#[derive(Default)]
struct Read {
    /// In the order of their keys.
    unknown: Vec<Unknown>,
    nonce: Option<[u8; super::NONCE_LENGTH]>,
    protected: Protected,
    request_id: Option<Uuid>,
    operation: Option<Operation>,
    batch: bool,
    decision: Option<Decision>,
    reason: Option<String>,
    agency_code: Option<String>,
    client_id: Option<String>,
    token_id: Option<String>,
    token_sub: Option<String>,
    procedure_code: Option<String>,
    claims: Vec<String>,
    asked: Vec<String>,
    disclosed: Vec<String>,
    withheld: Vec<String>,
    papers_replaced: Vec<String>,
    address: Option<IpAddr>,
    name_match: Option<String>,
    revision: Option<u64>,
    count: Option<u64>,
    skipped: Option<u64>,
    digest: Option<[u8; 32]>,
    system_user: Option<String>,
    revealed: bool,
    process: Option<String>,
    predecessor: Option<u64>,
    acknowledged: Option<u64>,
    lane: Option<u64>,
    seq: Option<u64>,
    at: Option<Timestamp>,
    audit_id: Option<AuditId>,
}

impl Read {
    fn from(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut from = Decoder::new(bytes);
        let pairs = from.map()?.ok_or(DecodeError::NotCanonical)?;
        if from.u8()? != key::VERSION {
            return Err(DecodeError::Missing(key::VERSION));
        }
        let version = from.u64()?;
        if version != u64::from(VERSION) {
            return Err(DecodeError::Version(version));
        }
        let mut read = Self::default();
        for _ in 1..pairs {
            let key = from.u8()?;
            read.pair(key, &mut from)?;
        }
        if from.position() == bytes.len() {
            Ok(read)
        } else {
            Err(DecodeError::NotCanonical)
        }
    }

    fn pair(&mut self, key: u8, from: &mut Decoder<'_>) -> Result<(), DecodeError> {
        let wrong = DecodeError::Value(key);
        match key {
            key::NONCE => self.nonce = Some(array(key, from)?),
            key::MONTH => {
                self.protected.month = Some(Month::from_number(from.u32()?).ok_or(wrong)?);
            }
            key::SUBJECT_TAG => self.protected.subject_tag = Some(array(key, from)?),
            key::OFFICER_TAG => self.protected.officer_tag = Some(array(key, from)?),
            key::CASE_TAG => self.protected.case_tag = Some(array(key, from)?),
            key::SEALED => self.protected.sealed = Some(from.bytes()?.to_vec()),
            key::REQUEST_ID => self.request_id = Some(Uuid::from_bytes(array(key, from)?)),
            key::OPERATION => {
                let instead = (Operation::Me, Operation::Me.as_str());
                self.operation = Some(self.word(key, from, Operation::parse, instead)?);
            }
            key::BATCH => self.batch = from.bool()?,
            key::DECISION => {
                let instead = (Decision::Done, Decision::Done.as_str());
                self.decision = Some(self.word(key, from, Decision::parse, instead)?);
            }
            key::REASON => self.reason = text(from)?,
            key::AGENCY_CODE => self.agency_code = text(from)?,
            key::CLIENT_ID => self.client_id = text(from)?,
            key::TOKEN_ID => self.token_id = text(from)?,
            key::TOKEN_SUB => self.token_sub = text(from)?,
            key::PROCEDURE_CODE => self.procedure_code = text(from)?,
            key::CLAIMS => self.claims = texts(from)?,
            key::ASKED => self.asked = texts(from)?,
            key::DISCLOSED => self.disclosed = texts(from)?,
            key::WITHHELD => self.withheld = texts(from)?,
            key::PAPERS_REPLACED => self.papers_replaced = texts(from)?,
            key::ADDRESS => self.address = Some(address(from)?.ok_or(wrong)?),
            key::NAME_MATCH => self.name_match = text(from)?,
            key::REVISION => self.revision = Some(from.u64()?),
            key::COUNT => self.count = Some(from.u64()?),
            key::SKIPPED => self.skipped = Some(from.u64()?),
            key::DIGEST => self.digest = Some(array(key, from)?),
            key::SYSTEM_USER => self.system_user = text(from)?,
            key::REVEALED => self.revealed = from.bool()?,
            key::PROCESS => self.process = text(from)?,
            key::PREDECESSOR => self.predecessor = Some(from.u64()?),
            key::ACKNOWLEDGED => self.acknowledged = Some(from.u64()?),
            key::LANE => self.lane = Some(from.u64()?),
            key::SEQ => self.seq = Some(from.u64()?),
            key::AT => {
                let at = i64::try_from(from.u64()?).ok();
                let at = at.and_then(|at| Timestamp::from_millisecond(at).ok());
                self.at = Some(at.ok_or(wrong)?);
            }
            key::AUDIT_ID => {
                let id = AuditId::from_uuid(Uuid::from_bytes(array(key, from)?));
                self.audit_id = Some(id.ok_or(wrong)?);
            }
            unknown => return Err(DecodeError::Key(unknown)),
        }
        Ok(())
    }

    /// What a word means. One that is not known is noted, and another stands in for it; only what has the form
    /// of a word can be one that is added later.
    fn word<T>(
        &mut self,
        key: u8,
        from: &mut Decoder<'_>,
        parse: impl Fn(&str) -> Option<T>,
        (meaning, instead): (T, &'static str),
    ) -> Result<T, DecodeError> {
        let (at, word) = (from.position(), from.str()?);
        if let Some(known) = parse(word) {
            return Ok(known);
        }
        let at = at..from.position();
        let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'_' | b'.');
        let is_word = !word.is_empty() && word.len() <= WORD && word.bytes().all(letters);
        if !is_word {
            return Err(DecodeError::Value(key));
        }
        if at.len() != text_item(word).len() {
            return Err(DecodeError::NotCanonical);
        }
        self.unknown.push(Unknown { key, at, instead });
        Ok(meaning)
    }

    fn complete(self) -> Result<Decoded, DecodeError> {
        Ok(Decoded {
            nonce: self.nonce.ok_or(DecodeError::Missing(key::NONCE))?,
            protected: self.protected,
            stamp: Stamp {
                lane: self.lane.ok_or(DecodeError::Missing(key::LANE))?,
                seq: self.seq.ok_or(DecodeError::Missing(key::SEQ))?,
                at: self.at.ok_or(DecodeError::Missing(key::AT))?,
                audit_id: self.audit_id.ok_or(DecodeError::Missing(key::AUDIT_ID))?,
            },
            request_id: self.request_id,
            operation: self.operation.ok_or(DecodeError::Missing(key::OPERATION))?,
            batch: self.batch,
            decision: self.decision.ok_or(DecodeError::Missing(key::DECISION))?,
            reason: self.reason,
            agency_code: self.agency_code,
            client_id: self.client_id,
            token_id: self.token_id,
            token_sub: self.token_sub,
            procedure_code: self.procedure_code,
            claims: self.claims,
            asked: self.asked,
            disclosed: self.disclosed,
            withheld: self.withheld,
            papers_replaced: self.papers_replaced,
            address: self.address,
            name_match: self.name_match,
            revision: self.revision,
            count: self.count,
            skipped: self.skipped,
            digest: self.digest,
            system_user: self.system_user,
            revealed: self.revealed,
            process: self.process,
            predecessor: self.predecessor,
            acknowledged: self.acknowledged,
        })
    }
}

fn array<const N: usize>(key: u8, from: &mut Decoder<'_>) -> Result<[u8; N], DecodeError> {
    from.bytes()?
        .try_into()
        .map_err(|_| DecodeError::Value(key))
}

fn text(from: &mut Decoder<'_>) -> Result<Option<String>, DecodeError> {
    Ok(Some(from.str()?.to_owned()))
}

fn texts(from: &mut Decoder<'_>) -> Result<Vec<String>, DecodeError> {
    let count = from.array()?.ok_or(DecodeError::NotCanonical)?;
    // The count is the sender's word: nothing is reserved on its strength.
    let mut texts = Vec::new();
    for _ in 0..count {
        if from.datatype()? != Type::String {
            return Err(DecodeError::NotCanonical);
        }
        texts.push(from.str()?.to_owned());
    }
    Ok(texts)
}

fn address(from: &mut Decoder<'_>) -> Result<Option<IpAddr>, DecodeError> {
    let bytes = from.bytes()?;
    let v4 = <[u8; 4]>::try_from(bytes).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
    let v6 = || <[u8; 16]>::try_from(bytes).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)));
    Ok(v4.or_else(|_| v6()).ok())
}
